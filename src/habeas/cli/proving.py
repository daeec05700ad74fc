"""The command `prove`.

    place, sentence  ->  prove  ->  proved, and by which provisions; or a case against it; or neither

Promise: *proved* is printed only where it is; the case that is shown came out of the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table

from habeas.cli.common import (
    AsJson,
    LawFolder,
    PlaceName,
    app,
    day_of_law,
    out,
    plain,
    tell,
    tell_json,
    verdict,
)
from habeas.decisions.decide import Law
from habeas.decisions.decision import Decision
from habeas.decisions.explain import Explanation, citation_of, explain, meaning_of, show
from habeas.decisions.laws import read_law
from habeas.errors import InputError, Place, Problem, input_error
from habeas.law.facts import Facts
from habeas.proofs.golden import golden_text
from habeas.proofs.prove import (
    Counterexample,
    NotProved,
    Part,
    Proof,
    Proved,
    Stretch,
    on_day,
    stretches,
)
from habeas.proofs.prove import prove as proofs_of
from habeas.proofs.question import read_question
from habeas.proofs.solve import NotReplayed
from habeas.records import Person, Request

ANSWERS = {Proved: "proved", Counterexample: "counterexample", NotProved: "not proved"}
"""What each result is called."""

EXIT = {"proved": 0, "counterexample": 1, "not proved": 3}

_STYLE = {"proved": "bold green", "counterexample": "bold red", "not proved": "bold yellow"}


@app.command(
    epilog="Example: [bold]habeas prove --place us-ca-sf \"never grant database_access when purpose = 'immigration enforcement'\" --as-of 2025-07-17[/]"
)
def prove(
    sentence: Annotated[
        str,
        typer.Argument(
            metavar="SENTENCE",
            help="`never grant ITEMS when COND`, `never deny …` or `always refer …`, in the language of the packs.",
        ),
    ],
    place: PlaceName,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DAY",
            help="The one day of law, `YYYY-MM-DD`. Left out: every day, each stretch of unchanging law by itself.",
        ),
    ] = None,
    folder: LawFolder = None,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save",
            metavar="FILE",
            help="Write a case against it into a new file, for `habeas cases`. Left out: it is only printed.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Does a sentence hold in every case that there could be?

    Says *proved*, and on which provisions that rests; or shows one case against it, decided by the law
    itself; or *not proved*, which is neither.

    Exit code 0: proved. 1: there is a case against it. 2: the sentence cannot be read. 3: not proved.
    """
    law = read_law(place, folder)
    day = day_of_law(as_of)
    question = read_question(sentence, law.book, place, day)
    if save is not None and save.exists():
        raise InputError(
            Problem(Place(str(save)), "there is already such a file", "name a new file")
        )
    (proof,) = proofs_of(
        law.book, [(question, on_day(place, day) if day else stretches(law.book, place))]
    )
    shown = _shown(law, proof)
    saved = ""
    if save is not None and shown is not None and proof.broken is not None:
        saved = _golden(law, proof.broken, sentence)
        _write(save, saved)
    if as_json:
        tell_json(_json(law, sentence, day, proof, shown))
    else:
        _print(law, sentence, day, proof, shown)
        if save is not None:
            tell(
                f"written: [bold]{plain(save)}[/]; [bold]habeas cases[/] runs it"
                if saved
                else "nothing is written: there is no case against it to save"
            )
    if EXIT[proof.answer]:
        raise typer.Exit(EXIT[proof.answer])


# -- a case against it ----------------------------------------------------------------------------


def _shown(law: Law, proof: Proof) -> Explanation | None:
    """The case against it, decided once more as any request is."""
    if proof.broken is None or not isinstance(proof.broken.result, Counterexample):
        return None
    case, day = proof.broken.result.case, proof.broken.stretch.day
    request = Request("made up", case.facts, (case.item,))
    person = Person("made up", Facts(), frozenset())
    decision = law.decide(request, person, case.item, day)
    if (decision.verdict, decision.basis) != (case.finding.verdict, case.finding.basis):
        raise NotReplayed(f"{case.item}: decided, it comes out {decision.verdict}")
    return explain(law, decision, law.facts(request, person, day))


