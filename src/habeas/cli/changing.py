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
from habeas.proofs.change_search import Answer
from habeas.proofs.changes import Changes, Led, Part

SHOWN = 8
"""How many sentences are printed; `--json` has all."""

WORDS = 3
"""How many words of a list are named."""

_WOULD = {
    "required": "the law would order it",
    "permitted": "the law would allow it, and nothing would order it",
    "forbidden": "the law would forbid it",
    "no authority": "no rule would order or allow it",
}


def print_changes(made: Changes) -> None:
    """The sentences, and what was not looked for or is not shown."""
    tell("[bold underline]What would change it (for the office alone)[/]")
    sentences = [sentence(led) for one in made.sets for led in one.led]
    for text in sentences[:SHOWN]:
        tell(f"  {plain(text)}")
    if len(sentences) > SHOWN:
        tell(f"  … and {len(sentences) - SHOWN} more: `--json` has them")
    if not made.complete:
        tell("  [yellow]The search was given up: there are too many ways.[/]")
    elif not made.sets:
        tell(f"  No {made.most} facts, or fewer, that are missing or could be got.")
    tell(f"  [dim]{plain(_unsaid(made))}[/]")
    tell()


def _unsaid(made: Changes) -> str:
    up_to = f"up to {counted(made.most_fixed, 'fact')}"
    if made.fixed is None:
        other = f"Sets of {up_to} with one that cannot change are not counted"
    else:
        other = f"{counted(made.fixed, 'set')} of {up_to} with one that cannot change: not shown"
    return (
        f"{other} (what a record, a past event, the request or a judgement says). "
        f"Sets of more than {made.most} facts were not looked for."
    )


def sentence(led: Led) -> str:
    """On what an answer rests: `The answer rests on: if …, the law would order it.`"""
    ifs = [_missing(part) for part in led.parts if part.standing != "obtainable"]
    papers = [part for part in led.parts if part.standing == "obtainable"]
    if papers:
        there = _and(list(dict.fromkeys(part.paper for part in papers)))
        facts = ", ".join(f"{part.fact} = {_values(part.answers)}" for part in papers)
        ifs.append(f"if {there} were there ({facts})")
    return f"The answer rests on: {_and(ifs)}, {_WOULD[led.basis]}."


def _missing(part: Part) -> str:
    rows = part.answers[0]
    if not isinstance(rows, tuple):
        return f"if {part.fact} were known to be {_values(part.answers)}"
    if not rows:
        return f"if every {part.fact} were known to be on file"
    shown = "; ".join(
        ", ".join(f"{name} = {show(value)}" for name, value in row.items()) for row in rows
    )
    return f"if a further {part.fact} were known ({shown}), and no other"


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
