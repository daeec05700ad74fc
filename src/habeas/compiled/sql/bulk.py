"""The compiled rule set on a database: queries that give the words of many subjects.

    Compiled, Dialect  ->  Bulk.words(Source)  ->  SELECT key, yes0, unknown0, …

Promise: the same words as `Compiled.words_of`, of the same terms; what a database could take
otherwise than the language is found by `checks` before.
"""

from __future__ import annotations

from functools import cached_property, reduce
from operator import or_

from habeas.compiled.closure import Compiled
from habeas.compiled.normal import normal
from habeas.compiled.sql.checks import Check, checks
from habeas.compiled.sql.dialects import Dialect
from habeas.compiled.sql.factorised import Factors
from habeas.compiled.sql.items import Items
from habeas.compiled.sql.mask import mask_query, words_of
from habeas.compiled.sql.source import Source
from habeas.compiled.sql.terms import columns_in, counts_in, facts_in, read_by
from habeas.law.domains import closed_offenses
from habeas.law.worlds import relevant


class Bulk:
    """One compiled rule set in one dialect.

    facts    the request and person facts that the law reads
    columns  by table, the columns that bear on what it asks
    items    the facts of items that the law reads, as (item, fact)
    width    how many pairs of words a subject has
    """

    def __init__(self, compiled: Compiled, dialect: Dialect) -> None:
        self.compiled = compiled
        self.rules = compiled.rules
        self.dialect = dialect
        self.asked = (
            *compiled.terms,
            *self.rules.own.values(),
        )  # own: what stands beside item facts
        self.facts = tuple(facts_in(self.asked))
        self.columns = self._columns()
        self.items = tuple(self._items())
        self.width = words_of(len(compiled.terms))

    def words(self, source: Source, items: Items | None = None) -> str:
        """The mask shape: a SELECT of `key`, `yes0`, `unknown0` and so on, a row for each subject.

        items  whose columns are to come after
        """
        return mask_query(self.rules, self.dialect, self.compiled.terms, source, items)

    def checks(self, source: Source) -> list[Check]:
        """Queries that find what would be decided wrongly; see `checks`."""
        return checks(self, source)

    @cached_property
    def factors(self) -> Factors:
        """The factorised shape, for DuckDB, of the terms that bear on a verdict."""
        wanted = reduce(or_, self.compiled.mask.values(), 0)
        return Factors(self.rules, self.compiled.terms, wanted)

    def _columns(self) -> dict[str, tuple[str, ...]]:
        counts = counts_in(normal(one) for one in self.asked)
        found: dict[str, tuple[str, ...]] = {}
        for table in sorted({count.table for count in counts}):
            columns = set(columns_in([count for count in counts if count.table == table]))
            listed = {c for t, c in self.rules.listed if t == table}
            if "offense" in columns or columns & listed or closed_offenses(self.rules.vocabulary, table):  # fmt: skip
                columns |= {"offense", *listed}  # each bears on what the others could be
            found[table] = tuple(c for c in self.rules.vocabulary.tables[table] if c in columns)
        return found

    def _items(self) -> list[tuple[str, str]]:
        found = []
        for item in self.rules.vocabulary.items:
            read = read_by(self.rules.own[block] for block in relevant(self.rules, item))
            found += [(item, n) for n in sorted({str(t.name) for t in read if t.scope == "item"})]
        return found
