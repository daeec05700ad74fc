"""Commands of whoever checks a log: `log verify`, `prove`, `audit`, `serve`, `witness run`.

    receipt, policy  ->  verify  ->  one paragraph;  folder or URL  ->  audit  ->  which files are wrong

Promise: what was not proved is said beside what was; nothing is believed that the policy does not name.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing
from http.server import HTTPServer
from pathlib import Path
from typing import Annotated

import typer

from habeas.cli.common import AsJson, out, plain, tell, tell_json
from habeas.cli.log_common import (
    KeyFileOption,
    Listen,
    PolicyOption,
    address_of,
    log_app,
    passphrase,
    policy_of,
    witness_app,
)
from habeas.errors import input_error
from habeas.tlog.audit import audit as audit_log
from habeas.tlog.disk import put_private
from habeas.tlog.errors import LogError
from habeas.tlog.keyfile import key_path, make_keys, read_keys, vkeys
from habeas.tlog.keys import COSIGNATURE, MLDSA44, parse_vkey
from habeas.tlog.notes import parse_note
from habeas.tlog.proofs import format_proof
from habeas.tlog.reader import Reader
from habeas.tlog.receipts import (
    MAX_RECEIPT,
    Finding,
    as_time,
    check_receipt,
    format_receipt,
    narrowed,
    parse_receipt,
)
from habeas.tlog.serving import LogServer
from habeas.tlog.sources import source_of
from habeas.tlog.stated import read_stated
from habeas.tlog.witness_server import Witness, WitnessServer


@log_app.command(
    epilog="Example: [bold]habeas log verify receipts/0.receipt --policy log/policy[/]"
)
def verify(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="The receipt, one file.")],
    disclose: Annotated[
        list[str] | None,
        typer.Option(
            "--disclose", metavar="FIELD", help="Only this field; may stand several times."
        ),
    ] = None,
    narrow: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write a receipt that discloses no more, to show to somebody.",
        ),
    ] = None,
    policy: PolicyOption = None,
    as_json: AsJson = False,
) -> None:
    """Check a receipt, without any network, and say what it proves and what it does not.

    Exit code 0: it proves that its entry is in the log, as the policy asks. 1: it does not. 2: it is no
    receipt, or there is no policy.
    """
    trusted = policy_of(policy)
    try:
        with receipt.open("rb") as file:
            read = parse_receipt(file.read(MAX_RECEIPT + 1), receipt)
    except OSError as error:
        raise input_error(
            receipt, f"it cannot be read: {error.strerror}", "name a receipt"
        ) from error
    if disclose is not None:
        read = narrowed(read, disclose)
    found = check_receipt(read, trusted)
    if narrow is not None:
        put_private({narrow: format_receipt(read)})
    if as_json:
        tell_json(_finding(found))
        return
    for name, value in found.values.items():
        tell(f"[bold]{plain(_one_line(name))}[/]  {plain(_one_line(value))}")
    tell(plain(paragraph(found)))
    for flag in found.flags:
        tell(f"[bold yellow]does not fit:[/] {plain(flag)}")


def _one_line(value: object) -> object:
    """A value as it is; a text that holds a line's end, with which it could pass for ours, in quotes."""
    return repr(value) if isinstance(value, str) and not value.isprintable() else value


def paragraph(found: Finding) -> str:
    """What was proved, and what was not."""
    shown, size = found.entry.shown, found.checkpoint.size
    seen = found.witnessed.witnesses
    when = as_time(found.not_after) if found.not_after is not None else ""
    names = ", ".join(sorted(seen))
    witnessed = (
        f"cosigned by {names}, enough of them by {when}: the entry was in the log by then, and the log showed these witnesses no other history"
        if seen
        else "cosigned by no witness: that the log showed everybody the same history is its keeper's word alone"
    )
    since = (
        f" It was made after the log's publication of {shown.size} entries, which a witness had cosigned at {as_time(found.not_before)}: that bounds its day, not its hour."
        if found.not_before is not None
        else " Nothing here shows that it is no older than it says."
    )
    said = (
        f"The values above are the ones that were committed to then. {_REST}"
        if found.values
        else _REST
    )
    return (
        f"Proved: entry {found.index} of {found.checkpoint.origin}, of {shown.agency}, dated {shown.decided_on}, under the law with "
        f"the digest {shown.law[:16]}…, is among the {size} entries of a checkpoint that the log signed, {witnessed}.{since} "
        f"{said}"
    )


