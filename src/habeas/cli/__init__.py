"""The `habeas` command.

    arguments  ->  one of the commands  ->  text, or JSON with `--json`; exit code

Promise: exit code 0 is yes, 1 is a finding against what was asked (a case that fails), 2 is input
that cannot be used; then one message says where, what and what to do, and nothing is left half done.
"""

from __future__ import annotations

import sys

from habeas.cli import deciding, demo, lawful, recording
from habeas.cli.common import app, failed
from habeas.errors import HabeasError

__all__ = ["app", "main"]

_ = (demo, deciding, lawful, recording)  # importing them adds their commands


def main() -> None:
    """Run the command line; the entry point of the `habeas` command."""
    try:
        app()
    except HabeasError as error:
        failed(error, as_json="--json" in sys.argv)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
