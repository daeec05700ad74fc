"""What an office's console does: `habeas office`, and `habeas law adopt`.

    folder of an office  ->  within  ->  users, lock-outs, backups, the audit trail, the law in use

Promise: whatever the console does stands in the audit trail as the console's.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from habeas.cli.common import AsJson, app, out, plain, tell, tell_json
from habeas.cli.comparing import diff
from habeas.cli.law_commands import law_app
from habeas.cli.lawful import check
from habeas.errors import InputError, Place, Problem

office_app = typer.Typer(
    help="An office's casework from the console: users, backups, the audit trail.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(office_app, name="office")

OfficeFolder = Annotated[
    Path,
    typer.Option("--office", metavar="DIR", help="The office's folder, with its `office.yaml`."),
]
HERE = Path("habeas-office")
UserName = Annotated[str, typer.Argument(metavar="USER", help="The user's name.")]
KeyFile = Annotated[
    Path,
    typer.Option("--key-file", metavar="FILE", help="The key of backups; `backup-key` makes one."),
]


def within(folder: Path) -> None:
    """Make casework ready for an office. Raises `InputError` where the extra is missing, or file or keys cannot be used."""
    from habeas.web.starting import start

    start(folder)


@office_app.command("found", epilog="Example: [bold]habeas office found elm[/]")
def found(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder with `office.yaml`.")],
) -> None:
    """Make what a new office lacks: keys outside of its folder, its log, its database.

    Exit code 0: all of it is there. 2: `office.yaml` cannot be used.
    """
    from habeas.web import founding, keys, starting
    from habeas.web.office import read_office

    made = read_office(folder.resolve())
    founding.found(made)
    within(folder)
    starting.up_to_date()
    tell(
        f"{plain(made.name)} is founded; its keys are in {plain(keys.keys_folder(made.folder))}: back them up apart"
    )


@office_app.command(
    "first-users", epilog="Example: [bold]habeas office first-users mia ann --office oak[/]"
)
def first_users(
    names: Annotated[list[str], typer.Argument(metavar="USER…", help="Two people or more.")],
    office: OfficeFolder = HERE,
) -> None:
    """Make the first administrators: two, since every role is granted by two people.

    Exit code 0: made; each one's one-time password is printed once. 2: there are such people already.
    """
    within(office)
    from habeas.web.accounts.console import first_users as make

    for name, password in make(names).items():
        tell(f"  {plain(name):<16} {plain(password)}")


@office_app.command("unlock", epilog="Example: [bold]habeas office unlock mia --office fir[/]")
def unlock(user: UserName, office: OfficeFolder = HERE) -> None:
    """Release an account that five failures locked. Exit code 0: it is open. 2: no such user."""
    within(office)
    from habeas.web.accounts.console import unlock as release

    tell(f"{release(user)} lock-outs of {plain(user)} ended")


@office_app.command(
    "new-password", epilog="Example: [bold]habeas office new-password mia --office fir[/]"
)
def new_password(user: UserName, office: OfficeFolder = HERE) -> None:
    """Give somebody a one-time password; she sets her own, and a second factor, before anything else.

    Exit code 0: printed once. 2: no such user.
    """
    within(office)
    from habeas.web.accounts.console import new_password as make

    tell(f"  {plain(user):<16} {plain(make(user))}")


@office_app.command("disable", epilog="Example: [bold]habeas office disable ann --office fir[/]")
def disable(user: UserName, office: OfficeFolder = HERE) -> None:
    """Close an account; its sessions end at once. Exit code 0: closed. 2: no such user."""
    within(office)
    from habeas.web.accounts.console import disable_user

    disable_user(user)
    tell(f"{plain(user)} is disabled")


@office_app.command("code", epilog="Example: [bold]habeas office code records --office demo[/]")
def code(user: UserName, office: OfficeFolder = HERE) -> None:
    """The one-time code of a demo's user at this moment. Exit code 2: the office is no demo, or no such user."""
    within(office)
    from habeas.web.accounts.demo import code_now, make_users

    found = {one.name: one.secret for one in make_users()}
    if user not in found:
        raise InputError(
            Problem(Place("USER"), f"there is no user `{user}` in the demo", ", ".join(found))
        )
    tell(code_now(found[user]))


@office_app.command(
    "backup-key", epilog="Example: [bold]habeas office backup-key new-backup.key[/]"
)
def backup_key(file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")]) -> None:
    """Make a key for backups. Keep it elsewhere than they are. Exit code 1: there is such a file."""
    from habeas.web.backup import make_backup_key

    make_backup_key(file)
    tell(f"made: {plain(file)}. Whoever loses it loses the backups")


@office_app.command(
    "backup",
    epilog="Example: [bold]habeas office backup monday --key-file backup.key --office fir[/]",
)
def backup(
    to: Annotated[Path, typer.Argument(metavar="TO", help="A new folder.")],
    key_file: KeyFile,
    office: OfficeFolder = HERE,
) -> None:
    """Write an encrypted backup of an office: database, originals, receipts, `office.yaml`; others may go on working.

    Exit code 0: written and whole. 1: it is not, and there is no folder. Keys, log and the jail's records are not in it.
    """
    within(office)
    from habeas.web.backup import backup as write

    tell(f"written: {plain(write(to, key_file))}")


@office_app.command(
    "restore",
    epilog="Example: [bold]habeas office restore sunday fir-again --key-file backup.key[/]",
)
def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The backup's folder.")],
    into: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    key_file: KeyFile,
    database: Annotated[
        str,
        typer.Option(
            "--database", metavar="URL", help="An empty database, for a backup of PostgreSQL."
        ),
    ] = "",
) -> None:
    """Bring a backup back into a new folder; the log and the office's keys come from where they are kept.

    It needs nothing of the office that was, but its backup and the key of that.

    Exit code 0: restored. 1: it is not as it was written, and nothing is changed.
    """
    from habeas.web import starting

    starting.needed()
    from habeas.web.backup import restore as bring
    from habeas.web.keys import keys_folder

    bring(source, key_file, into, database)
    tell(f"restored into {plain(into)}")
    if database:
        tell(
            "`office.yaml.before` names the old database: write the new one there, and call it `office.yaml`"
        )
    tell(f"put the log there, and the office's keys into {plain(keys_folder(into))}")


