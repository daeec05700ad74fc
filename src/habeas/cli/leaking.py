"""Leaks, told by `habeas check`.

    Leaks  ->  tell_leaks (text), leaks_json

Promise: every derivation that was looked for is told: that it leaks, that it does not, or that this
is not known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from habeas.cli.common import plain, tell
from habeas.decisions.explain import show
from habeas.errors import counted
from habeas.law.derivations import Derivation
from habeas.proofs.leaks import Leak, Leaks


def tell_leaks(found: Leaks) -> None:
    """What one answer would give away: the loud ones with a case each, the others in a line."""
    for derivation in dict.fromkeys(one.derivation for one in found.loud):
        of = [one for one in found.loud if one.derivation == derivation]
        tell(
            f"[bold red]leak[/] {plain(derivation.place)}: {plain(derivation)}, in {', '.join(_places(of))}"
        )
        shown = max(of, key=lambda one: (one.case.forbidden, one.stretch.start))
        tell(f"  such as {plain(_case(shown))}")
    can = dict.fromkeys(
        one.derivation for one in found.leaks if one.case.alike and not one.derivation.certain
    )
    for derivation in can:
        of = [one for one in found.of(derivation) if one.case.alike]
        tell(
            f"[yellow]leak[/] {plain(derivation.place)}: {plain(derivation)}, in {', '.join(_places(of))}"
        )
    for derivation, stretch in found.not_proved:
        tell(
            f"[yellow]{plain(derivation.place)}[/]: not known whether it leaks in {stretch.place} on {stretch.day}: {plain(derivation)}"
        )
    apart = len(found.leaking) - len(can) - len({one.derivation for one in found.loud})
    tell(
        f"{counted(len(found.derivations), 'derivation')} in {found.stretches} stretches of law: "
        f"{len({one.derivation for one in found.loud})} leak what is always given away, {len(can)} what can be, "
        f"{apart} only where the items' own facts differ (a paper orders, or the public sees, the one and not the other), "
        f"{len(found.proved)} proved not to leak; for counsel: no decision is changed"
    )


def leaks_json(found: Leaks) -> dict[str, Any]:
    """The same in full."""
    return {
        "derivations": len(found.derivations),
        "stretches": found.stretches,
        "found": [
            {
                **_derivation(derivation),
                "in": [
                    {
                        "place": one.stretch.place,
                        "from": one.stretch.start.isoformat(),
                        "to": one.stretch.end.isoformat(),
                        "alike": one.case.alike,
                        "bases": dict(one.case.bases),
                        "contested_acting": sorted(one.case.lets_act),
                        "where": where(one),
                    }
                    for one in found.of(derivation)
                ],
            }
            for derivation in found.leaking
        ],
        "proved": [_derivation(one) for one in found.proved],
        "not_proved": [
            {**_derivation(one), "place": stretch.place, "from": stretch.start.isoformat()}
            for one, stretch in found.not_proved
        ],
    }


def where(leak: Leak) -> str:
    """The facts of a leak's case."""
    return ", ".join(f"{path} = {show(value)}" for path, value in leak.case.facts.flat())


def _derivation(one: Derivation) -> dict[str, Any]:
    return {
        "items": list(one.given),
        "how": one.how,
        "item": one.item,
        "reason": one.reason,
        "declared": str(one.place),
    }


def _case(leak: Leak) -> str:
    bases = list(leak.case.bases.items())
    granted = " and ".join(f"{item} is {basis}" for item, basis in bases[:-1])
    item, basis = bases[-1]
    withheld = {"no authority": "no rule orders or allows", "conflict": "rules conflict on"}
    told = f"{item} is {basis}" if basis == "forbidden" else f"{withheld[basis]} {item}"
    return f"{leak.stretch.place} on {leak.stretch.day}: {granted}, {told}, if {where(leak)}"


def _places(of: Iterable[Leak]) -> list[str]:
    return list(dict.fromkeys(one.stretch.place for one in of))
