"""Writes `vectors/` from the interpreter, for anybody's implementation; `make vectors` runs it.

    named cases, seeded random ones  ->  interpreter  ->  vectors/conditions/*.json, vectors/decisions/*.json
    log_vectors  ->  vectors/log/*.json

Promise: what stands there was found by brute force over the worlds, not by anything that is fast.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from habeas.law import interpreter  # noqa: E402 - the path comes first
from habeas.law.book import LawBook  # noqa: E402
from habeas.law.facts import Facts, Value  # noqa: E402
from habeas.law.grammar import Names, parse_condition  # noqa: E402
from habeas.law.ruleset import RuleSet, rule_set  # noqa: E402
from habeas.law.source import Source  # noqa: E402
from tests import log_vectors  # noqa: E402
from tests.properties.dice import Rolled  # noqa: E402
from tests.properties.shown import show  # noqa: E402
from tests.properties.strategies import (  # noqa: E402
    AS_OF,
    FOLDERS,
    book_of,
    common_files,
    condition,
    facts,
    law,
    lawful,
    one_rule,
    tamed,
    vocabulary_of,
    words,
)

RANDOM_CONDITIONS, RANDOM_LAWS = 200, 60

PACK = """---
title: An act
citation: Test Code
place: us-ca
authority: state
source: https://example.org/act
---

# An act

