"""Law in use: proposed with its difference, signed by two counsel, logged, and then decided by.

    folder of law  ->  propose (check is green)  ->  LawVersion  ->  sign_law  ->  LawAdoption  ->  law_in_use

Promise: casework decides by the bytes that two counsel signed for, and by no others; these bytes are kept for ever.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from habeas.decisions.decide import Law
from habeas.decisions.laws import laws_folder, read_law
from habeas.errors import InputError, Place, Problem
from habeas.web.accounts.models import User
from habeas.web.accounts.roles import Act
from habeas.web.casework.acts import act
from habeas.web.casework.entries import log_law
from habeas.web.casework.errors import refuse
from habeas.web.casework.models import LawAdoption, LawSignature, LawVersion
from habeas.web.office import Office
from habeas.web.trail.record import record

LAW = "law"
"""The folder of adopted law, in the office's."""


def law_in_use() -> Law:
    """The law that casework decides by: the adopted one; in a demo, where none is, the law that ships.

    Raises `InputError` where none was adopted, or its bytes are not those that were signed for.
    """
    office: Office = settings.OFFICE
    adopted = LawAdoption.objects.select_related("version").last()
    if adopted is not None:
        return _kept_law(
            office.place, str(_folder(office, adopted.version.digest)), adopted.version.digest
        )
    if office.demo:
        return _shipped(office.place)
    raise InputError(
        Problem(
            Place("law in use"),
            "no law was adopted: nothing can be decided",
            "`habeas law adopt`, and then two counsel sign",
        )
    )


def in_use_folder() -> Path | None:
    """Where the adopted law lies; None where none was adopted."""
    adopted = LawAdoption.objects.select_related("version").last()
    return _folder(settings.OFFICE, adopted.version.digest) if adopted else None


def propose(who: str, folder: Path | None, *, checked: str, difference: str) -> LawVersion:
    """Keep a folder of law, to be signed for. The caller has seen that `habeas check` is green.

    who     who proposes it, as the trail names her
    folder  left out: the law that ships

    Raises `HabeasError` where it cannot be read or kept.
    """
    office: Office = settings.OFFICE
    source = folder or laws_folder()
    law = read_law(office.place, source)
    there = LawVersion.objects.filter(digest=law.digest).first()
    if there is not None:
        return there
    _keep(source, _folder(office, law.digest))
    _kept_law(office.place, str(_folder(office, law.digest)), law.digest)
    made = LawVersion.objects.create(
        digest=law.digest,
        place=office.place,
        checked=checked,
        difference=difference,
        proposed_by=who,
    )
    record(who, "propose law", f"law {law.digest[:12]}")
    return made


def sign_law(
    user: User, version: LawVersion, reason: str, *, source: str = ""
) -> LawAdoption | None:
    """Sign for a version; with the second counsel's signature it comes into use, and is logged.

    Raises `RefusedError`: no reason, or she signed already; `HabeasError` where the log fails: then it is not signed.
    """
    about = f"law {version.digest[:12]}"
    with act(user, Act.ADOPT_LAW, about=about, source=source) as told:
        if not reason.strip():
            raise refuse("law", "a reason is wanted", "write what you read it against")
        if version.signatures.filter(by=user).exists():
            raise refuse("law", "you signed for it already", "another counsel signs next")
        LawSignature.objects.create(version=version, reason=reason.strip(), by=user)
        if version.signatures.count() < 2:
            return None
        told.detail = {"adopted": version.digest}
        return LawAdoption.objects.create(version=version, receipt=log_law(version))


def _folder(office: Office, digest: str) -> Path:
    return (office.folder / LAW).resolve() / digest


@lru_cache(maxsize=8)
def _kept_law(place: str, folder: str, digest: str) -> Law:
    law = read_law(place, folder)
    if law.digest != digest:
        raise InputError(
            Problem(
                Place(folder),
                "these are not the bytes that were signed for",
                "restore them from a backup; nothing is decided until then",
            )
        )
    return law


@lru_cache(maxsize=8)
def _shipped(place: str) -> Law:
    return read_law(place)


def _keep(source: Path, target: Path) -> None:
    """Copy a folder of law, whole or not at all."""
    if target.exists():
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as made:
        copied = Path(made) / "law"
        shutil.copytree(source, copied, ignore=shutil.ignore_patterns("__pycache__"))
        for path in sorted(copied.rglob("*")):
            if path.is_file():
                handle = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
        copied.replace(target)
