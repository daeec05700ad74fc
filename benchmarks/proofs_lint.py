"""Lint of law: how long `habeas lint` takes where there are many rules.

    rolled law of 260 rules, the shipped law  ->  timed (a fresh process)  ->  Section

Promise: the rules are drawn by a fixed seed from the shipped vocabulary; each question is timed from
the rule set on, what it shares with the others included, by the processor's time and not the clock's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time

from benchmarks.report import Row, Section
from benchmarks.setting import DAY, PLACE
from benchmarks.timing import GUARD, within, yardstick
from habeas import read_laws
from habeas.decisions.laws import laws_folder
from habeas.law.book import LawBook
from habeas.law.ruleset import rule_set
from habeas.proofs.lint import lint, stretch_of
from habeas.proofs.lint_acting import acting
from habeas.proofs.lint_conflicts import clashes
from habeas.proofs.lint_deciding import deciding
from habeas.proofs.lint_group import groups
from tests.properties import strategies
from tests.properties.dice import Rolled, chance
from tests.properties.shown import show

PROCESSES = 5
RULES, DEPTH = 260, 2
GOAL = 1.0

HEAD = """---
title: Rolled
citation: Rolled
place: us
authority: federal
source: https://example.org/rolled
---
"""


def rolled(seed: int) -> LawBook:
    """A law of 260 rules, one item each; every other permit and require beats an earlier rule."""
    dice, words = Rolled(seed), strategies.every_word(laws_folder())
    items = list(words.vocabulary.items)
    parts = [HEAD]
    for number in range(RULES):
        kind, item = dice.pick(("forbid", "permit", "require")), items[number % len(items)]
        clauses = [f"when {show(strategies.condition(dice, words, DEPTH))}"]
        if kind != "forbid" and number >= len(items) and chance(dice, 2):
            clauses.insert(0, f"despite #r{number - len(items)}")
        if chance(dice, 4):
            clauses.append(f"unless {show(strategies.condition(dice, words, 1))}")
        rule = "\n".join(["```rule", f"{kind} {item}", *clauses, "```"])
        parts.append(f"## § {number} {{#r{number}}}\n\nRolled.\n\n{rule}\n")
    return strategies.book_of(
        {**strategies.common_files(laws_folder()), "us/rolled.md": "\n".join(parts)}
    )


@dataclass(frozen=True, slots=True)
class Linted:
    """One process's figures: what took how many seconds of the processor, what was found."""

    taken: dict[str, float]
    found: dict[str, int]
    yardstick: float


def timed(seed: int) -> Linted:
    """Ask each question of a rolled law anew, then look at all of it, and at the shipped law."""
    book, shipped = rolled(seed), read_laws()
    taken: dict[str, float] = {}
    found: dict[str, int] = {}

    def clock(name: str, action: Callable[[], int]) -> None:
        start = process_time()
        found[name] = action()
        taken[name] = process_time() - start

    def alive() -> int:
        made = groups(rules)
        blocks = [block for block, one in acting(made).items() if one.acts]
        return sum(not one.verdict for one in deciding(made, blocks).values())

    rules = rule_set(book, "us", DAY)
    clock("conflicts", lambda: len(clashes(groups(rules)).found))
    clock("dead", lambda: sum(not one.acts for one in acting(groups(rules)).values()))
    clock("deciding", alive)
    clock("all", lambda: len(lint(book, stretch_of(book, "us", DAY)).findings))
    clock("shipped", lambda: len(lint(shipped, stretch_of(shipped, PLACE, DAY)).findings))
    return Linted(taken, found, yardstick())


def section() -> Section:
    """Measure in fresh processes, a law each."""
    runs: list[Linted] = []
    for seed in range(PROCESSES):
        run = within(GUARD, timed, seed)
        if run is None:
            break
        runs.append(run)
    done = len(runs) == PROCESSES
    rows = []
    for name, line, goal in LINES:
        taken = median(run.taken[name] for run in runs) if done else None
        ratio = median(run.taken[name] / run.yardstick for run in runs) if done else None
        note = f"{median(run.found[name] for run in runs):.0f} found" if done else ""
        rows.append(Row(line, taken, ratio, goal, note))
    return Section("Lint of the law", INTRO, "× yardstick", rows, REMARKS)


LINES = (
    ("conflicts", "conflicts", GOAL),
    ("dead", "blocks that never act", GOAL),
    ("deciding", "blocks that never decide", None),
    ("all", "everything, with examples", None),
    ("shipped", f"everything in the shipped law of `{PLACE}`, with examples", None),
)

INTRO = f"""\
{RULES} rules with random conditions over the shipped vocabulary, about eight an item, every other
permit and require despite an earlier rule. Medians of {PROCESSES} fresh processes, each with a law of
its own; the processor's time."""

REMARKS = (
    "Each line makes the formulas of all rules anew, which takes most of its time; `habeas lint` makes "
    "them once.",
)
