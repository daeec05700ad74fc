"""The generated function: yes and no of every term as plain Python expressions.

    terms  ->  Emitter  ->  words(values, rows, complete) -> (yes, unknown);  state(…) -> a key

Promise: emitted code holds no text of a law or a record; literals go in as constants by name.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from habeas.law.conditions import (
    And,
    Compare,
    Condition,
    Const,
    Count,
    Defined,
    Holds,
    Not,
    OneOf,
    Or,
    Quantified,
    Term,
    Within,
    children,
    terms,
    walk,
    within,
)
from habeas.law.dates import Step, shift_all
from habeas.law.domains import closed_offenses
from habeas.law.ruleset import RuleSet

_NEGATED = {"=": "!=", "<>": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_PYTHON = {"=": "==", "<>": "!="}


class _Moved(dict[date | None, date | None]):
    """Days moved by some steps, remembered; None stays None."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps

    def __missing__(self, day: date | None) -> date | None:
        if len(self) > 100_000:
            self.clear()
        moved = self[day] = None if day is None else shift_all(day, self.steps)
        return moved


class _Region(dict[str | None, bool | None]):
    """Whether places lie within one, remembered; None stays None."""

    def __init__(self, place: str) -> None:
        self.place = place

    def __missing__(self, place: str | None) -> bool | None:
        if len(self) > 100_000:
            self.clear()
        held = self[place] = None if place is None else within(place, self.place)
        return held


