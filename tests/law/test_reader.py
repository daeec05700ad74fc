"""Whatever stands in a folder of law, reading it ends with a book or with problems in places."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.errors import LawError
from habeas.law.book import LawBook, read_book
from tests.conftest import LAWS

BASE = Path(__file__).parent / "base"
FILES = ["us-ca/act.md", "vocabulary.md", "us-ca/offenses.csv", "us/holidays.csv"]
FRAGMENTS = [
    *("```", "```rule\n", "##", "## § 9 {#x}\n", " ", "    ", "\n", "'", '"', "(", ")", "{", "}"),
    *(
        "#",
        "--",
        " -- ",
        "|",
        "\t",
        "<",
        ">",
        "> ",
        "- ",
        "=",
        "NOT ",
        "AND ",
        "?",
        "every ",
        "of ",
    ),
    *("INTERVAL '1' DAY", "9999-12-31", "0001-01-01", "99999999999999999999", "+", "!", "\\", "*"),
    *("[a]: b\n", "<!--", "any_conviction(", "count_charge(", ",", "é", "²", "٣", "Ⅷ", "\0", "\r"),
    *("~~~", "---\n", "...", "&amp;", "\ufffe", "\U000e0001", "\u00a0", "\u2028", "`"),
]


@pytest.fixture(scope="module")
def laws(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reader") / "laws"
    shutil.copytree(BASE, folder)
    return folder


def read(laws: Path, name: str, text: str) -> LawBook | LawError:
    """The book, or the error, with one file of base/ replaced."""
    try:
        (laws / name).write_bytes(text.encode())
        return read_book(laws, "laws")
    except LawError as error:
        return error
    finally:
        shutil.copyfile(BASE / name, laws / name)


@st.composite
def spoilt(draw: st.DrawFn, name: str) -> str:
    """A file of base/, with a few stretches taken out, put in or doubled."""
    text = (BASE / name).read_text(encoding="utf-8")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        what = draw(st.sampled_from(["in", "out", "double"]))
        if what == "in":
            text = text[:at] + draw(st.sampled_from(FRAGMENTS)) + text[at:]
        else:
            end = at + draw(st.integers(1, 60))
            text = text[:at] + (text[at:end] * 2 if what == "double" else "") + text[end:]
    return text


@pytest.mark.parametrize("name", FILES)
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_spoilt_file_is_read_or_told_and_nothing_else(
    laws: Path, name: str, data: st.DataObject
) -> None:
    found = read(laws, name, data.draw(spoilt(name)))
    if isinstance(found, LawError):
        assert all(p.message and p.help and p.place.path for p in found.problems)


def test_the_order_of_provisions_does_not_matter_to_what_is_told(laws: Path) -> None:
    text = (BASE / "us-ca/act.md").read_text(encoding="utf-8")
    front, one, two = text.partition("# An act")[0], *text.split("\n## ")[1:]
    good = read(laws, "us-ca/act.md", f"{front}## {two}\n\n## {one}\n")
    assert isinstance(good, LawBook)
    assert {p.id for p in good.packs["us-ca/act"].provisions} == {"us-ca/act#s1", "us-ca/act#s2"}


def test_a_digest_of_a_provision_changes_with_its_text_and_with_nothing_else(laws: Path) -> None:
    text = (BASE / "us-ca/act.md").read_text(encoding="utf-8")

    def digests(changed: str) -> list[str]:
        book = read(laws, "us-ca/act.md", changed)
        assert isinstance(book, LawBook)
        return [provision.sha256 for provision in book.packs["us-ca/act"].provisions]

    one, two = digests(text)
    assert digests(text + "\n\n") == [one, two]
    assert digests(text.replace("# An act", "# The act")) == [one, two]
    changed = digests(text.replace("that purpose", "this purpose"))
    assert changed[0] != one
    assert changed[1] == two


def test_a_check_counts_for_its_provision_and_its_text_alone(laws: Path) -> None:
    act = (BASE / "us-ca/act.md").read_text(encoding="utf-8")
    book = read_book(BASE, "laws")
    first, second = book.packs["us-ca/act"].provisions
    line = f"us-ca/act#s1,{first.sha256},A. Lawyer,2025-01-31,the code"
    stray = f"us-ca/other#s1,{second.sha256},A. Lawyer,2025-01-31,the code"
    (laws / "checks.csv").write_text(
        f"provision,sha256,who,when,against\n{line}\n{stray}\n", encoding="utf-8"
    )
    try:
        checked = read(laws, "us-ca/act.md", act)
    finally:
        (laws / "checks.csv").unlink()
    assert isinstance(checked, LawBook)
    held = [checked.is_checked(p) for p in checked.packs["us-ca/act"].provisions]
    assert held == [True, False]


def test_the_shipped_law_is_read() -> None:
    assert read_book(LAWS).packs
