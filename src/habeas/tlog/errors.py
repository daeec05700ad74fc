"""What a log refuses, and what does not hold.

    bytes, files, answers of servers  ->  refused, broken  ->  LogError, NotProved

Promise: whatever cannot be read, and whatever does not verify, is an error that names the place; no
check of this package answers with a flag that a caller could forget to look at.
"""

from __future__ import annotations

from habeas.errors import HabeasError, Place, Problem


class LogError(HabeasError):
    """Something of a log that cannot be read, written or reached."""


class NotProved(LogError):  # noqa: N818  # the name says what happened
    """A proof, signature or file that is well formed and does not hold."""

    exit_code = 1


def refused(where: object, message: str, help: str) -> LogError:
    """An error about input that cannot be used; `where` is a file, a URL or the kind of text."""
    return LogError(Problem(Place(str(where)), message, help))


def broken(where: object, message: str, help: str = "do not rely on it") -> NotProved:
    """An error about something that does not hold."""
    return NotProved(Problem(Place(str(where)), message, help))
