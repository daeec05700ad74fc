"""Papers that the tests make, of an office and people that do not exist; and how a PDF is read."""

from __future__ import annotations

from datetime import date

import pypdfium2

from habeas.reports.casework.letter import Answer, BlindLetter, Citation, Letter, Sender
from habeas.reports.casework.notice_fields import Value
from habeas.reports.casework.package import Granted, Package, Person

DAY = date(2025, 7, 18)
OFFICE = Sender(
    "Fir County Sheriff", ("1 Main Street", "Fir CA 90000"), "(555) 010-0100", "records@fir.example"
)
TRUTH = "https://leginfo.legislature.ca.gov/faces/codes_displaySection.xhtml?lawCode=GOV&sectionNum=7283.1"
LAW = Citation("Gov. Code § 7284.6(a)(1)(C)", TRUTH)
CHECKED = Citation("Gov. Code § 7923.610", TRUTH, checked=True)

VALUES: dict[str, Value] = {
    "case": "2025-0017",
    "compliance": "does not comply",
    "items": ("release_date", "hold"),
    "law": "Gov. Code § 7283.1(b)",
    "person": "Rosa Alder",
    "received": date(2025, 7, 17),
    "recipient": "B. Counsel",
    "release": date(2025, 8, 1),
    "request": "hold request",
    "requester": "An agency",
    "told": date(2025, 7, 16),
}


def letter(language: str = "en", **other: object) -> Letter:
    fields: dict[str, object] = {
        "office": OFFICE,
        "case": "2025-0017",
        "day": DAY,
        "addressee": ("An agency", "2 Elm Street"),
        "reference": "REF-77",
        "received": date(2025, 7, 17),
        "asked": ("name", "home_address", "release_date"),
        "answers": (
            Answer("name", "given", (CHECKED,)),
            Answer("home_address", "not given", (LAW,)),
            Answer("release_date", "waits", ()),
        ),
        "language": language,
    }
    return Letter(**(fields | other))  # type: ignore[arg-type]


def blind(language: str = "en", **other: object) -> BlindLetter:
    fields: dict[str, object] = {
        "office": OFFICE,
        "case": "2025-0017",
        "day": DAY,
        "addressee": ("An agency", "2 Elm Street"),
        "reference": "REF-77",
        "received": date(2025, 7, 17),
        "asked": ("name", "home_address", "release_date"),
        "citations": (LAW,),
        "language": language,
    }
    return BlindLetter(**(fields | other))  # type: ignore[arg-type]


def package(*people: Person, language: str = "en") -> Package:
    return Package(OFFICE, "2025-0017", DAY, people, language)


def rosa(*granted: Granted) -> Person:
    return Person("A. Person", granted or (Granted("name", ("Rosa Alder",)),))


def text_of(pdf: bytes) -> str:
    """A PDF's text with single blanks."""
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    return " ".join(" ".join(pages).split())
