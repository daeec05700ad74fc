"""A jail whose every value is unmistakable, and a search for these values in whatever was told.

    folder  ->  write_jail  ->  people.csv, convictions.csv, mapping.yaml        bytes  ->  told  ->  what stands in them

Promise: a value is found in any case, with or without what parts its letters, in HTML, JSON, CSV and PDF; a day in all
usual ways of writing it. The search is its own: it shares nothing with the one that papers are looked through by.
"""

from __future__ import annotations

import csv
import html
import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path

import pypdfium2
import yaml

SHOWN, HIDDEN, CORRECTED, GONE = "Kzqpublic-01", "Kzqhidden-02", "Kzqwrong-03", "Kzqgone-04"
"""Keys in the records: of somebody on the public roster, of somebody who is not, of somebody on it whose record will be
corrected, and of somebody who was let go and is not on it."""

PEOPLE = (SHOWN, HIDDEN, CORRECTED, GONE)

TEXTS = (
    "alias", "physical_description", "photograph", "fingerprints", "home_address", "work_address",
    "family_contacts", "government_identifiers", "place_of_birth", "citizenship", "immigration_status",
    "custody_status", "housing_location", "arrest_details", "booking_details", "charges", "bail",
    "holds_and_warrants", "conviction_history", "medical", "visitors", "phone_calls",
)  # fmt: skip
"""Items whose value is a word of its own; `name`, `phone` and those that are days come besides."""

DAYS = ("date_of_birth", "court_dates", "release_date", "release_details")

ITEMS = ("name", "phone", *TEXTS, *DAYS)
"""Every item of the vocabulary that is data."""

_YEARS = {"date_of_birth": 1951, "court_dates": 2041, "release_date": 2051, "release_details": 2011}
_BOOKED = 2017

FORMS = (
    "%Y%m%d", "%m%d%Y", "%d%m%Y", "%-m%-d%Y", "%-d%-m%Y", "%d%B%Y", "%-d%B%Y", "%B%d%Y", "%B%-d%Y",
    "%d%b%Y", "%-d%b%Y", "%b%d%Y", "%b%-d%Y",
)  # fmt: skip
"""Ways of writing a day, without what parts it."""


def word(item: str, person: int) -> str:
    """What an item of somebody begins with: no word of any language."""
    return f"Zq{item.replace('_', '')}x{person}"


def day(item: str, person: int) -> date:
    """A day that no paper and no clock of these tests names."""
    return date(_YEARS[item], 3 + person, 20 + person)


def _row(key: str, person: int) -> dict[str, str]:
    held = key != GONE
    row = {
        "person_no": key,
        "last": word("last", person),
        "first": word("first", person),
        "phone": f"(555) 867-53{person:02}",
        "custody": "IN" if held else "OUT",
        "booked": date(_BOOKED, 2, 10 + person).isoformat(),
        "juvenile": "N",
        "registrant": "N",
        "history_run": "Y",
        "roster": "Y" if key in (SHOWN, CORRECTED) else "N",
        **{item: f"{word(item, person)} of Vexmoor" for item in TEXTS},
        **{item: day(item, person).isoformat() for item in DAYS},
    }
    row["release_on"] = row["release_date"] if held else row["release_details"]
    return row


