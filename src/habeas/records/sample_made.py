"""People of a synthetic jail who are made to order: somebody on each way through the law.

    MADE  ->  sample  ->  the first rows of every table

Promise: each has every value that her way depends on, and the story says what she is there for.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Made:
    """One of them.

    charges      section, level (`F`, `M`), held to answer (`Y`, `N`)
    convictions  section, level, day of conviction, day of release (`00000000`: not known)
    history      whether the criminal history was run: `Y`, `N` or empty
    roster       whether the public roster shows her: `Y`, `N` or empty
    """

    story: str
    charges: tuple[tuple[str, str, str], ...] = (("PC 602(m)", "M", ""),)
    convictions: tuple[tuple[str, str, str, str], ...] = ()
    history: str = "Y"
    roster: str = "Y"
    minor: bool = False
    registrant: bool = False


MADE = (
    Made(
        "convicted of robbery, a violent felony, and released less than seven years ago; now "
        "held to answer for assault with a deadly weapon",
        (("PC 245(a)(1)", "F", "Y"),),
        (("PC 211", "F", "2017-03-09", "2021-05-14"),),
    ),
    Made(
        "convicted of the same, but released more than seven years ago",
        (("PC 245(a)(1)", "F", "Y"),),
        (("PC 211", "F", "1999-11-02", "2004-08-20"),),
    ),
    Made("no convictions, and the history was run", (("VC 23152(a)", "M", ""),)),
    Made("nobody has run the criminal history", (("VC 23152(a)", "M", ""),), (), ""),
    Made(
        "a misdemeanor that Proposition 47 made one",
        convictions=(("HS 11377(a)", "M", "2016-02-17", "2016-03-01"),),
    ),
    Made(
        "a misdemeanor that could have been a felony, within five years",
        convictions=(("PC 245(a)(4)", "M", "2022-09-30", "2023-01-15"),),
    ),
    Made(
        "the same, more than five years ago",
        convictions=(("PC 245(a)(4)", "M", "2017-06-12", "2017-10-02"),),
    ),
    Made(
        "drunk driving that injured somebody, as a felony, within fifteen years",
        convictions=(("VC 23153(a)", "F", "2014-01-21", "2016-07-08"),),
    ),
    Made(
        "drunk driving as a misdemeanor, last year",
        convictions=(("VC 23152(a)", "M", "2024-04-03", "2024-04-20"),),
    ),
    Made("under eighteen", (("PC 459", "F", "N"),), roster="N", minor=True),
    Made("on the state's registry now", registrant=True),
    Made(
        "convictions whose release is not on record",
        convictions=(("PC 211", "F", "2012-05-05", "00000000"),),
    ),
    Made(
        "three felonies from three incidents within five years; held to answer for another",
        (("PC 211", "F", "Y"),),
        (
            ("PC 422(a)", "F", "2021-02-11", "2021-12-01"),
            ("PC 245(a)(1)", "F", "2022-08-23", "2023-06-30"),
            ("PC 29800(a)(1)", "F", "2024-03-18", "2025-01-10"),
        ),
    ),
    Made("kept off the public roster, so as not to endanger a witness", roster="N"),
    Made("charged with a serious felony; no magistrate has found cause", (("PC 211", "F", "N"),)),
    Made("violence in the family: it does not count towards San Francisco's list",
         (("PC 273.5(a)", "F", "Y"),), (("PC 273.5(a)", "F", "2022-05-19", "2023-05-19"),)),
)  # fmt: skip
"""In the order of their keys, from `P000001`."""
