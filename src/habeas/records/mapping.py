"""The mapping: which file and column of a jail's own tables is which fact or item.

    mapping.yaml, Vocabulary  ->  read_mapping  ->  Mapping  ->  read_records

Promise: nothing is guessed: a cell that is empty, or that a value map does not know, is unknown. A
mapping file is YAML or JSON:

    person: {file: people.csv, key: booking_no}    # one row a person
    files:                                         # only what cannot be found out
      people.csv: {delimiter: "|", encoding: latin-1}
    unknown: [UNK, N/A]                            # cells that say nothing, like empty ones
    dates: "%m/%d/%Y"                              # how dates are written; else YYYY-MM-DD
    unmapped: report                               # or `error`: what no value map knows
    facts:                                         # facts of a person
      booked_on: book_dt                           # text: a column's name
      in_custody: yes                              # yes, no: the same for everybody
      minor: {column: juvenile, values: {Y: yes, N: no, U: unknown}}
      release_on: {file: bookings.csv, key: booking, column: out, format: "%Y-%m-%d %H:%M:%S"}
      some_fact: {constant: a word}                # the same for everybody
    items:                                         # where an item's value lives; only whether there
      name: [last, first]                          # is one is looked at, never what it is
      charges: {file: charges.csv, columns: [literal]}
    item_facts:                                    # a group speaks for its items, an item first
      arrest_information: {public: {column: roster, values: {Y: yes, N: no}}}
      home_address: {public: no}
    tables:                                        # rows, by the person's key
      conviction:
        file: history.csv
        key: booking_no
        where: {column: outcome, only: [CONV]}     # or `without: [DISM]`
        columns: {offense: statute, level: {column: class, values: {F: felony, M: misdemeanor}}}
        complete: {column: history_run, values: {Y: yes, N: no}}    # in the person's file; or yes

`file` left out is the person's file; `key` left out is the person's key. `person` takes
`repeated: yes` where several rows are one person. Wherever several rows answer one fact of a person
they must agree, or the fact is unknown and reported. `format` and `unmapped` of a column go before
those of the top, `unknown` adds to it; of a `format` that is a list the first that fits is taken.
A row whose `where` cell is empty, or is in neither list where both `only` and `without` are given,
is left out and makes its person's table incomplete. Blanks round a cell are not part of it. A
judgement cannot be mapped: a person signs it in the request.
"""

from __future__ import annotations

import codecs
import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from habeas.records.shape import Scalar, Shape, Words, wrong

ISO = ("%Y-%m-%d",)
"""How dates are written where a mapping says nothing."""

_COLUMN = "name a column, or write `{column: NAME, …}`"
_FORMAT = "write how dates are written, such as `%m/%d/%Y`"
_FILE = "name a file of the folder of records"
_KEY = "name the column that holds the person's key"
_WHERE = "write `{column: NAME, only: […]}` or `{column: NAME, without: […]}`"
_UNMAPPED = "write `report` (unknown, and counted) or `error`"
_UNKNOWN = "list the cells that say nothing, such as `[UNK, N/A]`"


def _formats(value: list[str]) -> list[str]:
    for one in value:
        try:
            back = datetime.strptime(date(2003, 2, 1).strftime(one), one)
        except (ValueError, re.error):
            back = datetime.min
        if back.date() != date(2003, 2, 1):
            raise wrong(
                "write year, month and day, such as `%m/%d/%Y`", f"`{one}` does not name a day"
            )
    if not value:
        raise wrong(_FORMAT, "there is no format")
    return value


Formats = Annotated[Words, AfterValidator(_formats)]
"""Formats of dates, as `strptime` takes them; tried in their order."""


class Where(Shape):
    """Which rows count: those whose cell is one of `only`, or none of `without`.

    With both, a row whose cell is in neither is one of which nobody knows whether it counts.
    """

    column: str = Field(description="name the column to choose rows by")
    only: Words | None = Field(None, description="list the cells whose rows count")
    without: Words | None = Field(None, description="list the cells whose rows do not count")

    @model_validator(mode="after")
    def _one(self) -> Where:
        if self.only is None and self.without is None:
            raise wrong("write `only: […]` or `without: […]`", "`where` does not say which rows")
        both = set(self.only or ()) & set(self.without or ())
        if both:
            raise wrong("leave it in one of the lists", f"`{min(both)}` counts and does not count")
        return self