MAPPING = {
    "person": {"file": "people.csv", "key": "person_no"},
    "dates": "%Y-%m-%d",
    "facts": {
        "in_custody": {"column": "custody", "values": {"IN": True, "OUT": False}},
        "booked_on": "booked",
        "release_on": "release_on",
        "current_registrant": {"column": "registrant", "values": {"Y": True, "N": False}},
        "minor": {"column": "juvenile", "values": {"Y": True, "N": False}},
    },
    "items": {
        "name": ["last", "first"],
        "phone": "phone",
        **{item: item for item in TEXTS},
        "date_of_birth": "date_of_birth",
        "court_dates": "court_dates",
        "release_date": {
            "columns": "release_date",
            "where": {"column": "custody", "only": "IN", "without": "OUT"},
        },
        "release_details": {
            "columns": "release_details",
            "where": {"column": "custody", "only": "OUT", "without": "IN"},
        },
    },
    "tables": {
        "conviction": {
            "file": "convictions.csv",
            "columns": {
                "offense": "statute",
                "level": {"column": "class", "values": {"F": "felony", "M": "misdemeanor"}},
                "convicted_on": "convicted",
                "released_on": "released",
                "violent_felony": {"column": "violent", "values": {"Y": True, "N": False}},
                "serious_felony": {"column": "violent", "values": {"Y": True, "N": False}},
                "reduced_by_prop_47": {"column": "p47", "values": {"Y": True, "N": False}},
            },
            "complete": {"column": "history_run", "values": {"Y": True, "N": False}},
        }
    },
    "item_facts": {
        "arrest_information": {"public": {"column": "roster", "values": {"Y": True, "N": False}}},
        **{
            item: {"public": False}
            for item in (
                "alias", "fingerprints", "government_identifiers", "place_of_birth", "citizenship",
                "immigration_status", "housing_location", "conviction_history", "release_date", "medical",
                "visitors", "phone_calls", "home_address", "work_address", "phone", "family_contacts",
            )
        },
    },
}  # fmt: skip


def write_jail(folder: Path, people: Iterable[str] = PEOPLE) -> Path:
    """Write the jail of these people into a new folder, and return it."""
    folder.mkdir()
    people = list(people)
    rows = [_row(key, PEOPLE.index(key) + 1) for key in people]
    with (folder / "people.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, _row(SHOWN, 1).keys())
        writer.writeheader()
        writer.writerows(rows)
    with (folder / "convictions.csv").open("w") as file:
        file.write("person_no,statute,class,convicted,released,violent,p47\n")
        if HIDDEN in people:  # so that the law permits something about her: somebody has to choose
            file.write(f"{HIDDEN},PC 211,F,2015-03-09,2019-05-14,Y,N\n")
    (folder / "mapping.yaml").write_text(yaml.safe_dump(MAPPING, sort_keys=False))
    return folder


@cache
def canaries() -> Mapping[str, str]:
    """Every spelling that is looked for, squeezed, and what it is: `home_address of Kzqpublic-01`."""
    made: dict[str, str] = {}
    for person, key in enumerate(PEOPLE, 1):
        spellings = {item: [word(item, person)] for item in TEXTS}
        spellings |= {
            item: [day(item, person).strftime(form) for form in FORMS]
            for item in DAYS
            if (item == "release_details") is (key == GONE) or item not in ("release_details", "release_date")
        }  # fmt: skip
        spellings["name"] = [word("last", person), word("first", person)]
        spellings["phone"] = [f"55586753{person:02}"]
        spellings["booked_on"] = [date(_BOOKED, 2, 10 + person).strftime(form) for form in FORMS]
        spellings["key"] = [key]
        for item, some in spellings.items():
            made |= {squeezed(one): f"{item} of {key}" for one in some}
    return made


def told(data: bytes, more: Mapping[str, str] | None = None) -> set[str]:
    """What stands in bytes: of `canaries`, and of `more` (a squeezed spelling each, and what it is).

    >>> sorted(told(b"<b>ZQALIAS-X1</b>, born 21 April 1951"))
    ['alias of Kzqpublic-01', 'date_of_birth of Kzqpublic-01']
    """
    text = squeezed(text_of(data))
    return {what for spelling, what in {**canaries(), **(more or {})}.items() if spelling in text}


def text_of(data: bytes) -> str:
    """All text of HTML, JSON, CSV or PDF; of a PDF also its bytes as they are."""
    if data.startswith(b"%PDF-"):
        pdf = pypdfium2.PdfDocument(data)
        try:
            pages = [page.get_textpage().get_text_range() for page in pdf]
            about = pdf.get_metadata_dict()
        finally:
            pdf.close()
        return "\n".join([*pages, *about.values(), data.decode("latin-1")])
    text = data.decode("utf-8", "replace")
    if text[:1] in ("{", "["):
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return html.unescape(text)


def squeezed(text: str) -> str:
    """Letters and digits, small."""
    return "".join(filter(str.isalnum, text.casefold()))
