"""The group `law`, whose first command may go without its name; and the command `law new`.

    habeas law PLACE  ->  law show PLACE      OTHER, PLACE  ->  law new  ->  a folder with skeletons

Promise: `law new` writes no file over another, and all of its files or none; what it writes is no law
until a person has replaced every `TODO` in it.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from habeas.cli import completion
from habeas.cli.common import AsJson, AsOf, LawFolder, app, day_of_law, plain, tell, tell_json
from habeas.decisions.laws import laws_folder, read_law
from habeas.errors import InputError, Place, Problem, counted, input_error
from habeas.law.book import LawBook, chain_of
from habeas.law.skeleton import Skeleton, skeleton
from habeas.law.vocabulary import PLACE
from habeas.proofs.states import revision_of


class _Law(TyperGroup):
    """`habeas law us-ca` is `habeas law show us-ca`: no place and no block is called as a command is."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args[:1] != ["--help"] and (not args or args[0] not in self.commands):
            args = ["show", *args]
        return super().parse_args(ctx, args)


law_app = typer.Typer(
    cls=_Law,
    help="What is in force, and a skeleton of new law after another place's. `show` may be left out: `habeas law us-ca`.",
    epilog="Example: [bold]habeas law us-ca[/], [bold]habeas law new us-or --from us-wa[/]",
    rich_markup_mode="rich",
)
app.add_typer(law_app, name="law")


@law_app.command(
    "new",
    epilog="Example: [bold]habeas law new us-or --from us-wa --into adopted --as-of 2025-07-17[/]",
)
def new(
    place: Annotated[
        str, typer.Argument(metavar="PLACE", help="The place that the new law is for, as `us-or`.")
    ],
    other: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="OTHER",
            help="The place whose packs are drawn.",
            autocompletion=completion.places,
        ),
    ],
    as_of: AsOf = None,
    folder: LawFolder = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="DIR",
            help="A folder of law to write into, or a new one. Left out: a new folder called as PLACE is.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a skeleton of a place's law after another place's packs.

    Rules, definitions, promises and cases are drawn as they stand. Titles, citations, addresses, days
    and, where the places are of different layers, the authority are each a `TODO`; so is a line over
    every reading. A folder with a `TODO` in a pack is no law: every command refuses it, and
    `habeas check` lists what is left. Nothing that is drawn is checked.

    From which pack, and from which bytes of it, stands in `after:`. A new folder also gets the
    vocabulary, the tables that it names, and the law of the places above PLACE.

    Exit code 0: written. 2: unusable input.
    """
    if not PLACE.match(place):
        message, help_line = f"`{place}` is no place", "write it like `us-or` or `us-or-lane`"
        raise InputError(Problem(Place("PLACE"), message, help_line))
    if place == other:
        message, help_line = f"`{place}` is both places", "name another place with `--from`"
        raise InputError(Problem(Place("--from"), message, help_line))
    book = read_law(other, folder).book
    day = day_of_law(as_of) or date.today()
    target = into if into is not None else Path(place)
    source = folder if folder is not None else laws_folder()
    drawn = [
        skeleton(book, pack, place, day, revision_of(source, f"{pack.id}.md", book))
        for pack in book.packs.values()
        if pack.jurisdiction == other and any(p.in_force(day) for p in pack.provisions)
    ]
    if not drawn:
        message = f"nothing of `{other}` is in force on {day}"
        raise InputError(Problem(Place("--from"), message, "name another day with `--as-of`"))
    files = {one.path: one.text.encode() for one in drawn}
    if not (target / "vocabulary.md").is_file():
        files |= _common(book, place)
    _write(target, files)
    if as_json:
        tell_json(_document(target, place, other, day, files, drawn))
    else:
        _print(target, place, other, drawn)


def _common(book: LawBook, place: str) -> dict[str, bytes]:
    """What a new folder of law needs besides: vocabulary, the tables it names, the places above."""
    lists = {
        fact.derived for columns in book.vocabulary.tables.values() for fact in columns.values()
    }
    above = set(chain_of(place)[:-1])
    return {
        path: data
        for path, data in book.files.items()
        if path == "vocabulary.md" or path in lists or path.split("/")[0] in above
    }


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """All of the files, none of them over another; or nothing."""
    there = [path for path in files if (folder / path).exists() or (folder / path).is_symlink()]
    if folder.exists() and not folder.is_dir():
        raise input_error(folder, "this is a file, and not a folder", "name another folder")
    if there:
        message = "there is already such a file"
        raise input_error(folder / there[0], message, "move it away, or name another folder")
    if folder.is_dir() and "vocabulary.md" in files and any(folder.iterdir()):
        message = "this folder is no folder of law: it has no `vocabulary.md`"
        raise input_error(folder, message, "name a new folder, or a folder of law")
    made: list[Path] = []
    try:
        try:
            for path, data in files.items():
                _make_folders((folder / path).parent, made)
                _link(folder / path, data)
                made.append(folder / path)
        except BaseException:
            for one in reversed(made):
                _undo(one)
            raise
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise input_error(folder, f"cannot be written: {reason}", "name another folder") from None


def _make_folders(folder: Path, made: list[Path]) -> None:
    for one in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        one.mkdir()
        made.append(one)


def _link(path: Path, data: bytes) -> None:
    """A new file, whole from the moment that it is there."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(number, "wb") as opened:
            opened.write(data)
        Path(name).chmod(0o666 & ~_umask())
        os.link(name, path)
    finally:
        Path(name).unlink()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _undo(path: Path) -> None:
    with suppress(OSError):  # a folder into which somebody else has written meanwhile stays
        path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)


def _print(target: Path, place: str, other: str, drawn: list[Skeleton]) -> None:
    tell(f"[bold]{place}[/] after {other}: {plain(target)}, all of it unchecked")
    for one in drawn:
        tell(f"  {one.path} after {one.after}: [yellow]{counted(one.todos, 'line')} to write[/]")
        for provision, status in one.halted:
            tell(f"    {plain(provision)} is {status} in {other}: ask whether that holds here too")
        if one.left_out:
            tell(f"    left out, not in force that day: {plain(', '.join(one.left_out))}")
        if one.places:
            lines = ", ".join(map(str, one.places))
            tell(f"    conditions name places of {other}'s: line {lines}")
    tell("It is no law until every TODO is replaced; nothing is decided by this folder before.")
    tell(f"next: [bold]habeas check {plain(target)}[/]")


def _document(
    target: Path,
    place: str,
    other: str,
    day: date,
    files: dict[str, bytes],
    drawn: list[Skeleton],
) -> dict[str, Any]:
    return {
        "folder": str(target),
        "place": place,
        "from": other,
        "as_of": day.isoformat(),
        "files": sorted(files),
        "packs": [
            {
                "path": one.path,
                "after": one.after,
                "todos": one.todos,
                "not_in_force": list(one.left_out),
                "status_there": dict(one.halted),
                "lines_with_places": list(one.places),
            }
            for one in drawn
        ],
    }
