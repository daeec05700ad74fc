"""Law that reads and law that does not, each held against what reading it says.

    bad/<name>.md, or a folder laid over base/   ->  read_book, read_lexicons  ->  the error, as in
    bad/<name>.txt
    good/<name>.md, or a folder laid over base/  ->  read_book  ->  what was read: good/<name>.json

A file `<name>.absent` in a folder takes a file of base/ away. `HABEAS_WRITE_GOLDENS=1 pytest
tests/law/test_goldens.py` writes the expected files anew: read what changed before you commit it.
"""

import ast
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from habeas.errors import LawError, Place
from habeas.law.book import LawBook, read_book
from habeas.law.lexicon_page import read_lexicons
from tests.conftest import SRC
from tests.law.printer import book_as_json

HERE = Path(__file__).parent
WRITE = os.environ.get("HABEAS_WRITE_GOLDENS") == "1"
HINT = "run `HABEAS_WRITE_GOLDENS=1 pytest tests/law/test_goldens.py`, and read what it wrote"


def cases(folder: str) -> list[str]:
    """The names of the cases in a folder."""
    found = {p.name.removesuffix(".md") for p in (HERE / folder).iterdir() if is_case(p)}
    return sorted(found)


def is_case(path: Path) -> bool:
    return path.is_dir() or path.suffix == ".md"


def laid_out(case: Path, tmp_path: Path) -> Path:
    """A folder of law: base/ with the case over it."""
    laws = tmp_path / "laws"
    shutil.copytree(HERE / "base", laws)
    if case.is_dir():
        shutil.copytree(case, laws, dirs_exist_ok=True)
        for absent in laws.rglob("*.absent"):
            absent.with_suffix("").unlink()
            absent.unlink()
    else:
        shutil.copyfile(case.with_name(f"{case.name}.md"), laws / "us-ca" / "act.md")
    return laws


def error_of(case: Path, tmp_path: Path) -> LawError | None:
    """The error that a case is read with."""
    try:
        laws = laid_out(case, tmp_path)
        read_lexicons(laws, read_book(laws, "laws").vocabulary, "laws")
    except LawError as error:
        return error
    return None


def hold(expected: Path, text: str) -> None:
    """Compare with a golden file, or write it."""
    if WRITE:
        expected.write_text(text, encoding="utf-8")
    assert expected.exists(), f"{expected.name} is missing: {HINT}"
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", cases("bad"))
def test_bad_law_is_refused_with_exactly_these_words(name: str, tmp_path: Path) -> None:
    error = error_of(HERE / "bad" / name, tmp_path)
    assert error, "this law was read without an error"
    hold(HERE / "bad" / f"{name}.txt", f"{error}\n")


@pytest.mark.parametrize("name", cases("bad"))
def test_every_problem_is_placed_and_worded_alike(name: str, tmp_path: Path) -> None:
    error = error_of(HERE / "bad" / name, tmp_path)
    assert error
    told = [(problem.place, problem.message) for problem in error.problems]
    assert len(told) == len(set(told)), "a problem is told twice"
    for problem in error.problems:
        for text in (problem.message, problem.help):
            assert text == text.strip()
            assert text[0] == "`" or not text[0].isupper()
            assert not text.endswith(".") or text.endswith("…")
            assert text.count("`") % 2 == 0 or "```" in text or "`` ` ``" in text or "`\\``" in text
        stands_there(problem.place, tmp_path)


def stands_there(place: Place, folder: Path) -> None:
    """A place is a stretch of a line of the file that it names."""
    path = folder / place.path
    assert place.path.startswith("laws/")
    if place.line:
        line = path.read_bytes().decode().split("\n")[place.line - 1]
        assert place.text == line
        assert 1 <= place.col <= len(line) + 1
        assert place.col <= place.end <= len(line) + 1


@pytest.mark.parametrize("name", cases("good"))
def test_good_law_is_read_as(name: str, tmp_path: Path) -> None:
    book = read_book(laid_out(HERE / "good" / name, tmp_path), "laws")
    text = json.dumps(book_as_json(book), indent=1, ensure_ascii=False)
    hold(HERE / "good" / f"{name}.json", f"{text}\n")


