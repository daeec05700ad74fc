"""Two states of law compared: how long `habeas diff` takes where there are many rules.

    rolled law of 260 rules, an amendment of it  ->  timed (a fresh process)  ->  Section

Promise: the rules are drawn by a fixed seed from the shipped vocabulary; what is timed is all that
the comparison does once both laws are read, the processor's time and not the clock's.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time

from benchmarks.report import Row, Section
from benchmarks.setting import DAY
from benchmarks.timing import GUARD, within, yardstick
from habeas import read_laws
from habeas.decisions.laws import laws_folder
from habeas.law.book import read_book
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.vocabulary import Vocabulary
from habeas.proofs.diff import diff_rules

PROCESSES = 5
RULES, AMENDED = 260, 8
GOAL = 1.0
PLACE = "us-zz"

Drawn = tuple[str, list[str], list[str]]
"""A rule: its kind, its items, and what its condition has between `and`."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One process's figures, in seconds of the processor; how many items and cells differ."""

    taken: float
    items: int
    cells: int
    yardstick: float


def rolled(words: Vocabulary, dice: random.Random) -> list[Drawn]:
    """Rules as laws have them: for whom, for what, on what paper, and a fact or two."""
    items = list(words.items)
    made = []
    for _ in range(RULES):
        kind = dice.choices(("forbid", "permit", "require"), (5, 4, 1))[0]
        named = dice.sample(items, dice.choice((1, 1, 2, 3, 5)))
        parts = [part for part, one_in in _parts(words, dice) if dice.randrange(one_in) == 0]
        made.append((kind, named, parts or ["public"]))
    return made


def _parts(words: Vocabulary, dice: random.Random) -> list[tuple[str, int]]:
    """What a condition could ask, and once in how many rules it does."""

    def several(name: str) -> str:
        found = dice.sample(words.facts[name].words, dice.choice((1, 2, 3)))
        return f"{name} in ({', '.join(repr(one) for one in found)})"

    flag = dice.choice(("serious_felony", "violent_felony", "wobbler", "domestic_violence"))
    return [
        (several("purpose"), 2),
        (several("requester_kind"), 2),
        (several("instrument"), 3),
        (several("requester_level"), 4),
        (f"within(requester_place, '{dice.choice(('us', 'us-ca', 'us-tx', PLACE))}')", 8),
        (dice.choice(("not public", "public", "ordered", "not quashed", "issued_by_judge")), 3),
        (dice.choice(("minor", "in_custody", "written_consent", "joint_task_force")), 4),
        (f"received_on - INTERVAL '{dice.randrange(1, 9)}' YEAR <= booked_on", 12),
        (f"any_conviction({flag} and level = 'felony')", 15),
        (f"every_charge(not held_to_answer or {dice.choice(('serious_felony', 'domestic_violence'))})", 25),
    ]  # fmt: skip


def amended(law: list[Drawn], words: Vocabulary, dice: random.Random) -> list[Drawn]:
    """The same law with some rules narrowed, widened, turned round or gone."""
    made = list(law)
    for number in dice.sample(range(len(made)), AMENDED):
        kind, items, parts = made[number]
        ways: tuple[Callable[[], Drawn], ...] = (
            lambda k=kind, i=items, p=parts: (k, i, [*p, "not minor"]),
            lambda k=kind, i=items, p=parts: (k, i, p[1:] or ["in_custody"]),
            lambda k=kind, i=items, p=parts: ("permit" if k == "forbid" else "forbid", i, p),
            lambda k=kind, i=items, p=parts: (k, i, ["FALSE"]),
        )
        made[number] = dice.choice(ways)()
    return made


def read(folder: Path, law: list[Drawn]) -> RuleSet:
    """A folder of law with these rules in one pack, read; the rule set of its place."""
    shutil.copytree(laws_folder() / "us-ca", folder / "us-ca")  # the vocabulary names its lists
    shutil.copytree(laws_folder() / "us", folder / "us")
    for name in ("vocabulary.md", "checks.csv"):
        shutil.copy(laws_folder() / name, folder / name)
    (folder / PLACE).mkdir()
    heads = [
        f"## § {n} Rule {n} {{#r{n}}}\n\nRolled.\n\n```rule\n{kind} {', '.join(items)}\nwhen {' and '.join(parts)}\n```\n"
        for n, (kind, items, parts) in enumerate(law, 1)
    ]
    front = f"---\ntitle: Rolled\ncitation: Rolled\nplace: {PLACE}\nauthority: state\nsource: https://example.org/rolled\n---\n\n"
    (folder / PLACE / "rolled.md").write_text(front + "\n".join(heads), encoding="utf-8")
    return rule_set(read_book(folder), PLACE, DAY)


def timed() -> Compared:
    """Compare a law of 260 rules with its amendment."""
    words = read_laws().vocabulary
    law = rolled(words, random.Random(1))
    new = amended(law, words, random.Random(2))
    with tempfile.TemporaryDirectory() as folder:
        before, after = read(Path(folder, "old"), law), read(Path(folder, "new"), new)
    start = process_time()
    found = diff_rules(before, after)
    taken = process_time() - start
    if not found.settled:
        raise RuntimeError("not settled in time")
    cells = sum(word != "same" for one in found.cells.values() for word in one.values())
    items = sum(found.word(item) != "same" for item in found.cells)
    return Compared(taken, items, cells, yardstick())


def section() -> Section:
    """Measure in fresh processes."""
    runs = [run for _ in range(PROCESSES) if (run := within(GUARD, timed)) is not None]
    done = len(runs) == PROCESSES
    note = f"{runs[0].items} items and {runs[0].cells} cells differ" if done else ""
    row = Row(
        f"{RULES} rules, {AMENDED} amended",
        median(run.taken for run in runs) if done else None,
        median(run.taken / run.yardstick for run in runs) if done else None,
        GOAL,
        note,
    )
    return Section("Comparing two states of law", INTRO, "× yardstick", [row], ())


INTRO = f"""\
A law of {RULES} rules that were drawn from the shipped vocabulary, and an amendment of it: for every
item, kind of requester and purpose, whether any case is decided otherwise, each difference replayed
in both engines. Medians of {PROCESSES} fresh processes, in seconds of the processor."""


if __name__ == "__main__":
    from rich.console import Console

    from benchmarks.report import show

    show(section(), Console())
