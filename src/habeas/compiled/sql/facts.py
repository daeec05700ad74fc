"""The common part of every query: subjects and rows made ready, counts gathered for each subject.

    terms, Source  ->  Gathered.steps  ->  CTEs, the last one with a row for each subject

Promise: closed facts answered no, flags of the law's lists answered yes, as `RuleSet.completed`; the
counts of `interpreter.bounds`.

Every CTE and column has a name of ours (`habeas_subjects`, `f0`, `q1`), so that no fact's name can
meet a word of SQL; a relation of such a name is refused, for a CTE would stand before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from habeas.compiled.sql.dialects import Dialect, select
from habeas.compiled.sql.source import Relation, Source
from habeas.compiled.sql.terms import Writer, columns_in, counts_in, facts_in
from habeas.errors import InputError, Place, Problem
from habeas.law.conditions import Condition, Count, Term
from habeas.law.ruleset import RuleSet
from habeas.law.vocabulary import Fact

TEXTS = ("words", "text", "place")


class Gathered:
    """Subjects with what the conditions (in normal form) read of them.

    facts   by request or person fact, its column
    counts  by count, the column of its truth
    more    further expressions over the subjects' relation, each with its name
    rows    by table, further conditions on its rows and columns of them that are wanted one by one
    together  counts of one table whose states are wanted as one number: `packed` has their columns, and
            `counts` does not have them
    steps   the CTEs, `name AS (…)`; the last is `habeas_gathered`, and its key is `k`
    raw     by fact that was asked for, its column as it is stored (others: to compare byte by byte)
    held    by table that the source has, the CTE with its rows one by one: `k`, the truth of each
            condition of `asked`, and the `columns`
    asked   by table, the conditions on its rows: those of counts, and those that `rows` asks for
    columns by table, its columns
    """

    def __init__(
        self,
        rules: RuleSet,
        dialect: Dialect,
        source: Source,
        conditions: Iterable[Condition],
        raw: Sequence[str] = (),
        more: Sequence[str] = (),
        rows: Mapping[str, tuple[Sequence[Condition], Sequence[str]]] | None = None,
        together: Sequence[Sequence[Count]] = (),
    ) -> None:
        self.rules = rules
        self.dialect = dialect
        self.source = source
        for relation in (source.subjects, *source.tables.values()):
            _refuse_ours(relation)
        conditions = list(conditions)
        self.facts = {name: f"f{n}" for n, name in enumerate(facts_in(conditions))}
        self.counts = {count: f"q{n}" for n, count in enumerate(counts_in(conditions))}
        self.raw = {name: f"e{n}" for n, name in enumerate(raw)}
        self.more = more
        self.held: dict[str, str] = {}
        self.asked: dict[str, dict[Condition, str]] = {}
        self.columns: dict[str, dict[str, str]] = {}
        self._rows_asked = rows or {}
        self.packed = {tuple(some): f"m{n}" for n, some in enumerate(together)}
        self.tables = sorted({count.table for count in self.counts})
        self.complete = {table: f"w{n}" for n, table in enumerate(self.tables)}
        self.steps: list[str] = []
        self._make()

    def writer(self) -> Writer:
        """Writes conditions over the last step."""
        return Writer(
            self.dialect, lambda term: self.facts[str(term.name)], self.counts.__getitem__
        )

    # -- subjects ---------------------------------------------------------------------------------

    def _make(self) -> None:
        dialect, given = self.dialect, self.source.subjects
        columns = [f"{dialect.identifier(given.key)} AS k"]
        for name, alias in self.facts.items():
            columns.append(f"{self._fact(name)} AS {alias}")
        columns += [f"{self.stored(name)} AS {alias}" for name, alias in self.raw.items()]
        columns += self.more
        for table, alias in self.complete.items():
            has = table in given.columns
            whole = f"COALESCE({dialect.identifier(table)}, FALSE)" if has else "FALSE"
            columns.append(f"{whole} AS {alias}")
        self.steps.append(f"habeas_subjects AS ({select(columns, dialect.relation(given.name))})")
        joins: list[str] = []
        truths: list[str] = []
        for number, table in enumerate(self.tables):
            mine = [count for count in self.counts if count.table == table]
            relation = self.source.tables.get(table)
            if relation is not None:
                self._rows(number, table, relation, mine)
            there = None if relation is None else number
            some = [one for one in self.packed if one[0].table == table]
            if some:
                truths += self._packed(table, some, there)
                source = f"habeas_packed{number}"
            else:
                truths += [self._truth(count, there) for count in mine]
                source = f"habeas_sums{number}"
            if relation is not None:
                joins.append(f"LEFT JOIN {source} ON {source}.k = s.k")
        self.steps.append(
            f"habeas_gathered AS ({select(['s.*', *truths], ' '.join(['habeas_subjects s', *joins]))})"
        )

    def stored(self, name: str) -> str:
        """A fact's column as it is, or what its absence says."""
        if name in self.source.subjects.columns:
            return self.dialect.identifier(name)
        return self._unknown(self.rules.vocabulary.facts[name])

    def _fact(self, name: str) -> str:
        fact = self.rules.vocabulary.facts[name]
        if name not in self.source.subjects.columns:
            return self._unknown(fact)
        column = compared(self.dialect, self.dialect.identifier(name), fact)
        return f"COALESCE({column}, FALSE)" if fact.closed else column

    def _unknown(self, fact: Fact) -> str:
        """What an absent column says: nothing, and no where it is closed."""
        if fact.closed:
            return "FALSE"
        kind = {"yes/no": "BOOLEAN", "date": "DATE", "number": "BIGINT"}.get(fact.type)
        return f"CAST(NULL AS {kind})" if kind else self.dialect.text("NULL")

    # -- rows -------------------------------------------------------------------------------------

    def _rows(self, number: int, table: str, relation: Relation, counts: list[Count]) -> None:
        """The rows of a table made ready (`rows`), asked (`held`), and summed up by key (`sums`)."""
        dialect = self.dialect
        conditions, more = self._rows_asked.get(table, ((), ()))
        names = sorted({*columns_in(counts), *more})
        columns = self.columns[table] = {name: f"c{n}" for n, name in enumerate(names)}
        derived = [name for name in names if self.rules.listed.get((table, name))]
        listed = self._listed(table, derived) if "offense" in relation.columns else ""
        cells = [f"t.{dialect.identifier(relation.key)} AS k"]
        for name, alias in columns.items():
            marked = f"l.c{derived.index(name)}" if listed and name in derived else ""
            cells.append(f"{self._column(table, name, relation, marked)} AS {alias}")
        of_offense = dialect.text(f"t.{dialect.identifier('offense')}") if listed else ""
        join = f" LEFT JOIN {listed} ON l.o = {of_offense}" if listed else ""
        self.steps.append(
            f"habeas_rows{number} AS ({select(cells, dialect.relation(relation.name) + ' t' + join)})"
        )

        def column(term: Term) -> str:
            if term.scope == "row":
                return f"r.{columns[str(term.name)]}"
            return f"s.{self.facts[str(term.name)]}"

        writer = Writer(dialect, column, self.counts.__getitem__)
        every = dict.fromkeys([*(count.cond for count in counts), *conditions])
        asked = self.asked[table] = {cond: f"h{n}" for n, cond in enumerate(every)}
        outer = facts_in(asked)
        parts = ["r.k", *(f"{writer.condition(cond)} AS {alias}" for cond, alias in asked.items())]
        carried = {*more, *(c.column for c in counts if c.column)}
        parts += [f"r.{alias}" for name, alias in columns.items() if name in carried]
        joined = ""
        if outer:  # a CTE of its own: one that is read twice is written down whole
            given = self.source.subjects
            of = [f"{dialect.identifier(given.key)} AS k"]
            of += [f"{self._fact(name)} AS {self.facts[name]}" for name in outer]
            self.steps.append(
                f"habeas_outer{number} AS ({select(of, dialect.relation(given.name))})"
            )
            joined = f" JOIN habeas_outer{number} s ON s.k = r.k"
        held_by = self.held[table] = f"habeas_held{number}"
        self.steps.append(f"{held_by} AS ({select(parts, f'habeas_rows{number} r{joined}')})")
        sums = ["k"]
        for count in counts:
            sums += _sums(dialect, count, asked[count.cond], self.counts[count], columns)
        self.steps.append(f"habeas_sums{number} AS ({select(sums, f'{held_by} GROUP BY k')})")

    def _column(self, table: str, name: str, relation: Relation, marked: str) -> str:
        fact = self.rules.vocabulary.tables[table][name]
        if name in relation.columns:
            value = compared(self.dialect, f"t.{self.dialect.identifier(name)}", fact)
        else:
            value = self._unknown(fact) if not fact.closed else "CAST(NULL AS BOOLEAN)"
        answers = [value, *([marked] if marked else []), *(["FALSE"] if fact.closed else [])]
        return f"COALESCE({', '.join(answers)})" if len(answers) > 1 else value

    def _listed(self, table: str, derived: Sequence[str]) -> str:
        """The lists of the law as a relation `l`: an offence, and TRUE for each flag it is listed with."""
        lists = [self.rules.listed[table, name] for name in derived]
        offenses = sorted(set().union(*lists))
        if not offenses:
            return ""
        rows = [
            ", ".join(
                [
                    self.dialect.text(self.dialect.literal(offense)),
                    *("TRUE" if offense in one else "CAST(NULL AS BOOLEAN)" for one in lists),
                ]
            )
            for offense in offenses
        ]
        values = ", ".join(f"({row})" for row in rows)
        names = ", ".join(["o", *(f"c{n}" for n in range(len(lists)))])
        return f"(VALUES {values}) AS l({names})"

    def _packed(
        self, table: str, together: Sequence[tuple[Count, ...]], number: int | None
    ) -> list[str]:
        """The columns of counts together: 0 no, 1 yes, 2 unknown, two bits each (`factorised.packed`)."""
        whole, cells = f"s.{self.complete[table]}", ["k"]
        found = []
        for some in together:
            alias = self.packed[some]
            unknown = sum(2 << 2 * at for at in range(len(some)))
            if number is None:
                found.append(f"CASE WHEN {whole} THEN 0 ELSE {unknown} END AS {alias}")
                continue
            states: tuple[list[str], list[str]] = ([], [])
            for at, count in enumerate(some):
                yes, maybe = self._least(count, "p.")
                sure = f"CASE WHEN {yes} THEN {1 << 2 * at} "
                states[0].append(f"{sure}WHEN {maybe} THEN {2 << 2 * at} ELSE 0 END")
                states[1].append(f"{sure}ELSE {2 << 2 * at} END")
            cells += [
                f"{' + '.join(states[0])} AS {alias}w",
                f"{' + '.join(states[1])} AS {alias}o",
            ]
            of = f"habeas_packed{number}.{alias}"
            found.append(
                f"CASE WHEN {whole} THEN COALESCE({of}w, 0) ELSE COALESCE({of}o, {unknown}) END AS {alias}"
            )
        if number is not None:
            self.steps.append(
                f"habeas_packed{number} AS ({select(cells, f'habeas_sums{number} p')})"
            )
        return found

    def _least(self, count: Count, source: str) -> tuple[str, str]:
        """That the rows that are there are enough for sure, and that they could be."""
        alias = self.counts[count]
        sure, most = f"{source}{alias}y", f"{source}{alias}m"
        if count.number > 1:
            return f"{sure} >= {count.number}", f"{most} >= {count.number}"
        return sure, most

    def _truth(self, count: Count, number: int | None) -> str:
        """The count's truth: yes from the rows that are yes, no where no further row could be."""
        alias, whole = self.counts[count], f"s.{self.complete[count.table]}"
        if number is None:
            return f"CASE WHEN {whole} THEN FALSE END AS {alias}"
        yes, maybe = self._least(count, f"habeas_sums{number}.")
        # Who has no rows has NULL for both, which no WHEN takes for yes.
        return (
            f"CASE WHEN {yes} THEN TRUE WHEN {maybe} OR NOT {whole} THEN NULL ELSE FALSE END"
            f" AS {alias}"
        )