def _golden(law: Law, part: Part, sentence: str) -> str:
    assert isinstance(part.result, Counterexample)  # noqa: S101 - for mypy: it is the broken one
    case = part.result.case
    name = f"{case.item} comes out {case.finding.verdict}, against “{' '.join(sentence.split())}”"
    return golden_text(law, case, part.stretch.day, name)


def _write(path: Path, text: str) -> None:
    """A new file, whole or not at all."""
    try:
        with path.open("x", encoding="utf-8") as made:
            try:
                made.write(text)
                made.flush()
            except OSError:
                path.unlink()
                raise
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise input_error(path, f"cannot be written: {reason}", "name a file elsewhere") from None


# -- as text --------------------------------------------------------------------------------------


def _print(
    law: Law, sentence: str, day: date | None, proof: Proof, shown: Explanation | None
) -> None:
    tell(f"[{_STYLE[proof.answer]}]{proof.answer}[/]  {plain(' '.join(sentence.split()))}")
    on = f" on {day}" if day else ""
    tell(f"by the law of [bold]{law.place}[/]{on} (digest {law.digest[:16]}…)")
    tell()
    _rows(
        (days, f"[{_STYLE[answer]}]{answer}[/]", plain(why))
        for days, answer, why in _joined(proof)
        if why or not day
    )
    for stretch, word in proof.unasked:
        tell(f"  {_days(stretch)}  not asked: `{plain(word)}` is not defined")
    if proof.broken is not None and shown is not None:
        assert isinstance(proof.broken.result, Counterexample)  # noqa: S101 - for mypy
        if proof.unasked or not day:
            tell()
        _print_case(law, proof.broken.result, shown)
        return
    if proof.vacuous:
        tell("[yellow]It is about nobody:[/] no case at all meets the condition.")
    if proof.rests_on and proof.answer == "proved":
        tell("[bold underline]It rests on[/]")
        for one in proof.rests_on:
            mark = "" if law.book.is_checked(one) else "  [yellow]unchecked[/]"
            tell(f"  {plain(citation_of(one))}  [dim]{plain(one.id)}[/]{mark}")
        tell("and on there being no other rule in these packs.")
    elif proof.answer == "proved" and not proof.vacuous:
        tell("It rests on no provision: no rule in these packs says otherwise.")
    if proof.answer == "proved":
        tell()
        tell(_bound(proof))


def _bound(proof: Proof) -> str:
    """Which cases there are."""
    rows = " and ".join(
        f"up to {number} row{'s' if number > 1 else ''} of `{table}`"
        for table, number in proof.rows.items()
    )
    more = f", {rows} (more make no difference)" if rows else ""
    return f"Every case: whatever the facts, each day from {date.min} to {date.max}{more}."


def _print_case(law: Law, found: Counterexample, shown: Explanation) -> None:
    case = found.case
    decision, vocabulary = shown.decision, law.book.vocabulary
    tell("[bold underline]A case against it[/], made up, with as few facts as it takes")
    scopes = {"request": "The request", "person": "The person", "item": f"The item {case.item}"}
    for scope, title in scopes.items():
        paths = [
            path
            for path, _ in case.facts.flat()
            if (fact := vocabulary.fact_at(path)) is not None and fact.scope == scope
        ]
        if paths:
            tell(f"  {title}")
            _rows(_fact(law, case.facts, path) for path in sorted(paths))
    for table, rows in case.facts.rows.items():
        for number, row in enumerate(rows, 1):
            tell(f"  {table} {number}")
            _rows(_fact(law, case.facts, f"{table}[{number}].{column}") for column in row)
    for table in vocabulary.tables:
        if table in case.facts.complete:
            other = "other " if case.facts.rows.get(table) else ""
            tell(f"  There is no {other}{table}")
    tell()
    _print_decision(decision, shown)
    if decision.basis == "contested":
        tell(f"{verdict(found.chosen.verdict)}, {found.chosen.basis}, {plain(chosen(found))}")


def chosen(found: Counterexample) -> str:
    """Which contested provisions count in a case, in words; empty where it has none."""
    words = [f"{p} {'counts' if acts else 'does not count'}" for p, acts in found.choice.items()]
    return f"where {' and '.join(words)}" if words else ""


