"""Draws the people of a synthetic jail.

    numbers from 0 to 1  ->  Jail.person  ->  rows of every table

Promise: name, citizenship and birthplace are drawn apart, so nothing can be read off a name.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from typing import Generic, TypeVar

from habeas.records.sample_made import Made
from habeas.records.sample_names import ORIGINS
from habeas.records.sample_offenses import BY_SECTION, OFFENSES, Offense

SNAPSHOT = date(2025, 7, 17)
"""The day on which the jail is seen."""

ORPHANS_EVERY = 400
"""One conviction that is nobody's for as many people."""

COLUMNS = {
    "people.csv": (
        "person_no,last,first,aka,dob,sex,height,weight,hair,eyes,birthplace,citizen,imm_status,"
        "address,city,employer,phone,contact,ident_no,photo,prints,juvenile,registrant,med_flag"
    ),
    "bookings.csv": (
        "person_no,booking_no,booked_at,arrest_at,arrest_agency,arrest_place,custody,housing,"
        "release_on,bail,holds,court_on,visits,calls,roster,history_run,da_filed"
    ),
    "charges.csv": "person_no,booking_no,statute,literal,class,filed_on,hta,disposition,dv,p47",
    "convictions.csv": "person_no|statute|class|convicted|released|case_no|dv|p47|strike|prison",
}
"""Each table's header."""

T = TypeVar("T")
Row = Sequence[str]


class Weighted(Generic[T]):
    """Words of which some are drawn more often than others."""

    def __init__(self, *pairs: tuple[T, int]) -> None:
        self.words = [word for word, _ in pairs]
        self.upto = list(accumulate(weight for _, weight in pairs))


CITIZENSHIPS = Weighted(
    ("UNITED STATES", 55), ("USA", 8), ("US", 3), ("MEXICO", 10), ("MEX", 2), ("EL SALVADOR", 3),
    ("GUATEMALA", 3), ("HONDURAS", 2), ("CHINA", 2), ("PHILIPPINES", 2), ("VIETNAM", 2),
    ("INDIA", 1), ("CANADA", 1), ("ARMENIA", 1), ("UNK", 2), ("", 6),
)  # fmt: skip
BIRTHPLACES = Weighted(
    ("CALIFORNIA", 45), ("TEXAS", 6), ("NEVADA", 4), ("NEW YORK", 4), ("MEXICO", 11),
    ("JALISCO", 2), ("EL SALVADOR", 3), ("GUATEMALA", 3), ("MANILA", 2), ("SAIGON", 1),
    ("CHINA", 2), ("INDIA", 1), ("YEREVAN", 1), ("UNK", 3), ("", 9),
)  # fmt: skip
STATUSES = Weighted(("", 88), ("LPR", 4), ("VISA", 2), ("UNK", 6))
JUVENILE = Weighted(("N", 97), ("", 3))
REGISTRANT = Weighted(("Y", 2), ("N", 92), ("", 6))
SEXES = Weighted(("M", 79), ("F", 19), ("X", 1), ("", 1))
HAIR = Weighted(("BLK", 5), ("BRO", 5), ("BLN", 1), ("GRY", 1), ("", 1))
EYES = Weighted(("BRO", 7), ("BLU", 2), ("HAZ", 1), ("GRN", 1), ("", 1))
NO_ADDRESS = Weighted(("TRANSIENT", 3), ("", 1))
EMPLOYERS = Weighted(("", 7), ("WAREHOUSE", 1), ("RESTAURANT", 1), ("CONSTRUCTION", 1))
MEDICAL = Weighted(("", 7), ("Y", 2), ("N", 1))
AGENCIES = Weighted(("HARBOR CITY PD", 5), ("SHERIFF", 4), ("HIGHWAY PATROL", 2), ("TRANSIT PD", 1))
HOLDS = Weighted(
    ("", 78), ("PAROLE", 6), ("PROBATION", 7), ("OUT OF COUNTY WARRANT", 4), ("USMS", 1),
    ("ICE I-247A", 4),
)  # fmt: skip
ROSTER = Weighted(("Y", 86), ("N", 8), ("", 6))
HISTORY = Weighted(("Y", 78), ("N", 14), ("", 8))
FILED = Weighted(("Y", 80), ("N", 12), ("", 8))
DISPOSITIONS = Weighted(("PENDING", 85), ("DISMISSED", 7), ("REJECTED", 3), ("", 5))
HEARINGS = Weighted(("Y", 3), ("N", 3), ("", 4))
YES_NO = Weighted(("Y", 6), ("N", 90), ("", 4))
DRAWN = Weighted(*((offense, offense.weight) for offense in OFFENSES))
STREETS = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elder", "Fir", "Hazel", "Juniper", "Larch", "Rowan",
)  # fmt: skip
_ORIGINS = tuple(ORIGINS)


