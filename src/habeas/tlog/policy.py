"""Policies: which logs are trusted, and how many of which witnesses it takes (C2SP tlog-policy).

    text  ->  parse_policy  ->  Policy  ->  check(note)  ->  Witnessed

Promise: a checkpoint passes only if a log of the policy signed it under its own name and the quorum
cosigned it; a policy without a quorum line is refused, and `quorum none` is said aloud.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from habeas.tlog.checkpoint import parse_checkpoint
from habeas.tlog.errors import broken, refused
from habeas.tlog.keys import (
    COSIGNATURE,
    ED25519,
    MLDSA44,
    Verifier,
    format_vkey,
    opened,
    parse_vkey,
)
from habeas.tlog.notes import Note

NONE = "none"
MAX_LINES = 1000


@dataclass(frozen=True, slots=True)
class Party:
    """A log or a witness: its key, and where it is reached (nothing where nobody asked)."""

    verifier: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these names, each a witness or an earlier group."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What a checked note carries: the log's keys, and each witness's time in seconds since 1970."""

    logs: tuple[Verifier, ...]
    witnesses: dict[str, int]
    """By the policy's name for it."""
    seen: int | None
    """The earliest time by which so many had cosigned as the policy asks: fewer could date a checkpoint
    back together. None where no witness cosigned; of a policy that asks for none, the latest time."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Trusted logs, known witnesses, groups of them, and the name of the quorum."""

    logs: tuple[Party, ...]
    witnesses: dict[str, Party] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    @property
    def unwitnessed(self) -> bool:
        """Whether no witness is needed."""
        return self.quorum == NONE

    def satisfied(self, cosigned: Iterable[str]) -> bool:
        """Whether these witnesses make the quorum."""
        done = set(cosigned) & self.witnesses.keys()
        for name, group in self.groups.items():  # each names earlier ones alone
            if len(done.intersection(group.members)) >= group.needed:
                done.add(name)
        return self.unwitnessed or self.quorum in done

    def check(self, note: Note) -> Witnessed:
        """Who signed and cosigned a checkpoint's note.

        Raises `NotProved` where no log of the policy signed it as the origin that it names, where a
        known key's signature is wrong, or where the quorum is missing. Held by
        `tests/tlog/test_policy.py`.
        """
        origin = parse_checkpoint(note.text).origin
        logs = [one.verifier for one in self.logs if one.verifier.name == origin]
        if not logs:
            known = ", ".join(sorted({f"`{one.verifier.name}`" for one in self.logs})) or "none"
            raise broken(
                "checkpoint", f"`{origin[:80]}` is no log of this policy", f"it names {known}"
            )
        keys = tuple(one.verifier for one in opened(note, logs))
        times = self.cosigned(note)
        if not self.satisfied(times):
            got = ", ".join(sorted(times)) or "nobody"
            raise broken(
                "checkpoint",
                f"the quorum `{self.quorum}` is missing: {got} cosigned it",
                "wait for the witnesses, or ask them",
            )
        return Witnessed(keys, times, self._seen(times))

    def _seen(self, times: dict[str, int]) -> int | None:
        if self.unwitnessed:
            return max(times.values(), default=None)
        by = (
            moment
            for moment in sorted(times.values())
            if self.satisfied(name for name, time in times.items() if time <= moment)
        )
        return next(by, None)

    def cosigned(self, note: Note) -> dict[str, int]:
        """Each witness that cosigned the note, with the time, quorum or not.

        Raises `NotProved` where a known witness's line is wrong.
        """
        names = {party.verifier: name for name, party in self.witnesses.items()}
        lines = {(one.name, one.key_id) for one in note.signatures}
        here = [one for one in names if (one.name, one.key_id) in lines]
        if not here:
            return {}
        found = opened(note, here)
        for one in found:
            if one.time == 0:
                raise broken(f"signature of `{one.verifier.name}`", "a cosignature states no time")
        return {names[one.verifier]: one.time for one in found}


def parse_policy(text: str, where: object = "policy") -> Policy:
    """Read a policy. Raises `LogError` with the line where it is not in the format.

    A witness's vkey is of a kind with times (0x04, 0x06), a log's of 0x01 or 0x06. Inverse:
    `format_policy`. Held by `tests/tlog/test_policy.py`.
    """
    logs: list[Party] = []
    witnesses: dict[str, Party] = {}
    groups: dict[str, Group] = {}
    quorum = ""
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        raise refused(where, f"{len(lines)} lines", f"{MAX_LINES} at most")
    for number, line in enumerate(lines, 1):
        place = f"{where}:{number}"
        if any(one < " " and one != "\t" for one in line):
            raise refused(place, "there is a control character in it", _HELP)
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        known = witnesses.keys() | groups.keys()
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                logs.append(_party(vkey, url, (ED25519, MLDSA44), logs, place))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                _new(name, known, place)
                witnesses[name] = _party(
                    vkey, url, (COSIGNATURE, MLDSA44), witnesses.values(), place
                )
            case ["group", name, needed, first, *others]:
                _new(name, known, place)
                groups[name] = _group(needed, [first, *others], known, groups, place)
            case ["quorum", name] if not quorum:
                if name != NONE and name not in known:
                    raise refused(place, f"no witness or group `{name}` stands above", _HELP)
                quorum = name
            case _:
                raise refused(place, f"`{words[0]}` cannot stand here, or not so", _HELP)
    if not quorum:
        raise refused(where, "the line `quorum` is missing", "`quorum none` needs no witness")
    return Policy(tuple(logs), witnesses, groups, quorum)


def format_policy(policy: Policy) -> str:
    """A policy as it is written. Inverse: `parse_policy`. Held by `tests/tlog/test_policy.py`."""
    lines = [_line("log", one) for one in policy.logs]
    lines += [_line(f"witness {name}", one) for name, one in policy.witnesses.items()]
    lines += [
        f"group {name} {one.needed} {' '.join(one.members)}" for name, one in policy.groups.items()
    ]
    return "\n".join([*lines, f"quorum {policy.quorum}"]) + "\n"


_HELP = "see c2sp.org/tlog-policy"


def _line(words: str, party: Party) -> str:
    return f"{words} {format_vkey(party.verifier)} {party.url}".rstrip()


def _new(name: str, known: Iterable[str], place: str) -> None:
    if name == NONE or name in known:
        raise refused(place, f"the name `{name}` is taken", "every name once; `none` never")


def _party(
    vkey: str, url: list[str], kinds: tuple[int, ...], others: Iterable[Party], place: str
) -> Party:
    verifier = parse_vkey(vkey, place)
    if verifier.kind not in kinds:
        raise refused(place, f"the key of `{verifier.name}` is of another kind", _HELP)
    if any(one.verifier.public == verifier.public for one in others):
        raise refused(place, f"the key of `{verifier.name}` stands here twice", "each key once")
    return Party(verifier, *url)


def _group(
    needed: str, members: list[str], known: Iterable[str], groups: dict[str, Group], place: str
) -> Group:
    inside = {member for group in groups.values() for member in group.members}
    for at, member in enumerate(members):
        if member not in known or member in members[:at]:
            raise refused(
                place, f"no witness or group `{member}` stands above, or it does twice", _HELP
            )
        if member in inside:
            raise refused(place, f"`{member}` is in an earlier group", "in one group at most")
    number = {"any": 1, "all": len(members)}.get(needed, -1)
    if number < 0 and needed.isascii() and needed.isdigit() and len(needed) < 6:
        number = int(needed)
    if not 1 <= number <= len(members):
        raise refused(place, f"`{needed}` of {len(members)}", "`any`, `all`, or a number of them")
    return Group(number, tuple(members))
