"""Commands that decide: `decide`, `explain`.

    request, records, place  ->  decide  ->  recorded, if asked  ->  table by item, files;  explain  ->  one screen on one answer

Promise: no value of a record is printed or written, only verdicts and what they rest on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table

from habeas.cli import completion
from habeas.cli.changing import print_changes
from habeas.cli.common import (
    VERDICT_STYLE,
    AsJson,
    AsOf,
    LawFolder,
    MapFile,
    PlaceName,
    RecordsSource,
    app,
    day_of_law,
    out,
    plain,
    tell,
    tell_json,
    verdict,
)
from habeas.cli.log_common import (
    KeyFileOption,
    VaultOption,
    passphrase,
    receipts_beside,
    vault_of,
)
from habeas.decisions.decide import Law
from habeas.decisions.explain import Explanation, Reading, explain
from habeas.decisions.laws import read_law
from habeas.errors import InputError, Place, Problem
from habeas.law.facts import Facts
from habeas.proofs.changes import changes
from habeas.records import Person, Records, Request, read_records, read_request
from habeas.reports import Answer, answer_of, summary_rows, write_answers
from habeas.reports.recording import Recorder
from habeas.tlog.log import read_policy
from habeas.tlog.unlock import origin_of, signers_of


@app.command(
    epilog="Example: [bold]habeas decide examples/requests/doj-2025-07-17.yaml --records jail --place us-ca-sf --out answer[/], [bold]habeas decide request.yaml --records jail --place us-ca --out recorded --log log --receipts recorded-receipts --agency Sheriff[/]"
)
def decide(
    request: Annotated[
        Path, typer.Argument(metavar="REQUEST", help="The request: a YAML or JSON file.")
    ],
    records: RecordsSource,
    place: PlaceName,
    out_folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where to write decisions and report.")
    ],
    mapping: MapFile = None,
    as_of: AsOf = None,
    law_folder: LawFolder = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--log",
            metavar="DIR",
            help="A log's folder: each person's decision is recorded there first. Left out: nothing is recorded.",
        ),
    ] = None,
    receipts: Annotated[
        Path | None,
        typer.Option(
            "--receipts",
            metavar="OUT",
            help="With `--log`: where receipts go, one a person. Left out: a folder beside the log, such as `log-receipts`.",
        ),
    ] = None,
    agency: Annotated[
        str | None,
        typer.Option(
            "--agency",
            metavar="NAME",
            help="With `--log`: whose log it is, as every entry shows. Left out: the log's name.",
        ),
    ] = None,
    vault: VaultOption = None,
    key_file: KeyFileOption = None,
    as_json: AsJson = False,
) -> None:
    """Decide every item of a request about everybody it asks about.

    Writes decisions.parquet, decisions.csv (verdicts, never values), report.html, the same as
    report.pdf, and the law and facts that `habeas replay` decides by again. The facts are for the
    office alone. One Form I-247A makes two linked requests, both decided.

    With `--log`, the answer is there when every decision is recorded and has its receipt; where that fails,
    nothing is written or printed. Exit code 3: recorded, and the witnesses have not answered yet.
    """
    with ExitStack() as stack:
        recorder = _recorder(log, receipts, agency, vault, key_file, stack)
        day = day_of_law(as_of) or date.today()
        law = read_law(place, law_folder)
        requests = read_request(request, law.book.vocabulary)
        with read_records(records, mapping, law.book.vocabulary) as people:
            answers = [answered(law, one, people, day) for one in requests]
        made: list[Path] = []
        written = write_answers(
            out_folder,
            answers,
            first=lambda: made.extend(recorder.record(answers) if recorder else ()),
        )
        if as_json:
            document = {
                "answers": [answer_json(one) for one in answers],
                "files": [str(path) for path in written],
            }
            tell_json(
                {**document, "receipts": [str(path) for path in made]} if recorder else document
            )
            return
        for answer in answers:
            print_answer(answer)
        tell(f"written: {', '.join(path.name for path in written)} in [bold]{plain(out_folder)}[/]")
        if recorder:
            tell(f"recorded: {len(made)} receipts in [bold]{plain(recorder.receipts)}[/]")


def _recorder(
    log: Path | None,
    receipts: Path | None,
    agency: str | None,
    vault: Path | None,
    key_file: Path | None,
    stack: ExitStack,
) -> Recorder | None:
    """What `--log` and its companions name; keys and vault are unlocked before anything is decided."""
    if log is None:
        if receipts or agency or vault:
            raise InputError(
                Problem(Place("--log"), "nothing says which log", "name the log's folder")
            )
        return None
    secret = passphrase(key_file)
    signers = signers_of(log, secret)
    kept = None
    if vault is not None:
        kept = stack.enter_context(vault_of(vault, origin_of(read_policy(log), log), log, secret))
    return Recorder(log, signers, receipts or receipts_beside(log), agency or signers[0].name, kept)


def answered(law: Law, request: Request, records: Records, day: date) -> Answer:
    """One decided request; the halves of a form are told apart by their titles."""
    title = request.title or request.id
    if request.linked and "instrument" in request.facts.values:
        title = f"{title}: {request.facts.values['instrument']}"
    return answer_of(law, request, records, day, title)


def answer_json(answer: Answer) -> dict[str, object]:
    """A request's answer in figures."""
    return {
        "request": answer.request.id,
        "place": answer.law.place,
        "as_of": answer.as_of.isoformat(),
        "law": answer.law.digest,
        "items": [row.to_json() for row in summary_rows(answer)],
    }


