"""Entries: what the log shows of one event, and what it only commits to.

    Shown, hidden values  ->  make_entry  ->  entry (one fixed size), disclosures  ->  kept apart
    entry, disclosures  ->  parse_entry, disclosed  ->  what was shown, what was opened

Promise: an entry shows version, agency, law, day and an earlier checkpoint, and nothing else: its
size, its form and the number of its slots are those of every entry, whatever is hidden in it.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import rfc8785

from habeas.tlog.errors import broken, refused
from habeas.tlog.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE
from habeas.tlog.notes import from_base64, to_base64

VERSION = 1
SLOTS = 10
"""Digests in every entry: of hidden values, and of nothing for the rest."""

ENTRY_BYTES = 832
SALT_BYTES = 16
MAX_DISCLOSURE = 2048
MAX_AGENCY = 100
"""Bytes of UTF-8, as they stand in JSON."""

_KEYS = {"_sd", "_sd_alg", "after", "agency", "decided_on", "law", "pad", "v"}
_LAW = re.compile("[0-9a-f]{64}", re.ASCII)
_DIGEST = re.compile("[A-Za-z0-9_-]{43}", re.ASCII)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FORM = "an entry is written by `make_entry`"


@dataclass(frozen=True, slots=True)
class Shown:
    """What an entry shows to everybody."""

    agency: str
    """Whose log it is: 1 … 100 bytes."""
    law: str
    """The digest of the law that was in force: 64 hexadecimal digits."""
    decided_on: date
    size: int = 0
    """Of the checkpoint of the last public copy before it; 0 where there was none."""
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it was read: what it shows, and the digests of what it does not."""

    shown: Shown
    digests: frozenset[str]


def make_entry(shown: Shown, hidden: Mapping[str, Any]) -> tuple[bytes, list[str]]:
    """The entry's bytes, always 832, and one disclosure for each hidden value, in their order.

    hidden  at most 10 names with values that JSON has, none of them a name that the entry shows; each is committed to with a fresh salt of 128
            bits, and the slots that are left over with random digests that nobody can open

    Raises `LogError` where something does not fit. Inverse: `parse_entry` and `disclosed`. Held by
    `tests/tlog/test_entries.py`.

    >>> entry, [one] = make_entry(Shown("Jail", "0" * 64, date(2025, 7, 17)), {"kind": "decision"})
    >>> len(entry), disclosed(parse_entry(entry), [one])
    (832, {'kind': 'decision'})
    """
    if len(hidden) > SLOTS:
        raise refused("entry", f"{len(hidden)} hidden values", f"{SLOTS} at most")
    disclosures = [_disclosure(name, value) for name, value in hidden.items()]
    digests = [_digest(one) for one in disclosures]
    digests += [_digest_of(secrets.token_bytes(32)) for _ in range(SLOTS - len(digests))]
    return _written(shown, frozenset(digests)), disclosures


def parse_entry(data: bytes, where: object = "entry") -> Entry:
    """Read an entry. Raises `LogError` where one byte is not as `make_entry` would have written it.

    Inverse: `make_entry`. Held by `tests/tlog/test_entries.py`.
    """
    entry = None
    try:
        entry = _entry(json.loads(data.decode("utf-8")))
        same = _written(entry.shown, entry.digests) == data
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise refused(where, "this is no entry", _FORM) from error
    if not same:
        raise refused(where, "this entry is not in the canonical form", _FORM)
    return entry


def disclosed(
    entry: Entry, disclosures: Iterable[str], where: object = "disclosure"
) -> dict[str, Any]:
    """The hidden values that disclosures open, by name.

    Raises `NotProved` where one is not of this entry, two are of one name, or one is of a name that the
    entry shows itself (RFC 9901, 7.1). Held by `tests/tlog/test_entries.py`.
    """
    values: dict[str, Any] = {}
    for one in disclosures:
        name, value = _opened(one, where)
        if _digest(one) not in entry.digests:
            raise broken(
                where, f"the value of `{name}` is not the one of this entry", "do not trust it"
            )
        if not _may_hide(name):
            raise broken(where, f"`{name}` cannot be the name of a hidden value", "do not trust it")
        if name in values:
            raise broken(where, f"`{name}` is disclosed twice")
        values[name] = value
    return values


