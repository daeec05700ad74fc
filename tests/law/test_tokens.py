"""The grammar of conditions: no word of SQL changes what one means, and nothing is dropped."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.dialects import DuckDB

from habeas.errors import LawError, Place
from habeas.law.conditions import Condition
from habeas.law.grammar import Names, parse_condition
from habeas.law.source import Source
from habeas.law.tokens import DEEPEST, blank_comments, is_sql_word
from habeas.law.vocabulary import RESERVED, Fact, Type, Vocabulary, read_vocabulary

BASE = Path(__file__).parent / "base" / "vocabulary.md"
TYPES: dict[str, Type] = {
    "flag": "yes/no",
    "day": "date",
    "word": "words",
    "number": "number",
    "place": "place",
}
NEUTRAL = {**{kind: f"q_{kind}" for kind in TYPES}, "column": "q_column"}
SHAPES = [
    "{flag}",
    "{flag} AND other",
    "other AND {flag}",
    "NOT {flag} OR ({flag})",
    "({flag}) AND ({flag} OR {day} > DATE '2020-01-01')",
    "{flag} OR {word} = 'x' AND {word} <> {word}",
    "{word} IN ('x', 'y') OR {flag}",
    "{word} NOT IN ('x') AND 'x' = {word}",
    "{day} + INTERVAL '1' DAY <= {day} AND {flag}",
    "{day} - INTERVAL '1' YEAR + INTERVAL '2' MONTH = {day}",
    "{number} >= 3 OR 3 < {number}",
    "within({place}, 'us') AND {flag}",
    "any_t({flag} AND {column})",
    "every_t({column} OR NOT {flag})",
    "count_t({column}, {column}) >= 2 AND {flag}",
]
SQL_WORDS = sorted(
    {
        word.lower()
        for word in (*DuckDB.Tokenizer.KEYWORDS, *exp.FUNCTION_BY_NAME)
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", word)
    }
    - RESERVED
)


def names_of(words: dict[str, str]) -> Names:
    """A vocabulary whose facts are named so."""
    vocabulary = Vocabulary(Source("vocabulary.md", ""))
    for kind, fact_type in TYPES.items():
        listed = ("x", "y") if fact_type == "words" else ()
        vocabulary.facts[words[kind]] = Fact(
            words[kind], "request", fact_type, "", Place("x"), words=listed
        )
    vocabulary.facts["other"] = Fact("other", "request", "yes/no", "", Place("x"))
    column = words["column"]
    vocabulary.tables["t"] = {column: Fact(column, "row", "yes/no", "", Place("x"), table="t")}
    return Names(vocabulary, {})


def parse(text: str, names: Names) -> Condition:
    return parse_condition(Source("x", text), 0, len(text), names)


def test_a_word_of_sql_is_a_name_like_any_other_or_refused() -> None:
    """It may be refused, the more so if `is_sql_word`; it never changes what is read."""
    assert {"current_date", "values", "rename", "if"} <= {w for w in SQL_WORDS if is_sql_word(w)}
    for kind in NEUTRAL:
        shapes = [shape for shape in SHAPES if f"{{{kind}}}" in shape]
        wanted = {
            shape: repr(parse(shape.format(**NEUTRAL), names_of(NEUTRAL))) for shape in shapes
        }
        for word in SQL_WORDS:
            words = {**NEUTRAL, kind: word}
            names = names_of(words)
            for shape in shapes:
                try:
                    read = repr(parse(shape.format(**words), names))
                except LawError:
                    assert is_sql_word(word), f"{word} in {shape}"
                    continue
                named = re.sub(rf"(name|column)='{word}'", rf"\1='{NEUTRAL[kind]}'", read)
                assert named == wanted[shape], f"{word} in {shape}"


# -- what is read is all that was written ---------------------------------------------------------

PIECES = [
    *("minor", "need_shown", "public", "purpose", "copies", "booked_on", "serious", "level"),
    *("'public inquiry'", "'felony'", "3", "DATE '2025-01-31'", "INTERVAL '1' DAY", "'it''s'"),
    *("AND", "OR", "NOT", "IN", "(", ")", ",", "=", "<>", "<", ">=", "+", "-", "TRUE", "false"),
    *("any_conviction(", "count_conviction(", "within(", "requester_place", "'us-ca'", ">= 2"),
    *("IS", "NULL", "CASE", "*", "::", ".", "\n", "--", " -- x\n", "/*", "'", '"', ";", "é"),
]


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(read_vocabulary(Source("v", BASE.read_text(encoding="utf-8"))), {})


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_row_of_words_is_read_whole_or_refused_with_its_place(
    names: Names, pieces: list[str]
) -> None:
    text = " ".join(pieces)
    try:
        made = parse(text, names)
    except LawError as error:
        [problem] = error.problems
        assert problem.place.line >= 1
        return
    written = re.findall(r"'(?:[^']|'')*'|\w+", blank_comments(text, "--"))
    assert mentioned(made) == sorted(w.lower() for w in written if w.lower() not in SILENT)


SILENT = {*["and", "or", "not", "in", "interval", "date", "day"]}


def mentioned(made: object) -> list[str]:
    """Every name and literal of a tree, as it would be written."""
    return sorted(word.lower() for word in _mentioned(made))


def _mentioned(made: object) -> Iterator[str]:
    kind = type(made).__name__
    fields = {name: getattr(made, name) for name in getattr(made, "__slots__", ())}
    if kind == "Const":
        yield str(fields["value"])
    elif kind == "Holds":
        yield fields["name"]
    elif kind == "Term":
        yield fields["name"] or _literal(fields["value"])
        yield from (f"'{abs(number)}'" for number, _ in fields["steps"])
    elif kind in ("And", "Or"):
        for arg in fields["args"]:
            yield from _mentioned(arg)
    elif kind == "Not":
        yield from _mentioned(fields["arg"])
    elif kind == "Compare":
        yield from _mentioned(fields["left"])
        yield from _mentioned(fields["right"])
    elif kind == "OneOf":
        yield from _mentioned(fields["term"])
        yield from map(_literal, fields["values"])
    elif kind == "Within":
        yield "within"
        yield from _mentioned(fields["term"])
        yield f"'{fields['place']}'"
    else:
        yield f"{fields.get('kind', 'count')}_{fields['table']}"
        yield from _mentioned(fields["cond"])
        if kind == "Count":
            yield from (str(v) for v in (fields["column"], fields["number"]) if v is not None)


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def test_a_long_chain_is_read_and_a_deep_nest_refused(names: Names) -> None:
    made = parse(" AND ".join(["minor"] * 3000), names)
    assert len(getattr(made, "args", ())) == 3000
    for deep in ("(" * DEEPEST + "minor" + ")" * DEEPEST, "NOT " * DEEPEST + "minor"):
        assert parse(deep, names)
    for deeper in ("(" * 999 + "minor" + ")" * 999, "NOT " * 999 + "minor"):
        with pytest.raises(LawError, match="nests too deep"):
            parse(deeper, names)


# -- comments -------------------------------------------------------------------------------------


@given(st.text(st.sampled_from("a'- #\n"), max_size=30), st.sampled_from(["--", "#"]))
def test_blanking_comments_moves_nothing(text: str, mark: str) -> None:
    blanked = blank_comments(text, mark)
    assert len(blanked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, blanked, strict=True))
    assert blank_comments(blanked, mark) == blanked
    assert [i for i, c in enumerate(blanked) if c == "\n"] == [
        i for i, c in enumerate(text) if c == "\n"
    ]


@pytest.mark.parametrize(
    ("text", "blanked"),
    [
        ("a -- b", "a     "),
        ("-- b", "    "),
        ("a --", "a   "),
        ("a --b", "a --b"),
        ("a-- b", "a-- b"),
        ("'a -- b' -- c", "'a -- b'     "),
        ("'it''s -- b' -- c", "'it''s -- b'     "),
        ("a -- b\nc -- d\n'e", "a     \nc     \n'e"),
    ],
)
def test_a_comment_begins_with_its_mark_between_blanks(text: str, blanked: str) -> None:
    assert blank_comments(text, "--") == blanked
