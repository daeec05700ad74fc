"""Commands of whoever keeps a log: `init`, `append`, `receipt`, `refresh`, `publish`, `rotate`, `restore`, `witness add`.

    JSON lines  ->  append  ->  entries, receipts;  log  ->  publish  ->  public copy

Promise: what opens an entry is on the disk before the entry is in the log; no receipt is written without
the witnesses that the policy asks for.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from habeas.cli.common import AsJson, plain, tell, tell_json
from habeas.cli.log_common import (
    KeyFileOption,
    LogFolder,
    VaultOption,
    log_app,
    passphrase,
    receipts_beside,
    vault_of,
    witness_app,
)
from habeas.errors import InputError, input_error
from habeas.law.dates import read_day
from habeas.tlog.batch import receipt_of
from habeas.tlog.checkpoint import Checkpoint
from habeas.tlog.disk import Disk, put_private
from habeas.tlog.entries import Shown, make_entry
from habeas.tlog.errors import LogError, refused
from habeas.tlog.keyfile import make_keys, read_keys, retire, rotate, vkeys
from habeas.tlog.keys import ED25519, MLDSA44, Signer, parse_vkey
from habeas.tlog.log import POLICY, Log, read_policy
from habeas.tlog.merkle import leaf_hash
from habeas.tlog.policy import Group, Party, Policy, format_policy, parse_policy
from habeas.tlog.publish import MULTIPLE
from habeas.tlog.publish import publish as publish_copy
from habeas.tlog.receipts import format_receipt
from habeas.tlog.restore import rebuild_head
from habeas.tlog.unlock import origin_of, signers_of
from habeas.tlog.vault import Vault

AT_ONCE = 1000
"""Lines that go into one batch."""

QUORUM = "quorum-of-witnesses"


@log_app.command(epilog="Example: [bold]habeas log init new-log --origin new.example/log[/]")
def init(
    folder: LogFolder,
    origin: Annotated[
        str,
        typer.Option(
            "--origin", metavar="NAME", help="The log's name, such as `jail.example/log`."
        ),
    ],
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Make an empty log, and its keys outside of it: Ed25519 and ML-DSA-44.

    The keys lie in the folder that `HABEAS_LOG_KEYS` names, else in the user's config folder.
    Exit code 0: made. 2: there is one, or it cannot be made.
    """
    keys = make_keys(origin, (ED25519, MLDSA44), passphrase(key_file, again=True), outside=folder)
    try:
        policy = Policy(tuple(Party(one.verifier) for one in keys.signers))
        Log.create(folder, keys.signers, policy)
    except BaseException:
        keys.path.unlink(missing_ok=True)
        raise
    if as_json:
        tell_json(
            {"origin": origin, "folder": str(folder), "keys": str(keys.path), "vkeys": vkeys(keys)}
        )
        return
    tell(f"made: log [bold]{plain(origin)}[/] in {plain(folder)}, keys in {plain(keys.path)}")
    tell(
        "[yellow]Unwitnessed:[/] until `habeas log witness add`, its receipts show no more than your word."
    )
    tell(f"Give others the policy, {plain(folder / POLICY)}, by a way of its own.")


