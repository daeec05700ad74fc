"""The log map: which column of an agency's access log is which fact, and what was done.

    searches.yaml  ->  read_shape(LogMapFile)  ->  log_targets

Promise: nothing is guessed: a cell that is empty, or that nothing here knows, is unknown. A log map is
YAML or JSON, and uses the words of the mapping of custody records (`habeas.records.mapping`) for the
same things:

    title: Searches of plate readers, 2026         # of the report
    files:                                         # only what cannot be found out
      searches.csv: {delimiter: "|", encoding: latin-1}
    columns:                                       # header variants: ours, then theirs
      when: [searchDate, Search Time]
    optional: [case]                               # columns that a file may lack
    unnest: shared_with                            # a nested list: one row an entry
    where: {column: page, without: [ankeny-ia-pd]} # which rows are of this log
    key: id                                        # names a row; left out: file and row do
    unknown: [UNK, N/A]                            # cells that say nothing, like empty ones
    dates: "%m/%d/%Y"                              # how dates are written; else YYYY-MM-DD
    unmapped: report                               # or `error`: what nothing knows
    day: {column: when, format: "%Y-%m-%dT%H:%M:%S.%fZ"}   # the row's own day: its law is asked
    actor: agency                                  # the agency that disclosed or refused; never a person
    reason: [why, case]                            # columns that hold the reason, where one was stated
    done:                                          # what was done: disclosed · refused · unknown
      alpr_reads: disclosed
      transfer: {column: released_to, values: {ICE: disclosed, COURT: unknown}}
    facts:                                         # facts of the request and of the person
      requester_level: {constant: local}
      purpose: {lexicon: search-reasons, columns: [why, case], source: requester}
      requester_place:
        column: shared_with
        find:                                      # RE2 patterns; the first list in which one is found
          - {'\\bGA\\b': us-ga, '\\bCA\\b': us-ca}     # decides, unless two of it disagree
          - {'^Georgia (State|Department)': us-ga}
      some_fact: {column: c, lookup: {file: agencies.csv, key: name, value: place}}
    item_facts:                                    # a group speaks for its items, an item first
      alpr_reads: {public: no}
    tables:                                        # rows of the vocabulary's tables, beside the map
      conviction:
        file: convictions.csv                      # CSV (gzipped too) or Parquet
        join: {log: booking_no, table: booking}    # the two columns that hold the same key
        where: {column: outcome, only: [CONV], without: [DISM]}
        columns:                                   # written as facts are
          offense: statute
          level: {column: class, values: {F: felony, M: misdemeanor}}
          convicted_on: {column: day, format: "%m/%d/%Y"}
        complete: {column: checked, values: {Y: yes, N: no}}   # a column of the log; or yes

`source: requester` is for what only the asking party says (a typed reason is that): it can support a no,
never a yes. A `lookup` is a CSV file beside the map, and goes before `find`; a key that stands in it with
two values is unknown.

Each row of the log has the table's rows with its key; keys are compared letter for letter. Nothing is
complete unless `complete` says so. It never is for a row of the log without a key, nor for a key with a
row whose `where` cell is empty, `unknown`, or in neither list where both are given. It is for nobody
where a row of the table could not be read or has no key, for that row could be anybody's, or where no
row of it has a key that the log has, for then the keys may be written otherwise.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from habeas.records.mapping import ISO, FileMap, Formats, Where
from habeas.records.shape import Scalar, Shape, Words, wrong

DONE = ("disclosed", "refused")
"""What can have been done about an item; for an act, *disclosed* is that it was done."""

_COLUMN = "name a column, or write `{column: NAME, …}`"
_FORMAT = "write how dates are written, such as `%m/%d/%Y`"
_UNKNOWN = "list the cells that say nothing, such as `[UNK, N/A]`"
_WHERE = "write `{column: NAME, only: […]}` or `{column: NAME, without: […]}`"
_UNMAPPED = "write `report` (unknown, and counted) or `error`"
_FIND = "write `pattern: value` pairs, or a list of such pairs in the order in which they go"


class LookupMap(Shape):
    """A table beside the map."""

    file: str = Field(description="name a CSV file beside the map")
    key: str = Field(description="name its column that a cell is looked for in")
    value: str = Field(description="name its column that holds the values")


class LogAnswer(Shape):
    """Where one fact's values come from: a column or several, a lexicon, or a constant."""

    column: str | None = Field(None, description=_COLUMN)
    columns: Words | None = Field(None, description="list the columns whose text is read")
    lexicon: str | None = Field(None, description="name a lexicon, such as `search-reasons`")
    constant: Scalar = Field(None, description="write one value")
    values: dict[str, Scalar] | None = Field(
        None, description="write `cell: value` pairs, such as `{Y: yes, N: no, U: unknown}`"
    )
    find: list[dict[str, Scalar]] | None = Field(None, description=_FIND)
    lookup: LookupMap | None = Field(None, description="write `{file: …, key: …, value: …}`")
    format: Formats | None = Field(None, description=_FORMAT)
    unknown: Words | None = Field(None, description=_UNKNOWN)
    unmapped: Literal["report", "error"] | None = Field(None, description=_UNMAPPED)
    source: Literal["records", "officer", "counsel", "court", "requester"] = Field(
        "records", description="write who says it: records, officer, counsel, court or requester"
    )

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: object) -> object:
        if isinstance(data, bool):
            return {"constant": data}
        return {"column": data} if isinstance(data, str) else data

    @field_validator("find", mode="before")
    @classmethod
    def _one_list(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _one(self) -> LogAnswer:
        written = self.model_fields_set - {"source"}
        if self.constant is not None:
            if written != {"constant"}:
                raise wrong("write `{constant: …}` alone", "a constant comes from no column")
        elif self.lexicon is not None:
            if self.columns is None or written != {"lexicon", "columns"}:
                raise wrong(
                    "write `{lexicon: NAME, columns: [reason]}`",
                    "a lexicon reads the text of `columns`, and nothing else",
                )
        elif self.column is None or self.columns is not None:
            raise wrong(_COLUMN, "neither a column nor a constant")
        if self.values is not None and (self.find is not None or self.lookup is not None):
            raise wrong("keep one of them", "`values` goes with neither `find` nor `lookup`")
        return self


class JoinMap(Shape):
    """The two columns that hold the same key."""

    log: str = Field(description="name the column of the log that holds the key")
    table: str = Field(description="name the column of the table's file that holds the same key")


class LogTableMap(Shape):
    """The rows of one of the vocabulary's tables, in a file beside the map."""

    file: str = Field(description="name a CSV or Parquet file beside the map")
    join: JoinMap = Field(
        description="write `join: {log: COLUMN, table: COLUMN}`: two columns that hold the same key"
    )
    where: Where | None = Field(None, description=_WHERE)
    columns: dict[str, LogAnswer] = Field(description="write `column of the table: column` lines")
    complete: LogAnswer | None = Field(
        None, description="write `yes`, or a column of the log that says yes or no"
    )


class LogMapFile(Shape):
    """A whole log map, as this module's docstring describes it."""

    title: str = Field("", description="write the report's title")
    files: dict[str, FileMap] = Field({}, description="write `name: {delimiter: …}` lines")
    columns: dict[str, Words] = Field({}, description="write `ours: [theirs, theirs]` lines")
    optional: Words = Field([], description="list the columns that a file may lack")
    unnest: str | None = Field(None, description="name the column that holds a list")
    where: Where | None = Field(None, description=_WHERE)
    key: str | None = Field(None, description="name the column that names a row")
    unknown: Words = Field([], description=_UNKNOWN)
    dates: Formats = Field(list(ISO), description=_FORMAT)
    unmapped: Literal["report", "error"] = Field("report", description=_UNMAPPED)
    day: LogAnswer = Field(description="name the column with the row's own day: `day: {column: …}`")
    actor: LogAnswer = Field(description="name the column with the agency that acted")
    reason: Words = Field([], description="list the columns that hold a stated reason")
    done: dict[str, LogAnswer] = Field(
        description="write `item: disclosed` lines, or `item: {column: …, values: {…}}`"
    )
    facts: dict[str, LogAnswer] = Field({}, description="write `fact: column` lines")
    item_facts: dict[str, dict[str, LogAnswer]] = Field(
        {}, description="write `item: {fact: column}` lines, such as `alpr_reads: {public: no}`"
    )
    tables: dict[str, LogTableMap] = Field(
        {}, description="write `table: {file: …, join: {…}, columns: {…}}` lines"
    )

    @field_validator("done", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        """`item: disclosed` is a constant, and not a column of that name."""
        if not isinstance(value, dict):
            return value
        known = (*DONE, "unknown")
        return {k: {"constant": v} if v in known else v for k, v in value.items()}

    @model_validator(mode="after")
    def _some(self) -> LogMapFile:
        if not self.done:
            raise wrong("write `done: {alpr_reads: disclosed}`", "`done` names no item")
        return self
