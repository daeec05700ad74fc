"""The `habeas` command.

    arguments  ->  one of the commands  ->  text, or JSON with `--json`; exit code

Promise: exit code 0 is yes, 1 is a finding against what was asked (a case that fails), 2 is input
that cannot be used; then one message says where, what and what to do, and nothing is left half done.
3 is neither yes nor a finding: something was not proved.
"""

from __future__ import annotations

import io
import sys

from habeas.cli import (
    auditing,
    comparing,
    comparing_places,
    deciding,
    demo,
    doctor,
    lawful,
    linting,
    log_checking,
    log_disclosures,
    log_keeping,
    office,
    proving,
    recording,
    replaying,
    serving,
)
from habeas.cli.common import app, failed
from habeas.errors import HabeasError

__all__ = ["app", "main"]

_ = (
    demo,
    deciding,
    replaying,
    lawful,
    linting,
    proving,
    comparing,
    comparing_places,
    recording,
    auditing,
    log_keeping,
    log_checking,
    log_disclosures,
    serving,
    office,
    doctor,
)  # importing them adds their commands


def main() -> None:
    """Run the command line; the entry point of the `habeas` command."""
    for stream in (sys.stdout, sys.stderr):
        # A `§` that the terminal has no letter for is shown as `\\xa7`, and ends nothing.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except HabeasError as error:
        failed(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