_REST = (
    "Not proved: that what it says is true or lawful; that there was no decision that nobody logged; "
    "and nothing of what it does not disclose."
)


def _finding(found: Finding) -> dict[str, object]:
    shown = found.entry.shown
    return {
        "proved": True,
        "origin": found.checkpoint.origin,
        "index": found.index,
        "size": found.checkpoint.size,
        "agency": shown.agency,
        "law": shown.law,
        "decided_on": shown.decided_on.isoformat(),
        "values": found.values,
        "witnesses": {name: as_time(at) for name, at in found.witnessed.witnesses.items()},
        "not_before": None if found.not_before is None else as_time(found.not_before),
        "not_after": None if found.not_after is None else as_time(found.not_after),
        "flags": list(found.flags),
        "paragraph": paragraph(found),
    }


Where = Annotated[
    str, typer.Argument(metavar="DIR|URL", help="A log's folder, its public copy, or its address.")
]


@log_app.command(epilog="Example: [bold]habeas log prove public 0 --policy log/policy[/]")
def prove(
    place: Where,
    index: Annotated[int, typer.Argument(metavar="N", min=0, help="The entry's index, from 0.")],
    policy: PolicyOption = None,
    as_json: AsJson = False,
) -> None:
    """Print the proof that an entry is in the log, as a `.tlog-proof`; every file is checked on the way.

    Exit code 0: here it is. 1: a file of the log does not hold. 2: there is no such entry or log.
    """
    trusted = policy_of(policy, place)
    with closing(source_of(place)) as source:
        reader = Reader(source, trusted)
        entry, proof = reader.entry(index), reader.proof(index)
    if as_json:
        tell_json({"entry": entry.decode("utf-8", "replace"), "proof": format_proof(proof)})
    else:
        out.print(format_proof(proof), markup=False, soft_wrap=True, end="")


@log_app.command(epilog="Example: [bold]habeas log audit public --policy log/policy[/]")
def audit(
    place: Where,
    before: Annotated[
        Path | None,
        typer.Option(
            "--before", metavar="FILE", help="A checkpoint of this log that you kept earlier."
        ),
    ] = None,
    entries: Annotated[
        bool,
        typer.Option("--entries", help="Read what each entry states of publications, too."),
    ] = False,
    policy: PolicyOption = None,
    as_json: AsJson = False,
) -> None:
    """Derive the root from all entries, check every tile, checkpoint and cosignature; name what is wrong.

    With `--entries`, each entry has to name a publication of this log that was there before it; where one is older than
    that of an entry before it, the office restored its log, or dated back: that is told, and is nothing wrong.

    Exit code 0: all holds. 1: something does not; its files are named. 2: there is no such log or policy.
    """
    trusted = policy_of(policy, place)
    try:
        kept = parse_note(before.read_bytes(), before) if before else None
    except OSError as error:
        raise input_error(before, "it cannot be read", "name a checkpoint") from error
    try:
        with closing(source_of(place)) as source:
            made = audit_log(source, trusted, kept, workers=os.cpu_count() or 1)
            stated = read_stated(Reader(source, trusted)) if entries and made.holds else None
    except LogError as error:
        raise input_error(place, error.problems[0].message, "try again later") from error
    for index, what in stated.wrong if stated else ():
        made.findings.append((f"entry {index}", what))
    size = made.checkpoint.size if made.checkpoint else None
    witnesses = made.witnessed.witnesses if made.witnessed else {}
    if as_json:
        tell_json(
            {
                "holds": made.holds,
                "size": size,
                "files": made.files,
                "beyond": made.beyond,
                "witnesses": {name: as_time(at) for name, at in witnesses.items()},
                "findings": [{"file": file, "what": what} for file, what in made.findings],
                **({"older": stated.older} if stated else {}),
            }
        )
    else:
        for file, what in made.findings:
            tell(f"[bold red]{plain(file)}[/] {plain(what)}")
        if made.holds:
            names = ", ".join(f"{plain(n)} at {as_time(at)}" for n, at in witnesses.items())
            tell(
                f"[bold green]holds[/]: {size:,} entries, {made.files:,} files; cosigned by {names or 'nobody'}"
            )
        for first, last in stated.older if stated else ():
            tell(
                f"[yellow]older:[/] entries {first} to {last} name an older publication than one before them: "
                "the office restored its log, or dated back; ask"
            )
        if made.beyond:
            tell(f"{made.beyond} files beyond the checkpoint were held against each other alone")
        if trusted.unwitnessed:
            tell(
                "[yellow]Unwitnessed:[/] others may have been shown another log; keep this checkpoint, and compare."
            )
    if not made.holds:
        raise typer.Exit(1)


