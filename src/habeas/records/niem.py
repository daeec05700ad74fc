"""A mapping made from names alone, where columns are called as NIEM calls them.

    {table: names of its columns}, niem.csv  ->  niem_mapping  ->  the text of a mapping file

Promise: a column is mapped only where NIEM's meaning of its name is the vocabulary's; one that
could mean two things, or is there twice, is not mapped and is named.

A name is an element of the National Information Exchange Model, or a path of elements that was made
flat: `PersonSurName`, `nc:PersonSurName`, `nc_person_sur_name`, `j:Booking/nc:ActivityDate`,
`j:Booking.nc:ActivityDate.nc:Date`, `BookingActivityDate`. Case, underscores and a right prefix make
no difference; nothing else is near enough. Where one element begins with the words that the one
before it ends with, these may stand once (`BookingAgencyRecordIdentificationID`), as in ISO/IEC
11179-5, by which NIEM makes its names.

`niem.csv` is the table of names, and `TAILS` and `AROUND` what may stand after and before them. Each
element was looked up in the model's own files (`csv/Property.csv`, `csv/Type.csv` and
`csv/TypeContainsProperty.csv` of release 6.0, tag `6.0-ps02`), and each step of a path was followed
there, from a type to what it holds. Where `release` is another one, it is the last that has the name;
`none` is a name that people expect and no release has. The test of this module cannot reach the
model: whoever adds a name looks it up.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from habeas.errors import InputError, Place, Problem
from habeas.law.vocabulary import Vocabulary

DATES = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
)
"""How days are written: ISO 8601, without a zone. In UTC (`Z`) it may be another day than here."""

TAILS: Mapping[str, tuple[str, ...]] = {
    "text": (),
    "date": ("nc:Date", "nc:DateTime"),
    "identification": ("nc:IdentificationID",),
    "amount": ("nc:Amount",),
    "measure": ("nc:MeasureValueText", "nc:MeasureDecimalValue", "nc:MeasureIntegerValue"),
    "status": ("nc:StatusText", "nc:StatusDescriptionText"),
    "telephone": ("nc:FullTelephoneNumber/nc:TelephoneNumberFullID",),
    "country": ("nc:CountryName", "genc:CountryAlpha2Code", "genc:CountryAlpha3Code"),
    "address": (
        "nc:AddressFullText",
        "nc:AddressStreet/nc:StreetFullText",
        "nc:AddressCityName",
        "nc:AddressState/nc:StateName",
        "nc:AddressPostalCode",
    ),
    "location": (
        "nc:LocationName",
        "nc:LocationDescriptionText",
        "nc:Address/nc:AddressFullText",
        "nc:Address/nc:AddressCityName",
        "nc:Address/nc:AddressState/nc:StateName",
        "nc:Address/nc:AddressCountry/nc:CountryName",
    ),
}
"""By a name's kind, the elements in which its value lives and which may follow it."""

AROUND: Mapping[str, tuple[str, ...]] = {
    "": (),
    "booking": ("j:Booking",),
    "charge": ("j:Charge", "j:ArrestCharge", "j:Arrest/j:ArrestCharge", "j:CaseCharge"),
    "conviction": ("j:Conviction",),
    "immigration": (),
    "incarceration": ("j:Incarceration",),
    "person": (
        "nc:Person",
        "j:BookingSubject/nc:EntityPerson",
        "j:Booking/j:BookingSubject/nc:EntityPerson",
    ),
    "subject": ("j:Subject", "j:BookingSubject", "j:Booking/j:BookingSubject"),
    "supervision": ("j:Detention", "j:SubjectSupervision"),
}
"""By what a name is of, the elements that may stand before it without changing what it means."""

ADDED: Mapping[str, str] = {
    "person": "j:PersonAugmentation",
    "supervision": "j:SupervisionAugmentation",
}
"""Where what is of it may live, too: in what a domain has added to it. Such names end in `+`."""

HERS = frozenset(("booking", "immigration", "person"))
"""What only the table of people can say: elsewhere a name may be that of a visitor or an officer."""

