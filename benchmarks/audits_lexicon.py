"""The lexicon of search reasons, held against labelled rows.

    labels (row ids), real searches (texts)  ->  measured  ->  Words

Promise: what the lexicon says comes from the expressions that audits use; no text is printed.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from pathlib import Path

import duckdb
import pyarrow as pa
from rich.console import Console

from benchmarks.report import Words, show
from habeas.audits.lexicon import joined_sql, lexicon_sql, read_lexicon
from habeas.compiled.sql.dialects import select
from habeas.law.lexicon import Lexicon

ROOT = Path(__file__).resolve().parent.parent
LABELS = ROOT / "tests" / "audits" / "labels"
DATA = ROOT.parent / "shared" / "data" / "alpr"
NAME = "search-reasons"
SEARCHES = "smalpr_ca_search_audits_54977.csv.gz"
COLUMNS = ("reason", "caseNumber", "offenseType")
REPORTED = "st-louis-park"
Z = 1.959963984540054
"""Of a normal distribution, 95 % lie within so many standard deviations."""

Word = str | None
"""None: unknown."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled row: its text, and for each fact the two labels and what the lexicon says."""

    stratum: str
    row: str
    text: tuple[str, ...] = field(repr=False)
    labels: dict[str, tuple[Word, Word]]
    said: dict[str, Word]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted for one fact of one stratum.

    known  rows that the labels say something of
    said   rows that the lexicon says something of
    right  rows of which both say the same word
    """

    rows: int
    kappa: float | None
    known: int
    said: int
    right: int


def wilson(part: int, whole: int) -> tuple[float, float]:
    """A share's interval, 95 %: Wilson, JASA 22 (1927) 209-212. All of it where there is nothing."""
    if not whole:
        return 0.0, 1.0
    share, square = part / whole, Z * Z
    middle = share + square / (2 * whole)
    width = Z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    return tuple(  # type: ignore[return-value]
        min(1.0, max(0.0, (middle + sign * width) / (1 + square / whole))) for sign in (-1, 1)
    )


def kappa(pairs: Sequence[tuple[Word, Word]]) -> float | None:
    """How much two labellers agree beyond chance: Cohen, EPM 20 (1960) 37-46; None: 0/0, as where
    both give every row the same word.
    """
    many = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    chance = sum(first[word] * second[word] for word in first) / (many * many) if many else 1.0
    if chance == 1.0:
        return None
    agreed = sum(one == two for one, two in pairs) / many
    return (agreed - chance) / (1 - chance)


def figures(rows: Iterable[Labelled], fact: str) -> Figures:
    """Rows of which the two passes say different words count for the kappa alone."""
    listed = list(rows)
    pairs = [one.labels[fact] for one in listed]
    settled = [
        (one.labels[fact][0], one.said[fact]) for one in listed if len({*one.labels[fact]}) == 1
    ]
    return Figures(
        len(listed),
        kappa(pairs),
        sum(label is not None for label, _ in settled),
        sum(said is not None for _, said in settled),
        sum(label is not None and label == said for label, said in settled),
    )


def labelled(lexicon: Lexicon | None = None) -> list[Labelled]:
    """Every labelled row, read by a lexicon (left out: the shipped one)."""
    lexicon = lexicon or read_lexicon(NAME)
    first, second = (_labels(LABELS / f"{which}.csv") for which in ("first", "second"))
    texts = {**_searches(), **_reported()}
    wanted = {key: texts[key[0] == REPORTED, key[1]] for key in first}
    said = reading(lexicon, wanted.values())
    return [
        Labelled(
            *key,
            text,
            {fact: (first[key][fact], second[key][fact]) for fact in lexicon.facts},
            what,
        )
        for (key, text), what in zip(wanted.items(), said, strict=True)
    ]


def reading(lexicon: Lexicon, texts: Iterable[Sequence[str]]) -> list[dict[str, Word]]:
    """What a lexicon says of texts, each of up to three fields, in their order."""
    listed = [(*one, "", "")[: len(COLUMNS)] for one in texts]
    fields = [f"f{n}" for n in range(len(COLUMNS))]
    given = pa.table([range(len(listed)), *zip(*listed, strict=True)], ["n", *fields])
    sql = lexicon_sql(lexicon, "t")
    joined = select(["n", f"{joined_sql(fields)} AS t"], "given")
    with duckdb.connect() as connection:
        connection.register("given", given)
        rows = connection.execute(select(sql.values(), f"({joined}) ORDER BY n")).fetchall()
    return [dict(zip(sql, row, strict=True)) for row in rows]


def searches() -> dict[str, tuple[str, ...]]:
    """The fields of every real search, by its id."""
    with gzip.open(DATA / SEARCHES, "rt", encoding="utf-8", newline="") as file:
        return {row["id"]: tuple(row[c] or "" for c in COLUMNS) for row in csv.DictReader(file)}


def _searches() -> dict[tuple[bool, str], tuple[str, ...]]:
    return {(False, row): text for row, text in searches().items()}


