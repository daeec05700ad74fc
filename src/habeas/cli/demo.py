"""The `demo` command: the main job, from a made-up jail to answers that can be opened.

    sample jail, two requests  ->  decide under San Francisco's law and under Texas's  ->  habeas-demo/

Promise: it runs what `decide` and `explain` run; nobody in it is real.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from habeas.cli.common import AsJson, app, out, plain, tell, tell_json
from habeas.cli.deciding import answer_json, answered, explained, print_answer, print_explanation
from habeas.decisions.laws import laws_folder, read_law
from habeas.records import read_records, read_request, write_sample
from habeas.reports import write_answers

DAY = date(2025, 7, 18)
"""The day on which the demo answers: the day after the Department of Justice asked."""

PEOPLE, SEED = 1200, 1


def example(name: str) -> Path:
    """A shipped example request: beside the law in a wheel, under `examples/` in a checkout."""
    inside = laws_folder().parent / "examples" / name
    return inside if inside.exists() else laws_folder().parent / "examples" / "requests" / name


@app.command(epilog="Example: [bold]habeas demo[/]")
def demo(
    folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where to write jail and answers.")
    ] = Path("habeas-demo"),
    as_json: AsJson = False,
) -> None:
    """A made-up jail of 1,200, the request of 2025-07-17 in San Francisco, and a detainer in Texas."""
    jail = folder / "jail"
    write_sample(jail, PEOPLE, SEED)
    california, texas = read_law("us-ca-sf"), read_law("us-tx")
    words = california.book.vocabulary
    people = read_records(jail, None, words)
    (doj,) = read_request(example("doj-2025-07-17.yaml"), words)
    detainer = read_request(example("i-247a-texas.yaml"), words)
    person = people.ids()[0]
    why = [
        explained(california, doj, people, person, "release_date", DAY),
        *(
            explained(texas, one, people, person, "hold", DAY)
            for one in detainer
            if "hold" in one.items
        ),
    ]
    first = replace(
        answered(california, doj, people, DAY), explained=tuple(why[:1]), show_facts=True
    )
    others = [
        replace(
            answered(texas, one, people, DAY),
            explained=tuple(why[1:]) if "hold" in one.items else (),
        )
        for one in detainer
    ]
    written = write_answers(folder / "answers", [first, *others])
    if as_json:
        tell_json(
            {
                "answers": [answer_json(one) for one in (first, *others)],
                "files": [str(path) for path in written],
            }
        )
        return
    tell(f"A jail of {PEOPLE} people who do not exist: {plain(jail)}")
    tell()
    tell(
        "[bold underline]1. San Francisco: a federal department asks for a list of everybody who is not a citizen[/]"
    )
    print_answer(first)
    tell(
        "[bold underline]2. Texas: an immigration detainer about one person (the form is two requests)[/]"
    )
    for answer in others:
        print_answer(answer)
    tell("[bold underline]3. Why: the same person, an item of each[/]")
    for one in why:
        print_explanation(one)
    tell(
        f"[bold]Open {plain(folder / 'answers' / 'report.html')}[/] in a browser; the decisions are beside it as Parquet and CSV."
    )
    tell()
    tell("[bold]What to try next[/]")
    for line in (
        f"habeas explain {example('doj-2025-07-17.yaml')} --person {people.ids()[1]} --item charges --records {jail} --place us-ca-sf --as-of {DAY}",
        f"habeas decide {example('press-roster.yaml')} --records {jail} --place us-ca --as-of {DAY} --out press",
        "habeas law us-ca-sf            what is in force there, in plain words",
        "habeas check                   is the shipped law well formed, and do its own cases pass",
    ):
        out.print(f"  {line}", markup=False, soft_wrap=True)
