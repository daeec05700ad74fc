"""`make bench`: measure everything, show it, and write RESULTS.md whole."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from benchmarks import (
    audits,
    audits_lexicon,
    audits_peers,
    audits_rules,
    bulk,
    casework,
    exact,
    log,
    machine,
    one,
    peers,
    proofs_changes,
    proofs_check,
    proofs_diff,
    proofs_lint,
    reading,
    said,
    server,
)
from benchmarks.report import Section, Words, duration, page, show
from benchmarks.timing import GUARD, YARDSTICK_MEANS, within, yardstick

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    """Run; exit code 1 if the peers contradict Habeas."""
    heading = list(_heading())
    comparison = within(GUARD, peers.agreement)
    steps: tuple[tuple[str, Callable[[], Section | Words]], ...] = (
        ("one decision", one.section),
        ("agreement of the peers", lambda: said.agreeing(comparison)),
        ("what is unknown", lambda: said.unknown(within(GUARD, peers.unknowns))),
        ("what can be said", lambda: said.SAYABLE),
    )
    console, parts = Console(), []
    console.print(Markdown("\n".join(heading)))
    with tempfile.TemporaryDirectory() as folder:
        jail = Path(folder) / "jail"
        bulk.write_jail(jail)
        steps += (
            ("a whole jail", lambda: bulk.section(jail)),
            ("a large jail in PostgreSQL", server.section),
            ("reading the law", reading.section),
            ("exact resolution", lambda: exact.section(jail)),
            ("proofs of the shipped law", proofs_check.section),
            ("lint of the law", proofs_lint.section),
            ("difference of two laws", proofs_diff.section),
            ("what would change an answer", proofs_changes.section),
            ("audits", audits.section),
            ("260 rules against 26", audits_rules.section),
            ("audits beside engines of others", audits_peers.section),
            ("reasons read by the lexicon", audits_lexicon.section),
            ("the public log", log.section),
            ("casework", casework.section),
        )
        for name, step in steps:
            print(f"bench: {name}", file=sys.stderr)
            part = step()
            parts.append(part)
            show(part, console)
    RESULTS.write_text(page(heading, parts), encoding="utf-8")
    print(f"bench: written to benchmarks/{RESULTS.name}", file=sys.stderr)
    contradicted = comparison and (comparison.cel.different or comparison.cedar.different)
    return 1 if contradicted else 0


def _heading() -> Iterator[str]:
    yield "# Results"
    yield ""
    yield f"Measured on {date.today().isoformat()} by `make bench`, which writes this page whole."
    yield ""
    yield from (f"- {name}: {words}" for name, words in machine.described().items())
    yield f"- yardstick: {duration(yardstick())}, {YARDSTICK_MEANS}"
    yield ""
    yield "Every figure is a median, unless its line says otherwise. Ratios are to a figure of the same process, taken in turns or right"
    yield "after; they hold from machine to machine, times do not."


if __name__ == "__main__":
    sys.exit(main())
