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
from habeas.law.facts import Facts
from habeas.proofs.leaks import Leak, Leaks


def tell_leaks(found: Leaks, *, each: bool) -> None:
    """What one answer would give away: how much of it; or each, the loud ones with a case."""
    loud, can = _of(found.loud), _of(one for one in found.leaks if _can(one))
    for derivation, of in loud.items() if each else ():
        tell(f"[bold red]leak[/] {_withheld(derivation, of)}")
        shown = max(of, key=lambda one: (one.case.forbidden, one.stretch.start))
        tell(f"  {plain(_case(shown))}")
    for derivation, of in can.items() if each else ():
        tell(f"[yellow]leak[/] {_withheld(derivation, of)}")
    for derivation, stretch in found.not_proved:
        tell(
            f"[yellow]{plain(derivation.place)}[/]: not known whether it leaks in {stretch.place} on {stretch.day}: {plain(derivation)}"
        )
    unsettled = len({derivation for derivation, _ in found.not_proved})
    apart = len(found.leaking) - len({**loud, **can})
    told = [
        f"{len(loud)} give a withheld item away in some answer",
        f"{len(can)} can give one away",
        f"{apart} do only where a paper orders, or the public sees, the one item and not the other",
        f"{len(found.proved)} are proved not to",
        *([f"{unsettled} are not settled"] if unsettled else []),
    ]
    hint = "" if each or not (loud or can) else "; [bold]habeas check --leaks[/] shows them"
    tell(
        f"{counted(len(found.derivations), 'derivation')} of one item from others, in {found.stretches} stretches of law: {', '.join(told)}{hint}"
    )


def _can(leak: Leak) -> bool:
    return leak.case.alike and not leak.derivation.certain


def _of(leaks: Iterable[Leak]) -> dict[Derivation, list[Leak]]:
    """Leaks by what they are of."""
    found: dict[Derivation, list[Leak]] = {}
    for one in leaks:
        found.setdefault(one.derivation, []).append(one)
    return found


def _withheld(derivation: Derivation, of: Iterable[Leak]) -> str:
    places = ", ".join(_places(of))
    return f"{plain(derivation.place)}: {plain(derivation)}, and is granted without it in {places}"


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
                        "contested": dict(one.case.choice),
                        "where": facts_line(one.case.facts),
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


def facts_line(facts: Facts) -> str:
    """What is known in one line; a table of which all rows are known, by its number of rows."""
    said = [f"{path} = {show(value)}" for path, value in facts.flat() if path not in facts.complete]
    counts = (f"{len(facts.rows.get(one, ()))} {one} rows in all" for one in sorted(facts.complete))
    return ", ".join([*said, *counts]) or "nothing is known"


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
    withheld = {
        "forbidden": f"{item} is forbidden",
        "no authority": f"no rule orders or allows {item}",
        "conflict": f"rules conflict on {item}",
    }[basis]
    chosen = "".join(
        f", {one} {'acting' if acts else 'not acting'}" for one, acts in leak.case.choice.items()
    )
    return f"in {leak.stretch.place} on {leak.stretch.day} {granted} and {withheld}, if {facts_line(leak.case.facts)}{chosen}"


def _places(of: Iterable[Leak]) -> list[str]:
    return list(dict.fromkeys(one.stretch.place for one in of))