@pytest.mark.parametrize("folder", ["bad", "good"])
def test_every_golden_file_has_its_case(folder: str) -> None:
    goldens = {path.stem for path in (HERE / folder).iterdir() if path.suffix in (".txt", ".json")}
    assert goldens == set(cases(folder))


# -- every message is in some golden file ---------------------------------------------------------

TELLERS = {"Problem", "problem", "fail", "fail_token", "refuse", "fatal"}
"""Names of the calls that tell a problem; the last two arguments are message and help."""

NEVER = {
    "cannot be read: {}": "needs a file that the test may not read, and tests run as root",
    "no such folder of law": "a case is always a folder: see `test_no_folder_of_law`",
}
"""Messages that no case can bring about, each with its reason."""


def templates() -> Iterator[tuple[str, str]]:
    """Every message in the source, `{}` for what varies, with the place of the call."""
    for path in sorted((SRC / "law").glob("*.py")):
        tree = ast.parse(path.read_text())
        for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]:
            parameters = {one.arg for one in function.args.args + function.args.kwonlyargs}
            for call in [n for n in ast.walk(function) if isinstance(n, ast.Call)]:
                named = call.func.attr if isinstance(call.func, ast.Attribute) else ""
                named = call.func.id if isinstance(call.func, ast.Name) else named
                if named in TELLERS and len(call.args) >= 3:
                    for shape in shapes(call.args[-2], [function, tree], parameters):
                        yield shape, f"{path.name}:{call.lineno}"


def shapes(node: ast.expr, scopes: list[ast.AST], parameters: set[str]) -> list[str]:
    """The texts that an expression can be."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
        return ["".join(map(str, parts))]
    if isinstance(node, ast.IfExp):
        both = (node.body, node.orelse)
        return [shape for side in both for shape in shapes(side, scopes, parameters)]
    if isinstance(node, ast.BinOp):
        lefts = shapes(node.left, scopes, parameters)
        return [a + b for a in lefts for b in shapes(node.right, scopes, parameters)]
    if isinstance(node, ast.Name) and node.id in parameters:
        return []
    if isinstance(node, ast.Name):
        values = [value for scope in scopes for value in assigned(scope, node.id)]
        assert values, f"no value of `{node.id}` found"
        return [shape for value in values for shape in shapes(value, scopes, parameters)]
    return ["{}"]


def assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    """What is assigned to a name in a scope."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    yield node.value
                elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    for one, value in zip(target.elts, node.value.elts, strict=True):
                        if isinstance(one, ast.Name) and one.id == name:
                            yield value


def messages() -> set[str]:
    """Every message in the golden files."""
    line = re.compile(r"laws/.*?(?::\d+:\d+)?: (.*)")
    texts = [path.read_text(encoding="utf-8") for path in (HERE / "bad").glob("*.txt")]
    heads = [part.split("\n")[0] for text in texts for part in text.split("\n\n")]
    found = [match[1] for head in heads if (match := line.fullmatch(head))]
    assert len(found) == len(heads)
    return set(found)


def test_every_message_of_the_source_is_in_some_golden_file() -> None:
    told = messages()
    missing: dict[str, str] = {}
    unused = set(NEVER)
    for shape, where in templates():
        pattern = re.compile(".+?".join(map(re.escape, shape.split("{}"))))
        if not any(pattern.fullmatch(message) for message in told):
            unused.discard(shape)
            if shape not in NEVER:
                missing[shape] = where
    assert missing == {}
    assert unused == set(), "these messages are in some golden file after all"


def test_no_folder_of_law(tmp_path: Path) -> None:
    with pytest.raises(LawError, match=r"\Alaws: no such folder of law\nhelp: "):
        read_book(tmp_path / "nowhere", "laws")


def test_a_folder_is_shown_by_its_name(tmp_path: Path) -> None:
    laws = laid_out(HERE / "bad" / "condition-trailing-and", tmp_path)
    with pytest.raises(LawError, match=r"\Alaws/us-ca/act\.md:15:12: "):
        read_book(laws)


def test_the_order_of_reading_is_the_order_of_places(tmp_path: Path) -> None:
    error = error_of(HERE / "bad" / "clause-every-problem-of-a-block", tmp_path)
    assert error
    places = [problem.place for problem in error.problems]
    assert places == sorted(places)
    assert isinstance(read_book(HERE / "base", "laws"), LawBook)