"""


def plain(value: Value) -> Any:
    """A value as JSON: yes/no as a boolean, a day as `YYYY-MM-DD`."""
    return value.isoformat() if isinstance(value, date) else value


def facts_json(known: Facts) -> dict[str, Any]:
    """Facts as JSON; item facts by item."""
    items: dict[str, dict[str, Any]] = {}
    for (item, name), value in sorted(known.items.items()):
        items.setdefault(item, {})[name] = plain(value)
    return {
        "values": {name: plain(value) for name, value in sorted(known.values.items())},
        "items": items,
        "rows": {
            table: [{c: plain(v) for c, v in row.items()} for row in rows]
            for table, rows in sorted(known.rows.items())
        },
        "complete": sorted(known.complete),
    }


def facts_of(document: dict[str, Any], day_names: frozenset[str]) -> Facts:
    """The inverse of `facts_json`; `day_names` are the facts and columns that are days."""

    def value(name: str, found: Any) -> Value:
        return date.fromisoformat(found) if name in day_names else found

    return Facts(
        {n: value(n, v) for n, v in document["values"].items()},
        {
            (item, n): value(n, v)
            for item, named in document["items"].items()
            for n, v in named.items()
        },
        {
            table: [{c: value(c, v) for c, v in row.items()} for row in rows]
            for table, rows in document["rows"].items()
        },
        frozenset(document["complete"]),
    )


def day_names(folder: Path) -> frozenset[str]:
    """Facts and columns that are days."""
    vocabulary = vocabulary_of(folder)
    found = {f.name for f in vocabulary.facts.values() if f.type == "date"}
    return frozenset(
        found
        | {
            n
            for columns in vocabulary.tables.values()
            for n, c in columns.items()
            if c.type == "date"
        }
    )


# -- conditions -----------------------------------------------------------------------------------

BASE = FOLDERS[0]

NAMED_CONDITIONS: list[tuple[str, str, Facts]] = [
    ("a month clamps to the month's end", "booked_on + INTERVAL '1' MONTH = DATE '2024-02-29'", Facts({"booked_on": date(2024, 1, 31)})),
    ("a year back from 29 February is 28 February", "booked_on - INTERVAL '1' YEAR = DATE '2023-02-28'", Facts({"booked_on": date(2024, 2, 29)})),
    ("steps are taken one after the other", "booked_on + INTERVAL '1' MONTH - INTERVAL '1' MONTH = DATE '2024-01-29'", Facts({"booked_on": date(2024, 1, 31)})),
    ("a day does not leave the calendar", "booked_on - INTERVAL '1' DAY = DATE '0001-01-01'", Facts({"booked_on": date(1, 1, 1)})),
    ("the boundary of a look-back counts", "received_on - INTERVAL '5' YEAR <= booked_on", Facts({"received_on": date(2025, 3, 3), "booked_on": date(2020, 3, 3)})),
    ("and the day before it does not", "received_on - INTERVAL '5' YEAR <= booked_on", Facts({"received_on": date(2025, 3, 3), "booked_on": date(2020, 3, 2)})),
    *(
        (f"a day {op} itself, and an unknown", f"booked_on {op} release_on AND minor", Facts({"booked_on": date(2025, 3, 3), "release_on": date(2025, 3, 3)}))
        for op in ("=", "<>", "<", "<=", ">", ">=")
    ),
    ("a comparison with an unknown is unknown", "purpose <> 'public inquiry'", Facts()),
    ("unknown and no is no", "minor AND need_shown", Facts({"minor": False})),
    ("unknown or yes is yes", "minor OR need_shown", Facts({"minor": True})),
    ("unknown or its opposite stays unknown in Kleene's logic", "minor OR NOT minor", Facts()),
    ("a closed fact that is absent is no", "by_mail", Facts()),
    ("any of no rows of a complete table is no", "any_conviction(wobbler)", Facts(complete=frozenset(["conviction"]))),
    ("every of no rows of a complete table is yes", "every_conviction(wobbler)", Facts(complete=frozenset(["conviction"]))),
    ("any of no rows of an open table is unknown", "any_conviction(wobbler)", Facts()),
    ("every of a row that fails is no, open or not", "every_conviction(wobbler)", Facts(rows={"conviction": [{"wobbler": False}]})),
    ("any of a row that holds is yes, open or not", "any_conviction(wobbler)", Facts(rows={"conviction": [{"wobbler": True}]})),
    ("a row without the column leaves any unknown", "any_conviction(wobbler)", Facts(rows={"conviction": [{}]}, complete=frozenset(["conviction"]))),
    ("a count without an upper bound", "count_conviction(wobbler) < 2", Facts(rows={"conviction": [{"wobbler": True}]})),
    ("a count that is reached", "count_conviction(wobbler) >= 1", Facts(rows={"conviction": [{"wobbler": True}]})),
    ("two rows of one incident count once", "count_conviction(wobbler, incident) >= 2", Facts(rows={"conviction": [{"wobbler": True, "incident": "A"}, {"wobbler": True, "incident": "A"}]}, complete=frozenset(["conviction"]))),
    ("a row without an incident may be one more", "count_conviction(wobbler, incident) >= 2", Facts(rows={"conviction": [{"wobbler": True, "incident": "A"}, {"wobbler": True}]}, complete=frozenset(["conviction"]))),
    ("rows without incidents are at least one", "count_conviction(wobbler, incident) >= 1", Facts(rows={"conviction": [{"wobbler": True}, {"wobbler": True}]}, complete=frozenset(["conviction"]))),
    ("a listed offence has its flag", "any_conviction(serious)", Facts(rows={"conviction": [{"offense": "PC 1"}]}, complete=frozenset(["conviction"]))),
    ("an offence that is not listed leaves the flag unknown", "any_conviction(serious)", Facts(rows={"conviction": [{"offense": "PC 9"}]}, complete=frozenset(["conviction"]))),
    ("a place lies within itself", "within(requester_place, 'us-ca')", Facts({"requester_place": "us-ca"})),
    ("and below, but not beside", "within(requester_place, 'us-ca')", Facts({"requester_place": "us-cal"})),
    ("not in is yes for another word", "purpose NOT IN ('public inquiry')", Facts({"purpose": "criminal investigation"})),
]  # fmt: skip


def condition_vector(name: str, text: str, known: Facts, folder: Path) -> dict[str, Any]:
    """One condition with facts: Kleene's truth, and what all worlds agree on."""
    vocabulary = vocabulary_of(folder)
    cond = parse_condition(Source("vector", text), 0, len(text), Names(vocabulary, {}))
    rules = one_rule(vocabulary, cond)
    whole = rules.completed(known)
    truths = {
        interpreter.truth(cond, w.facts, "name") for w in interpreter.worlds(rules, "name", whole)
    }
    return {
        "name": name,
        "condition": text,
        "item": "name",
        "facts": facts_json(known),
        "kleene": _word(interpreter.truth(cond, whole, "name")),
        "worlds": _word(truths.pop() if len(truths) == 1 else None),
    }


def _word(truth: bool | None) -> str:
    return "unknown" if truth is None else "yes" if truth else "no"


def conditions() -> dict[str, list[dict[str, Any]]]:
    """The files of `vectors/conditions`."""
    named = [condition_vector(*one, BASE) for one in NAMED_CONDITIONS]
    drawn = []
    for number in range(RANDOM_CONDITIONS):
        dice = Rolled(f"condition {number}")
        chosen = words(dice, facts=3, columns=3, tables=2)
        cond = condition(dice, chosen, 3)
        rules = one_rule(chosen.vocabulary, cond)
        known = tamed(rules, lawful(rules, facts(dice, chosen)), 200, ["name"])
        made = condition_vector(f"drawn {number}", show(cond), known, chosen.folder)
        drawn.append({**made, "vocabulary": _name(chosen.folder)})
    return {
        "named.json": [{**one, "vocabulary": _name(BASE)} for one in named],
        "drawn.json": drawn,
    }


def _name(folder: Path) -> str:
    return "base" if folder == BASE else "wide"


# -- decisions ------------------------------------------------------------------------------------