def person_no(number: int) -> str:
    """The key of the so-manieth person, from 1."""
    return f"P{number:06}"


@dataclass
class Jail:
    """Draws people one after the other. Only `random()` is used: its numbers never change."""

    random: Callable[[], float]
    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def person(self, number: int, made: Made | None) -> None:
        """Add everybody's rows in their order, from 1; `made` is one who is made to order."""
        key = person_no(number)
        minor = made.minor if made else self._chance(0.01)
        booked = SNAPSHOT - timedelta(days=min(900, int(-math.log(1 - self.random()) * 60)))
        years = 14 + self.random() * 3.5 if minor else 18.5 + self.random() ** 2 * 55
        born = SNAPSHOT - timedelta(days=int((50 if made and not minor else years) * 365.25))
        self.rows["people.csv"].append(self._identity(number, born, minor, made))
        self.rows["bookings.csv"].append(self._booking(number, booked, minor, made))
        if made:
            charges = [(BY_SECTION[section], level, hta) for section, level, hta in made.charges]
        else:
            drawn = [self._draw(DRAWN) for _ in range(1 + int(self.random() ** 2 * 4))]
            charges = [(one, self._level(one, 0.55), self._hearing(one)) for one in drawn]
        for offense, level, hta in charges:
            self.rows["charges.csv"].append(self._charge(number, booked, offense, level, hta, made))
        self._convictions(key, booked, born, made)
        if number % ORPHANS_EVERY == 0:
            self._conviction(f"X{number:06}", self._draw(DRAWN), "M", booked, None)

    def _chance(self, share: float) -> bool:
        return self.random() < share

    def _pick(self, words: Sequence[T]) -> T:
        return words[int(self.random() * len(words))]

    def _draw(self, weighted: Weighted[T]) -> T:
        upto = weighted.upto
        return weighted.words[bisect_right(upto, int(self.random() * upto[-1]))]

    def _digits(self, count: int) -> str:
        return f"{int(self.random() * 10**count):0{count}}"

    def _level(self, offense: Offense, felony: float) -> str:
        if len(offense.levels) == 1:
            return offense.levels
        return "F" if self._chance(felony) else "M"

    def _hearing(self, offense: Offense) -> str:
        return self._draw(HEARINGS) if "F" in offense.levels else ""

    def _identity(self, number: int, born: date, minor: bool, made: Made | None) -> Row:
        origin = self._pick(_ORIGINS)
        family = self._pick(ORIGINS[origin].family)
        # Most people's given name is of the same origin as their family's.
        given = self._pick(ORIGINS[origin if self._chance(0.7) else self._pick(_ORIGINS)].given)
        aka = f"{self._pick(ORIGINS[origin].given)} {family}" if self._chance(0.15) else ""
        # Drawn with no regard to the name, nor to each other.
        birthplace, citizen = self._draw(BIRTHPLACES), self._draw(CITIZENSHIPS)
        status = self._draw(STATUSES)
        juvenile = "Y" if minor else self._draw(JUVENILE)
        registrant = self._draw(REGISTRANT)
        if made:
            juvenile = "Y" if minor else "N"
            registrant = "Y" if made.registrant else "N"
        return (
            person_no(number),
            family.upper() if self._chance(0.5) else family,
            given,
            aka,
            born.isoformat(),
            self._draw(SEXES),
            f"{6 - self._chance(0.85)}'{int(self.random() * 12):02}",
            str(110 + int(self.random() * 150)),
            self._draw(HAIR),
            self._draw(EYES),
            birthplace,
            citizen,
            status,
            f"{100 + int(self.random() * 9000)} {self._pick(STREETS)} St, Apt {self._digits(2)}"
            if self._chance(0.85)
            else self._draw(NO_ADDRESS),
            "Harbor City",
            self._draw(EMPLOYERS),
            f"(555) 555-01{self._digits(2)}" if self._chance(0.7) else "",
            f"{self._pick(ORIGINS[origin].given)} {family}" if self._chance(0.6) else "",
            f"SYN-{self._digits(7)}" if self._chance(0.8) else "",
            f"photos/{number:06}.jpg" if self._chance(0.97) else "",
            f"livescan/{number:06}" if self._chance(0.97) else "",
            juvenile,
            registrant,
            self._draw(MEDICAL),
        )

    def _booking(self, number: int, booked: date, minor: bool, made: Made | None) -> Row:
        out = not made and self._chance(0.12)
        release = ""
        if out:
            gone = min(SNAPSHOT, booked + timedelta(days=int(self.random() * 30)))
            release = f"{gone:%m/%d/%Y}"
        elif made or self._chance(0.45):
            release = f"{SNAPSHOT + timedelta(days=1 + int(self.random() * 200)):%m/%d/%Y}"
        roster = "N" if minor else self._draw(ROSTER)
        history = self._draw(HISTORY)
        filed = self._draw(FILED)
        if made:
            roster, history, filed = made.roster, made.history, "Y"
        hour = f"{int(self.random() * 24):02}:{int(self.random() * 60):02}"
        return (
            person_no(number),
            f"{booked:%y}-{number:07}",
            f"{booked:%m/%d/%Y} {hour}",
            f"{booked:%m/%d/%Y} 00:00",
            self._draw(AGENCIES),
            f"{self._pick(STREETS)} St / {self._pick(STREETS)} Ave" if self._chance(0.9) else "",
            self._gap("OUT" if out else "IN", 0 if made else 0.004),
            "" if out else f"{self._pick('ABCDEF')}-{self._digits(2)}",
            release,
            str(1000 * int(self.random() ** 3 * 250)) if self._chance(0.8) else "NO BAIL",
            self._draw(HOLDS),
            f"{SNAPSHOT + timedelta(days=int(self.random() * 30)):%m/%d/%Y}",
            str(int(self.random() ** 3 * 12)),
            str(int(self.random() ** 2 * 60)),
            roster,
            history,
            filed,
        )

    def _charge(
        self, number: int, booked: date, offense: Offense, level: str, hta: str, made: Made | None
    ) -> Row:
        filed = f"{booked + timedelta(days=2)}"
        disposition = self._draw(DISPOSITIONS)
        literal = offense.literal.lower() if self._chance(0.1) else offense.literal
        return (
            person_no(number),
            f"{booked:%y}-{number:07}",
            offense.section if made else self._messy(offense, 0.04),
            literal,
            level if made else self._gap(level, 0.06),
            filed if made else self._gap(filed, 0.15),
            hta,
            "PENDING" if made else disposition,
            "Y" if offense.dv else "N" if made else self._draw(YES_NO),
            "Y" if offense.p47 and level == "M" else "N" if made else self._gap("N", 0.1),
        )

    def _gap(self, text: str, share: float) -> str:
        return "" if self._chance(share) else text

    def _messy(self, offense: Offense, share: float) -> str:
        """A section as it stands in the code, or as somebody in a hurry types it."""
        if not self._chance(share):
            return offense.section
        code, _, section = offense.section.partition(" ")
        return self._pick((f"{section} {code}", f"{code}{section}", offense.literal, f"{section}?"))

    def _convictions(self, key: str, booked: date, born: date, made: Made | None) -> None:
        if made:
            for section, level, day, released in made.convictions:
                self._conviction(key, BY_SECTION[section], level, date.fromisoformat(day), released)
            return
        count = 0 if self._chance(0.5) else 1 + int(self.random() ** 2 * 5)
        for _ in range(count):
            offense = self._draw(DRAWN)
            level = self._level(offense, 0.4)
            convicted = booked - timedelta(days=60 + int(self.random() ** 1.5 * 25 * 365))
            if (convicted - born).days > 18.2 * 365.25:
                self._conviction(key, offense, level, convicted, None)

    def _conviction(
        self, key: str, offense: Offense, level: str, convicted: date, released: str | None
    ) -> None:
        """One row; `released` is a day of a person made to order, whose row has no gaps."""
        made = released is not None
        if released is None:
            served = int(self.random() ** 2 * (2500 if level == "F" else 300))
            out = min(convicted + timedelta(days=served), SNAPSHOT)
            released = "00000000" if self._chance(0.15) else f"{out:%Y%m%d}"
        felony = level == "F"
        level = level if made else self._gap("W" if self._chance(0.01) else level, 0.05)
        case = f"{convicted:%y}CR{self._digits(5)}"
        self.rows["convictions.csv"].append(
            (
                key,
                offense.section if made else self._messy(offense, 0.05),
                level,
                f"{convicted:%Y%m%d}" if made or not self._chance(0.04) else "00000000",
                released.replace("-", ""),
                case if made else self._gap(case, 0.1),
                "Y" if offense.dv else "N" if made else self._draw(YES_NO),
                "Y" if offense.p47 and not felony else "N" if made else self._gap("N", 0.1),
                (offense.strike if made else self._gap(offense.strike, 0.3)) if felony else "",
                (offense.prison if made else self._gap(offense.prison, 0.3)) if felony else "",
            )
        )
