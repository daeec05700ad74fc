"""The vault: what is sealed, held, destroyed; and what is left of it on the disk."""

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from habeas.tlog import keyfile
from habeas.tlog.audit import audit
from habeas.tlog.entries import make_entry, parse_entry
from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.keyfile import FOLDER
from habeas.tlog.merkle import leaf_hash
from habeas.tlog.receipts import check_receipt, format_receipt, parse_receipt
from habeas.tlog.sources import Folder
from habeas.tlog.vault import (
    DESTROYED,
    EXPIRED,
    HELD,
    LOST,
    PAD,
    RELEASED,
    SEALED,
    UNSEALED,
    Act,
    Vault,
)
from habeas.tlog.vault_keys import PERIOD_DAYS, PeriodKeys
from habeas.tlog.vault_store import Kept, Store
from tests.tlog.logs import NOON, ORIGIN, UNWITNESSED, Time, entry, new_log, shown

PASS = b"correct horse battery"
DAY = 86_400
TODAY = date(2025, 7, 17)


@pytest.fixture(autouse=True)
def keys(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER, str(tmp_path / "keys"))
    monkeypatch.setattr(keyfile, "_COST", 2**4)
    return tmp_path / "keys"


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def vault(tmp_path, clock):
    with Vault.make(tmp_path / "vault.sqlite", ORIGIN, PASS, clock) as made:
        yield made


def again(path: Path, clock: Time, passphrase: bytes = PASS) -> Vault:
    return Vault.open(path, ORIGIN, passphrase, clock)


def leaf(number: int) -> bytes:
    return sha256(b"leaf %d" % number).digest()


def opens(number: int) -> list[str]:
    """Disclosures of one entry, as `make_entry` makes them."""
    return make_entry(shown(), {"kind": "decision", "person": f"P{number}", "note": "x" * 300})[1]


def act(kind: str, number: int = 0, reference: str = "24-118") -> Act:
    return Act(kind, leaf(number), number, "Ada Alder", reference, TODAY)


def destroyed(number: int = 0) -> Act:
    return act(DESTROYED, number, "retention-ended")


def row(path: Path, number: int) -> Kept:
    with closing(sqlite3.connect(path)) as base:
        found = base.execute(
            "SELECT leaf, period, wrapped, locked, destroyed_on FROM entry WHERE leaf = ?",
            (leaf(number),),
        ).fetchone()
    return Kept(*found)


def stands_in(folder: Path, data: bytes) -> list[str]:
    """The files of a folder that hold these bytes."""
    return [p.name for p in folder.rglob("*") if p.is_file() and data in p.read_bytes()]


# -- keeping --------------------------------------------------------------------------------------


def test_what_was_put_is_got_and_nothing_of_it_can_be_read_in_the_file(
    vault, tmp_path, clock
) -> None:
    kept = {leaf(n): opens(n) for n in range(3)}
    vault.put(kept)
    vault.close()
    assert (tmp_path / "vault.sqlite").stat().st_mode & 0o077 == 0
    with again(tmp_path / "vault.sqlite", clock) as same:
        assert {one: same.get(one) for one in kept} == kept
    for one in (line for lines in kept.values() for line in lines):
        assert stands_in(tmp_path, one[:20].encode()) == []


def test_an_entry_is_kept_once_and_a_batch_whole_or_not_at_all(vault) -> None:
    vault.put({leaf(0): opens(0)})
    with pytest.raises(LogError, match="kept already"):
        vault.put({leaf(1): opens(1), leaf(0): opens(0)})
    with pytest.raises(LogError, match="not in this vault"):
        vault.get(leaf(1))
    for wrong in ([""], ["a\nb"], ["ä"]):
        with pytest.raises(LogError, match="no disclosure"):
            vault.put({leaf(2): wrong})
    vault.put({leaf(2): []})
    assert vault.get(leaf(2)) == []