class Answer(Shape):
    """Where one fact's values come from: a column, or a constant."""

    file: str | None = Field(None, description=_FILE)
    key: str | None = Field(None, description=_KEY)
    column: str | None = Field(None, description=_COLUMN)
    constant: Scalar = Field(None, description="write one value")
    values: dict[str, Scalar] | None = Field(
        None, description="write `cell: value` pairs, such as `{Y: yes, N: no, U: unknown}`"
    )
    format: Formats | None = Field(None, description=_FORMAT)
    unknown: Words | None = Field(None, description=_UNKNOWN)
    unmapped: Literal["report", "error"] | None = Field(None, description=_UNMAPPED)

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: object) -> object:
        if isinstance(data, bool):
            return {"constant": data}
        return {"column": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _one(self) -> Answer:
        if self.column is None and self.constant is None:
            raise wrong(_COLUMN, "neither a column nor a constant")
        if self.constant is not None and self.model_fields_set != {"constant"}:
            raise wrong("write `{constant: …}` alone", "a constant comes from no column")
        return self


class ItemColumns(Shape):
    """The columns that hold an item's value; it has one where any of them is filled."""

    file: str | None = Field(None, description=_FILE)
    key: str | None = Field(None, description=_KEY)
    columns: Words = Field(description="list the columns, such as `[last, first]`")
    unknown: Words | None = Field(None, description=_UNKNOWN)
    where: Where | None = Field(None, description=_WHERE)

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: object) -> object:
        return {"columns": data} if isinstance(data, (str, list)) else data

    @field_validator("columns")
    @classmethod
    def _some(cls, value: list[str]) -> list[str]:
        if not value:
            raise wrong("list the columns, or leave the item out", "`columns` lists nothing")
        return value


class TableMap(Shape):
    """The rows of one of the vocabulary's tables."""

    file: str | None = Field(None, description=_FILE)
    key: str | None = Field(None, description=_KEY)
    where: Where | None = Field(None, description=_WHERE)
    columns: dict[str, Answer] = Field(description="write `column of the table: column` lines")
    complete: Answer | None = Field(
        None, description="write `yes`, or a column of the person's file that says yes or no"
    )


class PersonMap(Shape):
    """The file that has everybody in it."""

    file: str = Field(description=_FILE)
    key: str = Field(description=_KEY)
    repeated: bool = Field(False, description="write `yes` where several rows are one person")


class FileMap(Shape):
    """How one file is written, where that cannot be found out."""

    delimiter: str | None = Field(
        default=None, description='write one character, such as `"|"`, or `tab`'
    )
    encoding: str = Field(default="utf-8-sig", description="name an encoding, such as `latin-1`")

    @field_validator("delimiter")
    @classmethod
    def _delimiter(cls, value: str | None) -> str | None:
        value = "\t" if value == "tab" else value
        if value is not None and (len(value) != 1 or value.isalnum() or value in '"\r\n'):
            raise wrong('write one character, such as `"|"`, or `tab`', f"`{value}` parts no cells")
        return value

    @field_validator("encoding")
    @classmethod
    def _encoding(cls, value: str) -> str:
        try:
            known = codecs.lookup(value)._is_text_encoding
        except LookupError:
            known = False
        if not known:
            raise wrong("write `utf-8`, `latin-1`, `cp1252` or `utf-16`", f"no encoding `{value}`")
        return "utf-8-sig" if codecs.lookup(value).name == "utf-8" else value


class MappingFile(Shape):
    """A whole mapping file, as this module's docstring describes it."""

    person: PersonMap = Field(
        description="write `person: {file: …, key: …}`: the file with everybody in it"
    )
    files: dict[str, FileMap] = Field({}, description="write `name: {delimiter: …}` lines")
    unknown: Words = Field([], description=_UNKNOWN)
    dates: Formats = Field(list(ISO), description=_FORMAT)
    unmapped: Literal["report", "error"] = Field("report", description=_UNMAPPED)
    facts: dict[str, Answer] = Field({}, description="write `fact: column` lines")
    items: dict[str, ItemColumns] = Field({}, description="write `item: column` lines")
    item_facts: dict[str, dict[str, Answer]] = Field(
        {}, description="write `item: {fact: column}` lines, such as `name: {public: yes}`"
    )
    tables: dict[str, TableMap] = Field(
        {}, description="write `table: {file: …, columns: {…}}` lines"
    )
