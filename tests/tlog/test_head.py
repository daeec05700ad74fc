"""The head's file: no other head's left-overs are read with it."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from habeas.tlog.checkpoint import Checkpoint
from habeas.tlog.disk import Disk
from habeas.tlog.errors import NotProved
from habeas.tlog.head import HeadFile, Publication, empty

FIVE, NINE, SEVEN = (Checkpoint("o", n, bytes([n]) * 32) for n in (5, 9, 7))


def crashed(folder: Path) -> Path:
    """A folder with what a process leaves that is killed after it signed 5 and then 9 entries."""
    (folder / "living").mkdir(parents=True)
    head = HeadFile.make(folder / "living" / "head", Disk(), empty("o"))
    head.swap(empty("o"), FIVE, "five", "")
    head.swap(FIVE, NINE, "nine", "")
    shutil.copytree(folder / "living", folder / "crashed")
    head.close()
    return folder / "crashed"


def beside(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}


def test_a_head_is_whole_again_after_a_crash(tmp_path) -> None:
    folder = crashed(tmp_path)
    assert (folder / "head-wal").stat().st_size
    head = HeadFile(folder / "head")
    assert (head.read().checkpoint, head.read().note) == (NINE, "nine")
    head.close()


@pytest.mark.parametrize("left", [("-wal", "-shm"), ("-wal",), ("-journal",), (".new-journal",)])
def test_a_new_head_is_not_overridden_by_what_a_lost_one_left(tmp_path, left) -> None:
    folder = crashed(tmp_path)
    (folder / "head").unlink()
    for end in ("-wal", "-shm"):
        if end not in left:
            (folder / f"head{end}").unlink()
    for end in left:
        if not (folder / f"head{end}").exists():
            (folder / f"head{end}").write_bytes(b"a journal of something else")
    head = HeadFile.make(folder / "head", Disk(), SEVEN, "seven", "cosigned")
    for _ in range(2):
        kept = head.read()
        assert (kept.checkpoint, kept.note, kept.witnessed) == (SEVEN, "seven", "cosigned")
        head.close()
        head = HeadFile(folder / "head")
    head.close()
    assert [p.name for p in folder.iterdir()] == ["head"]


def test_what_is_left_is_gone_for_good_before_the_new_head_is_in_its_place(tmp_path) -> None:
    folder, steps = crashed(tmp_path), []

    class Watched(Disk):
        def sync_folder(self, folder: Path) -> None:
            steps.append(sorted(p.name for p in folder.iterdir()))
            super().sync_folder(folder)

        def move(self, path: Path, to: Path) -> None:
            steps.append("move")
            super().move(path, to)

    (folder / "head").unlink()
    HeadFile.make(folder / "head", Watched(), SEVEN).close()
    assert steps == [[], "move", ["head"]]


def test_a_head_with_another_ones_write_ahead_file_is_refused_and_both_stay(tmp_path) -> None:
    """As where somebody puts a copy in the place of a head, after a crash."""
    folder = crashed(tmp_path)
    (tmp_path / "other").mkdir()
    HeadFile.make(tmp_path / "other" / "head", Disk(), SEVEN, "seven").close()
    shutil.copy(tmp_path / "other" / "head", folder / "head")
    before = beside(folder)
    for _ in range(2):
        with pytest.raises(NotProved, match="another head's"):
            HeadFile(folder / "head")
        assert beside(folder) == before


def test_publications_are_kept_with_their_notes(tmp_path) -> None:
    head = HeadFile.make(tmp_path / "head", Disk(), empty("o"))
    assert head.publication() is None and head.publication_of(5) is None
    made = [Publication("2025-07-17", FIVE, "five"), Publication("2025-07-18", NINE, "nine")]
    for one in made:
        head.note_published(one)
    head.close()
    head = HeadFile(tmp_path / "head")
    assert head.publication() == made[1]
    assert [head.publication_of(n) for n in (5, 7, 9)] == [made[0], None, made[1]]
    head.close()


def test_a_cosigned_note_is_kept_with_its_own_head_alone(tmp_path) -> None:
    head = HeadFile.make(tmp_path / "head", Disk(), FIVE, "five")
    head.keep_witnessed(FIVE, "cosigned")
    with pytest.raises(NotProved, match="somebody else"):
        head.keep_witnessed(NINE, "another")
    head.close()
    with sqlite3.connect(tmp_path / "head") as base:
        assert base.execute("SELECT size, note, witnessed FROM head").fetchone() == (5, "five", "cosigned")  # fmt: skip
