"""Draws the rows that are labelled: `python tests/audits/labels/draw.py DATA > rows.csv`.

The draw is by a seed, so that the same rows come out of the same file; nothing of a row's text is printed.
"""

from __future__ import annotations

import csv
import gzip
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

SEED, RANDOM = 20260419, 250
FEDERAL = re.compile(
    r"\b(fbi|dea|atf|hsi|ice|cbp|dhs|ero|usms|us ?marshal\w*|marshal\w*|homeland|border"
    r"|secret service|usss|federal|usps|irs|ncis|immigration|customs)\b",
    re.IGNORECASE,
)


def drawn(data: Path) -> Iterator[tuple[str, str]]:
    """Stratum and row of everything that is labelled."""
    with gzip.open(data / "smalpr_ca_search_audits_54977.csv.gz", "rt", encoding="utf-8") as file:
        searches = list(csv.DictReader(file))
    for row in random.Random(SEED).sample(searches, RANDOM):
        yield "random", row["id"]
    for row in searches:
        if FEDERAL.search(
            " | ".join(row[c] or "" for c in ("reason", "caseNumber", "offenseType"))
        ):
            yield "federal", row["id"]
    [reported] = data.glob("slp_mn_*.csv")
    with reported.open(encoding="utf-8", newline="") as file:
        for number, _ in enumerate(csv.DictReader(file), 2):
            yield "st-louis-park", str(number)


if __name__ == "__main__":
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("stratum", "row"))
    out.writerows(drawn(Path(sys.argv[1])))