_RULE = "## § 1 {#s1 from=2018-01-01}\n\nA rule.\n\n```rule\nforbid release_date\nwhen purpose = 'immigration enforcement'\nunless public\n```\n"
_IMMIGRATION = {"purpose": "immigration enforcement"}

NAMED_DECISIONS: list[tuple[str, str, Facts]] = [
    ("the plain rule", _RULE, Facts(_IMMIGRATION, {("release_date", "public"): False})),
    ("worlds differ in basis alone: the weakest", _RULE, Facts(_IMMIGRATION)),
    ("before its life the rule does not act", _RULE.replace("2018", "2030"), Facts(_IMMIGRATION, {("release_date", "public"): False})),
    ("a rule that is enjoined does not act", _RULE.replace("from=2018-01-01", "status=enjoined"), Facts(_IMMIGRATION, {("release_date", "public"): False})),
    ("a contested prohibition beside a permission", _RULE.replace("from=2018-01-01", "status=contested") + "\n## § 2 {#s2}\n\nA way.\n\n```rule\npermit release_date\n```\n", Facts(_IMMIGRATION, {("release_date", "public"): False})),
    ("an order meets a prohibition", _RULE + "\n## § 2 {#s2}\n\nAn order.\n\n```rule\nrequire everything\nwhen ordered\n```\n", Facts(_IMMIGRATION, {("release_date", "public"): False, ("release_date", "ordered"): True})),
    ("despite switches the prohibition off", _RULE + "\n## § 2 {#s2}\n\nA way.\n\n```rule\npermit release_date\ndespite #s1\nwhen minor\n```\n", Facts({**_IMMIGRATION, "minor": True}, {("release_date", "public"): False})),
    ("a beaten beater gives its base back", _RULE + "\n## § 2 {#s2}\n\nA way.\n\n```rule\npermit release_date\ndespite #s1\n```\n\n## § 3 {#s3}\n\nNot for these.\n\n```except\nfrom #s2\nwhen minor\n```\n", Facts({**_IMMIGRATION, "minor": True}, {("release_date", "public"): False})),
    ("a judgement alone is missing", _RULE + "\n## § 2 {#s2}\n\nA way.\n\n```rule\npermit release_date\ndespite #s1\nwhen need_shown\n```\n", Facts(_IMMIGRATION, {("release_date", "public"): False})),
    ("the completeness of a table is missing", _RULE + "\n## § 2 {#s2}\n\nA way.\n\n```rule\npermit release_date\ndespite #s1\nwhen any_conviction(wobbler)\n```\n", Facts(_IMMIGRATION, {("release_date", "public"): False})),
    (
        "distinct incidents of rows that may come",
        "## § 1 {#s1}\n\nTwo incidents.\n\n```rule\npermit release_date\nwhen count_conviction(wobbler, incident) >= 2\n```\n",
        Facts(rows={"conviction": [{"wobbler": True, "incident": "A"}]}),
    ),
    (
        "three incidents that may all be still to come",
        "## § 1 {#s1}\n\nThree incidents.\n\n```rule\npermit release_date\nwhen count_conviction(wobbler, incident) >= 3\n```\n",
        Facts(),
    ),
    (
        "two counts over the same incidents",
        "## § 1 {#s1}\n\nTwo of one sort, not of the other.\n\n```rule\npermit release_date\nwhen count_conviction(wobbler, incident) >= 2 and not count_conviction(serious, incident) >= 2\n```\n",
        Facts(),
    ),
    ("unknown or not unknown matters to nobody", "## § 1 {#s1}\n\nAlways, said oddly.\n\n```rule\npermit release_date\nwhen minor or not minor\n```\n", Facts()),
    ("two look-backs on one unknown day are related", "## § 1 {#s1}\n\nFifteen years, not five.\n\n```rule\npermit release_date\nwhen received_on - INTERVAL '5' YEAR <= booked_on and not received_on - INTERVAL '15' YEAR <= booked_on\n```\n", Facts({"received_on": date(2025, 3, 3)})),
    ("an unknown offence beside a flag that says no", "## § 1 {#s1}\n\nThat offence.\n\n```rule\npermit release_date\nwhen any_conviction(offense = 'PC 1')\n```\n", Facts(rows={"conviction": [{"serious": False}]}, complete=frozenset(["conviction"]))),
]  # fmt: skip


def decision_vector(
    name: str, book: LawBook, rules: RuleSet, item: str, known: Facts, texts: dict[str, str]
) -> dict[str, Any]:
    """One law with facts: what the interpreter finds, by brute force."""
    found = interpreter.find(rules, item, known)
    return {
        "name": name,
        "packs": texts,
        "place": rules.place,
        "as_of": rules.day.isoformat(),
        "item": item,
        "facts": facts_json(known),
        "expect": {
            "verdict": found.verdict,
            "basis": found.basis,
            "rules": list(found.rules),
            "defeated": [{"rule": rule, "by": list(by)} for rule, by in found.defeated],
            "missing": list(found.missing),
        },
    }


