"""A log's keys, for whoever has its folder and what unlocks them.

folder, secret  ->  signers_of  ->  Signer, …
"""

from __future__ import annotations

from pathlib import Path

from habeas.tlog.errors import refused
from habeas.tlog.keyfile import read_keys
from habeas.tlog.keys import Signer
from habeas.tlog.log import POLICY, read_policy
from habeas.tlog.policy import Policy


def signers_of(folder: Path, secret: bytes) -> tuple[Signer, ...]:
    """The keys of the log in a folder. Raises `LogError` where the passphrase is not theirs."""
    return read_keys(origin_of(read_policy(folder), folder), secret).signers


def origin_of(policy: Policy, folder: Path) -> str:
    """The name of the log whose policy this is. Raises `LogError` where it names several."""
    names = {one.verifier.name for one in policy.logs}
    if len(names) != 1:
        raise refused(
            folder / POLICY, "it names no single log", "its `log` lines have the log's name"
        )
    return names.pop()