def test_what_is_in_an_entry_does_not_show_by_its_length(vault, tmp_path) -> None:
    vault.put(
        {
            leaf(0): ["x"],
            leaf(1): ["y" * (PAD - 1)],
            leaf(2): ["y" * PAD],
            leaf(3): ["y" * PAD, "z"],
        }
    )
    sizes = [len(row(tmp_path / "vault.sqlite", n).locked or b"") - 16 for n in range(4)]
    assert sizes == [PAD, PAD, PAD, 2 * PAD]


def test_a_ciphertext_opens_no_other_entry_and_no_other_log(vault, tmp_path, clock, keys) -> None:
    vault.put({leaf(0): opens(0), leaf(1): opens(1)})
    vault.close()
    path = tmp_path / "vault.sqlite"
    whole = path.read_bytes()
    for columns in ("locked", "wrapped", "locked, wrapped"):
        other = f"(SELECT {columns} FROM entry WHERE leaf = x'{leaf(1).hex()}')"
        with closing(sqlite3.connect(path)) as base, base:
            base.execute(f"UPDATE entry SET ({columns}) = {other} WHERE leaf = x'{leaf(0).hex()}'")
        with again(path, clock) as spoilt, pytest.raises(NotProved, match="not what was put there"):
            spoilt.get(leaf(0))
        path.write_bytes(whole)
    with pytest.raises(LogError, match=r"the vault of `jail\.example/log`"):
        Vault.open(path, "other.example/log", PASS, clock)
    with closing(sqlite3.connect(path)) as base, base:
        base.execute("UPDATE about SET origin = 'other.example/log'")
    [found] = keys.glob("*.periods")
    [code] = base_of(path)
    found.rename(keyfile.key_path("other.example/log").with_name(
        f"{keyfile.key_path('other.example/log').stem}-{code}.periods"
    ))  # fmt: skip
    with Vault.open(path, "other.example/log", PASS, clock) as moved, pytest.raises(NotProved):
        moved.get(leaf(0))


def base_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as base:
        return list(base.execute("SELECT vault FROM about").fetchone())


def test_a_data_key_opens_only_under_the_period_that_it_was_wrapped_in(
    vault, tmp_path, clock
) -> None:
    vault.put({leaf(0): opens(0)})
    clock.now += PERIOD_DAYS * DAY
    vault.expire()
    with closing(sqlite3.connect(tmp_path / "vault.sqlite")) as base, base:
        base.execute("UPDATE entry SET period = 2")
    with pytest.raises(NotProved):
        vault.get(leaf(0))


def test_where_a_vault_cannot_be(tmp_path, clock, keys) -> None:
    for path, outside in ((tmp_path / "log/v", tmp_path / "log"), (keys / "v", None)):
        path.parent.mkdir(exist_ok=True)
        with pytest.raises(LogError, match="must not lie with"):
            Vault.make(path, ORIGIN, PASS, clock, outside)
    with pytest.raises(LogError, match="fewer than 12"):
        Vault.make(tmp_path / "v", ORIGIN, b"short", clock)
    (tmp_path / "v").write_text("mine")
    with pytest.raises(LogError, match="a file already"):
        Vault.make(tmp_path / "v", ORIGIN, PASS, clock)
    with pytest.raises(LogError, match="cannot be used"):
        again(tmp_path / "v", clock)
    with pytest.raises(LogError, match="no vault"):
        again(tmp_path / "none", clock)
    with pytest.raises(LogError, match="cannot be made"):
        Vault.make(tmp_path / "no" / "folder", ORIGIN, PASS, clock)
    assert list(keys.iterdir()) == [], "keys of no vault were left behind"