def print_answer(answer: Answer) -> None:
    """The table by item."""
    request = answer.request
    tell()
    tell(f"[bold]{plain(answer.heading)}[/]")
    tell(
        f"under the law of [bold]{answer.law.place}[/] on {answer.as_of} (digest {answer.law.digest[:16]}…)"
    )
    table = Table(show_edge=False, pad_edge=False, header_style="bold", expand=False)
    columns = (
        ("item", "left"),
        ("grant", "right"),
        ("refer", "right"),
        ("deny", "right"),
        ("mostly", "left"),
        ("settled by", "left"),
    )
    for name, justify in columns:
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]  # rich's literal, in a loop
    rows = summary_rows(answer)
    for row in rows:
        counts = (_count("grant", row.grant), _count("refer", row.refer), _count("deny", row.deny))
        table.add_row(
            row.item, *counts, _MOSTLY.get(row.basis, row.basis), plain(row.settled_by or "no rule")
        )
    out.print(table)
    mays = [row.item for row in rows if row.basis == "permitted" and row.grant]
    if mays:
        tell(
            f"[yellow]A may:[/] nothing orders {', '.join(mays)}; somebody with the authority has to choose, and say why."
        )
    chosen = [item for item in request.selects_on if item in mays]
    if chosen:
        tell(
            f"[yellow]People are chosen by {', '.join(chosen)}:[/] to be in this answer tells it. Unless somebody chooses to tell it, "
            "nothing of this answer leaves."
        )
    tell()


_MOSTLY = {"required": "ordered", "permitted": "a may"}
"""Bases in the words of the table."""


def _count(word: str, number: int) -> str:
    return f"[{VERDICT_STYLE[word]}]{number}[/]" if number else "[dim]0[/]"


@app.command(
    name="explain",
    epilog="Example: [bold]habeas explain request.yaml --person B-000017 --item release_date --records jail --place us-ca-sf[/]",
)
def explain_command(
    request: Annotated[
        Path, typer.Argument(metavar="REQUEST", help="The request: a YAML or JSON file.")
    ],
    person: Annotated[
        str, typer.Option("--person", metavar="ID", help="The person's id in the records.")
    ],
    item: Annotated[
        str,
        typer.Option(
            "--item",
            metavar="I",
            help="The item, such as `release_date`.",
            autocompletion=completion.items,
        ),
    ],
    records: RecordsSource,
    place: PlaceName,
    mapping: MapFile = None,
    as_of: AsOf = None,
    law_folder: LawFolder = None,
    as_json: AsJson = False,
) -> None:
    """Why: one screen about one item for one person.

    For the office only: it shows facts of the record, what is missing, and last what would change the
    answer: every smallest set of up to three facts whose answer would.
    """
    day = day_of_law(as_of) or date.today()
    law = read_law(place, law_folder)
    requests = read_request(request, law.book.vocabulary)
    with read_records(records, mapping, law.book.vocabulary) as people:
        found = [
            (
                explained(law, one, people, person, item, day),
                changes(law, one, _who(people, person), item, day),
            )
            for one in _asking(requests, item, request)
        ]
    if as_json:
        tell_json([{**made.to_json(), "changes": turned.to_json()} for made, turned in found])
        return
    for made, turned in found:
        print_explanation(made)
        print_changes(turned)


