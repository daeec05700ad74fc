"""Comparing: each field of a form that was read, beside its place in the picture, for a person to confirm.

    Fields, page sizes  ->  CompareForm, rows_of  ->  page;  POST  ->  Confirmed (what was ticked, and nothing else)

Promise: a field that nobody ticked is not among what was confirmed, whatever stands in it; one that was not read
says so, and has no value until somebody writes one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from django import forms
from django.forms import BoundField

from habeas.errors import HabeasError
from habeas.web.casework.engine import person_of
from habeas.web.casework.models import CaseRequest
from habeas.web.desk.forms import WHEN, DeskForm, line, when
from habeas.web.uploads.confirming import MUST, Confirmed
from habeas.web.uploads.fields import NAMES, TEXTS, Box, Field, Fields
from habeas.web.uploads.limits import VALUE

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("What it is", ("form", "cancel")),
    ("Who asks", ("from", "officer", "event_number", "date", "to")),
    ("What it asks for", ("notify", "hold", "pass_on", "report")),
    (
        "About whom",
        ("name", "date_of_birth", "citizenship", "sex", "subject_id", "file_number"),
    ),
    (
        "What it names as its cause",
        (
            "box_1",
            "final_order",
            "pending_proceedings",
            "biometric_check",
            "statements",
            "box_2",
        ),
    ),
)
"""The fields in the order in which people compare them."""

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "form": "Number of the form, at its foot",
        "cancel": "Does it cancel an earlier detainer?",
        "from": "From: the agency that asks",
        "officer": "Name and title of the immigration officer",
        "event_number": "Event number",
        "date": "Date of the form",
        "to": "To",
        "notify": "Does it ask to be told before a release?",
        "hold": "Does it ask that she be held longer?",
        "pass_on": "Does it ask that it be passed on?",
        "report": "Does it ask to be told of a death, a stay in hospital or a transfer?",
        "name": "Name on the form",
        "date_of_birth": "Date of birth",
        "citizenship": "Citizenship",
        "sex": "Sex",
        "subject_id": "Subject ID",
        "file_number": "File number",
        "box_1": "Is box 1 ticked: probable cause?",
        "final_order": "Under it: is a final order of removal ticked?",
        "pending_proceedings": "Under it: are pending proceedings ticked?",
        "biometric_check": "Under it: is a biometric check ticked?",
        "statements": "Under it: are statements or other evidence ticked?",
        "box_2": "Is box 2 ticked: transferred for a proceeding?",
    }
)
"""What each field is called where people compare it."""

_HOW = {
    "label": "Read beside its label",
    "field name": "Read in the field of this name",
    "unclear": "Not clear: it could be read in more than one way",
    "not found": "Not read",
}
_LEFT, _RIGHT, _HIGH, _WIDE = 84.0, 36.0, 12.0, 216.0
"""Points shown around a place; and how wide the part of the page is at least."""


def value_name(name: str) -> str:
    """The form field that holds a value."""
    return f"v_{name}"


def tick_name(name: str) -> str:
    """The form field that says that it was compared."""
    return f"c_{name}"


class Area(NamedTuple):
    """A part of a page, in points from its top left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a page's picture around a place, as an SVG has it.

    shown  what is shown
    place  where the field stands
    """

    page: int
    shown: Area
    place: Area

    @property
    def view(self) -> str:
        """What is shown, as `viewBox` has it."""
        return " ".join(f"{one:.1f}" for one in self.shown)


@dataclass(frozen=True, slots=True)
class Row:
    """One field, as it is compared.

    part    where it stands; None where it was not found, or no picture has it
    how     how it was read
    needed  whether there is no case without it
    """

    name: str
    label: str
    how: str
    value: BoundField
    tick: BoundField
    part: Part | None
    needed: bool


def part_of(field: Field, sizes: Sequence[tuple[float, float]]) -> Part | None:
    """The part of its page on which a field stands."""
    if field.page is None or field.box is None or field.page > len(sizes):
        return None
    wide, high = sizes[field.page - 1]
    left, top, right, bottom = _sorted(field.box)
    x = max(0.0, left - _LEFT)
    y = max(0.0, top - _HIGH)
    until = min(wide, max(right + _RIGHT, x + _WIDE))
    x = max(0.0, min(x, until - _WIDE))
    below = min(high, bottom + _HIGH)
    if until <= x or below <= y:
        return None
    place = Area(left - 2, top - 2, right - left + 4, bottom - top + 4)
    return Part(field.page, Area(x, y, until - x, below - y), place)


def _sorted(box: Box) -> Box:
    left, top, right, bottom = box
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


class CompareForm(DeskForm):
    """What the paper says, field by field; who it is about, which only a person says; and when it came."""

    received_at = when("When it reached the office", f"{WHEN} Periods are counted from this day.")
    person = line("Her id in the records", "You look her up; nobody is found by a name.", 100)
    compared = forms.BooleanField(
        label="I compared the record of this id with name and date of birth on the paper",
        required=False,
    )
    no_record = forms.BooleanField(
        label="There is no record of her, and this id is the right one all the same",
        required=False,
    )

    def __init__(self, fields: Fields, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].error_messages["required"] = "Write whom it is about."
        for one in fields.all:
            self.fields[value_name(one.name)] = _field(one)
            self.fields[tick_name(one.name)] = forms.BooleanField(
                label="The paper says this", required=False
            )

    def clean(self) -> dict[str, Any]:
        """Hold what was ticked against what was written; what is needed has to be ticked."""
        given = super().clean() or {}
        for name in NAMES:
            ticked, value = given.get(tick_name(name)), given.get(value_name(name))
            if ticked and value in ("", None) and value_name(name) not in self.errors:
                self.add_error(value_name(name), f"{_short(name)}: write what the paper says.")
            elif name in MUST and not ticked:
                self.add_error(
                    tick_name(name),
                    f"{_short(name)}: nobody confirmed it. Compare it with the paper.",
                )
        self._person(given)
        return given

    def _person(self, given: Mapping[str, Any]) -> None:
        person = str(given.get("person") or "").strip()
        if not person:
            return
        try:
            there = person_of(CaseRequest(person=person)) is not None
        except HabeasError:
            there = False
        if not there and not given.get("no_record"):
            self.add_error(
                "person",
                "There is no record under this id. Correct it, or say below that there is none.",
            )
        elif there and not given.get("compared"):
            self.add_error("compared", "Compare the record with the paper, and say that you did.")

    def confirmed(self) -> Confirmed:
        """What was ticked, and whom it is about."""
        given = self.cleaned_data
        return Confirmed(
            person=given["person"],
            received_at=given["received_at"],
            values={
                name: given[value_name(name)] if name in TEXTS else given[value_name(name)] == "yes"
                for name in NAMES
                if given[tick_name(name)]
            },
        )

    def left_out(self) -> list[str]:
        """What has a value and was not ticked, as pages call it."""
        given = self.cleaned_data
        return [
            _short(name)
            for name in NAMES
            if not given[tick_name(name)] and given[value_name(name)] not in ("", None)
        ]

    def entered(self) -> dict[str, str]:
        """All that was entered, as it was typed: what `initial_of` takes back."""
        return {
            name: str(self.data.get(name, ""))[: VALUE * 2]
            for name in self.fields
            if name in self.data
        }


def initial_of(entered: Mapping[str, str]) -> dict[str, Any]:
    """A form's start, from what was entered before."""
    return {
        name: value if not name.startswith("c_") and name not in ("compared", "no_record") else True
        for name, value in entered.items()
    }