def test_the_keys_are_their_owners_alone_under_the_passphrase(vault, tmp_path, clock, keys) -> None:
    vault.put({leaf(0): opens(0)})
    vault.close()
    path = tmp_path / "vault.sqlite"
    [found] = keys.iterdir()
    assert found.stat().st_mode & 0o777 == 0o600
    with pytest.raises(LogError, match="passphrase"):
        again(path, clock, PASS + b"x")
    found.chmod(0o640)
    with pytest.raises(LogError, match="others may read"):
        again(path, clock)
    found.chmod(0o600)
    whole = found.read_text()
    for wrong in ("", "[]", whole[:-9], json.dumps({**json.loads(whole), "format": "x"})):
        found.write_text(wrong)
        with pytest.raises(LogError, match="no file of keys"):
            again(path, clock)
    found.unlink()
    with pytest.raises(LogError, match="are not there"):
        again(path, clock)


# -- sealed, held ---------------------------------------------------------------------------------


def test_a_seal_hides_until_each_order_is_lifted_and_its_message_tells_nothing(vault) -> None:
    lines = opens(0)
    vault.put({leaf(0): lines})
    vault.do(act(SEALED), 7)
    vault.do(act(SEALED, reference="25-001"), 8)
    for order in ("24-118", "25-001"):
        with pytest.raises(LogError, match="it is sealed") as told:
            vault.get(leaf(0), "entry 0")
        assert all(word not in str(told.value) for word in ("P0", "decision", "24-118", "Alder"))
        vault.do(act(UNSEALED, reference=order), 9)
    assert vault.get(leaf(0)) == lines


def test_a_hold_forbids_to_destroy_until_each_is_released(vault) -> None:
    vault.put({leaf(0): opens(0)})
    vault.do(act(HELD), 7)
    vault.do(act(HELD, reference="25-001"), 8)
    for order in ("24-118", "25-001"):
        for way in (vault.announce, lambda one: vault.do(one, 9)):
            with pytest.raises(LogError, match="legal hold"):
                way(destroyed())
        assert vault.get(leaf(0))
        vault.do(act(RELEASED, reference=order), 9)
    vault.do(destroyed(), 10)


def test_a_hold_that_comes_between_announcing_and_doing_counts(vault) -> None:
    vault.put({leaf(0): opens(0)})
    vault.announce(destroyed())
    vault.do(act(HELD), 7)
    with pytest.raises(LogError, match="legal hold"):
        vault.do(destroyed(), 8)
    assert vault.get(leaf(0))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (act(UNSEALED), "there is no seal"),
        (act(RELEASED), "there is no hold"),
        (act(SEALED, 9), "not in this vault"),
        (replace(act(SEALED), who=" "), "is not said"),
        (replace(act(HELD), reference="a\nb"), "is not said"),
        (act(DESTROYED, reference="P0 wanted it"), "no reason's code"),
    ],
)
def test_what_is_not_allowed_changes_nothing(vault, wrong: Act, told: str) -> None:
    vault.put({leaf(0): opens(0)})
    for way in (vault.announce, lambda one: vault.do(one, 7)):
        with pytest.raises(LogError, match=told):
            way(wrong)
    assert vault.get(leaf(0)) and vault.history() == []


def test_twice_by_one_order_is_refused(vault) -> None:
    vault.put({leaf(0): opens(0)})
    for kind in (SEALED, HELD):
        vault.do(act(kind), 7)
        with pytest.raises(LogError, match="stands already"):
            vault.do(act(kind), 8)


