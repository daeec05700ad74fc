"""What would change a decision, told on the screen: the last part of `explain`, for the office alone.

    Changes  ->  print_changes, sentence  ->  text

Promise: it says on what an answer rests, and nothing else: no sentence tells anybody to do anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from habeas.cli.common import plain, tell
from habeas.decisions.explain import show
from habeas.errors import counted
from habeas.law.facts import Row
from habeas.proofs.change_search import Answer
from habeas.proofs.changes import Change, Changes, Led, Part

SHOWN, SHOWN_FIXED = 8, 3
"""How many sentences are printed, and how many of those that rest on what cannot change; `--json` has
all."""

WORDS = 3
"""How many words of a list are named."""

_WOULD = {
    "required": "the law would order it",
    "permitted": "the law would allow it, and nothing would order it",
    "forbidden": "the law would forbid it",
    "no authority": "no rule would order or allow it",
    "conflict": "one rule would order it and another forbid it, for counsel to decide",
}


def print_changes(made: Changes) -> None:
    """The sentences, and what was not looked for or is not shown."""
    tell("[bold underline]What would change it (for the office alone)[/]")
    _print_some(made.sets, SHOWN)
    if not made.complete:
        tell("  [yellow]Not all was looked through: there may be more.[/]")
    elif not made.sets:
        tell(f"  No {made.most} facts, or fewer, that are missing or that a paper would answer.")
    if made.fixed:
        tell("  [dim]Rests on what cannot change:[/]")
        _print_some(made.fixed, SHOWN_FIXED)
    if not made.complete_fixed:
        tell("  [yellow]Not all that rests on what cannot change was looked through.[/]")
    tell(f"  [dim]{plain(_unsaid(made))}[/]")
    tell()


def _print_some(sets: Sequence[Change], most: int) -> None:
    sentences = [sentence(led) for one in sets for led in one.led]
    for text in sentences[:most]:
        tell(f"  {plain(text)}")
    if len(sentences) > most:
        tell(f"  … and {len(sentences) - most} more: `--json` has them")


def _unsaid(made: Changes) -> str:
    return (
        "Missing: nobody has said it who may. Obtainable: a paper would answer it. Cannot change: what a "
        "record, a past event, the request or a judgement says. "
        f"Sets of more than {counted(made.most, 'fact')} were not looked for, nor of more than "
        f"{made.most_fixed} with one that cannot change."
    )


def sentence(led: Led) -> str:
    """On what an answer rests: `The answer rests on this: if …, the law would order it.`"""
    return (
        f"The answer rests on this: {_and([_if(part) for part in led.parts])}, {_WOULD[led.basis]}."
    )


def _if(part: Part) -> str:
    """One fact of a set, with its standing."""
    rows = part.answers[0]
    if isinstance(rows, tuple):
        return f"{_if_rows(part.fact, rows)} ({part.standing})"
    values = _values(part.answers)
    if part.standing == "obtainable":
        return f"if {part.paper} were there (obtainable: {part.fact} = {values})"
    if part.standing == "missing":
        return f"if {part.fact} were known to be {values} (missing)"
    return f"if {part.fact} were {values} (cannot change)"


def _if_rows(table: str, rows: Sequence[Row]) -> str:
    if not rows:
        return f"if every {table} were known to be on file"
    shown = "; ".join(
        ", ".join(f"{name} = {show(value)}" for name, value in row.items()) for row in rows
    )
    further = f"a further {table}" if len(rows) == 1 else f"{len(rows)} further rows of {table}"
    return f"if {further} were known ({shown}), and no other"


def _values(answers: Sequence[Answer]) -> str:
    """Answers as people write them; of days one."""
    days = [one for one in answers if isinstance(one, date)]
    if days:
        return show(days[0]) if len(days) == 1 else f"a day such as {show(max(days))}"
    shown = [show(one) for one in answers if not isinstance(one, tuple)]
    if len(shown) > WORDS + 1:
        return f"{', '.join(shown[:WORDS])} or one of {len(shown) - WORDS} other words"
    return " or ".join(shown)


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