def rows_of(
    form: CompareForm, fields: Fields, sizes: Sequence[tuple[float, float]]
) -> Iterator[tuple[str, list[Row]]]:
    """The rows of the page, by heading."""
    for title, names in GROUPS:
        rows = []
        for name in names:
            one = fields[name]
            rows.append(
                Row(
                    name=name,
                    label=LABELS[name],
                    how=_how(one),
                    value=form[value_name(name)],
                    tick=form[tick_name(name)],
                    part=part_of(one, sizes),
                    needed=name in MUST,
                )
            )
        yield title, rows


def _how(field: Field) -> str:
    if field.value is None and field.sure in ("label", "field name"):
        return (
            "Its place was found, and nothing was read there"
            if field.name in TEXTS
            else "Its place was found; whether it is ticked could not be read"
        )
    return _HOW[field.sure]


def _field(field: Field) -> forms.Field:
    label = LABELS[field.name]
    if field.name not in TEXTS:
        start = {True: "yes", False: "no", None: ""}[
            field.value if isinstance(field.value, bool) else None
        ]
        return forms.ChoiceField(
            label=label,
            choices=(("yes", "Yes"), ("no", "No")),
            widget=forms.RadioSelect,
            initial=start,
            required=False,
        )
    lines = field.name in ("to", "from")
    widget = forms.Textarea(attrs={"rows": 3}) if lines else forms.TextInput()
    widget.attrs["autocomplete"] = "off"
    return forms.CharField(
        label=label, max_length=VALUE, widget=widget, initial=field.value or "", required=False
    )


def _short(name: str) -> str:
    """A label without its question, for a list."""
    return LABELS[name].partition("?")[0]
