"""Faults, planted at one call after the other: of the database, and of the disk.

    at which call, what then  ->  in_database, on_disk  ->  Planted: how many calls there were, and whether it came

Promise: a fault comes exactly once, before its call was made (`lost`) or after it was (`kept`); what comes later works
again, so that what is done about a fault can be done.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from django.apps import apps
from django.db import OperationalError, connection

LOST, KEPT = "lost", "kept"

DISK = (
    "open", "fdopen", "write", "pwrite", "fsync", "fdatasync", "link", "rename", "replace", "unlink", "mkdir",
    "truncate",
)  # fmt: skip
"""The calls of `os` by which the safe, the receipts and the log write."""


NOT_KEPT = ("RELEASE", "fdopen")
"""Calls after which no fault comes: in a test the end of an act is no commit (`test_faults_restart.py` has what comes
after one), and a file that was opened and is in nobody's hands is nothing that a disk does."""


def no_database() -> None:
    raise OperationalError("planted: the server closed the connection")


def no_space() -> None:
    raise OSError(28, "planted: no space left on device")


@dataclass
class Planted:
    """A fault: at which call, counted from 0 (-1: nowhere), how, and what then."""

    at: int
    how: str
    then: Callable[[], None]
    calls: int = 0
    came: bool = False
    names: list[str] = field(default_factory=list)
    _lock: Any = field(default_factory=threading.Lock)

    def call(self, name: str, done: Callable[[], Any]) -> Any:
        """Make a call, or not."""
        with self._lock:
            here, self.calls = self.calls, self.calls + 1
            self.names.append(name)
            mine = here == self.at and not (self.how == KEPT and name in NOT_KEPT)
            self.came |= mine
        if mine and self.how == LOST:
            self.then()
        made = done()
        if mine:
            self.then()
        return made


@contextmanager
def in_database(
    at: int = -1, how: str = LOST, then: Callable[[], None] = no_database
) -> Iterator[Planted]:
    """Plant a fault at a statement of the database."""
    planted = Planted(at, how, then)

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        return planted.call(sql.split(None, 1)[0], lambda: execute(sql, params, many, context))

    with connection.execute_wrapper(wrapper):
        yield planted


@contextmanager
def on_disk(
    at: int = -1, how: str = LOST, then: Callable[[], None] = no_space
) -> Iterator[Planted]:
    """Plant a fault at a call by which something is written."""
    planted = Planted(at, how, then)

    def faulty(name: str, real: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            return planted.call(name, lambda: real(*args, **more))

        return call

    with mock.patch.multiple(os, **{name: faulty(name, getattr(os, name)) for name in DISK}):
        yield planted


def rows() -> dict[str, list[dict[str, Any]]]:
    """All that casework keeps, table by table."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in apps.get_app_config("casework").get_models()
    }