def test_every_act_is_in_the_history_and_nobody_changes_it(vault, tmp_path) -> None:
    vault.put({leaf(0): opens(0)})
    done = [act(SEALED), act(HELD), act(RELEASED), act(UNSEALED), destroyed()]
    for number, one in enumerate(done):
        vault.do(one, 10 + number)
    told = [(e.act, e.leaf, e.number, e.who, e.reference, e.day, e.entry) for e in vault.history()]
    assert told == [
        (a.kind, a.leaf, a.index, a.who, a.reference, "2025-07-17", 10 + n)
        for n, a in enumerate(done)
    ]
    assert vault.history()[0].at == "2025-07-17T12:00:00.000+00:00"
    with closing(sqlite3.connect(tmp_path / "vault.sqlite")) as base:
        for statement in (
            "UPDATE history SET who = 'nobody'",
            "DELETE FROM history WHERE id = 1",
            "INSERT OR REPLACE INTO history SELECT id, at, 'held', leaf, number, who, reference, day, entry FROM history",
            "DELETE FROM entry",
            "UPDATE entry SET destroyed_on = NULL, wrapped = x'00', locked = x'00'",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                base.execute(statement)


def test_what_the_log_is_told_of_an_act_makes_an_entry_like_every_other(vault) -> None:
    vault.put({leaf(0): opens(0)})
    vault.do(act(HELD, reference="25-001"), 7)
    for one in (act(SEALED), act(HELD), act(RELEASED, reference="25-001")):
        hidden = vault.announce(one)
        assert (hidden["kind"], hidden["entry"], hidden["who"]) == (one.kind, 0, "Ada Alder")
        made, ways = make_entry(shown(), hidden)
        assert len(made) == len(entry()[0]) and len(ways) == len(hidden)
        assert parse_entry(made).shown == shown()
    vault.do(act(RELEASED, reference="25-001"), 8)
    hidden = vault.announce(destroyed())
    assert hidden["backups_until"] == vault.backups_until.isoformat() == "2025-09-15"
    assert hidden["decided_at"] == "2025-07-17T12:00:00+00:00"


# -- destroyed ------------------------------------------------------------------------------------


def test_after_a_destruction_the_office_cannot_and_a_receipt_still_can(
    tmp_path, vault, clock
) -> None:
    with new_log(tmp_path / "log", clock=clock) as log:
        made, ways = entry({"kind": "decision", "person": "P7"})
        key = leaf_hash(made)
        vault.put({key: ways})
        handed_out = format_receipt(log.append([made]).receipt(0, vault.get(key)))
        one = Act(DESTROYED, key, 0, "Ada Alder", "retention-ended", TODAY)
        told, told_ways = make_entry(shown(log.before()), vault.announce(one))
        vault.put({leaf_hash(told): told_ways})
        vault.do(one, log.append([told]).start)
        log.publish()
    found = audit(Folder(tmp_path / "log"), UNWITNESSED)
    assert found.holds and found.checkpoint is not None and found.checkpoint.size == 2
    with pytest.raises(LogError, match="destroyed on 2025-07-17") as error:
        vault.get(key)
    assert "P7" not in str(error.value)
    assert check_receipt(parse_receipt(handed_out), UNWITNESSED).values["person"] == "P7"
    assert vault.get(leaf_hash(told)) == told_ways


def test_nothing_of_what_was_destroyed_stays_in_the_files(vault, tmp_path, clock) -> None:
    for first in range(0, 60, 20):
        vault.put({leaf(n): opens(n) for n in range(first, first + 20)})
    path = tmp_path / "vault.sqlite"
    gone = range(0, 60, 3)
    were = {n: row(path, n) for n in gone}
    wrapped = [one.wrapped or b"" for one in were.values()]
    locked = [one.locked or b"" for one in were.values()]
    assert stands_in(tmp_path, wrapped[0]) and stands_in(tmp_path, locked[0][-300:])
    for n in gone:
        vault.do(destroyed(n), 100 + n)
    for one in wrapped:
        assert stands_in(tmp_path, one[12:]) == []
    for one in locked:
        for part in (one[:300], one[900:1200], one[-300:]):
            assert stands_in(tmp_path, part) == []
    with closing(sqlite3.connect(path)) as base:
        base.row_factory = sqlite3.Row
        tombstone = dict(base.execute("SELECT * FROM entry WHERE leaf = ?", (leaf(3),)).fetchone())
    assert tombstone == {
        "leaf": leaf(3), "period": 1, "number": 3, "destroyed_on": "2025-07-17",
        "reason": "retention-ended", "wrapped": None, "locked": None,
    }  # fmt: skip
    for n in set(range(60)) - set(gone):
        assert vault.get(leaf(n))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["keys", "vault.sqlite"]


def test_what_sqlite_erases_it_overwrites_whatever_it_was_built_with(tmp_path, monkeypatch) -> None:
    said: list[str] = []
    real = sqlite3.connect

    def connect(*words, **how):
        base = real(*words, **how)
        base.execute("PRAGMA secure_delete = OFF")
        base.set_trace_callback(said.append)
        return base

    monkeypatch.setattr(sqlite3, "connect", connect)
    store = Store.make(tmp_path / "v", "ab", ORIGIN)
    assert store._base.execute("PRAGMA secure_delete").fetchone() == (1,)
    assert store._base.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    store.close()


# -- periods and backups --------------------------------------------------------------------------


def test_a_backup_opens_what_was_destroyed_until_the_stated_day_and_no_longer(
    vault, tmp_path, clock, keys
) -> None:
    path, backup = tmp_path / "vault.sqlite", tmp_path / "backup.sqlite"
    vault.put({leaf(0): opens(0), leaf(1): opens(1)})
    clock.now += (PERIOD_DAYS - 1) * DAY
    shutil.copy(path, backup)
    vault.do(destroyed(), 7)
    stated = vault.backups_until
    assert stated == TODAY + timedelta(2 * PERIOD_DAYS)
    vault.close()
    day_of = datetime(stated.year, stated.month, stated.day, tzinfo=UTC)
    clock.now = int(day_of.timestamp()) - 1
    with again(path, clock):
        pass
    with again(backup, clock) as old:
        assert old.get(leaf(0)), "the day before, it opens: that is why the day is stated"
    clock.now += 1
    with again(path, clock) as one:
        assert [p.number for p in one.ended] == [1] and one.get(leaf(1))
    with again(backup, clock) as old:
        for number in (0, 1):
            with pytest.raises(LogError, match="key of period 1 has been erased"):
                old.get(leaf(number))


def test_the_stated_day_is_that_of_the_newest_period(vault, tmp_path, clock) -> None:
    path, backup = tmp_path / "vault.sqlite", tmp_path / "backup.sqlite"
    clock.now += (PERIOD_DAYS + 5) * DAY
    vault.expire()
    vault.put({leaf(0): opens(0)})
    shutil.copy(path, backup)
    assert [one.number for one in vault.periods] == [1, 2]
    stated = vault.announce(destroyed())["backups_until"]
    vault.do(destroyed(), 7)
    vault.close()
    clock.now += 2 * PERIOD_DAYS * DAY - 1 - NOON % DAY
    assert datetime.fromtimestamp(clock.now + 1, UTC).date().isoformat() == stated
    for opened in (True, False):
        with again(path, clock):
            pass
        with again(backup, clock) as old:
            if opened:
                assert old.get(leaf(0))
            else:
                with pytest.raises(LogError, match="key of period 2 has been erased"):
                    old.get(leaf(0))
        clock.now += 1


def test_the_erased_key_stands_in_no_file_even_for_who_has_the_passphrase(
    vault, tmp_path, clock, keys
) -> None:
    vault.put({leaf(0): opens(0)})
    [first] = vault.periods
    [path] = keys.iterdir()
    sealed = path.read_bytes()
    handle = path.open("rb")  # whoever still looks at the old file's blocks
    clock.now += 2 * PERIOD_DAYS * DAY
    assert [one.number for one in vault.expire()] == [1]
    with handle:
        assert handle.read() == bytes(len(sealed)), "the old file was left on the disk"
    assert list(keys.iterdir()) == [path]
    read = PeriodKeys.open(ORIGIN, base_of(tmp_path / "vault.sqlite")[0], PASS)
    assert [one.number for one in read] == [2] and all(one.key != first.key for one in read)
    assert row(tmp_path / "vault.sqlite", 0).period == 2
    assert vault.get(leaf(0))


def test_a_period_begins_when_the_last_is_over_and_what_lives_goes_along(vault, clock) -> None:
    lines = {leaf(n): opens(n) for n in range(2)}
    vault.put({leaf(0): lines[leaf(0)]})
    for day in range(1, 6 * PERIOD_DAYS, 7):
        clock.now = NOON + day * DAY
        vault.expire()
        today = TODAY + timedelta(day)
        assert all(one.expires_on > today for one in vault.periods)
        assert vault.periods[-1].ends_on > today
        assert vault.get(leaf(0)) == lines[leaf(0)]
    ends = [one for one in vault.history() if one.act == EXPIRED]
    assert [one.reference for one in ends] == ["period 1", "period 2", "period 3", "period 4"]


def test_many_entries_are_wrapped_anew(vault, clock, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("habeas.tlog.vault_store._CHUNK", 7)
    vault.put({leaf(n): [f"line{n}"] for n in range(30)})
    clock.now += 2 * PERIOD_DAYS * DAY
    vault.expire()
    assert [vault.get(leaf(n)) for n in range(30)] == [[f"line{n}"] for n in range(30)]


@pytest.mark.parametrize("step", ["begin", "rewrap", "drop"])
def test_an_expiry_that_is_cut_short_is_finished_by_the_next_opening(
    vault, tmp_path, clock, monkeypatch, step: str
) -> None:
    vault.put({leaf(0): opens(0)})
    clock.now += 2 * PERIOD_DAYS * DAY
    owner = Store if step == "rewrap" else PeriodKeys
    real = getattr(owner, step)
    for persisted in (False, True):
        with monkeypatch.context() as patch:

            def fails(self, *words, persisted=persisted):
                if persisted:
                    real(self, *words)
                raise OSError("cut")

            patch.setattr(owner, step, fails)
            with pytest.raises(OSError, match="cut"):
                vault.expire()
    vault.close()
    with again(tmp_path / "vault.sqlite", clock) as one:
        assert all(p.expires_on > TODAY + timedelta(2 * PERIOD_DAYS) for p in one.periods)
        assert one.get(leaf(0))


def test_another_process_that_ends_a_period_takes_nothing_along(vault, tmp_path, clock) -> None:
    with again(tmp_path / "vault.sqlite", clock) as other:
        clock.now += 2 * PERIOD_DAYS * DAY
        other.put({leaf(1): opens(1)})
        vault.expire()
        other.put({leaf(0): opens(0)})
        assert vault.get(leaf(0)) and vault.get(leaf(1)) and other.get(leaf(1))
        assert row(tmp_path / "vault.sqlite", 0).period == 2


def test_a_row_that_was_tampered_with_holds_up_no_expiry_and_is_told(
    vault, tmp_path, clock
) -> None:
    vault.put({leaf(0): opens(0), leaf(1): opens(1)})
    with closing(sqlite3.connect(tmp_path / "vault.sqlite")) as base, base:
        base.execute("UPDATE entry SET wrapped = zeroblob(60) WHERE leaf = ?", (leaf(0),))
    clock.now += 2 * PERIOD_DAYS * DAY
    assert len(vault.expire()) == 1
    assert [e.leaf for e in vault.history() if e.act == LOST] == [leaf(0)]
    assert vault.get(leaf(1))


def test_the_old_file_of_keys_is_whole_until_the_new_one_lasts(
    vault, clock, keys, monkeypatch
) -> None:
    """A power cut may bring the old name back: were it overwritten by then, every key would be lost."""
    [path] = keys.iterdir()
    was = path.read_bytes()
    real = os.fsync

    def fails(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(5, "the folder is not on the disk")
        real(handle)

    clock.now += PERIOD_DAYS * DAY
    monkeypatch.setattr(os, "fsync", fails)
    with path.open("rb") as old:
        with pytest.raises(LogError, match="cannot be written"):
            vault.expire()
        assert old.read() == was


# -- every order of acts --------------------------------------------------------------------------

KEPT = st.integers(0, 2)
ORDERS = st.sampled_from(["24-118", "25-001"])


class Keeping(RuleBasedStateMachine):
    """Any acts in any order, against a model that is a few sets."""

    folder: Path

    @initialize()
    def begin(self) -> None:
        self.clock = Time()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.path = self.folder / "vault.sqlite"
        self.vault = Vault.make(self.path, ORIGIN, PASS, self.clock)
        self.lines = {n: [f"{n}-{'x' * 40}", "second"] for n in range(3)}
        self.vault.put({leaf(n): lines for n, lines in self.lines.items()})
        self.orders: set[tuple[str, int, str]] = set()
        self.gone: dict[int, date] = {}
        self.backups: list[tuple[Path, date, frozenset[int]]] = []
        self.acts = 0

    @rule(kind=st.sampled_from([SEALED, HELD]), n=KEPT, order=ORDERS)
    def give(self, kind: str, n: int, order: str) -> None:
        self.attempt(
            act(kind, n, order), n not in self.gone and (kind, n, order) not in self.orders
        )

    @rule(kind=st.sampled_from([UNSEALED, RELEASED]), n=KEPT, order=ORDERS)
    def lift(self, kind: str, n: int, order: str) -> None:
        given = SEALED if kind == UNSEALED else HELD
        self.attempt(act(kind, n, order), n not in self.gone and (given, n, order) in self.orders)

    @rule(n=KEPT)
    def destroy(self, n: int) -> None:
        held = any(kind == HELD and which == n for kind, which, _ in self.orders)
        was = row(self.path, n)
        until = self.vault.backups_until
        if self.attempt(destroyed(n), n not in self.gone and not held):
            self.gone[n] = until
            for data in (was.wrapped, was.locked):
                assert data and self.path.name not in stands_in(self.folder, data[12:])

    @precondition(lambda self: len(self.backups) < 2)
    @rule()
    def back_up(self) -> None:
        path = self.folder / f"backup-{len(self.backups)}"
        shutil.copy(self.path, path)
        self.backups.append(
            (path, self.vault.backups_until, frozenset(self.lines) - self.gone.keys())
        )

    @rule(days=st.sampled_from([1, 20, 35, 61]))
    def wait(self, days: int) -> None:
        self.clock.now += days * DAY
        self.vault.close()
        self.vault = again(self.path, self.clock)

    def attempt(self, one: Act, allowed: bool) -> bool:
        if not allowed:
            with pytest.raises(LogError):
                self.vault.do(one, self.acts)
            return False
        self.vault.do(one, self.acts)
        self.acts += 1
        key = SEALED if one.kind in (SEALED, UNSEALED) else HELD
        change = self.orders.add if one.kind in (SEALED, HELD) else self.orders.discard
        change((key, one.index, one.reference))
        return True

    @invariant()
    def opens_what_may_be_opened(self) -> None:
        for n, lines in self.lines.items():
            sealed = any(kind == SEALED and which == n for kind, which, _ in self.orders)
            if n in self.gone or sealed:
                with pytest.raises(LogError, match="destroyed" if n in self.gone else "sealed"):
                    self.vault.get(leaf(n))
            else:
                assert self.vault.get(leaf(n)) == lines
        assert sum(one.act not in (EXPIRED, LOST) for one in self.vault.history()) == self.acts

    @invariant()
    def backups_end_on_their_day(self) -> None:
        today = datetime.fromtimestamp(self.clock.now, UTC).date()
        held = {one.number: one.key for one in self.vault.periods}
        for path, until, living in self.backups:
            with closing(sqlite3.connect(path)) as base:
                under = dict(
                    base.execute("SELECT leaf, period FROM entry WHERE wrapped IS NOT NULL")
                )
            assert len(under) == len(living)
            if today >= until:
                assert not held.keys() & set(under.values())
        for until in self.gone.values():
            assert until <= self.vault.backups_until

    def teardown(self) -> None:
        if hasattr(self, "vault"):
            self.vault.close()


def test_any_acts_in_any_order(tmp_path) -> None:
    class Here(Keeping):
        folder = tmp_path / "any"

    run_state_machine_as_test(
        Here, settings=settings(max_examples=15, stateful_step_count=15, deadline=None)
    )
