"""What the commands on the log share: the group, passphrases, policies, addresses.

    options  ->  passphrase, policy_of, address_of  ->  what `habeas.tlog` takes

Promise: no secret is taken from an argument or printed; a file that opens an entry is its owner's alone.
"""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from habeas.cli.common import app
from habeas.errors import InputError, Place, Problem, input_error
from habeas.tlog.log import read_policy
from habeas.tlog.policy import Policy, parse_policy
from habeas.tlog.vault import Vault

UNLOCK = "HABEAS_LOG_UNLOCK"
POLICY = "HABEAS_LOG_POLICY"

log_app = typer.Typer(
    help="The public log: show that nothing was hidden, taken away or dated back.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
app.add_typer(log_app, name="log")

witness_app = typer.Typer(
    help="Witnesses: whom a log asks to cosign, and being one.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
log_app.add_typer(witness_app, name="witness")

LogFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The log's folder.")]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help=f"A file whose content unlocks the keys. Left out: the file that `{UNLOCK}` names, else the passphrase is asked for.",
    ),
]
PolicyOption = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="FILE",
        help=f"Whom you trust: logs, witnesses, quorum (c2sp.org/tlog-policy). Left out: the file that `{POLICY}` names.",
    ),
]
VaultOption = Annotated[
    Path | None,
    typer.Option(
        "--vault",
        metavar="FILE",
        help="The vault that keeps what opens entries, encrypted, apart from the log.",
    ),
]
Listen = Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Where to listen.")]


def passphrase(key_file: Path | None, again: bool = False) -> bytes:
    """What unlocks the keys: a file's content, or what somebody types. Raises `InputError`."""
    named = key_file or (Path(os.environ[UNLOCK]) if os.environ.get(UNLOCK) else None)
    if named is not None:
        try:
            return named.read_bytes().strip()
        except OSError as error:
            raise input_error(
                named, f"it cannot be read: {error.strerror}", "name a file"
            ) from error
    if not sys.stdin.isatty():
        raise _input(
            "passphrase", "nobody is there to type it", f"name a file: `--key-file`, or `{UNLOCK}`"
        )
    typed = getpass.getpass("Passphrase of the keys: ")
    if again and getpass.getpass("The same again: ") != typed:
        raise _input("passphrase", "the two differ", "try again")
    return typed.encode()


def policy_of(named: Path | None, place: str | None = None) -> Policy:
    """The policy of a file, else of the environment, else of a log's own folder. Raises `InputError`."""
    if named is None and os.environ.get(POLICY):
        named = Path(os.environ[POLICY])
    if named is None:
        if place is not None and Path(place).is_dir():
            return read_policy(Path(place))
        raise _input(
            "--policy",
            "nothing says which log and which witnesses you trust",
            "get the policy from somebody other than who gave you the receipt",
        )
    try:
        return parse_policy(named.read_text(encoding="utf-8"), named)
    except (OSError, UnicodeDecodeError) as error:
        raise input_error(named, "this policy cannot be read", "name a file") from error


def receipts_beside(log: Path) -> Path:
    """Where a log's receipts go when nothing else is said: a folder beside it, `log-receipts`."""
    whole = log.resolve()
    return whole.with_name(f"{whole.name}-receipts")


def vault_of(path: Path, origin: str, log: Path, secret: bytes) -> Vault:
    """The vault of a log; made where there is none. Raises `LogError`."""
    if path.exists():
        return Vault.open(path, origin, secret)
    return Vault.make(path, origin, secret, outside=log)


def address_of(text: str) -> tuple[str, int]:
    """Host and port. Raises `InputError`."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise _input("--listen", f"`{text}` is no address", "write it as `127.0.0.1:8080`")
    return host.strip("[]"), int(port)


def _input(where: str, message: str, help: str) -> InputError:
    return InputError(Problem(Place(where), message, help))
