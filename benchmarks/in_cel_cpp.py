"""The rules in CEL's own C++ (`cel-expr-python`), with the texts and the composition of `in_cel`.

    RuleSet  ->  CelCppRules;  Facts  ->  one Activation an item  ->  a basis for each item

Promise: as `in_cel`; only who compiles and evaluates the conditions differs.
"""

from __future__ import annotations

from typing import Any

from cel_expr_python import cel as cpp

from benchmarks.in_cel import CelRules
from habeas.law.facts import Facts
from habeas.law.ruleset import RuleSet


class _Program:
    """A compiled condition, called as `cel.Program` is."""

    def __init__(self, env: cpp.Env, text: str) -> None:
        self._expression = env.compile(text, disable_check=True)

    def execute(self, context: cpp.Activation) -> bool:
        held = self._expression.eval(context).value()
        if held is not True and held is not False:
            raise ValueError(f"no truth: {held}")
        return held


class CelCppRules(CelRules):
    """A rule set as CEL programs of the C++ engine."""

    def __init__(self, rules: RuleSet) -> None:
        super().__init__(rules)
        names = [f.name for f in rules.vocabulary.facts.values()] + list(rules.vocabulary.tables)
        self._env = cpp.NewEnv(variables=dict.fromkeys(names, cpp.Type.DYN))
        made: dict[str, Any] = {b: _Program(self._env, t) for b, t in self.sources.items()}
        self.programs = made
        self._shared = {block: made[block] for block in self._shared}
        self._steps = {item: self._steps_of(item) for item in rules.vocabulary.items}

    def contexts(self, facts: Facts) -> dict[str, Any]:
        """The facts as each item's variables."""
        facts = self.rules.completed(facts)
        values = self._plain(facts.values, "")
        for table in self.rules.vocabulary.tables:
            values[table] = [self._plain(row, table) for row in facts.rows.get(table, ())]
        return {
            item: self._env.Activation(
                values | {n: v for (i, n), v in facts.items.items() if i == item}
            )
            for item in self.rules.vocabulary.items
        }
