"""What two words of a command line name: places, folders, and git revisions of a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from habeas.errors import InputError, LawError
from habeas.proofs import states
from habeas.proofs.states import read_states, write_revision
from tests.conftest import LAWS

PACK = "us-ca-sf/12h.md"
NEW_LINE = "\nIt says one thing more.\n"


def git(folder: Path, *arguments: str) -> str:
    names = ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL")
    environment = {**os.environ, **{f"GIT_{name}": "somebody" for name in names}}
    environment["GIT_CONFIG_GLOBAL"] = os.devnull
    return subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the shipped law in `office/laws`, one commit, and a second pack text."""
    shutil.copytree(LAWS, tmp_path / "office" / "laws")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, "as it was")
    pack = tmp_path / "office" / "laws" / PACK
    pack.write_text(pack.read_text(encoding="utf-8") + NEW_LINE, encoding="utf-8")
    return tmp_path


def pack_of(state: states.State) -> str:
    return state.law.book.files[PACK].decode()


def test_a_revision_is_read_as_it_was_and_the_folder_as_it_is(repository: Path) -> None:
    laws = repository / "office" / "laws"
    status = git(repository, "status", "--porcelain")
    old, new = read_states("HEAD", str(laws), "us-ca-sf", None)
    assert old.name == "HEAD:office/laws"
    assert pack_of(new) == pack_of(old) + NEW_LINE
    assert old.law.digest != new.law.digest
    assert git(repository, "status", "--porcelain") == status


def test_two_revisions_of_a_folder_that_law_names(repository: Path) -> None:
    laws = repository / "office" / "laws"
    first = git(repository, "rev-parse", "HEAD")
    commit(repository, "amended")
    git(repository, "tag", "amended")
    old, new = read_states(first[:10], "amended", "us-ca-sf", laws)
    assert pack_of(new) == pack_of(old) + NEW_LINE
    assert read_states("amended~1", "HEAD", "us-ca-sf", laws)[0].law.digest == old.law.digest


def test_every_byte_of_a_revision_is_the_committed_one(repository: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    assert write_revision("HEAD", repository / "office" / "laws", into) == "office/laws"
    made = {p.relative_to(into): p.read_bytes() for p in into.rglob("*") if p.is_file()}
    there = {p.relative_to(LAWS): p.read_bytes() for p in LAWS.rglob("*") if p.is_file()}
    assert made == there


def test_a_folder_at_the_root_of_its_repository(tmp_path: Path) -> None:
    shutil.copytree(LAWS, tmp_path / "laws")
    git(tmp_path / "laws", "init", "--quiet")
    commit(tmp_path / "laws", "as it was")
    old, _ = read_states("HEAD", str(tmp_path / "laws"), "us-tx", None)
    assert old.name == "HEAD:."


def test_places_are_of_the_shipped_law_or_of_a_folder(tmp_path: Path) -> None:
    old, new = read_states("us-ca", "us-tx", None, None)
    assert (old.name, old.law.place, new.law.place) == ("us-ca", "us-ca", "us-tx")
    shutil.copytree(LAWS, tmp_path / "laws")
    old, _ = read_states("us-ca", "us-tx", None, tmp_path / "laws")
    assert old.law.book.folder == tmp_path / "laws"


def test_two_folders(tmp_path: Path) -> None:
    shutil.copytree(LAWS, tmp_path / "mine")
    old, new = read_states(str(LAWS), str(tmp_path / "mine"), "us-tx", None)
    assert (old.law.place, new.law.place) == ("us-tx", "us-tx")
    assert old.law.digest == new.law.digest


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("us-ca", "us-tx", "us-il", "two places are compared already"),
        ("us-ca", "HEAD", None, "`us-ca` is a place, and `HEAD` is none"),
        ("us-ca", "us-tz", None, "did you mean `us-"),
        ("LAWS", "LAWS", None, "which place's law is meant"),
        ("LAWS", "LAWS", "us-xx", "there is no law of `us-xx`"),
        ("LAWS", "no-such-revision", "us-ca", "is no folder of law, no place of .* and no git rev"),
        ("LAWS", "--output=made", "us-ca", "is no folder of law, no place of .* and no git rev"),
        ("LAWS", "HEAD^{tree}", "us-ca", "git says: "),
        ("LAWS", "$(touch made)", "us-ca", "is no folder of law, no place of .* and no git rev"),
    ],
)
def test_words_that_name_nothing_are_refused(
    repository: Path, old: str, new: str, place: str | None, message: str
) -> None:
    laws = str(repository / "office" / "laws")
    with pytest.raises(InputError, match=message):
        read_states(old.replace("LAWS", laws), new.replace("LAWS", laws), place, None)
    assert not [*repository.rglob("made")]


def test_a_revision_before_the_folder_was_there(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "--orphan", "empty")
    git(repository, "rm", "--quiet", "-r", "--force", "--cached", ".")
    (repository / "other.txt").write_text("nothing\n")
    git(repository, "add", "other.txt")
    git(repository, "commit", "--quiet", "--message", "no law")
    with pytest.raises(InputError, match="this revision has no `office/laws`"):
        read_states("HEAD", str(repository / "office" / "laws"), "us-ca", None)


def test_a_folder_that_no_git_keeps(tmp_path: Path) -> None:
    shutil.copytree(LAWS, tmp_path / "laws")
    with pytest.raises(InputError, match="git says: not a git repository"):
        read_states("HEAD", str(tmp_path / "laws"), "us-ca", None)


def test_a_link_in_a_revision_is_no_law(repository: Path) -> None:
    (repository / "office" / "laws" / "us-ca" / "more.md").symlink_to("/etc/passwd")
    commit(repository, "a link")
    with pytest.raises(InputError, match="this is no plain file"):
        read_states("HEAD", str(repository / "office" / "laws"), "us-ca", None)


def test_a_revision_that_is_not_well_formed_says_where(repository: Path) -> None:
    (repository / "office" / "laws" / PACK).write_text("no pack\n")
    commit(repository, "broken")
    with pytest.raises(LawError, match=f"HEAD:office/laws/{PACK}"):
        read_states("HEAD", "HEAD~1", "us-ca-sf", repository / "office" / "laws")


def test_without_git_the_folders_can_still_be_compared(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(InputError, match="git is not installed"):
        read_states("HEAD", str(repository / "office" / "laws"), "us-ca", None)
    read_states(str(repository / "office" / "laws"), str(LAWS), "us-ca", None)


def test_a_git_that_does_not_answer_is_told(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*arguments: object, **_: object) -> None:
        raise subprocess.TimeoutExpired("git", 60)

    monkeypatch.setattr(states.subprocess, "run", late)
    with pytest.raises(InputError, match="git did not answer"):
        read_states("HEAD", str(repository / "office" / "laws"), "us-ca", None)
