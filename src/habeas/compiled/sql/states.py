"""The states of subjects that Kleene's logic leaves open: the questions that are left of their terms.

    Compiled  ->  Questions (bits of what can be left)  ->  needed
    Source  ->  States.query  ->  key, kind, state

Promise: two subjects of one kind and one state leave the same questions, so the exact engine finds the
same of them (`compiled.shape`). Of an open condition it is enough to know which of its parts are open:
in an open AND what is known is yes, in an open OR no. What is known goes in as it is stored only where
it is compared with something unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from habeas.compiled.normal import normal
from habeas.compiled.sql.bulk import Bulk
from habeas.compiled.sql.dialects import select
from habeas.compiled.sql.facts import Gathered
from habeas.compiled.sql.mask import BITS, words_of
from habeas.compiled.sql.source import Source
from habeas.compiled.sql.terms import facts_in
from habeas.law.conditions import And, Condition, Const, Count, Not, Or, terms, walk

_LEFT = 2
"""A row's state for a count: 0 it does not count or is not asked, 1 it counts, 2 that is open."""


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf or count where it stands: in joins, which have to be open for it to matter.

    said  NULL: the bit says that it is open; TRUE: that it is yes
    """

    leaf: Condition
    joins: tuple[Condition, ...]
    said: str = "NULL"


class Questions:
    """What can be left of the terms of a rule set.

    parts  of the terms, each with a bit
    rows   by table, for each of its counts (its bits in `parts`) the parts of its condition
    width  how many words hold the bits
    """

    def __init__(self, bulk: Bulk) -> None:
        found: dict[Part, int] = {}
        self._of: list[int] = []
        for term in bulk.compiled.terms:
            mask = 0
            for part in _parts(normal(term)):
                mask |= 1 << found.setdefault(part, len(found))
                if isinstance(part.leaf, Count):  # a further row's answer hangs on these
                    for leaf in dict.fromkeys(filter(_outside, walk(part.leaf.cond))):
                        for said in ("NULL", "TRUE"):
                            other = Part(leaf, (part.leaf, *part.joins), said)
                            mask |= 1 << found.setdefault(other, len(found))
            self._of.append(mask)
        self.parts = list(found)
        self.width = words_of(len(found))
        self.counts: dict[Count, int] = {}
        for part, bit in found.items():
            if isinstance(part.leaf, Count):
                self.counts[part.leaf] = self.counts.get(part.leaf, 0) | 1 << bit
        self.rows: dict[str, dict[Count, list[Part]]] = {}
        for count in self.counts:
            self.rows.setdefault(count.table, {})[count] = list(
                dict.fromkeys(_parts(count.cond, (count.cond,)))
            )

    def needed(self, open_terms: int) -> list[int]:
        """The parts of some terms (bits), as words."""
        bits = 0
        for index, mask in enumerate(self._of):
            if open_terms >> index & 1:
                bits |= mask
        return [bits >> BITS * word & (1 << BITS) - 1 for word in range(self.width)]


class States:
    """The query of one source.

    source  whose subjects' relation has, beside the facts, a column `habeas_kind` and `habeas_n0`, …
            (the words that are `needed`)
    columns the names of what `query` gives after `key`; never NULL
    """

    def __init__(self, bulk: Bulk, questions: Questions, source: Source) -> None:
        self.bulk = bulk
        self.dialect = bulk.dialect
        self.questions = questions
        self.needs = [f"n{word}" for word in range(questions.width)]
        self.words = [f"u{word}" for word in range(questions.width)]
        self.columns = ["kind", *self.words, "rest"]
        quote = self.dialect.identifier
        self.gathered = Gathered(
            bulk.rules,
            bulk.dialect,
            source,
            _asked(questions.parts),
            more=[f"{quote(f'habeas_{name}')} AS {name}" for name in ("kind", *self.needs)],
            rows={
                table: (_asked(p for parts in of.values() for p in parts), bulk.columns[table])
                for table, of in questions.rows.items()
            },
        )
        self._truths, self._cells = self._asked()

    def stages(self) -> list[tuple[str, str]]:
        """What is to be made first, by name, where the database works a CTE out each time it is read."""
        if self.dialect.keeps_steps:
            return []
        given = ", ".join(self.gathered.steps)
        return [
            ("habeas_truths", f"WITH {given} {self._truths}"),
            ("habeas_words", select(self._cells, "habeas_truths")),
        ]

    def query(self) -> str:
        """A SELECT of `key` and `columns`, a row for each subject; reads what `stages` has made."""
        steps = list(self.gathered.steps)
        if self.dialect.keeps_steps:
            words = select(self._cells, "habeas_truths")
            steps.append(f"habeas_truths AS ({self._truths})")
            steps.append(f"habeas_words AS MATERIALIZED ({words})")
        joined, rest = "habeas_words b", self._stored()
        for number, (table, counts) in enumerate(self.questions.rows.items()):
            rest += self._further(table, list(counts))
            if table in self.gathered.held:
                steps += self._rows(number, table, counts)
                joined += f" LEFT JOIN habeas_of{number} o{number} ON o{number}.k = b.k"
                rest.append(f"o{number}.held")
        state = "''"
        if rest:
            parts = self.questions.parts
            more = [n for n, p in enumerate(parts) if isinstance(p.leaf, Count) or _mixed(p.leaf)]
            open_ones = self._set(sum(1 << n for n in more))
            state = f"CASE WHEN {open_ones} THEN {self.dialect.key(rest)} ELSE '' END"
        chosen = ["b.k AS key", "b.kind AS kind", *(f"b.{name} AS {name}" for name in self.words)]
        return f"WITH {', '.join(steps)} {select([*chosen, f'{state} AS rest'], joined)}"

    def _asked(self) -> tuple[str, list[str]]:
        """The truths of all that is asked for each subject, as a query; the cells of `habeas_words`."""
        gathered, parts, dialect = self.gathered, self.questions.parts, self.dialect
        truth = {cond: f"l{n}" for n, cond in enumerate(_asked(parts))}
        writer = gathered.writer()
        kept = ["k", "kind", *gathered.complete.values(), *gathered.facts.values()]
        truths = [f"{writer.condition(cond)} AS {alias}" for cond, alias in truth.items()]
        cells = list(kept)
        for word in range(self.questions.width):
            some = parts[BITS * word : BITS * (word + 1)]
            bits = dialect.bits([_bit(part, truth) for part in some])
            cells.append(f"({bits}) & n{word} AS u{word}")
        return select([*kept, *self.needs, *truths], "habeas_gathered"), cells

    def _set(self, mask: int) -> str:
        """Whether one of some bits of the words is set."""
        words = [mask >> BITS * word & (1 << BITS) - 1 for word in range(self.questions.width)]
        found = [f"(b.u{word} & {bits}) <> 0" for word, bits in enumerate(words) if bits]
        return f"({' OR '.join(found)})" if found else "FALSE"

    def _open(self, counts: Iterable[Count]) -> str:
        """Whether one of some counts is open, and matters."""
        mask = 0
        for count in counts:
            mask |= self.questions.counts[count]
        return self._set(mask)

    def _stored(self) -> list[str]:
        """The facts of a comparison that is open, where it has more than one."""
        by_leaf: dict[Condition, int] = {}
        for n, part in enumerate(self.questions.parts):
            if not isinstance(part.leaf, Count) and _mixed(part.leaf) and part.said == "NULL":
                by_leaf[part.leaf] = by_leaf.get(part.leaf, 0) | 1 << n
        return [
            f"CASE WHEN {self._set(mask)} THEN b.{self.gathered.facts[fact]} END"
            for leaf, mask in by_leaf.items()
            for fact in facts_in([leaf])
        ]

    def _further(self, table: str, counts: Sequence[Count]) -> list[str]:
        """Whether further rows may stand, and the facts that these would be compared with."""
        whole = f"b.{self.gathered.complete[table]}"
        cells = [f"CASE WHEN {self._open(counts)} THEN {whole} END"]
        for fact in facts_in(leaf for count in counts for leaf in _compared(count)):
            of = [count for count in counts if fact in facts_in(_compared(count))]
            stored = f"b.{self.gathered.facts[fact]}"
            cells.append(f"CASE WHEN {self._open(of)} AND NOT {whole} THEN {stored} END")
        return cells

    # -- rows -------------------------------------------------------------------------------------

    def _rows(self, number: int, table: str, counts: dict[Count, list[Part]]) -> list[str]:
        """By subject, the rows that open counts hang on, as one value (`held`)."""
        gathered = self.gathered
        truths, columns = gathered.asked[table], gathered.columns[table]
        cells = ["h.k", *(f"h.{alias}" for alias in truths.values())]
        cells += [f"h.{columns[name]}" for name in self.bulk.columns[table]]
        cells += [f"b.{gathered.facts[fact]}" for fact in self._outer(counts)]
        for n, count in enumerate(counts):
            held = f"h.{truths[count.cond]}"
            left = f"CASE WHEN {held} THEN 1 WHEN {held} IS NULL THEN {_LEFT} ELSE 0 END"
            cells.append(f"CASE WHEN {self._open([count])} THEN {left} ELSE 0 END AS s{n}")
        source = f"{gathered.held[table]} h JOIN habeas_words b ON b.k = h.k"
        counted = " OR ".join(f"s{n} <> 0" for n in range(len(counts)))
        held = f"{self.dialect.rows(self._row(table, counts))} AS held"
        kept, of = f"habeas_kept{number}", f"habeas_of{number}"
        return [
            f"{kept} AS ({select(cells, f'{source} WHERE {self._open(counts)}')})",
            f"{of} AS ({select(['k', held], f'{kept} WHERE {counted} GROUP BY k')})",
        ]

    def _row(self, table: str, counts: dict[Count, list[Part]]) -> list[str]:
        """One row: for which counts it stands, and what is open of it for those."""
        gathered, columns = self.gathered, self.gathered.columns[table]
        truths = gathered.asked[table]
        bits: list[str] = []
        compared: dict[str, list[str]] = {}
        for n, parts in enumerate(counts.values()):
            for part in parts:
                bits.append(f"(s{n} = {_LEFT} AND {_bit(part, truths)})")
                if _mixed(part.leaf):
                    read = [columns[str(t.name)] for t in terms(part.leaf) if t.scope == "row"]
                    for one in (*read, *(gathered.facts[fact] for fact in facts_in([part.leaf]))):
                        compared.setdefault(one, []).append(bits[-1])
        cells = [f"s{n}" for n in range(len(counts))]
        cells += [self.dialect.bits(bits[at : at + BITS]) for at in range(0, len(bits), BITS)]
        cells += [f"CASE WHEN {' OR '.join(of)} THEN {one} END" for one, of in compared.items()]
        for n, count in enumerate(counts):
            if count.column is not None:
                cells.append(f"CASE WHEN s{n} <> 0 THEN {columns[count.column]} END")
        left = " OR ".join(f"s{n} = {_LEFT}" for n in range(len(counts)))
        for owner, flag in self.bulk.rules.listed:
            if owner == table and flag in columns and "offense" in columns:
                # a flag that is no bears on what an unknown offence could be
                said = f"{columns['offense']} IS NULL AND {columns[flag]} IS FALSE"
                cells.append(f"CASE WHEN ({left}) AND {said} THEN 1 ELSE 0 END")
        return cells

    def _outer(self, counts: Iterable[Count]) -> list[str]:
        return facts_in(leaf for count in counts for leaf in _compared(count))


def _parts(cond: Condition, joins: tuple[Condition, ...] = ()) -> Iterator[Part]:
    """Leaves and counts of a condition, with the joins that they stand in below `joins`."""
    if isinstance(cond, Not):
        yield from _parts(cond.arg, joins)
    elif isinstance(cond, And | Or):
        for arg in cond.args:
            inner = arg.arg if isinstance(arg, Not) else arg
            more = (inner,) if isinstance(inner, And | Or) else ()
            yield from _parts(inner, (*joins, *more))
    elif isinstance(cond, Count) or _reads(cond):
        yield Part(cond, joins)


def _asked(parts: Iterable[Part]) -> list[Condition]:
    """Every condition that parts name."""
    return list(dict.fromkeys(cond for part in parts for cond in (part.leaf, *part.joins)))


def _bit(part: Part, truths: dict[Condition, str]) -> str:
    """Whether all joins of a part are open, and it is as it is `said`."""
    joins = [f"{truths[join]} IS NULL" for join in part.joins]
    return f"({' AND '.join([*joins, f'{truths[part.leaf]} IS {part.said}'])})"


def _reads(part: Condition) -> bool:
    return any(term.name is not None for term in terms(part)) and not isinstance(part, Const)


def _outside(part: Condition) -> bool:
    """Whether a part is a leaf that reads facts outside of rows alone."""
    return _reads(part) and not any(term.scope == "row" for term in terms(part))


def _mixed(leaf: Condition) -> bool:
    """Whether a leaf reads more than one fact."""
    return len({(t.scope, t.name) for t in terms(leaf) if t.name is not None}) > 1


def _compared(count: Count) -> list[Condition]:
    """The leaves that hold a row's columns against facts outside of rows."""
    leaves = [part for part in walk(count.cond) if _reads(part) and _mixed(part)]
    return [leaf for leaf in leaves if facts_in([leaf]) and not _outside(leaf)]