@log_app.command(epilog="Example: [bold]habeas log append log events.jsonl --receipts receipts[/]")
def append(
    folder: LogFolder,
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON lines; `-` reads standard input.")
    ],
    receipts: Annotated[
        Path | None,
        typer.Option(
            "--receipts",
            metavar="OUT",
            help="Where receipts go; for the office alone. Left out: nowhere with `--vault`, else a folder beside the log, such as `log-receipts`.",
        ),
    ] = None,
    vault: VaultOption = None,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Append entries, one a line, and write a receipt for each; or keep what opens them in a vault.

    A line is an object with `agency`, `law` (64 hexadecimal digits), `decided_on` (a day) and `hidden`
    (up to ten names with values, which the log only commits to). What opens an entry is kept before the
    entry is appended: in the vault, which is made where there is none, or without one in OUT, as
    `….pending`, whose place the receipt takes.

    Exit code 0: all have receipts, or could have. 3: they are in the log, and the witnesses have not
    answered yet: `habeas log receipt` makes the receipt later. 2: unusable input.
    """
    if receipts is None and vault is None:
        receipts = receipts_beside(folder)
    lines = list(_lines(source))
    secret = passphrase(key_file)
    with ExitStack() as stack:
        log = stack.enter_context(Log.open(folder, signers_of(folder, secret)))
        kept = (
            stack.enter_context(vault_of(vault, log.origin, log.folder, secret)) if vault else None
        )
        written: list[Path] = []
        waiting: list[Path | int] = []
        for first in range(0, len(lines), AT_ONCE):
            made, missing = _append(log, lines[first : first + AT_ONCE], receipts, kept)
            written += made
            waiting += missing
        if log.size and not waiting:
            log.publish()
        failed = log.asked.failed
        size = log.size
    if as_json:
        tell_json(
            {
                "size": size,
                "receipts": [str(p) for p in written],
                "pending": [p if isinstance(p, int) else str(p) for p in waiting],
            }
        )
    else:
        tell(f"appended: {len(lines)}; the log has {size} entries")
        for name, reason in failed.items():
            tell(f"[yellow]witness {plain(name)}:[/] {plain(reason)}")
    if waiting:
        raise typer.Exit(3)


def _append(
    log: Log, lines: list[tuple[Shown, dict[str, Any]]], out: Path | None, vault: Vault | None
) -> tuple[list[Path], Sequence[Path | int]]:
    """One batch: first what opens the entries, then the entries, then the receipts.

    What waits for witnesses: `.pending` files, or with a vault the entries' indices.
    """
    before = log.before()
    made = [
        make_entry(replace(shown, size=before.size, root=before.root), hidden)
        for shown, hidden in lines
    ]
    pending: list[Path] = []
    if out is not None:
        _private(out)
    if vault is not None:
        vault.put({leaf_hash(entry): opens for entry, opens in made})
    elif out is not None:
        pending = [out / f"{leaf_hash(entry).hex()[:32]}.pending" for entry, _ in made]
        texts = ["\n".join([entry.decode(), *opens, ""]) for entry, opens in made]
        put_private(dict(zip(pending, texts, strict=True)))
    batch = log.append([entry for entry, _ in made])
    if batch.note is None:
        return [], pending or range(batch.start, batch.start + len(made))
    if out is None:
        return [], []
    written = [out / f"{batch.start + number}.receipt" for number in range(len(made))]
    texts = [format_receipt(batch.receipt(number, opens)) for number, (_, opens) in enumerate(made)]
    put_private(dict(zip(written, texts, strict=True)))
    for path in pending:
        path.unlink()
    return written, []


def _private(out: Path) -> None:
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise input_error(
            out, f"it cannot be made: {error.strerror}", "name another folder"
        ) from error


def _lines(source: str) -> Iterator[tuple[Shown, dict[str, Any]]]:
    """What the lines say, each checked before anything is appended. Raises `InputError` with the line."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise input_error(
            source, "it cannot be read as text", "name a file of JSON lines"
        ) from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield _line(source, number, line)


def _line(source: str, number: int, line: str) -> tuple[Shown, dict[str, Any]]:
    wanted = {"agency", "law", "decided_on", "hidden"}
    try:
        read = json.loads(line)
        if not isinstance(read, dict) or read.keys() != wanted:
            raise ValueError("its members are not " + ", ".join(sorted(wanted)))
        if not isinstance(read["hidden"], dict) or not isinstance(read["agency"], str):
            raise ValueError("`hidden` is an object, `agency` a text")
        shown = Shown(read["agency"], str(read["law"]), _day(read["decided_on"]))
        make_entry(shown, read["hidden"])
    except (ValueError, RecursionError) as error:
        raise _bad_line(source, number, line, str(error)) from error
    except LogError as error:
        raise _bad_line(source, number, line, error.problems[0].message) from error
    return shown, read["hidden"]