def _asking(requests: Sequence[Request], item: str, path: Path) -> list[Request]:
    found = [one for one in requests if item in one.items]
    if not found:
        asked = ", ".join(dict.fromkeys(i for one in requests for i in one.items))
        raise InputError(
            Problem(
                Place(str(path)), f"this request does not ask for `{item}`", f"it asks for {asked}"
            )
        )
    return found


def explained(
    law: Law, request: Request, records: Records, person: str, item: str, day: date
) -> Explanation:
    """Decide one item about one person, and say why; somebody without a record is one of whom nothing is known."""
    who = _who(records, person)
    decision = law.decide(request, who, item, day)
    return explain(law, decision, law.facts(request, who, day))


def _who(records: Records, person: str) -> Person:
    return records.get(person) or Person(person, Facts(), frozenset())


def print_explanation(made: Explanation) -> None:
    """One screen that a layman understands."""
    decision = made.decision
    tell()
    tell(
        f"{verdict(decision.verdict)}  [bold]{decision.item}[/] of person [bold]{plain(decision.person)}[/], request {plain(decision.request)}, law of {decision.as_of}"
    )
    tell(f"[bold]{made.outcome}[/]")
    if made.readings:
        tell()
        tell(
            "[bold underline]The law[/]"
            if decision.verdict != "refer"
            else "[bold underline]The law that is in question[/]"
        )
        for reading in made.readings:
            _print_reading(reading)
    if made.beaten:
        tell()
        tell(
            "[bold underline]What was set aside, and by what[/]"
            if decision.verdict != "refer"
            else "[bold underline]What would be set aside, and by what[/]"
        )
        for beaten, by in made.beaten:
            tell(
                f"  {beaten.block} ({beaten.does}) gives way to {', '.join(f'{one.block} ({one.does})' for one in by)}"
            )
    known = [one for one in made.used if one.said_by]
    if known:
        tell()
        tell("[bold underline]Facts used[/]")
        _rows(
            (plain(one.fact), f"[bold]{plain(one.value)}[/]", plain(one.said_by)) for one in known
        )
    if made.missing:
        tell()
        tell("[bold underline]What is missing, and who can answer[/]")
        _rows((plain(fact), plain(who), plain(meaning)) for fact, meaning, who in made.missing)
    if decision.duties:
        tell()
        tell("[bold underline]What is owed[/]")
        for owed in decision.duties:
            when = (
                ""
                if owed.due is None
                else f", {owed.due}"
                if owed.due == "promptly"
                else f", by {owed.due}"
            )
            tell(
                f"  {owed.actor} must {owed.act}{when}{'' if owed.certain else ' (possibly)'}  [dim]{plain(owed.duty)}[/]"
            )
    if decision.unchecked:
        tell()
        tell(
            f"[yellow]Unchecked:[/] nobody has held these readings against the official text: {', '.join(map(plain, decision.unchecked))}"
        )
    tell()


def _print_reading(reading: Reading) -> None:
    tell(f"  [bold]{plain(reading.citation)}[/] {reading.does}  [dim]{plain(reading.block)}[/]")
    out.print(Padding(Markdown(reading.text.split("\n\n")[0]), (0, 0, 0, 4)))
    tell(f"    official text: {plain(reading.source)}")


def _rows(rows: Iterable[tuple[str, str, str]]) -> None:
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row(f"  {row[0]}", *row[1:])
    out.print(table)
