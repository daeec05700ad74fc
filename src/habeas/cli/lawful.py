"""Commands on the law itself: `check`, `law`, `cases`.

    laws/  ->  check (well formed? own cases? promises?), law (what is in force), cases (golden cases)

Promise: what is printed of the law is its own text, with its address and whether anybody checked it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markdown import Markdown
from rich.padding import Padding

from habeas.cli import completion
from habeas.cli.common import AsJson, AsOf, LawFolder, app, day_of_law, out, plain, tell, tell_json
from habeas.decisions.cases import read_cases, run_case
from habeas.decisions.explain import show
from habeas.decisions.laws import read_law, read_laws
from habeas.decisions.promises import Broken, search
from habeas.decisions.provision_cases import run_provision_cases
from habeas.errors import InputError, LawError, Place, Problem, did_you_mean
from habeas.law.blocks import Acting, Cases, Define, Duty, Promise, Provision
from habeas.law.book import LawBook
from habeas.law.ruleset import RuleSet

TRIES = 60
"""How many worlds `check` tries for each promise, place and stretch of unchanging law."""


@app.command(epilog="Example: [bold]habeas check laws[/]")
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A folder of law. Left out: the shipped law."),
    ] = None,
    tries: Annotated[
        int, typer.Option(min=1, help="Worlds to try for each promise, place and stretch of law.")
    ] = TRIES,
    as_json: AsJson = False,
) -> None:
    """Is this law well formed, do its own cases pass, and is a promise broken?

    Exit code 0: all of it holds. 1: a case fails or a promise is broken. 2: the law is not well formed.
    Promises are tried in random worlds: that none breaks is no proof.
    """
    book = read_laws(folder)
    rows, failures = _own_cases(book)
    promises, broken = _promises(book, tries)
    provisions = list(book.provisions())
    unchecked = sum(not book.is_checked(p) for p in provisions)
    if as_json:
        tell_json(
            {
                "packs": len(book.packs),
                "provisions": len(provisions),
                "unchecked": unchecked,
                "cases": rows,
                "failures": failures,
                "promises": promises,
                "broken": [_broken_json(one) for one in broken],
            }
        )
    else:
        for one in failures:
            tell(
                f"[red]{plain(one['place'])}[/]: {plain(one['column'])}: expected [bold]{plain(one['expected'])}[/], got [bold]{plain(one['got'])}[/]"
            )
        for each in broken:
            tell(
                f"[red]{plain(each.promise.place)}[/]: this promise is broken in {each.place} on {each.day}: {each.item} is {each.basis}"
            )
            tell(f"  where {plain(_facts_line(each))}")
        blocks = sum(isinstance(b, Acting | Duty | Define) for p in provisions for b in p.blocks)
        tell(
            f"{len(book.packs)} packs, {len(provisions)} provisions, {blocks} rules, exceptions, definitions and duties: well formed"
        )
        tell(
            f"{unchecked} of {len(provisions)} provisions are unchecked: nobody has held them against the official text"
        )
        tell(f"{promises} promises tried, {len(broken)} broken (a random search, not a proof)")
        tell(
            f"{rows - len({f['row'] for f in failures})} cases passed, {len({f['row'] for f in failures})} failed"
        )
    if failures or broken:
        raise typer.Exit(1)


def _own_cases(book: LawBook) -> tuple[int, list[dict[str, str]]]:
    """How many rows of `cases` there are, and the cells that came out otherwise."""
    rows, failures, problems = 0, [], []
    for cases_block in book.blocks(Cases):
        rows += len(cases_block.rows)
        for found in run_provision_cases(book, cases_block):
            if isinstance(found, Problem):
                problems.append(found)
                continue
            failures.append(
                {
                    "place": str(found.place),
                    "row": f"{found.place.path}:{found.place.line}",
                    "column": found.column,
                    "expected": found.expected,
                    "got": found.got,
                }
            )
    if problems:
        raise LawError(problems)
    return rows, failures


def _promises(book: LawBook, tries: int) -> tuple[int, list[Broken]]:
    kept: dict[tuple[str, date], RuleSet] = {}
    promises = list(book.blocks(Promise))
    tried = (search(book, promise, tries, kept=kept) for promise in promises)
    return len(promises), [broken for broken in tried if broken]


def _broken_json(one: Broken) -> dict[str, Any]:
    return {
        "place": str(one.promise.place),
        "in": one.place,
        "on": one.day.isoformat(),
        "item": one.item,
        "basis": one.basis,
        "where": _facts_line(one),
    }


def _facts_line(one: Broken) -> str:
    return ", ".join(
        f"{path} = {show(value)}"
        for path, value in one.facts.flat()
        if path not in one.facts.complete
    )


@app.command(
    epilog="Example: [bold]habeas law us-ca-sf --as-of 2025-07-17[/], [bold]habeas law us-ca/values-act#a1C[/]"
)
def law(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[PLACE|BLOCK]",
            help="A place, or a provision's or block's id. Left out: all places.",
            autocompletion=completion.places_and_provisions,
        ),
    ] = None,
    as_of: AsOf = None,
    folder: LawFolder = None,
    as_json: AsJson = False,
) -> None:
    """What is in force, as the public would read it."""
    book = read_laws(folder)
    day = day_of_law(as_of) or date.today()
    if what is None:
        _places(book, as_json)
    elif "#" in what:
        _block(book, what, as_json)
    else:
        _place(book, what, day, folder, as_json)


def _places(book: LawBook, as_json: bool) -> None:
    if as_json:
        tell_json(
            {
                p: [pack.id for pack in book.packs.values() if pack.jurisdiction == p]
                for p in book.places()
            }
        )
        return
    for place in book.places():
        tell(f"[bold]{place}[/]")
        for pack in book.packs.values():
            if pack.jurisdiction == place:
                tell(f"  {pack.id}  {plain(pack.title)} ({plain(pack.citation)})")
    tell()
    tell("[bold]habeas law PLACE[/] prints what is in force there.")


def _provision_json(book: LawBook, provision: Provision) -> dict[str, Any]:
    return {
        "id": provision.id,
        "heading": provision.heading,
        "act": provision.pack.title,
        "citation": provision.pack.citation,
        "source": provision.pack.source,
        "from": None if provision.start == date.min else provision.start.isoformat(),
        "to": None if provision.end == date.max else provision.end.isoformat(),
        "status": provision.status or None,
        "unchecked": not book.is_checked(provision),
        "sha256": provision.sha256,
        "reading": provision.text,
        "blocks": [b.id for b in provision.blocks if isinstance(b, Acting | Duty)],
    }


def _place(book: LawBook, place: str, day: date, folder: Path | None, as_json: bool) -> None:
    here = read_law(place, folder)
    provisions = [p for p in book.provisions_of(place) if p.in_force(day)]
    if as_json:
        tell_json(
            {
                "place": place,
                "as_of": day.isoformat(),
                "law": here.digest,
                "provisions": [_provision_json(book, p) for p in provisions],
            }
        )
        return
    tell(f"[bold]The law of {place} on {day}[/]  (digest {here.digest[:16]}…)")
    pack = None
    for provision in provisions:
        if provision.pack is not pack:
            pack = provision.pack
            tell()
            tell(
                f"[bold underline]{plain(pack.title)}[/], {plain(pack.citation)}  ({pack.authority}; official text: {plain(pack.source)})"
            )
        _print(book, provision)


def _print(book: LawBook, provision: Provision) -> None:
    marks = [_life(provision)]
    if provision.status:
        marks.append(
            f"[bold yellow]{provision.status}[/]" + ("" if provision.acts() else ": does not act")
        )
    if not book.is_checked(provision):
        marks.append("[yellow]unchecked[/]")
    tell()
    tell(f"[bold]{plain(provision.heading)}[/]  {plain(provision.id)}")
    tell(f"  {', '.join(marks)}")
    out.print(Padding(Markdown(provision.text), (0, 0, 0, 2)))


def _life(provision: Provision) -> str:
    start = "always" if provision.start == date.min else f"from {provision.start}"
    return start if provision.end == date.max else f"{start} until the day before {provision.end}"


def _block(book: LawBook, block: str, as_json: bool) -> None:
    found = book.find(block)
    if not found:
        known = [
            b.id
            for p in book.provisions()
            for b in (*p.blocks, p)
            if isinstance(b, Acting | Duty | Provision)
        ]
        raise InputError(
            Problem(
                Place("BLOCK"),
                f"there is no block `{block}`",
                did_you_mean(block, known, "`habeas law PLACE` prints the ids"),
            )
        )
    if as_json:
        tell_json([_provision_json(book, provision) for provision, _ in found])
        return
    for provision, acting in found:
        tell(
            f"[bold underline]{plain(provision.pack.title)}[/], {plain(provision.pack.citation)}  (official text: {plain(provision.pack.source)})"
        )
        _print(book, provision)
        for one in provision.blocks if acting is None else [acting]:
            if isinstance(one, Acting | Duty | Define | Promise):
                tell()
                _fence(book, provision, one.place)
        tell()


def _fence(book: LawBook, provision: Provision, place: Place) -> None:
    """A block as it stands on the page."""
    folder = book.folder
    path = folder / f"{provision.pack.id}.md"
    lines = book.files[path.relative_to(folder).as_posix()].decode().split("\n")
    for number in range(place.line - 1, len(lines)):
        text = lines[number]
        if not text.startswith("```"):
            out.print(f"    {text}", markup=False)
        elif number >= place.line:
            return


@app.command(epilog="Example: [bold]habeas cases cases/*.yaml[/]")
def cases(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files of golden cases.")],
    folder: LawFolder = None,
    as_json: AsJson = False,
) -> None:
    """Does the law answer golden cases as they expect?

    One line a failure, with what was expected, what came out and why; the last line counts the cases.
    Exit code 1 where any failed.
    """
    book = read_laws(folder)
    read = [(path, case) for path in files for case in read_cases(path, book.vocabulary)]
    passed, documents = 0, []
    for path, case in read:
        failures = run_case(read_law(case.place, folder), case)
        passed += not failures
        documents.append(
            {
                "file": str(path),
                "name": case.name,
                "passed": not failures,
                "failures": [
                    {"what": f.what, "expected": f.expected, "got": f.got, "why": f.why}
                    for f in failures
                ],
            }
        )
        if not as_json:
            for one in failures:
                out.print(
                    f"{path}: {case.name}: {one.what}: expected {one.expected}, got {one.got} ({one.why})",
                    markup=False,
                    soft_wrap=True,
                )
    failed = len(read) - passed
    if as_json:
        tell_json({"passed": passed, "failed": failed, "cases": documents})
    else:
        tell(f"{passed} passed, {failed} failed")
    if failed:
        raise typer.Exit(1)