def _print_decision(decision: Decision, shown: Explanation) -> None:
    tell(
        f"{verdict(decision.verdict)}  [bold]{decision.item}[/], {decision.basis}, law of {decision.as_of}"
    )
    tell(f"[bold]{shown.outcome}[/]")
    for reading in shown.readings:
        tell(f"  [bold]{plain(reading.citation)}[/] {reading.does}  [dim]{plain(reading.block)}[/]")
        out.print(Padding(Markdown(reading.text.split("\n\n")[0]), (0, 0, 0, 4)))
    for beaten, by in shown.beaten:
        tell(
            f"  {beaten.block} ({beaten.does}) gives way to {', '.join(f'{one.block} ({one.does})' for one in by)}"
        )
    if decision.unchecked:
        tell(
            f"[yellow]Unchecked:[/] nobody has held these readings against the official text: {', '.join(map(plain, decision.unchecked))}"
        )


def _fact(law: Law, facts: Facts, path: str) -> tuple[str, str, str]:
    value = facts.get(path)
    said = "not known" if value is None else show(value)
    name = path.rpartition(".")[2]
    return plain(name), f"[bold]{plain(said)}[/]", plain(meaning_of(law, path))


def _rows(rows: Iterable[tuple[str, str, str]]) -> None:
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    for _ in range(2):
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row(f"    {row[0]}", *row[1:])
    if table.row_count:
        out.print(table)


def _joined(proof: Proof) -> Iterator[tuple[str, str, str]]:
    """Days, answer and why not, of neighbouring stretches with one answer together."""
    found: list[tuple[Stretch, str, str]] = []
    for part in proof.parts:
        answer, one = ANSWERS[type(part.result)], part.stretch
        why = f"{part.result.item}: {part.result.why}" if isinstance(part.result, NotProved) else ""
        if found and found[-1][0].end == one.start and found[-1][1:] == (answer, why):
            found[-1] = Stretch(one.place, found[-1][0].start, one.end), answer, why
        else:
            found.append((one, answer, why))
    yield from ((_days(one), answer, why) for one, answer, why in found)


def _days(stretch: Stretch) -> str:
    if stretch.end - stretch.start <= timedelta(days=1):
        return f"on {stretch.start}"
    start = "" if stretch.start == date.min else f"from {stretch.start}"
    end = "" if stretch.end == date.max else f"until {stretch.end - timedelta(days=1)}"
    return " ".join(filter(None, (start, end))) or "always"


# -- as JSON --------------------------------------------------------------------------------------


def _json(
    law: Law, sentence: str, day: date | None, proof: Proof, shown: Explanation | None
) -> dict[str, Any]:
    return {
        "sentence": " ".join(sentence.split()),
        "items": list(proof.question.items),
        "place": law.place,
        "as_of": day.isoformat() if day else None,
        "law": law.digest,
        "answer": proof.answer,
        "of_nobody": proof.vacuous,
        "rests_on": [
            {
                "id": one.id,
                "citation": citation_of(one),
                "unchecked": not law.book.is_checked(one),
            }
            for one in proof.rests_on
        ],
        "rows": proof.rows,
        "stretches": [
            {
                **_life(part.stretch),
                "answer": ANSWERS[type(part.result)],
                "why": part.result.why if isinstance(part.result, NotProved) else None,
            }
            for part in proof.parts
        ],
        "not_asked": [{**_life(one), "undefined": word} for one, word in proof.unasked],
        "counterexample": _case_json(proof, shown),
    }


def _life(stretch: Stretch) -> dict[str, str | None]:
    return {
        "from": None if stretch.start == date.min else stretch.start.isoformat(),
        "to": None if stretch.end == date.max else stretch.end.isoformat(),
    }


def _case_json(proof: Proof, shown: Explanation | None) -> dict[str, Any] | None:
    if proof.broken is None or shown is None:
        return None
    assert isinstance(proof.broken.result, Counterexample)  # noqa: S101 - for mypy
    found = proof.broken.result
    facts = found.case.facts
    return {
        "facts": {p: _value(facts, p) for p, _ in facts.flat() if p not in facts.complete},
        "complete": sorted(facts.complete),
        "contested": found.choice,
        "comes_out": {"verdict": found.chosen.verdict, "basis": found.chosen.basis},
        "decision": shown.decision.to_json(),
    }


def _value(facts: Facts, path: str) -> bool | int | str | None:
    value = facts.get(path)
    return value.isoformat() if isinstance(value, date) else value
