"""What decides: proposed with its difference, signed by two counsel, logged, and then in use.

    files of law (a mapping, the papers' wording)  ->  propose  ->  Version  ->  sign_for  ->  Adoption  ->  in_use

Promise: casework decides by the bytes that two counsel signed for, and by no others; these bytes are kept for ever.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import connection

from habeas.decisions.decide import Law
from habeas.decisions.laws import laws_folder, read_law
from habeas.errors import InputError, Place, Problem
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.acts import act
from habeas.web.casework.entries import log_adoption
from habeas.web.casework.errors import refuse
from habeas.web.casework.models import Adoption, Version, VersionSignature
from habeas.web.office import Office
from habeas.web.once import kept
from habeas.web.prepared import rows
from habeas.web.trail.record import record

LAW = "law"
"""The folder in the office's in which adopted law lies to be read; where it is gone it is written anew."""


def in_use(kind: str) -> Version | None:
    """What decides, of a kind of `Version.KINDS`; None where none was adopted. Its files are not read yet."""
    return kept("in use", _in_use).get(kind)


_SHORT = ("id", "kind", "digest", "place", "replaces")
_NEWEST = f"""
SELECT {", ".join(f"v.{one}" for one in _SHORT)}
FROM casework_adoption d JOIN casework_version v ON v.id = d.version_id
WHERE d.id IN (
  SELECT max(n.id) FROM casework_adoption n JOIN casework_version m ON m.id = n.version_id GROUP BY m.kind)
"""  # noqa: S608 - of constants
"""The newest adoption of each kind; SQL, since every page and every evaluation asks it."""


def _in_use() -> dict[str, Version]:
    """What decides, by kind; files and what was said of them are read when they are wanted."""
    found = [Version.from_db(connection.alias, _SHORT, one) for one in rows(_NEWEST, {})]
    return {one.kind: one for one in found}


def digest_in_use(kind: str) -> str:
    """The digest of what decides; empty where none was adopted."""
    used = in_use(kind)
    return used.digest if used else ""


def law_in_use() -> Law:
    """The law that casework decides by: the adopted one; in a demo, where none is, the law that ships.

    Raises `InputError` where none was adopted, or its bytes are not those that were signed for.
    """
    office: Office = settings.OFFICE
    used = in_use(Version.LAW)
    if used is not None:
        return _kept_law(office.place, str(law_folder(used)), used.digest)
    if office.demo:
        return _shipped(office.place)
    raise InputError(
        Problem(
            Place("law in use"),
            "no law was adopted: nothing can be decided",
            "`habeas law adopt`, and then two counsel sign",
        )
    )


def law_folder(version: Version) -> Path:
    """Where a version of the law lies, to be read."""
    folder = Path(settings.OFFICE.folder / LAW).resolve() / version.digest
    if not folder.exists():
        _write(version.files, folder)
    return folder


def propose_law(who: str, folder: Path | None, *, checked: str, difference: str) -> Version:
    """Keep a folder of law, to be signed for. The caller has seen that `habeas check` is green.

    who     who proposes it, as the trail names her
    folder  left out: the law that ships

    Raises `HabeasError` where it cannot be read or kept.
    """
    office: Office = settings.OFFICE
    source = folder or laws_folder()
    law = read_law(office.place, source)
    files = {
        path.relative_to(source).as_posix(): path.read_bytes().decode()
        for path in sorted(source.rglob("*"))
        if path.is_file() and not _aside(path.relative_to(source))
    }
    made = propose(who, Version.LAW, law.digest, files, checked=checked, difference=difference)
    _kept_law(office.place, str(law_folder(made)), law.digest)
    return made


