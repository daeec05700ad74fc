"""Files of the safe come back as they were put there, or not at all."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from habeas.errors import HabeasError
from habeas.web.casework import safe
from habeas.web.casework.safe import Kept, SafeError, get, put

DATA = b"%PDF-1.7 Jane Quackenbush, born 1999-09-09\n" * 40


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.OFFICE = replace(settings.OFFICE, folder=tmp_path)
    return tmp_path / "originals"


def refused(kept: Kept) -> str:
    with pytest.raises(SafeError) as caught:
        get(kept)
    assert isinstance(caught.value, HabeasError)
    assert "Quackenbush" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("data", [b"", b"x", DATA, os.urandom(300_000)], ids=len)
def test_what_was_put_there_comes_back(data: bytes, folder: Path) -> None:
    kept = put(data)
    assert kept == Kept(sha256(data).hexdigest(), len(data), kept.name)
    assert get(kept) == data
    assert [one.name for one in folder.iterdir()] == [kept.name]


def test_only_the_owner_may_read_and_nothing_can_be_read_without_the_key(folder: Path) -> None:
    kept = put(DATA)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / kept.name).stat().st_mode) == 0o600
    written = (folder / kept.name).read_bytes()
    assert b"Quackenbush" not in written and kept.sha256.encode() not in written
    assert bytes.fromhex(kept.sha256) not in written


def test_the_same_bytes_are_two_files_with_nothing_in_common(folder: Path) -> None:
    one, two = put(DATA), put(DATA)
    assert one.sha256 == two.sha256 and one.name != two.name
    texts = [(folder / kept.name).read_bytes()[safe._NAMES :] for kept in (one, two)]
    assert texts[0][:12] != texts[1][:12] and texts[0][12:60] != texts[1][12:60]


def test_the_key_is_not_the_offices_own_but_made_of_it(settings: Any, folder: Path) -> None:
    kept = put(DATA)
    assert safe._key() != settings.KEYS.files and len(safe._key()) == 32
    settings.KEYS = replace(settings.KEYS, files=b"k" * 32)
    assert "not what was put there" in refused(kept)


@pytest.mark.parametrize("where", ["magic", "name", "nonce", "text", "tag"])
def test_one_changed_byte_is_found(where: str, folder: Path) -> None:
    kept = put(DATA)
    at = {"magic": 2, "name": 20, "nonce": safe._NAMES + 3, "text": 200, "tag": -1}[where]
    path = folder / kept.name
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    told = {"magic": "this file was altered", "name": "another file lies in the place of this one"}
    assert told.get(where, "not what was put there: it was altered") in refused(kept)


@pytest.mark.parametrize("length", [0, 10, safe._NAMES + 12, safe._NAMES + 27, 300])
def test_a_file_that_was_cut_off_is_found(length: int, folder: Path) -> None:
    kept = put(DATA)
    path = folder / kept.name
    path.write_bytes(path.read_bytes()[:length])
    assert "altered" in refused(kept)


def test_two_files_that_changed_places_are_found(folder: Path) -> None:
    one, two = put(b"one" * 9), put(b"two" * 9)
    here, there = folder / one.name, folder / two.name
    first, second = here.read_bytes(), there.read_bytes()
    here.write_bytes(second)
    assert "another file lies in the place of this one" in refused(one)
    here.write_bytes(first[: safe._NAMES] + second[safe._NAMES :])  # its name forged
    assert "not what was put there" in refused(one)
    assert get(two) == b"two" * 9


def test_a_row_that_names_another_digest_or_size_opens_nothing() -> None:
    one, two = put(b"one"), put(b"two")
    assert "not what was put there" in refused(replace(one, sha256=two.sha256))
    assert "not what was put there" in refused(replace(one, sha256="no digest"))
    assert "not of the digest and size" in refused(replace(one, size=4))


def test_a_file_that_is_missing_is_told(folder: Path) -> None:
    kept = put(DATA)
    (folder / kept.name).unlink()
    assert f"{folder / kept.name}: this file is missing" in refused(kept)


@pytest.mark.parametrize("name", ["../office.yaml", "/etc/passwd", "", ".", "A" * 32, "a" * 31])
def test_a_name_that_is_none_leads_nowhere(name: str) -> None:
    assert "is no name of a kept file" in refused(replace(put(DATA), name=name))


def test_nothing_is_put_where_others_may_look(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with pytest.raises(SafeError, match="others may look into this folder"):
        put(DATA)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("step", ["fsync", "link"])
def test_a_disk_that_refuses_leaves_no_file(
    step: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(b"before")
    there = set(folder.iterdir())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(SafeError, match="the disk refused: No space left on device"):
        put(DATA)
    assert set(folder.iterdir()) == there


def test_a_file_that_is_there_is_never_written_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = put(DATA)
    monkeypatch.setattr(safe.secrets, "token_hex", lambda count: kept.name)
    with pytest.raises(SafeError, match="File exists"):
        put(b"something else")
    assert get(kept) == DATA
    assert [one.name for one in folder.iterdir()] == [kept.name]


def test_a_file_is_on_the_disk_before_it_is_in_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(b"before")
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def synced(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def linked(*arguments: Any, **more: Any) -> None:
        steps.append("link")
        link(*arguments, **more)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)
    put(DATA)
    assert steps == ["file", "link", "folder"]
