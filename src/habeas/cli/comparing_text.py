"""What `diff` found, for people and as JSON.

    Diff, State, State  ->  print_diff, diff_json;  ChangedAnswers  ->  print_answers

Promise: both tell the same; what was not settled is told first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich.padding import Padding
from rich.table import Table

from habeas.cli.common import VERDICT_STYLE, out, plain, tell, verdict
from habeas.decisions.explain import show
from habeas.law.facts import Facts
from habeas.proofs.answers import ChangedAnswers
from habeas.proofs.diff import WORDS, Change, Diff
from habeas.proofs.plainly import Outcome, Pair
from habeas.proofs.sides import ANY, Cell, Lacking
from habeas.proofs.states import State

_STYLE = {
    "same": "green",
    "stricter": "bold red",
    "looser": "bold yellow",
    "incomparable": "bold magenta",
    "not settled": "bold",
}

States = tuple[State, State]


# -- for people -----------------------------------------------------------------------------------


def print_diff(found: Diff, states: States, day: date) -> None:
    """The items that differ, each difference with a case, and what else there is to know."""
    old, new = states
    tell(f"[bold]{plain(new.name)}[/] against [bold]{plain(old.name)}[/], law of {day}")
    for one in states:
        tell(f"  {plain(one.name)}: law of {one.law.place}, digest {one.law.digest[:16]}…")
    tell()
    if not found.settled:
        tell("[bold yellow]Not all of it was settled in time:[/] what is told below is so; there may be more.")  # fmt: skip
        tell()
    others = [item for item in found.cells if found.word(item) != "same"]
    if not others:
        tell(f"[green]same[/]: every case there could be gets the same verdict, for all {len(found.cells)} items")  # fmt: skip
    else:
        _print_items(found, others)
        same = len(found.cells) - len(others)
        if same:
            tell(f"[green]same[/]: the other {same} items, in every case")
    for change in found.changes:
        tell()
        _print_change(found, change, states)
    if found.grounds:
        tell()
        tell("[bold]The verdict is the same, on another ground[/]")
    for change in found.grounds:
        _print_change(found, change, states)
    _print_lacking(found, states)


def _print_items(found: Diff, items: Sequence[str]) -> None:
    cells = len(found.kinds) * len(found.purposes)
    words = [w for w in WORDS if any(w in found.cells[item].values() for item in items)]
    table = Table(show_edge=False, pad_edge=False, header_style="bold", expand=False)
    table.add_column("item", overflow="fold")
    for word in words:
        table.add_column(word, justify="right")
    for item in items:
        counts = Counter(found.cells[item].values())
        table.add_row(item, *(_count(word, counts[word]) for word in words))
    if cells > 1:
        tell(f"Of {cells} pairs of a kind of requester and a purpose, so many are")
    out.print(table)


def _count(word: str, number: int) -> str:
    return f"[{_STYLE[word]}]{number}[/]" if number else "[dim]0[/]"


def _print_change(found: Diff, change: Change, states: States) -> None:
    old, new = states
    if change.direction:
        tell(
            f"[{_STYLE[change.direction]}]{change.direction}[/] by {plain(new.name)}: [bold]{', '.join(change.items)}[/]"
        )
    else:
        tell(f"[bold]{', '.join(change.items)}[/]")
    for state, outcome in zip(states, change.pair.outcomes, strict=True):
        _indented(f"{plain(state.name)}: {_outcome(outcome)}")
    for line in spans(found.kinds, found.purposes, change.cells):
        _indented(plain(line))
    _indented(f"a case: {plain(case_line(change.pair, old.name, new.name))}")


def _indented(text: str) -> None:
    out.print(Padding(text, (0, 0, 0, 2), expand=False))


def _outcome(outcome: Outcome) -> str:
    by = ", ".join(outcome.rules) or "no rule"
    return f"{verdict(outcome.verdict)}, {outcome.basis} ({plain(by)})"


def spans(kinds: Sequence[str], purposes: Sequence[str], cells: Sequence[Cell]) -> Iterator[str]:
    """Cells in few lines: kinds of requester that share their purposes stand together."""
    if not cells or (len(kinds), len(purposes)) == (1, 1):
        return
    of_kind: dict[str, list[str]] = {}
    for kind, purpose in cells:
        of_kind.setdefault(kind, []).append(purpose)
    together: dict[tuple[str, ...], list[str]] = {}
    for kind, found in of_kind.items():
        together.setdefault(tuple(found), []).append(kind)
    for shared, several in together.items():
        who = "whoever asks" if kinds == (ANY,) else _some(several, kinds, "whoever asks")
        why = f"for {_some(shared, purposes, 'whatever purpose')}"
        yield f"{who}, {why}" if purposes != (ANY,) else who


def _some(some: Sequence[str], every: Sequence[str], all_of_them: str) -> str:
    if len(some) == len(every):
        return all_of_them
    left = [one for one in every if one not in some]
    if len(left) <= 2 and len(some) > 2:
        return f"{all_of_them} but {' · '.join(left)}"
    return " · ".join(some)


def case_line(pair: Pair, old: str, new: str) -> str:
    """The case in one line; what each law's own list says differently, for both."""
    mine, theirs = (dict(one.flat()) for one in pair.facts)
    said = []
    for path, value in {**mine, **theirs}.items():
        if path in pair.facts[0].complete | pair.facts[1].complete:
            continue
        if path in mine and path in theirs and mine[path] != theirs[path]:
            said.append(f"{path} = {show(mine[path])} in {old}, {show(theirs[path])} in {new} (the lists of offences differ)")  # fmt: skip
        else:
            said.append(f"{path} = {show(value)}")
    said += [f"one {t} of which nothing is known" for t, rows in pair.facts[0].rows.items() if rows == [{}]]  # fmt: skip
    for table in sorted(pair.facts[0].complete | pair.facts[1].complete):
        other = "other " if pair.facts[0].rows.get(table) else ""
        said.append(f"no {other}{table}")
    for name, choice in zip((old, new), pair.choices, strict=True):
        for provision, acts in choice.items():
            if pair.choices[0] != pair.choices[1] or name == old:
                where = "" if pair.choices[0] == pair.choices[1] else f" in {name}"
                said.append(f"the contested {provision} {'acts' if acts else 'does not act'}{where}")  # fmt: skip
    return ", ".join(said) or "any case"


