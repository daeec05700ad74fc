"""Commands on the law itself: `check`, `law`, `cases`.

    laws/  ->  check (well formed? own cases? promises?), law (what is in force), cases (golden cases)

Promise: what is printed of the law is its own text, with its address and whether anybody checked it;
a promise that was not proved is never counted as kept.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markdown import Markdown
from rich.padding import Padding

from habeas.audits.lexicon import checked_lexicons
from habeas.cli import completion
from habeas.cli.common import AsJson, AsOf, LawFolder, app, day_of_law, out, plain, tell, tell_json
from habeas.cli.law_commands import law_app
from habeas.cli.leaking import facts_line, leaks_json, tell_leaks
from habeas.cli.proving import chosen
from habeas.decisions.cases import read_cases, run_case
from habeas.decisions.laws import read_law, read_laws
from habeas.decisions.provision_cases import run_provision_cases
from habeas.errors import InputError, LawError, Place, Problem, counted, did_you_mean
from habeas.law.blocks import Acting, Cases, Define, Duty, Promise, Provision
from habeas.law.book import LawBook
from habeas.proofs.leaks import leaks
from habeas.proofs.prove import Counterexample, NotProved, Part, Proof, promised, prove


@app.command(epilog="Example: [bold]habeas check laws[/]")
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A folder of law. Left out: the shipped law."),
    ] = None,
    each_leak: Annotated[
        bool,
        typer.Option(
            "--leaks",
            help="Show what one answer would give away, with cases. Left out: how much of it.",
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Exit with 1 also where one answer would always give away an item that it does not grant, and with 3 where that is not known.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Is this law well formed, do its own cases pass, and does it keep its promises?

    A promise is proved for every case that there could be, on every day of its provision's life, at
    its place and each place under it; where it is broken, a case is shown.

    A leak is a case in which an answer grants an item that gives another one away, and does not grant
    that one (`## Derivations` of the vocabulary says what gives what away). A leak is a question to
    counsel: it changes no decision, and the exit code only with `--strict`. `--leaks` shows each.

    The examples of every lexicon are tried as well: a pattern that misses one is not well formed.

    Exit code 0: all of it holds. 1: a case fails or a promise is broken. 2: the law is not well formed.
    3: a promise was not proved and not broken either.
    """
    book = read_laws(folder)
    checked_lexicons(book)
    rows, failures = _own_cases(book)
    promises = list(book.blocks(Promise))
    proofs = prove(book, [promised(book, one) for one in promises])
    broken = [one for one in proofs if one.answer == "counterexample"]
    open_ = [one for one in proofs if one.answer == "not proved"]
    of_nobody = [one for one in proofs if one.vacuous]
    given_away = leaks(book)
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
                "promises": len(proofs),
                "broken": [_broken_json(one) for one in broken],
                "not_proved": [_not_proved_json(one) for one in open_],
                "of_nobody": [str(one.question.place) for one in of_nobody],
                "leaks": leaks_json(given_away),
            }
        )
    else:
        for failure in failures:
            tell(
                f"[red]{plain(failure['place'])}[/]: {plain(failure['column'])}: expected [bold]{plain(failure['expected'])}[/], got [bold]{plain(failure['got'])}[/]"
            )
        for one in broken:
            _tell_broken(one)
        for one in open_:
            part, result = _unsettled(one)
            tell(
                f"[yellow]{plain(one.question.place)}[/]: this promise is not proved in {part.stretch.place} on {part.stretch.day}: {result.item}: {plain(result.why)}"
            )
        for one in of_nobody:
            tell(
                f"[yellow]{plain(one.question.place)}[/]: this promise is about nobody: no case meets its condition"
            )
        tell_leaks(given_away, each=each_leak or strict)
        blocks = sum(isinstance(b, Acting | Duty | Define) for p in provisions for b in p.blocks)
        tell(
            f"{len(book.packs)} packs, {len(provisions)} provisions, {blocks} rules, exceptions, definitions and duties: well formed"
        )
        tell(
            f"{unchecked} of {len(provisions)} provisions are unchecked: nobody has held them against the official text"
        )
        tell(
            f"{counted(len(proofs) - len(broken) - len(open_), 'promise')} proved, {len(broken)} broken, {len(open_)} not proved"
        )
        tell(
            f"{rows - len({f['row'] for f in failures})} cases passed, {len({f['row'] for f in failures})} failed"
        )
    if failures or broken or (strict and given_away.loud):
        raise typer.Exit(1)
    if open_ or (strict and given_away.not_proved):
        raise typer.Exit(3)


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


def _tell_broken(proof: Proof) -> None:
    part, found = _broken(proof)
    where = f", {chosen(found)}" if found.case.finding.basis == "contested" else ""
    tell(
        f"[red]{plain(proof.question.place)}[/]: this promise is broken in {part.stretch.place} on {part.stretch.day}: {found.case.item} comes out {found.chosen.verdict}, {found.chosen.basis}{plain(where)}"
    )
    tell(f"  if {plain(facts_line(found.case.facts))}")


def _broken(proof: Proof) -> tuple[Part, Counterexample]:
    part = proof.broken
    assert part is not None and isinstance(part.result, Counterexample)  # noqa: S101 - for mypy
    return part, part.result


def _unsettled(proof: Proof) -> tuple[Part, NotProved]:
    return next((part, part.result) for part in proof.parts if isinstance(part.result, NotProved))


def _broken_json(proof: Proof) -> dict[str, Any]:
    part, found = _broken(proof)
    return {
        "place": str(proof.question.place),
        "in": part.stretch.place,
        "on": part.stretch.day.isoformat(),
        "item": found.case.item,
        "verdict": found.chosen.verdict,
        "basis": found.chosen.basis,
        "contested": found.choice,
        "where": facts_line(found.case.facts),
    }


def _not_proved_json(proof: Proof) -> dict[str, Any]:
    part, result = _unsettled(proof)
    return {
        "place": str(proof.question.place),
        "in": part.stretch.place,
        "on": part.stretch.day.isoformat(),
        "item": result.item,
        "why": result.why,
    }


@law_app.command(
    "show",
    epilog="Example: [bold]habeas law us-ca-sf --as-of 2025-07-17[/], [bold]habeas law us-ca/values-act#a1C[/]",
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
