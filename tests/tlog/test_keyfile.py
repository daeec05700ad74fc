"""Key files: for their owner's eyes alone, under a passphrase; old and new keys overlap."""

import os
import stat
from pathlib import Path

import pytest

from habeas.tlog import keyfile
from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.keyfile import key_path, make_keys, read_keys, retire, rotate, vkeys
from habeas.tlog.keys import ED25519, MLDSA44
from habeas.tlog.log import Log
from habeas.tlog.merkle import leaf_hash
from habeas.tlog.policy import Party, Policy
from habeas.tlog.proofs import check_proof
from tests.tlog.logs import some

PASS = b"correct horse battery"
NAME = "jail.example/log"
KINDS = (ED25519, MLDSA44)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HABEAS_LOG_KEYS", str(tmp_path / "keys"))
    monkeypatch.setattr(keyfile, "_COST", 2**10)
    return tmp_path / "keys"


def test_keys_are_read_back_and_nothing_of_them_stands_in_the_file(folder) -> None:
    made = make_keys(NAME, KINDS, PASS)
    assert read_keys(NAME, PASS) == made
    [path] = folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600 and folder.stat().st_mode & 0o077 == 0
    text = path.read_text()
    assert all(secret.hex() not in text for _, secret in made.secrets)
    assert len(vkeys(made)) == 2


def test_keys_are_refused_where_others_may_read_them_or_the_passphrase_is_wrong(folder) -> None:
    make_keys(NAME, KINDS, PASS)
    with pytest.raises(LogError, match="passphrase"):
        read_keys(NAME, PASS + b"x")
    path = key_path(NAME)
    for mode in (0o640, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(LogError, match="others may read"):
            read_keys(NAME, PASS)
    path.chmod(0o600)
    for wrong in ("", "{}", path.read_text().replace(NAME, "other"), path.read_text()[:-9]):
        path.write_text(wrong)
        with pytest.raises(LogError):
            read_keys(NAME, PASS)
    with pytest.raises(LogError, match="no keys"):
        read_keys("other.example", PASS)


def test_keys_are_made_once_outside_of_the_log_and_with_a_long_passphrase(folder, tmp_path) -> None:
    with pytest.raises(LogError, match="must not lie in the log's folder"):
        make_keys(NAME, KINDS, PASS, outside=tmp_path)
    with pytest.raises(LogError, match="fewer than 12"):
        make_keys(NAME, KINDS, b"short")
    with pytest.raises(LogError, match="cannot be a key's name"):
        make_keys("a b", KINDS, PASS)
    assert not folder.exists() or not list(folder.iterdir())
    make_keys(NAME, KINDS, PASS, outside=tmp_path / "log")
    with pytest.raises(LogError, match="already"):
        make_keys(NAME, KINDS, PASS)


def test_a_key_file_is_in_its_place_for_good_before_anything_is_signed_with_it(
    folder, monkeypatch
) -> None:
    """The file is synced, moved, and then its folder is synced: each time it is written."""
    steps: list[str] = []
    sync, move = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        steps.append(f"sync {kind}")
        if kind == "folder":
            assert os.path.samestat(os.fstat(handle), folder.stat())
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", lambda *w: (steps.append("move"), move(*w))[1])
    for act in (lambda: make_keys(NAME, KINDS, PASS), lambda: rotate(read_keys(NAME, PASS), PASS)):
        act()
        assert steps == ["sync file", "move", "sync folder"]
        steps.clear()


def test_where_keys_lie_without_the_variable(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("HABEAS_LOG_KEYS")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert key_path(NAME).parent == tmp_path / "habeas" / "keys"


def test_old_keys_and_new_ones_sign_together_until_the_old_retire(tmp_path) -> None:
    def policy(keys) -> Policy:
        return Policy(tuple(Party(one.verifier) for one in keys.signers))

    old = make_keys(NAME, KINDS, PASS)
    Log.create(tmp_path / "log", old.signers, policy(old))
    entries = some(3)
    with Log.open(tmp_path / "log", old.signers, policy(old)) as log:
        first = log.append(entries[:1]).proof(0)
    both = rotate(old, PASS)
    assert read_keys(NAME, PASS) == both and len(both.signers) == 4
    with Log.open(tmp_path / "log", both.signers, policy(both)) as log:
        log.append(entries[1:2])
        second = log.proof(1)
    new = retire(both, PASS)
    assert set(new.secrets) == set(both.secrets) - set(old.secrets)
    with Log.open(tmp_path / "log", new.signers, policy(new)) as log:
        log.append(entries[2:])
        third = log.proof(2)
    leaves = [leaf_hash(one) for one in entries]
    check_proof(leaves[0], first, policy(old))
    check_proof(leaves[1], second, policy(old))  # whoever has the old keys alone still can check
    check_proof(leaves[1], second, policy(new))
    check_proof(leaves[2], third, policy(new))
    for leaf, proof, keys in ((leaves[2], third, old), (leaves[0], first, new)):
        with pytest.raises(NotProved):
            check_proof(leaf, proof, policy(keys))
    with pytest.raises(LogError, match="new keys already"):
        rotate(both, PASS)
    with pytest.raises(LogError, match="no new keys"):
        retire(new, PASS)