def decisions() -> dict[str, list[dict[str, Any]]]:
    """The files of `vectors/decisions`."""
    named = []
    for name, body, known in NAMED_DECISIONS:
        texts = {"us-ca/act.md": PACK + body}
        book = book_of({**common_files(BASE), **texts})
        rules = rule_set(book, "us-ca", date(2025, 3, 3))
        made = decision_vector(name, book, rules, "release_date", known, texts)
        named.append({**made, "vocabulary": _name(BASE)})
    drawn = []
    for number in range(RANDOM_LAWS):
        dice = Rolled(f"law {number}")
        law_made = law(dice, words(dice))
        book = law_made.book()
        rules = rule_set(book, "us-ca-sf", dice.pick(AS_OF))
        known = tamed(rules, lawful(rules, facts(dice, law_made.words)), 200)
        texts = {f"{pack.place}/{pack.act}.md": pack.text() for pack in law_made.packs}
        item = dice.pick(sorted(rules.vocabulary.items))
        made = decision_vector(f"drawn {number}", book, rules, item, known, texts)
        drawn.append({**made, "vocabulary": _name(law_made.words.folder)})
    return {"named.json": named, "drawn.json": drawn}


README = """# Vectors

For anybody's implementation of the law language (`docs/law-language.md`). Everything here was found by the reference interpreter, by
brute force over the worlds; `make vectors` writes it anew, and a test holds it against the writer.

- `vocabularies/base` and `vocabularies/wide`: the vocabulary and the tables of law that the vectors use.
- `conditions/*.json`: a list of `{name, vocabulary, condition, item, facts, kleene, worlds}`. `kleene` is the truth in Kleene's logic (`yes`, `no`,
  `unknown`; closed facts and listed flags put in first); `worlds` is what all worlds agree on, `unknown` where they do not.
- `decisions/*.json`: a list of `{name, vocabulary, packs, place, as_of, item, facts, expect}`. `packs` maps paths to their text. `expect` has `verdict`, `basis`,
  `rules`, `defeated` and `missing` as steps 1 to 4 of section 5 give them, before anybody asks who said the facts. Ids and paths are sorted.
- `facts`: `values` (request and person), `items` (by item), `rows` (by table), `complete` (tables known to be complete). Yes/no facts are booleans, days
  `YYYY-MM-DD`; what is absent is unknown.

`named.json` holds the awkward ones by name; `drawn.json` is drawn at random, with a fixed seed.

## The log

For anybody's implementation of the public log (`docs/log.md`), in `log/*.json`. Each is a list of cases `{name, …, expect}`. `expect` is `holds`, and then
the case says what is found; or `refused`: then it is a corruption of the case that `of` names, in the one way that its name says after the colon
(`truncated-proof`, `leaf-hash-31-bytes`, …). Bytes are standard base64 with padding, times seconds since 1970, keys as in signed-note.

- `inclusion.json`: `{leaf, index, size, proof, root}`; `leaf` is a leaf hash. `consistency.json`: `{old, old_root, new, new_root, proof}`.
- `entries.json`: `{entry, disclosures, values}`; an entry's text (its UTF-8 is the leaf), what opens values of it (RFC 9901), and the values.
- `notes.json`: `{note, keys, signed}`; which of the keys signed (`name kind`, kind 1, 4 or 6) and at which time, 0 where none is stated.
- `policies.json`: `{policy, logs, witnesses, quorum}`. `checkpoints.json`: `{note, policy, origin, size, root, witnesses}`, the witnesses by the policy's
  names, with their times.
- `receipts.json`: `{receipt, policy, index, size, values, witnesses, not_before, not_after, flags}`; `flags` counts what is proved and does not fit
  together.

Keys and salts are made from fixed bytes; none protects anything.
"""


def files() -> dict[str, str]:
    """Every file of `vectors/`, by path."""
    made = {"README.md": README}
    for folder in FOLDERS:
        for path, text in common_files(folder).items():
            made[f"vocabularies/{_name(folder)}/{path}"] = text
    for kind, found in (("conditions", conditions()), ("decisions", decisions())):
        for name, vectors in found.items():
            made[f"{kind}/{name}"] = json.dumps(vectors, ensure_ascii=False, indent=1) + "\n"
    for name, text in log_vectors.files().items():
        made[f"log/{name}"] = text
    return made


def main() -> None:
    """Write them all."""
    for path, text in files().items():
        (ROOT / "vectors" / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / "vectors" / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