KEY, SECOND_KEY = "key", "second key"
"""Targets: what says whose a row is; the second only where there is none of the first."""

_PIECE = re.compile(r"(?:([a-z]\w*):|(nc|j|im)_)?(\w+)", re.ASCII | re.IGNORECASE)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[0-9]+")
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[./-][A-Za-z0-9_]+)*", re.ASCII)
_MEANT = frozenset(("yes", "no", "true", "false", "on", "off", "y", "n", "null"))


class Name(NamedTuple):
    """One element of NIEM, and what it is to the vocabulary. One path may have several targets.

    path       elements, each with its namespace; those in parentheses may be left out
    kind, of   see `TAILS`, and `AROUND` and `ADDED`
    target     an item, a fact of a person, `TABLE.COLUMN`, `key`, `second key`; none: never mapped
    values     what cells mean, as `cell=word` parted by blanks; none: cells are read as they are
    condition  what somebody has to know before it may be mapped; none: it maps by itself
    release    the last one that has it
    why        what it means; where it does not map by itself, why not
    """

    path: str
    kind: str
    of: str
    target: str
    values: str
    condition: str
    release: str
    why: str

    @property
    def element(self) -> str:
        """The path as XML writes it."""
        return self.path.replace("(", "").replace(")", "")


@cache
def niem_table() -> tuple[Name, ...]:
    """All names of `niem.csv`, in its order: what a page about them is made of."""
    with Path(__file__).with_name("niem.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Name(**row) for row in csv.DictReader(file))


def niem_mapping(columns: Mapping[str, Sequence[str]], vocabulary: Vocabulary) -> str:
    """The text of a mapping file for tables whose columns have names of NIEM.

    columns     the names of each table's columns, by the table's name as a mapping writes it
    vocabulary  what may be mapped to; a name whose target it does not have is left unmapped

    The table of people is the one that has a name or a day of birth, and the person's number beside
    it; other tables are read where they have that number too. What is not mapped is named in
    comments, and what somebody who knows the tables could add stands there as a line to uncomment.
    Nothing is declared complete or public.

    Raises `InputError` where no table, or more than one, could be that of the people, or where two
    columns of it could be their number.
    """
    return _Maker(columns, vocabulary).text()


# -- names ----------------------------------------------------------------------------------------


@cache
def _paths() -> dict[str, tuple[Name, ...]]:
    """The names of each path."""
    made: dict[str, tuple[Name, ...]] = {}
    for name in niem_table():
        made[name.path] = (*made.get(name.path, ()), name)
    return made


class _Spelled(NamedTuple):
    """What a spelling means: the path, and the prefix that each of its pieces may have."""

    path: str
    prefixes: tuple[str, ...]


@cache
def _spellings() -> dict[tuple[str, ...], _Spelled]:
    """Every way to write each path: its elements apart, or all in one piece."""
    found: dict[tuple[str, ...], _Spelled] = {}
    for path, (name, *_) in _paths().items():
        for chain in _chains(name):
            prefixes, words = zip(*(element.split(":") for element in chain), strict=True)
            for written in ((*words,), *((one,) for one in _joined(words))):
                key = tuple(word.lower() for word in written)
                spelled = _Spelled(path, prefixes if len(key) > 1 else prefixes[:1])
                if found.setdefault(key, spelled).path != path:
                    raise AssertionError(f"two paths are written {key}")
    return found


def _chains(name: Name) -> Iterator[tuple[str, ...]]:
    """Every path of elements that the name may stand for."""
    starts, of = [re.sub(r"\(.*\)", "", name.path), name.element], name.of.rstrip("+")
    for around in AROUND[of]:
        starts.append(f"{around}/{name.element}")
        if name.of != of:
            starts.append(f"{around}/{ADDED[of]}/{name.element}")
    for start in dict.fromkeys(starts):
        for tail in ("", *TAILS[name.kind]):
            yield tuple(f"{start}/{tail}".rstrip("/").split("/"))


def _joined(words: Sequence[str]) -> set[str]:
    made = {words[0]}
    for word in words[1:]:
        made = {left + right for left in made for right in (word, _rest(left, word))}
    return made


def _rest(left: str, right: str) -> str:
    """The right name without the words that the left one ends with."""
    before, after = _WORD.findall(left), _WORD.findall(right)
    for count in range(min(len(before), len(after)), 0, -1):
        if before[-count:] == after[:count]:
            return "".join(after[count:])
    return right


def _path_of(column: str) -> str | None:
    """The path that a column's name is; None where it is none of the table."""
    pieces = [_PIECE.fullmatch(piece) for piece in re.split("[/.]", column)]
    written = tuple(piece[3].replace("_", "").lower() for piece in pieces if piece)
    spelled = _spellings().get(written) if all(pieces) else None
    if spelled is None:
        return None
    asked = [(piece[1] or piece[2] or "").lower() for piece in pieces if piece]
    fit = all(not one or one == right for one, right in zip(asked, spelled.prefixes, strict=True))
    return spelled.path if fit else None


# -- what is what ---------------------------------------------------------------------------------


class _Claim(NamedTuple):
    """One column that says one target."""

    name: Name
    file: str
    column: str


class _Maker:
    def __init__(self, columns: Mapping[str, Sequence[str]], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.left: list[str] = []
        self.strange: dict[str, list[str]] = {}
        self.columns: dict[str, dict[str, list[str]]] = {}
        for file, header in columns.items():
            named = self.columns[file] = {}
            for column in header:
                path = _path_of(column)
                if path is not None:
                    named.setdefault(path, []).append(column)
                elif column:
                    self.strange.setdefault(file, []).append(column)
        self.file, self.path = self.person()
        self.keys = self.others()
        self.sure: dict[str, list[_Claim]] = {}
        self.offered: dict[str, list[_Claim]] = {}
        for file in self.keys:
            self.claims(file)

    def person(self) -> tuple[str, str]:
        """The table of people, and the path that is their number."""
        found = {}
        for file, named in self.columns.items():
            targets = {name.target for path in named for name in _paths()[path]}
            if targets & {"name", "date_of_birth"} and targets & {KEY, SECOND_KEY}:
                target = KEY if KEY in targets else SECOND_KEY
                found[file] = [
                    (path, column)
                    for path, same in named.items()
                    for column in same
                    if any(name.target == target for name in _paths()[path])
                ]
        if not found:
            raise _error(
                "NIEM names",
                "no mapping, and no table of people whose columns have names of NIEM",
                f"write a mapping; or call each person's number {_serve()}, and name `PersonSurName`",
            )
        (file, keys), *more = found.items()
        if more:
            raise _error(
                "NIEM names",
                f"{_and([_shown(one) for one in found])} could each be the table of people",
                "write a mapping that says under `person` which of them is",
            )
        if len(keys) > 1:
            raise _error(
                file,
                f"{_and([_shown(column) for _, column in keys])} could each be the person's number",
                "write a mapping that says under `person` which of them is",
            )
        return file, keys[0][0]

    def others(self) -> dict[str, str]:
        """The column of the person's number, of each table that has it; that of people first."""
        keys = {self.file: self.columns[self.file][self.path][0]}
        for file, named in self.columns.items():
            same = named.get(self.path, ())
            if len(same) == 1:
                keys.setdefault(file, same[0])
            else:
                which = "more than one column" if same else "no column"
                self.leave(file, (), f"not read: {which} is {_shown(keys[self.file])}")
        return keys

    def leave(self, file: str, columns: Sequence[str], why: str) -> None:
        """Say that columns are not mapped, and why not."""
        listed = f" {', '.join(_shown(one) for one in columns)}:" if columns else ""
        self.left.append(f"{_shown(file)}:{listed} {why}")

    def claims(self, file: str) -> None:
        """Sort what the columns of a table say."""
        for path, same in self.columns[file].items():
            names, column = _paths()[path], same[0]
            told = [name for name in names if name.target not in (KEY, SECOND_KEY)]
            if file != self.file and path == self.path:
                continue
            if len(same) > 1:
                self.leave(file, same, "the same name of NIEM")
            elif file != self.file and names[0].of.rstrip("+") in HERS:
                self.leave(file, same, "taken from the table of people alone: it may be another's")
            elif not told and path != self.path:
                self.leave(file, same, "a number, but not the one that the people go by here")
            else:
                for name in told:
                    if not self.known(name.target):
                        unknown = f"the vocabulary has no `{name.target}`"
                        self.leave(file, same, unknown if name.target else name.why)
                    else:
                        into = self.offered if name.condition else self.sure
                        into.setdefault(name.target, []).append(_Claim(name, file, column))

    def known(self, target: str) -> bool:
        """Whether the vocabulary has the target of a name; none is no target."""
        table, _, column = target.partition(".")
        if column:
            return column in self.vocabulary.tables.get(table, {})
        fact = self.vocabulary.facts.get(target)
        return target in self.vocabulary.items or (fact is not None and fact.scope == "person")

    # -- what is mapped -------------------------------------------------------------------------

    def text(self) -> str:
        """The mapping file."""
        facts, items, tables = self.facts(), self.items(), self.tables()
        return "\n".join(
            [
                *self.opening(),
                f"person: {{file: {_scalar(self.file)}, key: {_scalar(self.keys[self.file])}}}",
                f"dates: [{', '.join(_scalar(one) for one in DATES)}]",
                *_section("facts", facts),
                *_section("items", items),
                *_section("tables", tables),
                "",
            ]
        )

    def opening(self) -> Iterator[str]:
        """What the file says of itself; to be asked for when all else has been made."""
        releases = {claim.name.release for claims in self.sure.values() for claim in claims}
        listed = ", ".join(sorted({*releases, "6.0"}, reverse=True))
        yield f"# Made from the names of columns, which are those of NIEM {listed}. Nobody has checked it."
        yield "# Of an item only whether there is a value is looked at, never what it is."
        yield "# Nothing is complete or public because of a name: whoever knows that adds it."
        if self.left:
            yield "#"
            yield "# Left unmapped:"
            yield from (f"#   {line}" for line in self.left)
        if self.strange:
            yield "#"
            yield "# Names that are not in the table of NIEM names:"
            for file, columns in self.strange.items():
                yield f"#   {_shown(file)}: {', '.join(_shown(one) for one in columns)}"

    def facts(self) -> list[str]:
        """The lines below `facts`."""
        lines = []
        for target in self.vocabulary.facts:
            claims = self.sure.get(target, ())
            if len(claims) > 1:
                self.torn(target, claims)
            elif claims:
                lines.append(f"  {target}: {self.fact(claims[0])}")
            lines += self.offers(target, bool(claims), self.fact)
        return lines

    def items(self) -> list[str]:
        """The lines below `items`."""
        lines = []
        for target in self.vocabulary.items:
            claims = self.sure.get(target, ())
            if len({claim.file for claim in claims}) > 1:
                self.torn(target, claims)
            elif claims:
                lines.append(f"  {target}: {self.item(*claims)}")
            lines += self.offers(target, bool(claims), self.item)
        return lines

    def tables(self) -> list[str]:
        """The lines below `tables`."""
        lines: list[str] = []
        for table, columns in self.vocabulary.tables.items():
            targets = [f"{table}.{column}" for column in columns]
            sure = self.alone([c for target in targets for c in self.sure.get(target, ())], table)
            offered = [c for target in targets for c in self.offered.get(target, ())]
            files = {claim.file for claim in (*sure, *offered)}
            if len(files) > 1:
                self.torn(table, (*sure, *offered))
            elif files:
                lines += self.table(table, files.pop(), sure, offered)
        return lines

    def table(
        self, table: str, file: str, sure: Sequence[_Claim], offered: Sequence[_Claim]
    ) -> Iterator[str]:
        mark = "" if sure else "# "
        yield f"  {mark}{table}:"
        if file != self.file:
            yield f"  {mark}  file: {_scalar(file)}"
            yield f"  {mark}  key: {_scalar(self.keys[file])}"
        if sure:
            yield f"    where: {{column: {_scalar(sure[0].column)}, without: []}}    # if it is filled"
        yield f"  {mark}  columns:"
        for claim in sure:
            yield f"      {_last(claim.name.target)}: {_answer(claim)}"
        for claim in offered:
            start = "      # " if sure else "  #     "
            yield f"{start}{_last(claim.name.target)}: {_answer(claim)}    # {_if(claim)}"

    def alone(self, claims: Sequence[_Claim], table: str) -> list[_Claim]:
        """Those from a table of its own: each row of another may be something else, or be there twice."""
        kept = []
        for claim in claims:
            said = {
                name.target.partition(".")[0]
                for path in self.columns[claim.file]
                for name in _paths()[path]
                if path != self.path
            }
            if said <= {table, f"{table}_history", KEY, SECOND_KEY, ""}:
                kept.append(claim)
            else:
                why = f"rows of `{table}` are taken only from a table that has nothing else"
                self.leave(claim.file, [claim.column], why)
        return kept

    def torn(self, target: str, claims: Sequence[_Claim]) -> None:
        """Say that several columns claim what only one can say."""
        for file in dict.fromkeys(claim.file for claim in claims):
            said = dict.fromkeys(claim.column for claim in claims if claim.file == file)
            others = "another table" if len({c.file for c in claims}) > 1 else "each of them"
            self.leave(file, [*said], f"`{target}` is also said by {others}")

    def offers(self, target: str, settled: bool, place: Callable[[_Claim], str]) -> Iterator[str]:
        """The lines that somebody who knows the tables may uncomment."""
        for claim in self.offered.get(target, ()):
            if settled:
                self.leave(claim.file, [claim.column], f"would be `{target}` {_if(claim)}")
            else:
                yield f"  # {target}: {place(claim)}    # {_if(claim)}"

    def fact(self, claim: _Claim) -> str:
        """Where a fact comes from, as a mapping writes it."""
        if claim.file == self.file:
            return _answer(claim)
        return _answer(
            claim, f"file: {_scalar(claim.file)}, key: {_scalar(self.keys[claim.file])}, "
        )

    def item(self, *claims: _Claim) -> str:
        """Where an item lives, as a mapping writes it."""
        file, listed = claims[0].file, ", ".join(_scalar(claim.column) for claim in claims)
        if file == self.file:
            return f"[{listed}]"
        return f"{{file: {_scalar(file)}, key: {_scalar(self.keys[file])}, columns: [{listed}]}}"


# -- words ----------------------------------------------------------------------------------------


def _answer(claim: _Claim, before: str = "") -> str:
    column, pairs = _scalar(claim.column), [one.split("=") for one in claim.name.values.split()]
    if pairs:
        listed = ", ".join(f"{_scalar(cell)}: {word}" for cell, word in pairs)
        return f"{{{before}column: {column}, values: {{{listed}}}}}"
    return f"{{{before}column: {column}}}" if before else column


def _section(name: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield (
            f"{name}:" if any(not line.lstrip().startswith("#") for line in lines) else f"# {name}:"
        )
        yield from lines


def _scalar(text: str) -> str:
    """Text that YAML reads as this text."""
    if _BARE.fullmatch(text) and text.lower() not in _MEANT:
        return text
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=2**31).strip()


def _shown(text: str) -> str:
    """Somebody's word in a comment, which ends where the line does."""
    return f"`{''.join(letter if letter.isprintable() else '?' for letter in text)}`"


def _last(target: str) -> str:
    return target.rpartition(".")[2]


def _if(claim: _Claim) -> str:
    return f"if {claim.name.condition}"


def _serve() -> str:
    """The columns that could say whose a row is."""
    elements = [name.element for name in niem_table() if name.target in (KEY, SECOND_KEY)]
    return _and([f"`{element.partition(':')[2]}ID`" for element in elements], "or")


def _and(words: Sequence[str], joint: str = "and") -> str:
    return f"{', '.join(words[:-1])} {joint} {words[-1]}" if len(words) > 1 else words[0]


def _error(place: str, message: str, help: str) -> InputError:
    return InputError(Problem(Place(place), message, help))
