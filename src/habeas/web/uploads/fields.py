"""What is read in a form: each field with its value, where it stands and how it was found.

    reader (JSON)  ->  Reading  ->  page of the desk

Promise: every field of the form is here, found or not; one that was not found, or could be two, has no value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from habeas.web.uploads.limits import FORM_PAGES, PAGES, SIDE, VALUE

TEXTS = (
    "form", "subject_id", "event_number", "file_number", "date", "to", "from", "name",
    "date_of_birth", "citizenship", "sex", "officer",
)  # fmt: skip
"""Fields that are written."""

BOX_1 = ("box_1", "final_order", "pending_proceedings", "biometric_check", "statements")
"""Probable cause, and the four ticks below it."""

TICKS = (*BOX_1, "box_2", "cancel")
"""Fields that are ticked: yes, no, or None where no mark could be read, which is not a no."""

REQUESTS = ("notify", "hold", "pass_on", "report")
"""What the form asks for: yes where the paper says it, None where it was not found."""

NAMES = (*TEXTS, *TICKS, *REQUESTS)

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in points (1/72 inch) from the top left corner of the page as it is shown."""

Sure = Literal["label", "field name", "unclear", "not found"]
"""How a field was found: its label stands on the page; the PDF's own field is called so; in two ways that do not
agree, or beside words that may be another's (then without a value); not at all."""

Told = Literal[
    "script", "action", "xfa", "layers", "repaired", "restricted", "no text", "another form",
    "not the form", "later pages",
]  # fmt: skip
"""What is told of a PDF that was read."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    value  text as it is written; of a tick or a request yes, no or None; None also where it was left blank
    page   from 1; None where it was not found
    box    the value's place; where it has none, its label's
    """

    __pydantic_config__: ClassVar = {"strict": True, "extra": "forbid"}

    name: str
    value: str | bool | None = None
    page: int | None = None
    box: Box | None = None
    sure: Sure = "not found"

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError("no such field")
        if isinstance(self.value, str):
            if self.name not in TEXTS or not 0 < len(self.value) <= VALUE:
                raise ValueError("not a text of this field")
            if not all(one.isprintable() or one == "\n" for one in self.value):
                raise ValueError("a character that cannot be shown")
        elif self.value is not None and self.name in TEXTS:
            raise ValueError("not a tick")
        if (self.page is None) is not (self.box is None) or (
            self.box is None and self.value is not None
        ):
            raise ValueError("a value without a place")
        if (self.page is None) is not (self.sure == "not found"):
            raise ValueError("found nowhere")
        if self.sure == "unclear" and self.value is not None:
            raise ValueError("a value that is not clear")
        if self.page is not None and not 1 <= self.page <= FORM_PAGES:
            raise ValueError("no such page")
        if self.box is not None and not all(
            math.isfinite(one) and -SIDE <= one <= 2 * SIDE for one in self.box
        ):
            raise ValueError("no such place")


@dataclass(frozen=True, slots=True)
class Fields:
    """All fields of a Form I-247A, in the order of `NAMES`; `fields["date"]` is one of them."""

    __pydantic_config__: ClassVar = {"strict": True, "extra": "forbid"}

    all: tuple[Field, ...]

    def __post_init__(self) -> None:
        if tuple(one.name for one in self.all) != NAMES:
            raise ValueError("not every field, once")

    def __getitem__(self, name: str) -> Field:
        return self.all[NAMES.index(name)]

    @property
    def cancels(self) -> bool | None:
        """Whether it cancels an earlier detainer; None: not known, and a person has to look."""
        value = self["cancel"].value
        return value if isinstance(value, bool) else None

    @property
    def requests(self) -> tuple[str, ...]:
        """What it asks for, as read; nothing where it cancels."""
        if self.cancels:
            return ()
        return tuple(name for name in REQUESTS if self[name].value is True)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says of a PDF; of another kind, nothing but that it can be read.

    pages   how many
    fields  of the form, where it is one
    """

    __pydantic_config__: ClassVar = {"strict": True, "extra": "forbid"}

    pages: int
    told: tuple[Told, ...] = ()
    fields: Fields | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.pages <= PAGES:
            raise ValueError("no such number of pages")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of which a picture is made; without a box, the page.

    page  from 1
    """

    page: int
    box: Box | None = None
