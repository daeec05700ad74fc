"""One decision: all items of a notification request about one person, beside CEL and Cedar.

    Setting  ->  own, beside_peers (each in a process of its own)  ->  Section

Promise: peers answer what Habeas answers (`peers`); whatever they are spared is in the remarks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median

from benchmarks.in_cedar import PRINCIPAL, CedarRules
from benchmarks.in_cel import CelRules
from benchmarks.report import Row, Section
from benchmarks.setting import DAY, KNOWN, OPEN, PLACE, Setting, setting
from benchmarks.timing import GUARD, Times, race, seconds, within
from habeas.compiled.closure import compile_rules
from habeas.law.ruleset import rule_set

WORDS, FINDINGS, DECISIONS = "rule words", "findings", "Decision objects"
FIRST_WORDS, FIRST_FINDINGS = "first rule words", "first findings"
CEL, CEL_SHARING = "CEL", "CEL, sharing"
CEDAR, CEDAR_PRINCIPAL = "Cedar", "Cedar, principal"

GOALS = {WORDS: 10e-6, DECISIONS: 100e-6}


def contenders(given: Setting) -> dict[str, Callable[[], object]]:
    """Habeas's three forms of an answer."""
    compiled = given.law.compiled(DAY)
    law, request, person, facts, items = (
        given.law, given.request, given.person, given.facts, given.items,
    )  # fmt: skip
    return {
        WORDS: lambda: compiled.rule_words(facts),
        FINDINGS: lambda: compiled.findings(facts, items),
        DECISIONS: lambda: law.decide_person(request, person, items, DAY),
    }


def own(state: str, wanted: tuple[str, ...]) -> Times:
    """Some of the three forms, everything remembered, and the rule words beside them."""
    every = contenders(setting(state))
    return race({name: every[name] for name in (WORDS, *wanted)})


def first(state: str, rounds: int = 25) -> Times:
    """The first answer of a rule set made and compiled anew, and the rule words remembered."""
    given = setting(state)
    book = given.law.book
    taken: dict[str, list[float]] = {FIRST_WORDS: [], FIRST_FINDINGS: []}
    for _ in range(rounds):
        for_words, for_findings = (compile_rules(rule_set(book, PLACE, DAY)) for _ in range(2))
        taken[FIRST_WORDS].append(seconds(partial(for_words.rule_words, given.facts))[0])
        asked = partial(for_findings.findings, given.facts, given.items)
        taken[FIRST_FINDINGS].append(seconds(asked)[0])
    beside = race({WORDS: contenders(given)[WORDS]})
    return beside | {name: median(found) for name, found in taken.items()}


def beside_peers() -> Times:
    """Everything known: Habeas's three forms, CEL and Cedar, taking turns."""
    given = setting(KNOWN)
    rules, items = given.law.in_force(DAY), given.items
    cel, cedar, other = CelRules(rules), CedarRules(rules), CedarRules(rules, PRINCIPAL)
    contexts = cel.contexts(given.facts)
    asked, asked_other = cedar.asked(given.facts, items), other.asked(given.facts, items)
    assert cel.bases(contexts, items) == cel.bases_sharing(contexts, items)
    assert cedar.allowed(asked) == other.allowed(asked_other)
    return race(
        contenders(given)
        | {
            CEL: lambda: cel.bases(contexts, items),
            CEL_SHARING: lambda: cel.bases_sharing(contexts, items),
            CEDAR: lambda: cedar.allowed(asked),
            CEDAR_PRINCIPAL: lambda: other.allowed(asked_other),
        }
    )


LINES: tuple[tuple[str, str, str], ...] = (
    (OPEN, WORDS, "(a) rule words, warm"),
    (OPEN, FINDINGS, "(b) findings, exact, warm"),
    (OPEN, DECISIONS, "(c) full `Decision` objects, warm"),
    (OPEN, FIRST_WORDS, "rule words, nothing remembered"),
    (OPEN, FIRST_FINDINGS, "findings, nothing remembered"),
    (KNOWN, WORDS, "(d) rule words, warm"),
    (KNOWN, FINDINGS, "(d) findings, warm"),
    (KNOWN, DECISIONS, "(d) full `Decision` objects, warm"),
    (KNOWN, FIRST_WORDS, "rule words, nothing remembered"),
    (KNOWN, FIRST_FINDINGS, "findings, nothing remembered"),
    (KNOWN, CEL, "(e) CEL, a program for each block and item"),
    (KNOWN, CEL_SHARING, "(e) CEL, blocks without item facts once"),
    (KNOWN, CEDAR, "(f) Cedar, one batch, facts in the context"),
    (KNOWN, CEDAR_PRINCIPAL, "(f) Cedar, one batch, facts at the principal"),
)


def section() -> Section:
    """Measure, a process for each group of figures."""
    found: dict[tuple[str, str], Times | None] = {}
    for wanted in (WORDS, FINDINGS, DECISIONS):
        found[OPEN, wanted] = within(GUARD, own, OPEN, (wanted,))
    for state in (OPEN, KNOWN):
        found[state, FIRST_WORDS] = found[state, FIRST_FINDINGS] = within(GUARD, first, state)
    peers = within(GUARD, beside_peers)
    rows = []
    for state, name, line in LINES:
        times = found.get((state, name), peers)
        taken = times[name] if times else None
        ratio = times[name] / times[WORDS] if times else None
        rows.append(Row(f"{state}: {line}", taken, ratio, GOALS.get(name)))
    return Section("One decision", INTRO, "× rule words", rows, REMARKS)


INTRO = """\
The notification request of `examples/requests/i-247a.yaml`, all 34 items, about one person with two
convictions and one charge, under the law of `us-ca-sf` on 2025-08-01. *open*: ten items are public,
what the jail does not know is unknown. *known*: an answer to everything that the law asks. Ratios
are to the rule words of the same process, everything remembered."""

REMARKS = (
    "Habeas works the words out each time and remembers what follows from them; CEL and Cedar "
    "remember nothing. *Nothing remembered* is Habeas's first answer with a rule set just compiled.",
    "Rule words and findings leave out duties, who said what (step 5), and what choosing people "
    "would tell (step 6). `Decision` objects have all of it, with digest and unchecked provisions.",
    "CEL is spared: turning the facts into its variables (one `Context` an item, made beforehand), "
    "days moved by years, offences looked up in the lists of the law, duties, steps 5 and 6. Beats "
    "and verdicts are composed in Python. That three convictions stem from three incidents is said "
    "by three nested `exists`: the library counts no distinct values.",
    "Cedar is spared: quantifiers, counts, regions and comparisons of days, all given as yes/no "
    "attributes worked out beforehand; offences looked up in lists; duties, steps 5 and 6; and the "
    "parsing of policies. Reading the entities is timed, for they change with the person.",
    "Both peers are asked about the *known* person alone: they have no word for unknown.",
)
