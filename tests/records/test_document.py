"""YAML and JSON: what is written is what is read, and every word knows its place."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import InputError, Place
from habeas.records.document import LARGEST, read_document
from tests.records.conftest import Golden, Told, goldens

NESTED = st.recursive(
    st.text() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_of_what_is_written_nothing_is_guessed_but_yes_no_and_nothing(tmp_path: Path) -> None:
    text = (
        "a: 0012\nb: 12:30\nc: 1e3\nd: 2025-07-17\ne: yes\nf: 'yes'\ng: No\nh: on\ni:\nj: ~\n"
        "k: y\nl: [1, 2.50]\nm: 'null'\nn: |\n  two\n  lines\n"
    )
    node = read_document(written(tmp_path / "d.yaml", text), "request")
    assert node.plain() == {
        "a": "0012",
        "b": "12:30",
        "c": "1e3",
        "d": "2025-07-17",
        "e": True,
        "f": "yes",
        "g": False,
        "h": "on",
        "i": None,
        "j": None,
        "k": "y",
        "l": ["1", "2.50"],
        "m": "null",
        "n": "two\nlines\n",
    }


def test_every_word_knows_its_place(tmp_path: Path) -> None:
    path = written(tmp_path / "d.yaml", "facts:\n  é: [a, bcd]\nlong: 'x\n  y'\n")
    node = read_document(path, "request")
    line = "  é: [a, bcd]"
    assert node.at("facts", "é", 1) == Place(str(path), 2, 10, 13, line)
    assert node.key_at("facts", "é") == Place(str(path), 2, 3, 4, line)
    # A word that is not there: the place of what would hold it.
    assert node.at("facts", "é", 7) == node.at("facts", "é")
    assert node.at("long") == Place(str(path), 3, 7, 9, "long: 'x")


def test_json_reads_as_yaml_does(tmp_path: Path) -> None:
    text = (
        '{\t"a": [true, "yes", "2025-07-17", 7],\r\n\t"b": {"c": null, "d": "\\ud83d\\ude00\\/"}}'
    )
    node = read_document(written(tmp_path / "d.json", text), "request")
    assert node.plain() == {"a": [True, "yes", "2025-07-17", "7"], "b": {"c": None, "d": "😀/"}}
    assert node.at("b", "d").line == 2


@given(st.dictionaries(st.text(), NESTED, max_size=4), st.booleans())
def test_whatever_json_can_say_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, object], escaped: bool
) -> None:
    path = tmp_path_factory.mktemp("json") / "d.json"
    path.write_text(json.dumps(value, ensure_ascii=escaped, indent=1), encoding="utf-8", newline="")
    assert read_document(path, "request").plain() == value


def test_json_has_no_bounds_of_yaml(tmp_path: Path) -> None:
    """A key of any length, numbers as they are written, and characters that YAML refuses."""
    key, number = "k" * 5000, "9" * 5000
    text = f'{{"{key}": [{number}, -0.50e3], "a\x7f": "\u2028", "b": "{{[,:]}}\\\\"}}'
    node = read_document(written(tmp_path / "d.json", text), "request")
    assert node.plain() == {key: [number, "-0.50e3"], "a\x7f": "\u2028", "b": "{[,:]}\\"}


@pytest.mark.parametrize("case", goldens("documents"), ids=lambda case: case.name)
def test_what_cannot_be_read_is_told_with_its_place(
    case: Golden, tmp_path: Path, told: Told
) -> None:
    [(name, content)] = case.files.items()
    with pytest.raises(InputError) as caught:
        read_document(written(tmp_path / name, content), "request")
    assert told(caught.value) == case.expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "d.yaml",
            b" \n\n",
            "d.yaml: the request file is empty\nhelp: an example is in `examples/`",
        ),
        (
            "d.yaml",
            b"a: b\nc: caf\xe9\n",
            "d.yaml:2:1: not UTF-8 text: byte 11 does not fit\nhelp: save it as UTF-8",
        ),
        (
            "d.yaml",
            b"a: b\nc: \x07\n",
            "d.yaml:2:1: holds a character that YAML does not allow\n  |\n2 | c:\n  | ^\n"
            "help: take out control characters",
        ),
        (
            "d.yaml",
            b"[" * 100_000,
            "d.yaml:1:14: nested too deeply\nhelp: lists and mappings stand at most 12 deep",
        ),
        (
            "d.json",
            b"[" * 100_000,
            "d.json: nested too deeply\nhelp: lists and mappings stand at most 12 deep",
        ),
        (
            "d.yaml",
            b" " * (LARGEST + 1),
            "d.yaml: larger than 16 MB\n"
            "help: is this a request? records belong in CSV or Parquet files",
        ),
    ],
    ids=["blank", "latin-1", "control character", "deep YAML", "deep JSON", "large"],
)
def test_bytes_that_are_no_document_are_told(
    tmp_path: Path, told: Told, name: str, content: bytes, expected: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_document(tmp_path / name, "request")
    assert told(caught.value) == expected


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds half a character"):
        read_document(written(tmp_path / "d.json", '{"a": "\\ud83d"}'), "request")


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"d\.yaml: no such request file\nhelp: check the path"):
        read_document(tmp_path / "d.yaml", "request")
    with pytest.raises(InputError, match="cannot be read: is a directory"):
        read_document(tmp_path, "request")


@given(st.text() | st.text("abc:-[]{}#&*!|>'\"%@`,? \n\t"))
def test_any_text_is_a_mapping_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("yaml") / "d.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(read_document(path, "request").plain(), dict)
    except InputError as error:
        assert error.exit_code == 2
        assert all(problem.help for problem in error.problems)