def propose(
    who: str,
    kind: str,
    digest: str,
    files: Mapping[str, str],
    *,
    checked: str,
    difference: str,
) -> Version:
    """Keep files that decide, to be signed for; where they are in use, or wait for signatures, these.

    files       text by path; `digest` is theirs
    difference  against what is in use, in words
    """
    used = in_use(kind)
    if used is not None and used.digest == digest:
        return used
    replaces = used.digest if used else ""
    waiting = Version.objects.filter(kind=kind, digest=digest, replaces=replaces, adoption=None)
    if (there := waiting.defer("files").last()) is not None:
        return there
    made = Version.objects.create(
        kind=kind,
        digest=digest,
        place=settings.OFFICE.place,
        files=dict(files),
        checked=checked,
        difference=difference,
        replaces=replaces,
        proposed_by=who,
    )
    record(who, f"propose {kind}", f"{kind} {digest[:12]}")
    return made


def sign_for(user: User, version: Version, reason: str, *, source: str = "") -> Adoption | None:
    """Sign for a version; with the second counsel's signature it comes into use, and is logged.

    Raises `RefusedError`: no reason; she signed already; it was adopted, or something else was since it was
    proposed. `HabeasError` where its bytes are others or the log fails: then it is not signed.
    """
    kind = version.kind
    with act(user, Act.ADOPT_LAW, about=f"{kind} {version.digest[:12]}", source=source) as told:
        # Whoever signs for another version of this kind at the same moment waits here.
        list(Version.objects.select_for_update().filter(kind=kind).values_list("pk"))
        if not reason.strip():
            raise refuse(kind, "a reason is wanted", "write what you read it against")
        if Adoption.objects.filter(version=version).exists():
            raise refuse(kind, "it was adopted already", "to go back to it, propose it again")
        used = _in_use().get(kind)  # asked anew: what was kept of it may be older than the wait
        if (used.digest if used else "") != version.replaces:
            raise refuse(
                kind,
                "something else came into use after this was proposed",
                "propose it again, so that its difference is that from what is in use",
            )
        if version.signatures.filter(by=user).exists():
            raise refuse(kind, "you signed for it already", "another counsel signs next")
        if kind == Version.LAW:
            law = _kept_law(settings.OFFICE.place, str(law_folder(version)), version.digest).digest
        else:
            kept_files(version)
            law = law_in_use().digest
        VersionSignature.objects.create(version=version, reason=reason.strip(), by=user)
        signed = version.signatures.select_related("by")
        if len([one for one in signed if one.by.may(Act.ADOPT_LAW)]) < 2:
            return None
        told.detail = {"adopted": version.digest}
        return Adoption.objects.create(version=version, receipt=log_adoption(version, law))


def kept_files(version: Version) -> dict[str, str]:
    """The files of a version that is no law. Raises `InputError` where they are not those that were signed for."""
    files: dict[str, str] = version.files
    if digest_of(files) != version.digest:
        raise _changed(f"{version.kind} {version}")
    return files


def digest_of(files: Mapping[str, str]) -> str:
    """SHA-256 over lines `sha256␠␠path⏎`, sorted by path; hexadecimal. As a law's digest is made."""
    lines = [
        f"{hashlib.sha256(text.encode()).hexdigest()}  {path}\n"
        for path, text in sorted(files.items())
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@lru_cache(maxsize=8)
def _kept_law(place: str, folder: str, digest: str) -> Law:
    law = read_law(place, folder)
    if law.digest != digest:
        raise _changed(folder)
    return law


def _changed(what: str) -> InputError:
    return InputError(
        Problem(
            Place(what),
            "these are not the bytes that were signed for",
            "restore them from a backup; nothing is decided until then",
        )
    )


@lru_cache(maxsize=8)
def _shipped(place: str) -> Law:
    return read_law(place)


def _aside(path: Path) -> bool:
    """Whether a file of a folder of law is none of the law's."""
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _write(files: Mapping[str, str], target: Path) -> None:
    """Write a folder, whole or not at all."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as made:
        folder = Path(made) / "law"
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
        try:
            folder.replace(target)
        except OSError:
            if not target.exists():  # else somebody was quicker
                raise