def _refuse_ours(relation: Relation) -> None:
    name = relation.name[-1]
    if name.lower().startswith("habeas_"):
        raise InputError(
            Problem(
                Place(".".join(relation.name)),
                f"`{name}` begins as the names that queries make for themselves",
                "make a view of it with another name",
            )
        )


def compared(dialect: Dialect, column: str, fact: Fact) -> str:
    """A column of a fact's, to be compared: texts byte by byte."""
    return dialect.text(column) if fact.type in TEXTS else column


def _sums(
    dialect: Dialect, count: Count, held: str, alias: str, columns: dict[str, str]
) -> list[str]:
    """The least that the count can be (`y`) and, of the rows that are there, the most (`m`)."""
    if count.number == 1:
        return [f"BOOL_OR({held}) AS {alias}y", f"BOOL_OR({held} IS NOT FALSE) AS {alias}m"]
    sure, maybe = f"FILTER (WHERE {held})", f"FILTER (WHERE {held} IS NOT FALSE)"
    if count.column is None:
        return [f"COUNT(*) {sure} AS {alias}y", f"COUNT(*) {maybe} AS {alias}m"]
    column = columns[count.column]
    nameless = f"FILTER (WHERE {held} IS NOT FALSE AND {column} IS NULL)"
    return [
        f"{dialect.distinct(column, held)} AS {alias}y",
        f"{dialect.distinct(column, f'{held} IS NOT FALSE')} + COUNT(*) {nameless} AS {alias}m",
    ]
