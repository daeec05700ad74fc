"""Commands on what opens entries: `log seal`, `unseal`, `hold`, `unhold`, `destroy`, `expire`.

    entry, who, order  ->  Act  ->  allowed?  ->  an entry that tells it  ->  appended  ->  done

Promise: nothing is sealed, held or destroyed that the log does not tell, in an entry that looks like every
other; where that entry cannot be appended, nothing happens.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from habeas.cli.common import AsJson, plain, tell, tell_json
from habeas.cli.log_common import KeyFileOption, LogFolder, log_app, passphrase
from habeas.errors import InputError, Place, Problem
from habeas.law.dates import read_day
from habeas.tlog.entries import Shown, make_entry, parse_entry
from habeas.tlog.errors import LogError, refused
from habeas.tlog.log import Log, read_policy
from habeas.tlog.merkle import leaf_hash
from habeas.tlog.unlock import origin_of, signers_of
from habeas.tlog.vault import DESTROYED, HELD, RELEASED, SEALED, UNSEALED, Act, Vault

Index = Annotated[int, typer.Argument(metavar="N", min=0, help="The entry's index, from 0.")]
VaultFile = Annotated[
    Path,
    typer.Option("--vault", metavar="FILE", help="The vault that keeps what opens the entry."),
]
Who = Annotated[
    str, typer.Option("--who", metavar="NAME", help="The person who answers for it, by name.")
]
Order = Annotated[
    str,
    typer.Option(
        "--order",
        metavar="REF",
        help="The court's order, or the matter of the hold; no more words.",
    ),
]
Day = Annotated[
    str | None,
    typer.Option(
        "--day", metavar="DAY", help="The order's day, `YYYY-MM-DD`. Left out: today (UTC)."
    ),
]


@log_app.command(
    epilog='Example: [bold]habeas log seal log 0 --vault disclosures.sqlite --who "Ada Alder" --order 24-118[/]'
)
def seal(
    folder: LogFolder,
    index: Index,
    vault: VaultFile,
    who: Who,
    order: Order,
    day: Day = None,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Hide what opens an entry, by a court's order, until the order is lifted.

    The log tells it first, in an entry like every other. Exit code 0: sealed. 3: sealed, and the witnesses
    have not answered yet. 2: this order seals it already, or it is not in this vault; nothing happened.
    """
    _do(SEALED, folder, index, vault, who, order, day, key_file, as_json)