@office_app.command("daily", epilog="Example: [bold]habeas office daily --office fir[/]")
def daily(office: OfficeFolder = HERE, as_json: AsJson = False) -> None:
    """What has to be done every day and nobody asks for; a timer starts it.

    Accounts that nobody used for 90 days are closed, sessions that ended removed, overdue duties counted; the audit
    trail is checked, and its head goes into the public log. Each is recorded, as `system`.

    Exit code 0: all of it was done. 1: something failed, and the rest was done.
    """
    within(office)
    from habeas.web.daily import work

    made = work()
    if as_json:
        tell_json([{"job": one.job, "said": one.said, "failed": one.failed} for one in made])
    for one in [] if as_json else made:
        tell(f"{'[red]failed[/]' if one.failed else 'done  '}  {plain(one.job)}: {plain(one.said)}")
        if one.failed:
            tell(f"        help: {plain(one.help)}")
    if any(one.failed for one in made):
        raise typer.Exit(1)


@office_app.command(
    "check-trail", epilog="Example: [bold]habeas office check-trail --office fir[/]"
)
def check_trail(office: OfficeFolder = HERE, as_json: AsJson = False) -> None:
    """Is every event of the audit trail as it was written, and none gone?

    It is held against the heads that `habeas office daily` put into the public log, by their receipts.

    Exit code 0: each fits the one before. 1: one does not, and its number is named; or a receipt proves nothing.
    """
    within(office)
    from habeas.web.daily import known_heads
    from habeas.web.trail.check import check_trail as look
    from habeas.web.trail.models import Event

    heads = known_heads()
    look(heads)
    many = Event.objects.count()
    if as_json:
        tell_json({"events": many, "heads": len(heads), "whole": True})
    else:
        tell(
            f"{many:,} events, each fits the one before it, and {len(heads):,} heads that the log holds. What was cut off after the last of these does not show"
        )


@law_app.command("adopt", epilog="Example: [bold]habeas law adopt laws --office fir --by mia[/]")
def adopt(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A folder of law. Left out: the law that ships."),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="NAME", help="Who proposes it, for the trail.")
    ] = "console",
    office: OfficeFolder = HERE,
) -> None:
    """Propose law for an office to decide by: it is in use once two counsel have signed at the desk.

    `habeas check` has to be green; what the law changes is shown, and kept for counsel to read.

    Exit code 0: proposed. 1: a case fails or a promise is broken. 2: the law is not well formed. 3: a promise is not
    proved. Where it is not 0, nothing is proposed.
    """
    within(office)
    from habeas.decisions.laws import laws_folder
    from habeas.web.casework.adopting import in_use, law_folder, propose_law
    from habeas.web.casework.models import Version
    from habeas.web.office import this_office

    said, code = _told(lambda: check(folder))
    if code:
        tell(said)
        raise typer.Exit(code)
    used = in_use(Version.LAW)
    changed = "Nothing was in use before: this is the first law."
    if used is not None:
        before = law_folder(used)
        new = str(folder or laws_folder())
        changed, code = _told(lambda: diff(str(before), new, place=this_office().place))
        if code not in (0, 1):
            tell(changed)
            raise typer.Exit(code)
    _proposed(propose_law(by, folder, checked=said, difference=changed))


class What(StrEnum):
    """What decides beside the law."""

    MAPPING = "mapping"
    WORDING = "wording"


@office_app.command("adopt", epilog="Example: [bold]habeas office adopt mapping --office demo[/]")
def adopt_other(
    what: Annotated[
        What,
        typer.Argument(
            metavar="WHAT",
            help="`mapping`, how the records are read; or `wording`, what words papers are written in.",
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", help="A mapping. Left out: the one that `office.yaml` names."
        ),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", metavar="NAME", help="Who proposes it, for the trail.")
    ] = "console",
    office: OfficeFolder = HERE,
) -> None:
    """Propose a mapping, or the wording that ships: as law, it is in use once two counsel have signed at the desk.

    The records are read by the new mapping; what it changes in them is told in numbers, and kept for counsel to read.

    Exit code 0: proposed. 2: it does not fit records or law, or no law was adopted; then nothing is proposed.
    """
    within(office)
    from habeas.web.casework.mapping import propose_mapping
    from habeas.web.casework.wording import propose_wording

    if what is What.MAPPING:
        _proposed(propose_mapping(by, file))
    elif file is None:
        _proposed(propose_wording(by))
    else:
        raise InputError(
            Problem(Place("FILE"), "the wording comes with the program", "leave the file out")
        )


def _proposed(made: Any) -> None:
    """Tell of a version what the check said, what it changes, and what comes next."""
    if hasattr(made, "adoption"):
        tell(f"{made.digest} is in use already: nothing is proposed")
        return
    tell(plain(made.checked))
    tell(plain(made.difference))
    tell(f"proposed: {made.digest}. It is in use once two counsel have signed for it at the desk")


def _told(run: Callable[[], Any]) -> tuple[str, int]:
    """What a command prints, and its exit code."""
    code = 0
    with out.capture() as captured:
        try:
            run()
        except typer.Exit as end:
            code = end.exit_code
    return captured.get(), code