def _day(text: object) -> date:
    return read_day(str(text))


def _bad_line(source: str, number: int, line: str, reason: str) -> InputError:
    return input_error(
        source, f"this line is no entry: {reason}", "nothing was appended", number, 1, line[:80]
    )


@log_app.command(epilog="Example: [bold]habeas log publish log public[/]")
def publish(
    folder: LogFolder,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder of the public copy.")],
    multiple: Annotated[
        int,
        typer.Option(
            min=1,
            help="Dummy entries are appended until the size is the next multiple of this; 1 hides neither numbers nor hours.",
        ),
    ] = MULTIPLE,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Make the day's public copy: filled up with dummy entries, every file dated midnight.

    Once a day: more often would tell the hours of decisions. Exit code 0: made. 2: the day has one, the
    log is empty, or its witnesses have not answered.
    """
    with Log.open(folder, _signers(folder, key_file)) as log:
        made = publish_copy(log, out, time.time(), multiple)
    if as_json:
        tell_json(
            {"size": made.size, "dummies": made.dummies, "files": made.files, "day": made.day}
        )
    else:
        tell(
            f"published: {made.size} entries ({made.dummies} dummies among them) in {plain(out)}, dated {made.day}"
        )


@log_app.command("rotate", epilog="Example: [bold]habeas log rotate log[/]")
def rotate_keys(
    folder: LogFolder,
    finish: Annotated[bool, typer.Option("--finish", help="Forget the old keys.")] = False,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Put new keys beside the old ones; with `--finish`, let the new ones sign alone.

    In between both sign, so that everybody has time to take over the new policy. Exit code 0: done.
    2: there are new keys already, or none to finish with.
    """
    secret = passphrase(key_file)
    old = read_policy(folder)
    keys = read_keys(origin_of(old, folder), secret)
    made = retire(keys, secret) if finish else rotate(keys, secret)
    logs = tuple(Party(one.verifier) for one in made.signers)
    _write_policy(folder, replace(old, logs=logs))
    if as_json:
        tell_json({"vkeys": vkeys(made)})
    else:
        tell("the new keys sign alone" if finish else "old keys and new ones sign together")
        tell(
            f"Give others the new policy, {plain(folder / POLICY)}; witnesses need its `log` lines."
        )


@log_app.command(epilog="Example: [bold]habeas log restore restored-log[/]")
def restore(folder: LogFolder, key_file: KeyFileOption = None, as_json: AsJson = False) -> None:
    """Build the head anew after a restore from a backup, from what the witnesses saw.

    Exit code 0: built. 1: the backup is older than what a witness saw: to go on would be a fork.
    2: there is a head, or too few witnesses answered.
    """
    head: Checkpoint = rebuild_head(folder, _signers(folder, key_file))
    if as_json:
        tell_json({"size": head.size})
    else:
        tell(f"the head is that of {head.size} entries, as the witnesses saw it")


@log_app.command(
    epilog="Example: [bold]habeas log receipt log 0 --pending 0.pending --out 0.receipt[/]"
)
def receipt(
    folder: LogFolder,
    index: Annotated[int, typer.Argument(metavar="N", min=0, help="The entry's index.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the receipt goes.")],
    pending: Annotated[
        Path | None,
        typer.Option("--pending", metavar="FILE", help="What opens it, as `log append` wrote it."),
    ] = None,
    vault: VaultOption = None,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Make a receipt, from the vault or from a file that waited; asks the witnesses again if need be.

    Exit code 0: made. 2: the witnesses have still not answered, the entry is sealed or destroyed, or the
    file is not of this entry.
    """
    secret = passphrase(key_file)
    with Log.open(folder, signers_of(folder, secret)) as log:
        entry = log.entry(index)
        opens = _opens(log, index, entry, pending, vault, secret)
        seen = log.witnessed()
        if not log.policy.unwitnessed and (seen is None or seen[0] != log.head):
            log.refresh()
        made = receipt_of(log, entry, opens, log.proof(index))
        log.publish()
    put_private({out: format_receipt(made)})
    if as_json:
        tell_json({"receipt": str(out)})
    else:
        tell(f"written: {plain(out)}")


def _opens(
    log: Log, index: int, entry: bytes, pending: Path | None, vault: Path | None, secret: bytes
) -> list[str]:
    """What opens an entry, from the one of the two that is named."""
    if vault is not None and pending is None:
        with Vault.open(vault, log.origin, secret) as kept:
            return kept.get(leaf_hash(entry), f"entry {index}")
    if pending is None or vault is not None:
        raise refused(
            "--pending", "one place has to say what opens it", "either `--pending` or `--vault`"
        )
    try:
        first, *opens = pending.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise input_error(pending, "it cannot be read", "name a `.pending` file") from error
    if first.encode() != entry:
        raise input_error(pending, f"it does not open entry {index}", "name the entry's own")
    return opens


@log_app.command(epilog="Example: [bold]habeas log refresh log[/]")
def refresh(folder: LogFolder, key_file: KeyFileOption = None, as_json: AsJson = False) -> None:
    """Sign the last checkpoint anew and ask the witnesses, though nothing was appended; do it daily.

    It tells a log in which nothing happens from one that somebody froze. Exit code 0: done. 3: the
    witnesses that the policy asks for have not answered; the checkpoint in the folder is the old one.
    2: there is no log, or no entry in it.
    """
    with Log.open(folder, _signers(folder, key_file)) as log:
        if log.size == 0:
            raise refused(folder, "there is no entry yet", "append one first")
        done = log.refresh()
        if done:
            log.publish()
        size, failed = log.size, log.asked.failed
    if as_json:
        tell_json({"size": size, "witnessed": done, "failed": failed})
    else:
        tell(f"signed anew: the checkpoint of {size} entries")
        for name, reason in failed.items():
            tell(f"[yellow]witness {plain(name)}:[/] {plain(reason)}")
    if not done:
        raise typer.Exit(3)


@witness_app.command(
    "add",
    epilog="Example: [bold]habeas log witness add witnessed-log https://court.example/w --key court.example/w+dd93a875+BO1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR[/]",
)
def witness_add(
    folder: LogFolder,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the witness is reached.")],
    key: Annotated[
        str,
        typer.Option(
            "--key", metavar="VKEY", help="The witness's public key, as it gave it to you."
        ),
    ],
    needed: Annotated[
        int | None, typer.Option(min=1, help="How many witnesses a receipt needs. Left out: all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a witness for its cosignature from now on, and ask for it in every receipt.

    The witness has to know the log's keys. Exit code 0: added. 2: it is there, or the key is none.
    """
    old = read_policy(folder)
    verifier = parse_vkey(key, "--key")
    name = f"{verifier.name}#{verifier.key_id.hex()}"
    if name in old.witnesses:
        raise refused(
            "--key", f"the witness `{verifier.name}` is there already", "name another one"
        )
    witnesses = {**old.witnesses, name: Party(verifier, url)}
    groups = {name: group for name, group in old.groups.items() if name != QUORUM}
    if groups or old.quorum not in ("none", QUORUM):
        raise refused(
            folder / POLICY, "this policy was written by hand", "add the witness to it by hand"
        )
    group = Group(min(needed or len(witnesses), len(witnesses)), tuple(witnesses))
    _write_policy(folder, Policy(old.logs, witnesses, {QUORUM: group}, QUORUM))
    if as_json:
        tell_json({"witnesses": list(witnesses), "needed": group.needed})
    else:
        tell(f"added: {plain(name)}; {group.needed} of {len(witnesses)} have to cosign")


def _write_policy(folder: Path, policy: Policy) -> None:
    text = format_policy(policy)
    parse_policy(text, folder / POLICY)
    Disk().put({folder / POLICY: text.encode()})


def _signers(folder: Path, key_file: Path | None) -> tuple[Signer, ...]:
    return signers_of(folder, passphrase(key_file))
