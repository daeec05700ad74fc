"""A synthetic jail: tables such as a sheriff has, of people whom there never were.

    people, seed  ->  write_sample  ->  people.csv, bookings.csv, charges.csv, convictions.csv, …

Promise: the same seed makes the same bytes everywhere, and name, citizenship and birthplace are
drawn apart, so nothing can be read off a name. More people add rows; they change none.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from habeas.errors import input_error
from habeas.records.sample_jail import COLUMNS, SNAPSHOT, Jail, person_no
from habeas.records.sample_made import MADE
from habeas.records.sample_text import MAPPING, README

MOST = 2_000_000
"""The most people that a sample has."""


def write_sample(directory: Path, people: int, seed: int) -> None:
    """Write a synthetic jail of so many people into a folder, which may be there if it is empty.

    An earlier sample in the folder is replaced. Raises `InputError` where there is anything else in
    it, where it cannot be written, or where `people` is not from 1 to `MOST`; then nothing changes.
    """
    if not 1 <= people <= MOST:
        raise input_error(
            directory, f"`{people}` is no number of people", f"from 1 to {MOST:,} can be drawn"
        )
    names = (*COLUMNS, "mapping.yaml", "README.md")
    if directory.exists() and not directory.is_dir():
        raise input_error(directory, "is a file, not a folder", "name another folder")
    there = {path.name for path in directory.iterdir()} if directory.exists() else set()
    if there - set(names):
        raise input_error(
            directory,
            f"the folder holds other files, such as `{min(there - set(names))}`",
            "name a new folder, or an empty one",
        )
    if there and not _is_sample(directory):
        raise input_error(
            directory, "the folder holds records that are no sample", "name a new folder"
        )
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".habeas-sample-") as made:
            _write(Path(made), people, seed)
            directory.mkdir(exist_ok=True)
            # The page that says that nobody is real goes first.
            for name in reversed(names):
                (Path(made) / name).replace(directory / name)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise input_error(
            directory, f"cannot be written: {reason}", "name another folder"
        ) from None


def _is_sample(directory: Path) -> bool:
    page = directory / "README.md"
    first = README.partition("\n")[0]
    return page.is_file() and page.read_text("utf-8", "replace").startswith(first)


def _write(directory: Path, people: int, seed: int) -> None:
    rng = Random(f"habeas {seed}")  # noqa: S311 - reproducible on purpose; nothing is secret
    jail = Jail(rng.random)
    for number in range(1, people + 1):
        jail.person(number, MADE[number - 1] if number <= len(MADE) else None)
    for name, header in COLUMNS.items():
        rows = jail.rows[name]
        delimiter = "|" if "|" in header else ","
        lines = (delimiter.join(map(_cell, row)) for row in rows)
        with (directory / name).open("w", encoding="utf-8", newline="\n") as file:
            file.write(header + "\n")
            file.writelines(line + "\n" for line in lines)
    made = "\n".join(
        f"- `{person_no(number)}`: {made.story}" for number, made in enumerate(MADE[:people], 1)
    )
    page = README.format(people=people, seed=seed, day=SNAPSHOT, made=made)
    (directory / "README.md").write_text(page, encoding="utf-8", newline="\n")
    (directory / "mapping.yaml").write_text(MAPPING, encoding="utf-8", newline="\n")


def _cell(text: str) -> str:
    return f'"{text}"' if "," in text else text