@log_app.command(
    epilog='Example: [bold]habeas log unseal log 1 --vault disclosures.sqlite --who "Ada Alder" --order 24-118[/]'
)
def unseal(
    folder: LogFolder,
    index: Index,
    vault: VaultFile,
    who: Who,
    order: Order,
    day: Day = None,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Lift a seal; the entry can be opened again once no order seals it.

    The log tells it first, in an entry like every other. Exit code 0: lifted. 3: lifted, and the witnesses
    have not answered yet. 2: no such order seals it; nothing happened.
    """
    _do(UNSEALED, folder, index, vault, who, order, day, key_file, as_json)


@log_app.command(
    epilog='Example: [bold]habeas log hold log 2 --vault disclosures.sqlite --who "Ada Alder" --order 25-001[/]'
)
def hold(
    folder: LogFolder,
    index: Index,
    vault: VaultFile,
    who: Who,
    order: Order,
    day: Day = None,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Put a legal hold on an entry: what opens it cannot be destroyed until every hold is released.

    The log tells it first, in an entry like every other. Exit code 0: held. 3: held, and the witnesses have
    not answered yet. 2: this order holds it already, or it is not in this vault; nothing happened.
    """
    _do(HELD, folder, index, vault, who, order, day, key_file, as_json)


@log_app.command(
    epilog='Example: [bold]habeas log unhold log 3 --vault disclosures.sqlite --who "Ada Alder" --order 25-001[/]'
)
def unhold(
    folder: LogFolder,
    index: Index,
    vault: VaultFile,
    who: Who,
    order: Order,
    day: Day = None,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Release a legal hold; other holds on the entry stand.

    The log tells it first, in an entry like every other. Exit code 0: released. 3: released, and the
    witnesses have not answered yet. 2: no such order holds it; nothing happened.
    """
    _do(RELEASED, folder, index, vault, who, order, day, key_file, as_json)


@log_app.command(
    epilog='Example: [bold]habeas log destroy log 4 --vault disclosures.sqlite --who "Ada Alder" --reason retention-ended[/]'
)
def destroy(
    folder: LogFolder,
    index: Index,
    vault: VaultFile,
    who: Who,
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="CODE", help="Why, as a code such as `retention-ended`."),
    ],
    day: Day = None,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Destroy what opens an entry, for good; refused under a legal hold.

    The entry stays in the log, and the log tells of the destruction first. From then on the office cannot
    open it; backups of the vault can, until the day that is printed; whoever holds a receipt or disclosure
    of it still can. Exit code 0: destroyed. 3: destroyed, and the witnesses have not answered yet. 2: a
    hold forbids it, or it is not in this vault; nothing happened.
    """
    _do(DESTROYED, folder, index, vault, who, reason, day, key_file, as_json)


@log_app.command(epilog="Example: [bold]habeas log expire log --vault disclosures.sqlite[/]")
def expire(
    folder: LogFolder,
    vault: VaultFile,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Erase the keys of the vault's periods that are past their day; do it daily.

    With a key end all backups that were made under it. What lives is encrypted under the newest key before.
    Whatever else opens the vault does the same. Exit code 0: no key is past its day. 2: there is no vault.
    """
    with Vault.open(vault, origin_of(read_policy(folder), folder), passphrase(key_file)) as kept:
        ended, periods = kept.ended, kept.periods
    if as_json:
        tell_json(
            {
                "ended": [one.number for one in ended],
                "periods": [
                    {"number": one.number, "begins_on": str(one.begins_on), "expires_on": str(one.expires_on)}
                    for one in periods
                ],
            }
        )  # fmt: skip
        return
    for one in ended:
        tell(f"erased: the key of period {one.number}; backups made under it open no more")
    for one in periods:
        tell(f"period {one.number}, begun {one.begins_on}: its backups open until {one.expires_on}")


def _do(
    kind: str, folder: Path, index: int, vault: Path, who: str, reference: str, day: str | None,
    key_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Ask whether the act is allowed, append the entry that tells it, do it."""
    secret, on = passphrase(key_file), _day(day)
    with (
        Log.open(folder, signers_of(folder, secret)) as log,
        Vault.open(vault, log.origin, secret) as kept,
    ):
        act = Act(kind, leaf_hash(log.entry(index)), index, who, reference, on)
        until = kept.backups_until
        entry, opens = make_entry(_like_the_last(log), kept.announce(act))
        kept.put({leaf_hash(entry): opens})
        batch = log.append([entry])
        kept.do(act, batch.start)
        witnessed, failed = batch.note is not None, log.asked.failed
        if witnessed:
            log.publish()
    if as_json:
        told = {"act": kind, "index": index, "entry": batch.start, "witnessed": witnessed}
        tell_json({**told, "backups_until": str(until)} if kind == DESTROYED else told)
    else:
        tell(f"{kind}: entry {index}; entry {batch.start} of the log tells it")
        if kind == DESTROYED:
            tell(f"Backups of the vault that were made until now can open it until {until}.")
            tell("Whoever holds a receipt or a disclosure of it still can open it, for good.")
        for name, why in failed.items():
            tell(f"[yellow]witness {plain(name)}:[/] {plain(why)}")
    if not witnessed:
        raise typer.Exit(3)


def _like_the_last(log: Log) -> Shown:
    """What an entry of today shows: another law than that of the entries around it would tell it apart."""
    try:
        last = parse_entry(log.entry(log.size - 1)).shown
    except LogError as error:
        raise refused(
            log.folder, "its last entry is none of ours, so none can be made like it", "append one"
        ) from error
    before = log.before()
    return replace(last, decided_on=datetime.now(UTC).date(), size=before.size, root=before.root)


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return read_day(text)
    except ValueError:
        raise InputError(
            Problem(Place("--day"), f"`{text}` is no day", "write it as `YYYY-MM-DD`")
        ) from None