def name_of(disclosure: str, where: object = "disclosure") -> str:
    """The name of the value that a disclosure opens. Raises `LogError` where it is none."""
    return _opened(disclosure, where)[0]


def dummy(shown: Shown) -> bytes:
    """An entry that hides nothing: nobody without its maker's memory can tell it from another.

    Held by `tests/tlog/test_publish.py`.
    """
    return make_entry(shown, {})[0]


# -- one entry ------------------------------------------------------------------------------------


def _written(shown: Shown, digests: frozenset[str]) -> bytes:
    if not 0 <= shown.size <= MAX_SIZE or len(shown.root) != HASH_BYTES:
        raise refused("entry", "the earlier checkpoint is out of bounds", _FORM)
    if not _LAW.fullmatch(shown.law):
        raise refused("entry", f"`{shown.law[:80]}` is no digest of law", "64 hexadecimal digits")
    content = {
        "_sd": sorted(digests),
        "_sd_alg": "sha-256",
        "after": {"root": to_base64(shown.root), "size": str(shown.size)},
        "agency": shown.agency,
        "decided_on": shown.decided_on.isoformat(),
        "law": shown.law,
        "pad": "",
        "v": VERSION,
    }
    if not 1 <= len(json_bytes(shown.agency)) - 2 <= MAX_AGENCY:
        raise refused(
            "entry", "the agency's name is empty or too long", f"{MAX_AGENCY} bytes at most"
        )
    return json_bytes({**content, "pad": "." * (ENTRY_BYTES - len(json_bytes(content)))})


def _entry(read: Any) -> Entry:
    if not isinstance(read, dict) or read.keys() != _KEYS or read["v"] != VERSION:
        raise ValueError
    texts = (*read["_sd"], *read["after"].values(), read["agency"], read["decided_on"], read["law"])
    if not all(isinstance(one, str) for one in texts) or not _DAY.fullmatch(read["decided_on"]):
        raise ValueError
    digests = frozenset(read["_sd"])
    if len(digests) != SLOTS or not all(_DIGEST.fullmatch(one) for one in digests):
        raise ValueError
    size = read["after"]["size"]
    if not (size.isascii() and size.isdigit() and len(size) < 20):
        raise ValueError
    day, root = date.fromisoformat(read["decided_on"]), from_base64(read["after"]["root"])
    return Entry(Shown(read["agency"], read["law"], day, int(size), root), digests)


# -- one hidden value (RFC 9901, 4.2) -------------------------------------------------------------


def _may_hide(name: str) -> bool:
    """Whether a hidden value may have this name: RFC 9901 keeps some, and those that are shown are taken."""
    return bool(name) and not name.startswith("_") and name != "..." and name not in _KEYS


def _disclosure(name: str, value: Any) -> str:
    if not _may_hide(name):
        raise refused(
            "entry",
            f"`{name}` cannot be the name of a hidden value",
            "begin with a letter, and take no name that an entry shows",
        )
    made = _url64(json_bytes([_url64(secrets.token_bytes(SALT_BYTES)), name, value]))
    if len(made) > MAX_DISCLOSURE:
        raise refused("entry", f"the value of `{name}` is too long", "say it in fewer words")
    return made


def _opened(disclosure: str, where: object) -> tuple[str, Any]:
    try:
        if len(disclosure) > MAX_DISCLOSURE:
            raise ValueError
        data = base64.urlsafe_b64decode(disclosure.encode("ascii") + b"=" * (-len(disclosure) % 4))
        salt, name, value = json.loads(data.decode("utf-8"))
        if not isinstance(salt, str) or not isinstance(name, str) or not name:
            raise ValueError
        if _url64(data) != disclosure:
            raise ValueError
    except (ValueError, TypeError, RecursionError) as error:
        raise refused(
            where, f"`{disclosure[:40]}` is no disclosure", "see RFC 9901, 4.2"
        ) from error
    return name, value


def json_bytes(value: Any) -> bytes:
    """Canonical JSON (RFC 8785). Raises `LogError` for what JSON has not, or not in one way."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError, ValueError) as error:
        raise refused(
            "entry", f"this cannot be written as JSON: {error}", "texts, numbers, lists"
        ) from error


def _digest(disclosure: str) -> str:
    return _digest_of(disclosure.encode("ascii"))


def _digest_of(data: bytes) -> str:
    return _url64(sha256(data).digest())


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