def _reported() -> dict[tuple[bool, str], tuple[str, ...]]:
    [path] = DATA.glob("slp_mn_*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (True, str(number)): (row["reasons_as_quoted"],)
            for number, row in enumerate(csv.DictReader(file), 2)
        }


def _labels(path: Path) -> dict[tuple[str, str], dict[str, Word]]:
    """Stratum and row, and the word of each fact."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row.pop("stratum"), row.pop("row")): {
                fact: None if word == "unknown" else word for fact, word in row.items()
            }
            for row in csv.DictReader(file)
        }


def each_text_once(rows: Iterable[Labelled]) -> list[Labelled]:
    """The first row of each text."""
    return list({one.text: one for one in reversed(list(rows))}.values())


def rows_digest(lexicon: Lexicon) -> str:
    """SHA-256 of all that decides what a lexicon says: patterns, facts, precedence; hexadecimal."""
    rows = [(one.pattern, sorted(one.facts.items())) for one in (*lexicon.reasons, *lexicon.aside)]
    said = json.dumps([lexicon.facts, sorted(rows), sorted(lexicon.precedence.items())])
    return hashlib.sha256(said.encode()).hexdigest()


def section() -> Words:
    """Measure."""
    if not DATA.is_dir():
        return Words(TITLE, "Not measured: there is no folder of real data beside the checkout.")
    lexicon = read_lexicon(NAME)
    rows = labelled(lexicon)
    table = []
    for stratum in dict.fromkeys(one.stratum for one in rows):
        own = [one for one in rows if one.stratum == stratum]
        for name, some in ((stratum, own), (f"{stratum}, each text once", each_text_once(own))):
            table += [(name, fact, *_cells(figures(some, fact))) for fact in lexicon.facts]
            if any(one.labels["purpose"][0] == WATCHED for one in some):
                only = [_watched(one) for one in some]
                table.append((name, f"purpose: {WATCHED}", *_cells(figures(only, "purpose"))))
    return Words(TITLE, "\n\n".join((INTRO, _tuned(lexicon), _everywhere(lexicon))), HEADER, table)


def _watched(one: Labelled) -> Labelled:
    """A row with every other purpose than immigration enforcement taken for unknown."""

    def only(word: Word) -> Word:
        return word if word == WATCHED else None

    first, second = one.labels["purpose"]
    labels = {"purpose": (only(first), only(second))}
    return replace(one, labels=labels, said={"purpose": only(one.said["purpose"])})


def _everywhere(lexicon: Lexicon) -> str:
    """What the lexicon says of all searches, labelled or not."""
    said = reading(lexicon, searches().values())
    found = Counter((fact, word) for one in said for fact, word in one.items() if word)
    told = ", ".join(f"{word} {many:,}" for (_, word), many in sorted(found.items()))
    return (
        f"Of all {len(said):,} searches it says: {told}; immigration enforcement "
        f"{found['purpose', WATCHED]:,}. Everything else is unknown."
    )


def _tuned(lexicon: Lexicon) -> str:
    if rows_digest(lexicon) == MEASURED_FIRST:
        return (
            "The lexicon was written from the labelling guide, from the texts of the 54,596 searches that "
            "have no label, and from what the data's description quotes of texts that only sound federal "
            "or name an agency: of those few it is no test. It was then held against the labels, and what "
            "it says has not been changed since."
        )
    return (
        "**The lexicon has been changed since it was first held against the labels**: whoever changed it "
        "could have seen these rows, so they no longer say how it does on rows that nobody has seen."
    )


def _cells(found: Figures) -> tuple[str, ...]:
    return (
        f"{found.rows}",
        "–" if found.kappa is None else f"{found.kappa:.2f}",
        f"{found.known}",
        f"{found.said}",
        _share(found.right, found.said),
        _share(found.right, found.known),
    )


def _share(part: int, whole: int) -> str:
    if not whole:
        return "–"
    low, high = wilson(part, whole)
    return f"{part / whole:.2f} ({low:.2f}–{high:.2f})"


TITLE = "Reasons read by the lexicon"
HEADER = ("rows", "fact", "n", "kappa", "labelled", "said", "precision", "recall")
WATCHED = "immigration enforcement"
MEASURED_FIRST = "636abbfc0d1bfab916a57991fd3b3cfcd76bb592156163d0990572a090328e8a"
"""`rows_digest` of the lexicon that was first held against the labels."""

INTRO = """\
`search-reasons` against the labels of `tests/audits/labels`. *labelled* and *said* count the rows of which the
labels, and the lexicon, say something other than unknown; precision and recall are shares of these, with
Wilson's interval of 95 %; kappa is Cohen's, of the two passes (–: both give every row the same word).
*each text once* counts equal texts as one: the 131 rows of `federal` are eleven texts, and its intervals by
rows are too narrow. `federal` and `st-louis-park` are all such rows and no sample.

Both passes were made by one language model, and the lexicon was drafted by a language model too. They may be
wrong in the same way: no person has labelled these rows, and the figures say nothing of what people would say."""

if __name__ == "__main__":
    show(section(), Console())
    sys.exit(0)
