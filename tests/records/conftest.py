"""What the tests of requests and records share: the vocabulary, and folders of small tables."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from habeas.errors import HabeasError
from habeas.law.source import Source
from habeas.law.vocabulary import Vocabulary, read_vocabulary
from habeas.records import Records, read_records
from tests.conftest import LAWS

Files = dict[str, str | bytes]
Told = Callable[[HabeasError], str]
Folder = Callable[[Files], Path]
Read = Callable[..., Records]

BAD = Path(__file__).parent / "bad"


class Golden(NamedTuple):
    """A case of `bad/`: files, and what is told of them."""

    name: str
    files: dict[str, str]
    expected: str


def goldens(kind: str) -> list[Golden]:
    """A file's cases: `## NAME`, files each after `>>> FILE`, `<<<` before what is told."""
    cases = []
    for text in (BAD / f"{kind}.txt").read_text("utf-8").split("\n## ")[1:]:
        body, _, expected = text.partition("\n<<<\n")
        name, *files = re.split(r"\n>>> (.+)\n", body)
        pairs = zip(files[::2], files[1::2], strict=True)
        cases.append(Golden(name, {f: f"{c}\n" if c else "" for f, c in pairs}, expected.strip()))
    return cases


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return read_vocabulary(Source.read(LAWS / "vocabulary.md", "laws/vocabulary.md"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Makes a folder `jail` of files."""

    def make(files: Files) -> Path:
        jail = tmp_path / "jail"
        jail.mkdir(exist_ok=True)
        for name, content in files.items():
            path = jail / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return jail

    return make


@pytest.fixture
def read(folder: Folder, vocabulary: Vocabulary) -> Read:
    """Reads a folder: `read(mapping, people=…, charges=…)`, each the text of one CSV file."""

    def make(mapping: str, **tables: str | bytes) -> Records:
        files: Files = {f"{name}.csv": content for name, content in tables.items()}
        return read_records(folder({"mapping.yaml": mapping, **files}), None, vocabulary)

    return make


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """An error as it is printed, with paths from the test's own folder."""
    return lambda error: str(error).replace(f"{tmp_path}/", "")