class Emitter:
    """Emits and compiles `words` and `state` for the terms of one rule set.

    source    the code
    position  where in a state a leaf stands that reads no row
    tables    where a table does: its rows, whether it is complete, and if not, what further rows would
              be compared with. A row is a tuple of three: its state; its labels, which a count only
              tells apart; and a bit for each of `quantifiers` that it can bear on
    """

    def __init__(self, rules: RuleSet, conditions: list[Condition]) -> None:
        self.rules = rules
        self.conditions = conditions
        self.space: dict[str, Any] = {}
        self.constants: dict[tuple[type, Any], str] = {}
        self.scalars: dict[str, str] = {}
        self.moved: dict[tuple[str, tuple[Step, ...]], str] = {}
        self.columns: dict[str, dict[str, str]] = {}
        self.row_moved: dict[str, dict[tuple[str, tuple[Step, ...]], str]] = {}
        self.quantifiers: list[Quantified | Count] = []
        self.position: dict[Condition, int] = {}
        self.tables: dict[str, int] = {}
        self.shared: dict[Condition, str] = {}
        self._collect()
        self.source = self._words() + "\n\n" + self._state()
        exec(compile(self.source, f"<law of {rules.place} on {rules.day}>", "exec"), self.space)  # noqa: S102  # our own code, from checked trees; literals are constants
        self.words: Callable[..., tuple[int, int]] = self.space["words"]
        self.state: Callable[..., tuple[Any, ...]] = self.space["state"]

    def reads(self, condition: Condition) -> tuple[frozenset[int], tuple[tuple[str, int], ...]]:
        """Where in a state the leaves of a condition stand; its quantifiers' tables, with their bits."""
        parts = list(walk(condition))
        tables = [
            (part.table, 1 << self.quantifiers.index(part))
            for part in parts
            if isinstance(part, Quantified | Count)
        ]
        return frozenset(self.position[p] for p in parts if p in self.position), tuple(tables)

    # -- names ------------------------------------------------------------------------------------

    def _collect(self) -> None:
        for condition in self.conditions:
            for part in walk(condition):
                if isinstance(part, Quantified | Count):
                    if part not in self.quantifiers:
                        self.quantifiers.append(part)
                    self.columns.setdefault(part.table, {})
                    self.row_moved.setdefault(part.table, {})
                    if isinstance(part, Count) and part.column:
                        self._column(part.table, part.column)
                for term in terms(part):
                    if term.name is None:
                        continue
                    if term.scope == "row":
                        self._column(term.table, term.name)
                    elif term.scope != "item":
                        self.scalars.setdefault(term.name, f"f{len(self.scalars)}")

        for table, columns in self.columns.items():
            if "offense" in columns or closed_offenses(self.rules.vocabulary, table):
                # then what the row says of any listed flag bears on the others, read or not
                for owner, column in self.rules.listed:
                    if owner == table:
                        self._column(table, column)
                self._column(table, "offense")

    def _column(self, table: str, column: str) -> None:
        columns = self.columns.setdefault(table, {})
        columns.setdefault(column, f"c{len(columns)}")

    def _constant(self, value: Any) -> str:
        name = self.constants.setdefault((type(value), value), f"k{len(self.space)}")
        self.space.setdefault(name, value)
        return name

    def _term(self, term: Term) -> str:
        if term.name is None:
            value = term.value
            return self._constant(
                shift_all(value, term.steps) if isinstance(value, date) else value
            )
        if term.scope == "row":
            name = self.columns[term.table][term.name]
            if not term.steps:
                return name
            return self.row_moved[term.table].setdefault(
                (term.name, term.steps), f"{name}m{len(self.row_moved[term.table])}"
            )
        name = self.scalars[term.name]
        if not term.steps:
            return name
        return self.moved.setdefault((term.name, term.steps), f"{name}m{len(self.moved)}")

    # -- expressions ------------------------------------------------------------------------------

    def yes(self, cond: Condition) -> str:
        """An expression that is true just where the condition is yes."""
        return self._said(cond, positive=True)

    def no(self, cond: Condition) -> str:
        """An expression that is true just where the condition is no."""
        return self._said(cond, positive=False)

    def _said(self, cond: Condition, *, positive: bool) -> str:
        if isinstance(cond, Const):
            return str(cond.value is positive)
        if isinstance(cond, Not):
            return self._said(cond.arg, positive=not positive)
        if isinstance(cond, And | Or):  # to deny all is to deny one, and the other way round
            word = " and " if isinstance(cond, And) is positive else " or "
            return self._joined(word, [self._said(arg, positive=positive) for arg in cond.args])
        if isinstance(cond, Quantified | Count):
            return f"q{self.quantifiers.index(cond)}{'y' if positive else 'n'}"
        assert not isinstance(cond, Defined)  # noqa: S101 - definitions are opened before
        return self._leaf(cond, positive=positive)

    def _joined(self, word: str, parts: list[str]) -> str:
        return "(" + word.join(parts) + ")" if parts else str(word == " and ")

    def _leaf(self, cond: Holds | Compare | OneOf | Within, *, positive: bool) -> str:
        if cond in self.shared:
            return self.shared[cond] if positive else f"{self.shared[cond]}n"
        return self._plain_leaf(cond, positive=positive)

    def _plain_leaf(self, cond: Holds | Compare | OneOf | Within, *, positive: bool) -> str:
        if isinstance(cond, Holds):
            name = self._term(Term(cond.name, cond.scope, cond.table))
            return name if positive else f"{name} is False"
        if isinstance(cond, Compare):
            left, right = self._term(cond.left), self._term(cond.right)
            op = _PYTHON.get(cond.op, cond.op) if positive else _NEGATED[cond.op]
            facts = [
                text
                for text, term in ((left, cond.left), (right, cond.right))
                if term.name is not None
            ]
            if op == "==" and len(facts) == 1:
                return f"{left} == {right}"
            guards = [f"{name} is not None" for name in dict.fromkeys(facts)]
            return "(" + " and ".join([*guards, f"{left} {op} {right}"]) + ")"
        name = self._term(cond.term)
        if isinstance(cond, OneOf):
            listed = self._constant(frozenset(cond.values))
            return (
                f"{name} in {listed}"
                if positive
                else f"({name} is not None and {name} not in {listed})"
            )
        found = f"{self._region(cond.place)}[{name}]"
        return found if positive else f"({found} is False)"

    def _region(self, place: str) -> str:
        for name, known in self.space.items():
            if isinstance(known, _Region) and known.place == place:
                return name
        name = f"k{len(self.space)}"
        self.space[name] = _Region(place)
        return name

    # -- words ------------------------------------------------------------------------------------

    def _words(self) -> str:
        body: list[str] = []
        for table in self.columns:
            body += self._rows(table)
        body += self._share()
        body += ["t = u = 0"]
        for index, condition in enumerate(self.conditions):
            bit = self._constant(1 << index)
            body += [
                f"if {self.yes(condition)}: t |= {bit}",
                f"elif not {self._bracket(self.no(condition))}: u |= {bit}",
            ]
        head = ["get = values.get"]
        for name, local in self.scalars.items():
            closed = self.rules.vocabulary.facts[name].closed
            head.append(f"{local} = get({name!r}, False)" if closed else f"{local} = get({name!r})")
        for (name, steps), local in self.moved.items():
            head.append(f"{local} = {self._moved_constant(steps)}[{self.scalars[name]}]")
        return _function("words", [*head, *body, "return t, u"])

    def _share(self) -> list[str]:
        """Leaves outside of rows that stand more than once, worked out once: `b0` yes, `b0n` no."""
        seen: dict[Condition, int] = {}
        waiting = list(self.conditions)
        while waiting:
            part = waiting.pop()
            if isinstance(part, Compare | OneOf | Within):
                seen[part] = seen.get(part, 0) + 1
            elif not isinstance(part, Quantified | Count):
                waiting += children(part)
        lines = []
        for leaf in [leaf for leaf, times in seen.items() if times > 1]:
            name = f"b{len(self.shared)}"
            yes, no = (self._plain_leaf(leaf, positive=positive) for positive in (True, False))  # type: ignore[arg-type]  # a leaf
            lines += [f"{name} = {yes}", f"{name}n = {no}"]
            self.shared[leaf] = name
        return lines

    def _bracket(self, text: str) -> str:
        return text if text.startswith("(") else f"({text})"

    def _moved_constant(self, steps: tuple[Step, ...]) -> str:
        for name, known in self.space.items():
            if isinstance(known, _Moved) and known.steps == steps:
                return name
        name = f"k{len(self.space)}"
        self.space[name] = _Moved(steps)
        return name

    def _load_row(self, table: str) -> list[str]:
        """The columns of a row as locals, listed flags answered yes, closed ones no."""
        lines = ["g = row.get"]
        columns = self.columns[table]
        derived = [c for c in columns if self.rules.listed.get((table, c))]
        offense = columns.get("offense", "o")
        if derived and "offense" not in columns:
            lines.append("o = g('offense')")
        for column, local in columns.items():
            lines.append(f"{local} = g({column!r})")
        for column in derived:
            listed = self._constant(self.rules.listed[table, column])
            lines.append(
                f"if {columns[column]} is None and {offense} in {listed}: {columns[column]} = True"
            )
        for column, local in columns.items():
            if self.rules.vocabulary.tables[table][column].closed:
                lines.append(f"if {local} is None: {local} = False")
        return lines

    def _rows(self, table: str) -> list[str]:
        mine = [q for q in self.quantifiers if q.table == table]
        conditions = list(dict.fromkeys(q.cond for q in mine))
        inner: list[str] = []
        for index, cond in enumerate(conditions):
            inner += [
                f"y{index} = {self.yes(cond)}",
                f"n{index} = not y{index} and {self._bracket(self.no(cond))}",
            ]
        start: list[str] = []
        end: list[str] = []
        for quantifier in mine:
            number = self.quantifiers.index(quantifier)
            at = conditions.index(quantifier.cond)
            if isinstance(quantifier, Quantified):
                some, rest = ("y", "n") if quantifier.kind == "any" else ("n", "y")
                start += [f"q{number}s = False", f"q{number}r = whole"]
                inner += [
                    f"if {some}{at}: q{number}s = True",
                    f"elif not {rest}{at}: q{number}r = False",
                ]
                end += [
                    f"q{number}{some} = q{number}s",
                    f"q{number}{rest} = q{number}r and not q{number}s",
                ]
            else:
                begin, each, finish = self._count(quantifier, number, at)
                start, inner, end = start + begin, inner + each, end + finish
        load = self._load_row(table)
        moves = [
            f"{local} = {self._moved_constant(steps)}[{self.columns[table][name]}]"
            for (name, steps), local in self.row_moved[table].items()
        ]
        loop = [
            f"for row in rows.get({table!r}, ()):",
            *(f"    {line}" for line in [*load, *moves, *inner]),
        ]
        return [f"whole = {table!r} in complete", *start, *loop, *end]

    def _count(
        self, quantifier: Count, number: int, at: int
    ) -> tuple[list[str], list[str], list[str]]:
        least, most = f"q{number}l", f"q{number}m"
        op, wanted = quantifier.op, quantifier.number
        if quantifier.column is None:
            start = [f"{least} = {most} = 0"]
            each = [f"if y{at}: {least} += 1; {most} += 1", f"elif not n{at}: {most} += 1"]
            before: list[str] = []
        else:
            column = self.columns[quantifier.table][quantifier.column]
            start = [f"{least}s = set(); {most}s = set(); {least}b = False; {most}b = 0"]
            each = [
                f"if y{at}:",
                f"    {least}b = True",
                f"    if {column} is None: {most}b += 1",
                f"    else: {least}s.add({column}); {most}s.add({column})",
                f"elif not n{at}:",
                f"    if {column} is None: {most}b += 1",
                f"    else: {most}s.add({column})",
            ]
            before = [f"{least} = max(len({least}s), {least}b)", f"{most} = len({most}s) + {most}b"]
        yes, no = f"q{number}y", f"q{number}n"
        if op in (">", ">="):
            end = [f"{yes} = {least} {op} {wanted}", f"{no} = whole and not {most} {op} {wanted}"]
        else:
            end = [f"{yes} = whole and {most} {op} {wanted}", f"{no} = not {least} {op} {wanted}"]
        return start, each, [*before, *end]

    # -- state ------------------------------------------------------------------------------------

    def _state(self) -> str:
        """A key that two sets of facts share only if exact resolution treats them alike.

        Facts go in as the truths of the leaves that read them; a comparison that is open with something
        known in it, as what is known.
        """
        self.shared, self.moved = {}, {}
        parts = [part for condition in self.conditions for part in walk(condition)]
        found = dict.fromkeys(part for part in parts if _reads(part) and not _reads_row(part))
        values: list[str] = []
        for n, leaf in enumerate(found):
            self.position[leaf] = n
            values.append(self._left(leaf, f"v{n}"))
        lines = [f"v{n} = {self._truth(leaf)}" for n, leaf in enumerate(found)]
        for table in self.columns:
            lines += self._row_states(table)
            at = len(values)
            self.tables[table] = at
            outer = [self._term(Term(name)) for name in self._outer(table)]
            values += [
                f"s_{at}",
                f"{table!r} in complete",
                f"({_tuple(outer)}) if {table!r} not in complete else ()",
            ]
            lines.append(f"s_{at} = tuple(made)")
        head = ["get = values.get"]
        for name, local in self.scalars.items():
            closed = self.rules.vocabulary.facts[name].closed
            head.append(f"{local} = get({name!r}, False)" if closed else f"{local} = get({name!r})")
        head += [
            f"{local} = {self._moved_constant(steps)}[{self.scalars[name]}]"
            for (name, steps), local in self.moved.items()
        ]
        return _function("state", [*head, *lines, f"return ({_tuple(values)})"])

    def _truth(self, leaf: Condition) -> str:
        """0 no, 1 unknown, 2 yes."""
        return f"2 if {self.yes(leaf)} else 0 if {self.no(leaf)} else 1"

    def _left(self, leaf: Condition, truth: str) -> str:
        """A leaf's truth; of an open one that reads several facts, with what is known of these."""
        read = {self._term(Term(t.name, t.scope, t.table)): None for t in terms(leaf) if t.name}
        return f"({_tuple([*read])}) if {truth} == 1 else {truth}" if len(read) > 1 else truth

    def _outer(self, table: str) -> list[str]:
        """The facts that columns of a table are compared with."""
        leaves = [leaf for leaf in self._row_leaves(table) if _mixes(leaf)]
        return sorted(
            {str(t.name) for x in leaves for t in terms(x) if t.name and t.scope != "row"}
        )

    def _row_leaves(self, table: str) -> list[Condition]:
        mine = [q for q in self.quantifiers if q.table == table]
        return list(dict.fromkeys(x for q in mine for x in walk(q.cond) if _reads_row(x)))

    def _row_states(self, table: str) -> list[str]:
        """The lines that make `made`, a state for each row."""
        columns, leaves = self.columns[table], self._row_leaves(table)
        mine = [q for q in self.quantifiers if q.table == table]
        counted = {q.column for q in mine if isinstance(q, Count)}
        read = {t.name for leaf in leaves for t in terms(leaf)}
        labels = [columns[c] for c in columns if c in counted and c not in read]  # only told apart
        truths = [f"d{n} = {self._truth(leaf)}" for n, leaf in enumerate(leaves)]
        parts = [self._left(leaf, f"d{n}") for n, leaf in enumerate(leaves)]
        parts += [columns[c] for c in columns if c in counted and c in read]
        flags = [columns[c] for owner, c in self.rules.listed if owner == table and c in columns]
        if flags and "offense" in columns:  # one that is no bears on what an unknown one could be
            said = _tuple([f"{flag} is False" for flag in flags])
            parts.append(f"({said}) if {columns['offense']} is None else ()")
        moves = [
            f"{local} = {self._moved_constant(steps)}[{columns[name]}]"
            for (name, steps), local in self.row_moved[table].items()
        ]
        lines = [*self._load_row(table), *moves, *truths, *self._activity(table)]
        lines.append(f"made.append((({_tuple(parts)}), ({_tuple(labels)}), a))")
        loop = [f"for row in rows.get({table!r}, ()):", *(f"    {line}" for line in lines)]
        return ["made = []", *loop]

    def _activity(self, table: str) -> list[str]:
        """A bit for each quantifier that the row can bear on: it is not known to leave it alone."""
        lines = ["a = 0"]
        for index, quantifier in enumerate(self.quantifiers):
            if quantifier.table == table:
                every = isinstance(quantifier, Quantified) and quantifier.kind == "every"
                idle = self.yes(quantifier.cond) if every else self.no(quantifier.cond)
                lines.append(f"if not {self._bracket(idle)}: a |= {1 << index}")
        return lines


def _reads(part: Condition) -> bool:
    return any(term.name is not None for term in terms(part))


def _reads_row(part: Condition) -> bool:
    return any(term.scope == "row" for term in terms(part))


def _mixes(leaf: Condition) -> bool:
    """Whether a leaf holds facts of a row against others."""
    return _reads_row(leaf) and any(term.name and term.scope != "row" for term in terms(leaf))


def _tuple(parts: list[str]) -> str:
    """The inside of a tuple's brackets."""
    return "".join(part + ", " for part in parts)


def _function(name: str, lines: list[str]) -> str:
    return f"def {name}(values, rows, complete):\n" + "\n".join(f"    {line}" for line in lines)