def _print_lacking(found: Diff, states: States) -> None:
    for one, lacks in ((states[0], found.only_old), (states[1], found.only_new)):
        for kind, words in (("items", lacks.items), ("words", lacks.facts)):
            if words:
                tell()
                tell(f"[yellow]Only {plain(one.name)} has the {kind}[/] {', '.join(words)}{': not compared' if kind == 'items' else ''}")  # fmt: skip


def print_answers(found: ChangedAnswers, written: Path | None) -> None:
    """Whose answers would change, counted."""
    tell()
    tell(f"[bold]Whose answers would change[/]: request {plain(found.request.id)}, {found.people:,} people")  # fmt: skip
    table = Table(show_edge=False, pad_edge=False, header_style="bold", expand=False)
    table.add_column("item", overflow="fold")
    for name in ("from", "to"):
        table.add_column(name)
    table.add_column("people", justify="right")
    changes = [(item, was, now, n) for item, was, now, n in _changes(found) if was != now]
    for item, was, now, people in changes:
        table.add_row(item, verdict(was), verdict(now), f"{people:,}")
    if changes:
        out.print(table)
    else:
        tell("nobody's")
    if found.left_out:
        tell(f"[yellow]Left out[/], since only one of the laws knows them: {', '.join(found.left_out)}")  # fmt: skip
    if written is not None:
        tell(f"written: [bold]{plain(written)}[/], for the office alone")


def _changes(found: ChangedAnswers) -> Iterator[tuple[str, str, str, int]]:
    order = tuple(VERDICT_STYLE)
    for item, counts in found.counts().items():
        for was, now in sorted(counts, key=lambda pair: tuple(map(order.index, pair))):
            yield item, was, now, counts[was, now]


# -- as JSON --------------------------------------------------------------------------------------


def diff_json(
    found: Diff, states: States, day: date, answers: Iterable[ChangedAnswers]
) -> dict[str, Any]:
    """All of it; cells of items that differ only."""
    return {
        "as_of": day.isoformat(),
        "old": _state(states[0]),
        "new": _state(states[1]),
        "differs": found.differs,
        "settled": found.settled,
        "requester_kinds": list(found.kinds),
        "purposes": list(found.purposes),
        "items": {item: found.word(item) for item in found.cells},
        "cells": {
            item: [
                {"requester_kind": kind, "purpose": purpose, "is": word}
                for (kind, purpose), word in cells.items()
                if word != "same"
            ]
            for item, cells in found.cells.items()
            if found.word(item) != "same"
        },
        "changes": [_change(one) for one in found.changes],
        "same_verdict_on_other_ground": [_change(one) for one in found.grounds],
        "only_old": _lacking(found.only_old),
        "only_new": _lacking(found.only_new),
        "answers": [_answers(one) for one in answers],
    }


def _state(state: State) -> dict[str, str]:
    return {"name": state.name, "place": state.law.place, "law": state.law.digest}


def _change(change: Change) -> dict[str, Any]:
    old, new = change.pair.outcomes
    return {
        "direction": change.direction or None,
        "items": list(change.items),
        "cells": [{"requester_kind": kind, "purpose": purpose} for kind, purpose in change.cells],
        "old": _side(change.pair, old, 0),
        "new": _side(change.pair, new, 1),
    }


def _side(pair: Pair, outcome: Outcome, number: int) -> dict[str, Any]:
    facts = pair.facts[number]
    return {
        "verdict": outcome.verdict,
        "basis": outcome.basis,
        "rules": list(outcome.rules),
        "facts": _facts(facts),
        "complete": sorted(facts.complete),
        "contested": dict(pair.choices[number]),
    }


def _facts(facts: Facts) -> dict[str, Any]:
    return {
        path: value.isoformat() if isinstance(value, date) else value
        for path, value in facts.flat()
        if path not in facts.complete
    }


def _lacking(words: Lacking) -> dict[str, list[str]]:
    return {"words": list(words.facts), "items": list(words.items)}


def _answers(found: ChangedAnswers) -> dict[str, Any]:
    return {
        "request": found.request.id,
        "people": found.people,
        "left_out": list(found.left_out),
        "changes": [
            {"item": item, "from": was, "to": now, "people": people}
            for item, was, now, people in _changes(found)
        ],
    }
