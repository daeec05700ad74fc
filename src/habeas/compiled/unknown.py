"""What is unknown of one item's law: its facts as variables, their values, what cannot go together.

    open questions  ->  Readings  ->  domains, the order of variables, the `legal` diagram

Promise: every fact that an open question reads is a variable or, for further rows, a part of one.
"""

from __future__ import annotations

from collections.abc import Sequence

from habeas.compiled.diagram import Diagrams
from habeas.compiled.residual import Open, OpenCount, OpenLeaf, inside
from habeas.law.domains import Path, Readings, closed_offenses, flags
from habeas.law.facts import Facts, Row, Value
from habeas.law.ruleset import RuleSet


class Unknown:
    """The unknown facts of some open questions.

    domains   what each could be, by path
    open      the counts that further rows can still change, by table
    outer_of  for each such table, the facts outside of rows that its further rows are held against
    number    the variable of a path, of a table's further rows, of a contested provision
    legal     that the values can go together
    """

    def __init__(
        self,
        rules: RuleSet,
        facts: Facts,
        questions: Sequence[Open | bool],
        contested: Sequence[str],
    ) -> None:
        self.rules = rules
        self.facts = facts
        self.diagrams = Diagrams()
        self._read(questions)
        self._number(contested)
        self.legal = self._legal()

    def _read(self, questions: Sequence[Open | bool]) -> None:
        """The domains of what is unknown, and the counts that further rows can change."""
        leaves: dict[int, OpenLeaf] = {}
        counts: dict[int, OpenCount] = {}
        for question in questions:
            for part in inside(question):
                if isinstance(part, OpenLeaf):
                    leaves[id(part)] = part
                else:
                    counts[id(part)] = part
        needed: dict[str, int] = {}
        for count in counts.values():
            needed[count.table] = needed.get(count.table, 0) + count.needed
        readings = Readings(needed)
        for leaf in leaves.values():
            readings.facts.update(leaf.facts)
        for count in counts.values():
            self._read_values(readings, count)
        for leaf in leaves.values():
            readings.leaf(leaf.leaf, leaf.sides)
        for table in needed:
            if closed_offenses(self.rules.vocabulary, table):
                self._read_offenses(readings, table)
        self.readings = readings
        self.domains = readings.values()
        self.open: dict[str, list[OpenCount]] = {}
        for count in counts.values():
            if count.further is not False:
                self.open.setdefault(count.table, []).append(count)
        self.outer_of = {
            table: sorted(
                {
                    path
                    for count in found
                    for part in inside(count.further)
                    if isinstance(part, OpenLeaf)
                    for path in part.facts
                    if "]." not in path
                }
            )
            for table, found in self.open.items()
        }
        self.outer = sorted({path for found in self.outer_of.values() for path in found})

    def _read_values(self, readings: Readings, count: OpenCount) -> None:
        if count.column is None:
            return
        assert count.fact is not None  # noqa: S101 - for mypy: a counted column has one
        paths = [path for _, path, _ in count.rows if path is not None]
        if count.further is not False:
            paths.append(f"{count.table}[+].{count.column}")
        known = {*count.sure, *(value for _, _, value in count.rows if value is not None)}
        readings.facts.update((path, count.fact) for path in paths)
        readings.distinct(
            count.table,
            count.column,
            [*((path, (), None) for path in paths), *((None, (), value) for value in known)],
            count.needed,
        )

    def _read_offenses(self, readings: Readings, table: str) -> None:
        """Where offences are a closed list, an unknown one bears on its row's flags."""
        vocabulary = self.rules.vocabulary
        for name, row in self._rows(table):
            if "offense" not in row and any(
                f"{name}.{flag}" in readings.facts for flag in flags(vocabulary, table)
            ):
                readings.facts[f"{name}.offense"] = vocabulary.tables[table]["offense"]

    def _rows(self, table: str) -> list[tuple[str, Row]]:
        given = enumerate(self.facts.rows.get(table, ()), 1)
        return [*((f"{table}[{number}]", row) for number, row in given), (f"{table}[+]", {})]

    def _number(self, contested: Sequence[str]) -> None:
        """Facts outside of rows first, then rows, then further rows, then choices; columns last."""
        outside = set(self.outer)
        paths = sorted(self.domains)
        order = [path for path in paths if "]." not in path and path not in outside]
        order += [path for path in paths if "]." in path and "[+]" not in path]
        order += sorted(self.open)
        order += [f"contested {provision}" for provision in contested]
        self.names = [*order, *(path for path in paths if "[+]" in path)]
        self.number = {name: index for index, name in enumerate(self.names)}

    # -- lists of the law -------------------------------------------------------------------------

    def _legal(self) -> int:
        rows = [
            self.legal_row(table, name, row)
            for table in sorted({p.partition("[")[0] for p in self.domains if "]." in p})
            for name, row in self._rows(table)
            if not name.endswith("[+]")
        ]
        return self.diagrams.and_(rows)

    def legal_row(self, table: str, name: str, row: Row) -> int:
        """That no flag says no to an offence which a list of the law has with it."""
        diagrams, path = self.diagrams, f"{name}.offense"
        if path not in self.domains:
            return diagrams.true
        made = []
        for (owner, column), offenses in self.rules.listed.items():
            if owner != table:
                continue
            unlisted = diagrams.node(
                self.number[path],
                tuple(
                    diagrams.false if value in offenses else diagrams.true
                    for value in self.domains[path]
                ),
            )
            if row.get(column) is False:
                made.append(unlisted)
            elif f"{name}.{column}" in self.domains:
                flag = self.number[f"{name}.{column}"]
                says = diagrams.node(flag, (diagrams.true, diagrams.false))
                made.append(diagrams.or_([unlisted, says]))
        return diagrams.and_(made)

    # -- values -----------------------------------------------------------------------------------

    def fresh(self, path: Path) -> tuple[Value, ...]:
        """The values of a column that nothing tells apart."""
        readings = self.readings
        linked = any(path in pair for pair in readings.links)
        if (
            linked
            or readings.regions.get(path)
            or readings.facts[path].type not in ("text", "place")
        ):
            return ()
        named: set[Value] = set()
        for found in readings.counted_in([path]):
            named |= found.known.union(*(readings.literals.get(p, ()) for p in found.paths))
        return tuple(value for value in self.domains[path] if value not in named)

    def column(self, path: Path | None, value: Value | None) -> int:
        """A column's value as a diagram."""
        if path is None:
            return self.diagrams.terminal(("value", value))
        children = tuple([self.diagrams.terminal(("value", v)) for v in self.domains[path]])
        return self.diagrams.node(self.number[path], children)
