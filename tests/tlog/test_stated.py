"""An entry that names another log, a later one, or an older publication than the one before it is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from habeas.tlog.checkpoint import Checkpoint
from habeas.tlog.merkle import leaf_hash, root_of
from habeas.tlog.reader import Reader
from habeas.tlog.sources import Folder
from habeas.tlog.stated import Stated, read_stated
from tests.tlog.logs import UNWITNESSED, entry, new_log


def checkpoint(size: int, root: bytes) -> Checkpoint:
    return Checkpoint("jail.example/log", size, root)


@pytest.fixture
def log(tmp_path: Path):
    with new_log(tmp_path / "log") as made:
        made.append([entry()[0] for _ in range(300)])
        made.publish()
        yield made


def stated(log) -> Stated:
    log.publish()
    return read_stated(Reader(Folder(log.folder), UNWITNESSED))


def root(log, size: int) -> bytes:
    return root_of([leaf_hash(log.entry(index)) for index in range(size)])


def test_publications_that_only_grow_are_in_order(log) -> None:
    for size in (0, 7, 7, 256, 300):
        log.append([entry(after=checkpoint(size, root(log, size)))[0] if size else entry()[0]])
    assert stated(log) == Stated(entries=305)


def test_an_older_publication_is_told_with_its_stretch(log) -> None:
    first, second = checkpoint(10, root(log, 10)), checkpoint(20, root(log, 20))
    log.append([entry(after=one)[0] for one in (second, first, first, second, first)])
    assert stated(log).older == [(301, 302), (304, 304)]


@pytest.mark.parametrize(
    ("size", "change", "said"),
    [
        (20, lambda root: bytes([root[0] ^ 1]) + root[1:], "that is not this one"),
        (301, lambda root: root, "which came after it"),
        (0, lambda root: bytes(32), "that is not this one"),
    ],
)
def test_a_checkpoint_that_this_log_never_had_is_found(log, size, change, said) -> None:
    log.append([entry(after=checkpoint(size, change(root(log, min(size, 300)))))[0]])
    log.append([entry()[0]])
    found = stated(log)
    assert [index for index, _ in found.wrong] == [300] and said in found.wrong[0][1]


def test_what_is_no_entry_is_found(log) -> None:
    log.append([b"{}", entry()[0]])
    assert [index for index, _ in stated(log).wrong] == [300]


def test_it_ends_after_a_hundred(log) -> None:
    log.append([b"{}"] * 200)
    found = stated(log)
    assert len(found.wrong) == 100 and found.entries == 400