@log_app.command(epilog="Example: [bold]habeas log serve public --listen 127.0.0.1:8080[/]")
def serve(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="The folder of the public copy.")],
    listen: Listen = "127.0.0.1:8080",
) -> None:
    """Serve a public copy: static files, with headers for caches. Any web server or CDN does as well.

    Ends with Ctrl-C. Exit code 2: it cannot listen there.
    """
    if not (folder / "checkpoint").exists():
        raise input_error(
            folder, "nothing was published here", "`habeas log publish` makes a public copy"
        )
    _serve(lambda: LogServer(address_of(listen), folder), listen)


@witness_app.command(
    "run",
    epilog="Example: [bold]habeas log witness run witness --name court.example/w --log jail.example/log+117009aa+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c[/]",
)
def witness_run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where it remembers what it saw.")],
    name: Annotated[
        str,
        typer.Option(
            "--name", metavar="NAME", help="The witness's name, such as `court.example/w`."
        ),
    ],
    logs: Annotated[
        list[str],
        typer.Option(
            "--log", metavar="VKEY", help="A key of a log to witness; may stand several times."
        ),
    ],
    listen: Listen = "127.0.0.1:8081",
    key_file: KeyFileOption = None,
) -> None:
    """Be a witness: cosign each checkpoint of these logs that follows from the last one.

    It needs to know nothing of what a log is about. The first start makes its keys and prints them: give
    them to whoever keeps the logs, and to whoever checks receipts. Never restore DIR from a backup.
    Ends with Ctrl-C. Exit code 2: it cannot listen there, or a key is none.
    """
    keys = [parse_vkey(one, "--log") for one in logs]
    secret = passphrase(key_file)
    remembers = (folder / "seen.sqlite").exists()
    if key_path(name).exists() is not remembers:
        gone = "its keys are" if remembers else "what it saw is"
        kept = "what it saw is there" if remembers else f"the keys of `{name}` are there"
        raise input_error(folder, f"{kept}, and {gone} gone", "start anew under another name")
    if remembers:
        held = read_keys(name, secret)
    else:
        held = make_keys(name, (COSIGNATURE, MLDSA44), secret, outside=folder)
    folder.mkdir(parents=True, exist_ok=True)
    for one in vkeys(held):
        out.print(one, markup=False, soft_wrap=True)
    witness = Witness(folder / "seen.sqlite", held.signers, keys)
    _serve(lambda: WitnessServer(address_of(listen), witness), listen)


def _serve(make: Callable[[], HTTPServer], listen: str) -> None:
    try:
        server = make()
    except OSError as error:
        raise input_error(
            "--listen", f"`{listen}`: {error.strerror}", "name another port"
        ) from error
    host = listen.rpartition(":")[0]
    for one in (signal.SIGINT, signal.SIGTERM):  # a service manager ends it as Ctrl-C does
        signal.signal(one, signal.default_int_handler)
    try:
        tell(f"listening: http://{host}:{server.server_port}")
        server.serve_forever()
    except KeyboardInterrupt:
        tell("ended")
    finally:
        server.server_close()
