"""Signed notes are read in exactly one way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.tlog.errors import LogError
from habeas.tlog.notes import (
    MAX_NOTE,
    Note,
    Signature,
    format_note,
    merged,
    parse_note,
    parse_number,
    parse_signatures,
)

LINE = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=20)
NAME = st.text(st.characters(min_codepoint=33, exclude_categories=["Cs", "Z"], exclude_characters="+\x85"), min_size=1, max_size=20)  # fmt: skip
SIGNATURE = st.builds(
    Signature, NAME, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)
)
NOTE = st.builds(
    lambda first, lines, signed: Note("\n".join([first, *lines]) + "\n", tuple(signed)),
    LINE.filter(bool), st.lists(LINE, max_size=5), st.lists(SIGNATURE, min_size=1, max_size=20),
)  # fmt: skip


@given(NOTE)
def test_a_note_is_read_back(note: Note) -> None:
    assert parse_note(format_note(note).encode()) == note


@given(NOTE, st.data())
def test_what_is_read_is_written_the_same(note: Note, data) -> None:
    """A changed note is refused, or is another note: no two texts are read as the same."""
    text = bytearray(format_note(note).encode())
    text[data.draw(st.integers(0, len(text) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        read = parse_note(bytes(text))
    except LogError:
        return
    assert format_note(read).encode() == bytes(text)


GOOD = "text\n\n— a.example AAAAAXM=\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("no blank line", "text\n— a.example AAAAAXM=\n"),
        ("no signature", "text\n\n"),
        ("no text", "\n\n— a.example AAAAAXM=\n"),
        ("no last newline", GOOD[:-1]),
        ("a carriage return", GOOD.replace("text", "te\rxt")),
        ("a tab", GOOD.replace("text", "te\txt")),
        ("a dash of another kind", GOOD.replace("—", "-")),
        ("a plus in the name", GOOD.replace("a.example", "a+example")),
        ("a space in the name", GOOD.replace("a.example", "a example")),
        ("a no-break space in the name", GOOD.replace("a.example", "a\xa0example")),
        ("no name", GOOD.replace("a.example", "")),
        ("base64 with loose bits", GOOD.replace("XM=", "XN=")),
        ("base64 without padding", GOOD.replace("XM=", "XM")),
        ("base64 of URLs", GOOD.replace("AAAAAXM=", "AAAA_-M=")),
        ("a key's id alone", GOOD.replace("AAAAAXM=", "AAAAAQ==")),
        ("text among the signatures", GOOD + "more\n"),
    ],
)
def test_a_note_is_refused_with(name: str, text: str) -> None:
    parse_note(GOOD)
    with pytest.raises(LogError):
        parse_note(text)


def test_a_note_that_is_not_utf8_or_too_long_is_refused() -> None:
    for data in (
        b"\xff" + GOOD.encode(),
        b"x" * MAX_NOTE + GOOD.encode(),
        GOOD.encode() + GOOD.encode()[6:] * 100,
    ):
        with pytest.raises(LogError):
            parse_note(data)


def test_a_newer_signature_of_a_key_takes_the_olders_place() -> None:
    one, two, other = (
        Signature(n, b"\0\0\0\1", s) for n, s in (("a", b"1"), ("a", b"2"), ("b", b"3"))
    )
    assert merged(Note("t\n", (one, other)), [two]).signatures == (two, other)


def test_lines_of_signatures_stand_alone() -> None:
    line = "— a.example AAAAAXM=\n"
    assert len(parse_signatures(line * 2)) == 2
    for wrong in ("", "\n", line[:-1], line + "\n", line * 101):
        with pytest.raises(LogError):
            parse_signatures(wrong)


@pytest.mark.parametrize("text", ["", "01", "-1", "+1", " 1", "1_0", "٣", str(2**63), "9" * 5000])
def test_no_other_number_is_read_than(text: str) -> None:
    assert parse_number("0", "n") == 0
    assert parse_number(str(2**63 - 1), "n") == 2**63 - 1
    with pytest.raises(LogError):
        parse_number(text, "n")
