"""Offences for a synthetic jail: sections of California's codes, as its records write them.

    OFFENSES  ->  sample  ->  charges.csv, convictions.csv

Promise: what a record here states of an offence (`strike`, `prison`) is stated only where it is
plain; where it depends on how the offence was done, the record says nothing.
"""

from __future__ import annotations

from typing import NamedTuple


class Offense(NamedTuple):
    """One section.

    section  such as `PC 211`
    literal  how a booking sheet calls it
    levels   `F`, `M`, `FM` (it may be either) or `I`
    strike   of a felony: `V` violent, `S` serious and not violent, `N` neither, empty where unsaid
    prison   of a felony: `Y` punished by state prison, `N` by county jail, empty where unsaid
    p47      whether as a misdemeanor it is one that Proposition 47 made
    dv       whether it is always one of domestic violence
    weight   how often, against the others
    """

    section: str
    literal: str
    levels: str
    strike: str
    prison: str
    p47: bool
    dv: bool
    weight: int


OFFENSES = tuple(
    Offense(*row)
    for row in (
        ("PC 187(a)", "MURDER", "F", "V", "Y", False, False, 2),
        ("PC 192(a)", "VOLUNTARY MANSLAUGHTER", "F", "V", "Y", False, False, 1),
        ("PC 207(a)", "KIDNAPPING", "F", "V", "Y", False, False, 2),
        ("PC 211", "ROBBERY", "F", "V", "Y", False, False, 10),
        ("PC 215(a)", "CARJACKING", "F", "V", "Y", False, False, 3),
        ("PC 242", "BATTERY", "M", "", "", False, False, 14),
        ("PC 243(e)(1)", "BATTERY SPOUSE/COHABITANT", "M", "", "", False, True, 14),
        ("PC 245(a)(1)", "ASSAULT W/DEADLY WEAPON", "FM", "S", "Y", False, False, 14),
        ("PC 245(a)(4)", "ASSAULT FORCE LIKELY GBI", "FM", "", "Y", False, False, 10),
        ("PC 261(a)(2)", "RAPE BY FORCE", "F", "V", "Y", False, False, 2),
        ("PC 273.5(a)", "INFLICT CORPORAL INJURY SPOUSE", "FM", "", "Y", False, True, 18),
        ("PC 288(a)", "LEWD ACT CHILD UNDER 14", "F", "V", "Y", False, False, 2),
        ("PC 422(a)", "CRIMINAL THREATS", "FM", "S", "", False, False, 12),
        ("PC 459", "BURGLARY", "FM", "", "", False, False, 18),
        ("PC 459.5(a)", "SHOPLIFTING", "M", "", "", True, False, 14),
        ("PC 470(d)", "FORGERY", "FM", "N", "N", False, False, 5),
        ("PC 484(a)", "THEFT", "M", "", "", False, False, 16),
        ("PC 487(a)", "GRAND THEFT", "FM", "", "", False, False, 10),
        ("PC 496(a)", "RECEIVE STOLEN PROPERTY", "FM", "", "", False, False, 10),
        ("PC 530.5(a)", "IDENTITY THEFT", "FM", "N", "N", False, False, 6),
        ("PC 594(b)(1)", "VANDALISM $400 OR MORE", "FM", "", "", False, False, 8),
        ("PC 602(m)", "TRESPASS", "M", "", "", False, False, 12),
        ("PC 647(f)", "DRUNK IN PUBLIC", "M", "", "", False, False, 16),
        ("PC 148(a)(1)", "RESIST/OBSTRUCT OFFICER", "M", "", "", False, False, 14),
        ("PC 166(a)(4)", "CONTEMPT: VIOLATE COURT ORDER", "M", "", "", False, False, 8),
        ("PC 29800(a)(1)", "FELON POSSESS FIREARM", "F", "N", "", False, False, 10),
        ("HS 11350(a)", "POSSESS NARCOTIC", "M", "", "", True, False, 14),
        ("HS 11351", "POSSESS NARCOTIC FOR SALE", "F", "N", "N", False, False, 10),
        ("HS 11352(a)", "TRANSPORT/SELL NARCOTIC", "F", "", "N", False, False, 6),
        ("HS 11377(a)", "POSSESS CONTROLLED SUBSTANCE", "M", "", "", True, False, 24),
        ("HS 11378", "POSSESS CONTROLLED SUBS FOR SALE", "F", "N", "N", False, False, 10),
        ("HS 11364(a)", "POSSESS PARAPHERNALIA", "M", "", "", False, False, 14),
        ("VC 10851(a)", "TAKE VEHICLE W/O CONSENT", "FM", "N", "", False, False, 12),
        ("VC 20001(a)", "HIT AND RUN: INJURY", "FM", "", "", False, False, 3),
        ("VC 23152(a)", "DUI ALCOHOL", "M", "", "", False, False, 30),
        ("VC 23152(b)", "DUI .08 PERCENT", "M", "", "", False, False, 24),
        ("VC 23153(a)", "DUI CAUSING INJURY", "FM", "", "", False, False, 5),
        ("VC 14601.1(a)", "DRIVE WHILE SUSPENDED", "M", "", "", False, False, 18),
        ("VC 12500(a)", "DRIVE W/O LICENSE", "M", "", "", False, False, 14),
        ("VC 22350", "UNSAFE SPEED", "I", "", "", False, False, 4),
    )
)

BY_SECTION = {offense.section: offense for offense in OFFENSES}
