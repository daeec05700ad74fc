"""Places: what a span points at is what stands there, and the caret stands under it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import LawError, Place, Problem, counted, did_you_mean
from habeas.law.source import Source

lines = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12)
texts = st.lists(lines, max_size=6).map("\n".join)
plain = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[str, int, int]:
    """A text and a stretch of it."""
    text = draw(texts)
    start = draw(st.integers(0, len(text)))
    return text, start, draw(st.integers(start, len(text)))


@given(texts)
def test_lines_are_the_text_cut_at_line_feeds(text: str) -> None:
    source = Source("x", text)
    numbers = range(1, len(source.starts) + 1)
    assert [source.line(number) for number in numbers] == text.split("\n")
    assert [text[:start].count("\n") + 1 for start in source.starts] == list(numbers)


@given(stretches())
def test_a_span_names_the_characters_it_was_made_from(case: tuple[str, int, int]) -> None:
    text, start, end = case
    place = Source("x", text).span(start, end)
    assert place.text == text.split("\n")[place.line - 1]
    assert place.text[place.col - 1 : place.end - 1] == text[start:end].split("\n")[0]
    assert place.line == text[:start].count("\n") + 1


@given(stretches())
def test_places_are_in_the_order_of_the_text(case: tuple[str, int, int]) -> None:
    text, start, end = case
    source = Source("x", text)
    assert source.span(start, end) <= source.span(end, end)


@given(texts, st.data())
def test_a_whole_line_leaves_its_blanks_out(text: str, data: st.DataObject) -> None:
    source = Source("x", text)
    number = data.draw(st.integers(1, len(source.starts)))
    place = source.whole_line(number)
    line = source.line(number)
    assert place.line == number
    assert place.text[place.col - 1 : place.end - 1] == line.strip() or not line.strip()


@given(plain, st.data())
def test_the_caret_stands_under_the_word(line: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(line) - 1))
    end = data.draw(st.integers(start + 1, len(line)))
    source = Source("law.md", f"first\n{line}\nlast")
    place = source.span(6 + start, 6 + end)
    head, _, shown, carets, help_ = Problem(place, "wrong", "mend it").render().split("\n")
    assert head == f"law.md:2:{start + 1}: wrong"
    assert shown == f"2 | {line}".rstrip()
    at, number = carets.index("^"), carets.count("^")
    assert carets == "  | " + " " * (at - 4) + "^" * number
    assert at - 4 == start
    word = line.rstrip()[start:end]
    assert number == max(1, len(word))
    assert help_ == "help: mend it"


def test_a_place_past_a_lines_end_has_one_caret() -> None:
    source = Source("x", "when\n")
    assert Problem(source.span(4, 5), "wrong", "mend").render().split("\n")[3] == "  |     ^"


def test_what_cannot_be_printed_takes_the_room_of_a_blank() -> None:
    place = Source("x", "a\t\u200bb").span(3, 4)
    assert Problem(place, "wrong", "mend").render().split("\n")[2:4] == ["1 | a  b", "  |    ^"]


def test_a_file_as_a_whole_has_neither_line_nor_caret() -> None:
    assert Problem(Place("a.csv"), "wrong", "mend").render() == "a.csv: wrong\nhelp: mend"


def test_an_error_tells_its_problems_in_the_order_of_their_places() -> None:
    source = Source("x", "a\nb\n")
    late, early = (
        Problem(source.span(2, 3), "two", "mend"),
        Problem(source.span(0, 1), "one", "mend"),
    )
    error = LawError([late, early])
    assert error.problems == (early, late)
    assert str(error) == f"{early.render()}\n\n{late.render()}"


def test_help_names_the_nearest_word_or_says_something_else() -> None:
    assert did_you_mean("purpse", ["minor", "purpose"], "declare it") == "did you mean `purpose`?"
    assert did_you_mean("zodiac", ["minor", "purpose"], "declare it") == "declare it"
    assert [counted(n, "cell") for n in (0, 1, 2)] == ["0 cells", "1 cell", "2 cells"]


@given(st.text(st.sampled_from("a §é’“\n\t"), max_size=20))
def test_what_can_be_seen_is_read_as_it_stands(text: str) -> None:
    Source("x", text).check_characters()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\r\nb", "x:1:2: a carriage return ends this line"),
        (b"\xef\xbb\xbfa", "x:1:1: the character U+FEFF cannot be seen"),
        (b"a\n\x00", "x:2:1: the character U+0000 cannot be seen"),
        ("a\u00adb".encode(), "x:1:2: the character U+00AD cannot be seen"),
        (b"a\x85", "x: not UTF-8 text: byte 1 does not fit"),
        ("\x85".encode(), "x:1:1: the character U+0085 cannot be seen"),
    ],
)
def test_what_cannot_be_seen_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(LawError) as caught:
        Source.read(path, "x")
    assert str(caught.value).split("\n")[0] == message


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "none", "laws/x: no such file"),
        (tmp_path, "laws/x: cannot be read: is a directory"),
    ):
        with pytest.raises(LawError) as caught:
            Source.read(path, "laws/x")
        assert str(caught.value).split("\n")[0] == message
