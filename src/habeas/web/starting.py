"""Starting: Django for one office, its database up to date, and a server.

    folder of an office  ->  start  ->  Django ready;  serve  ->  pages over HTTP

Promise: an office whose file or keys cannot be used is not started.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from habeas.errors import InputError, Place, Problem
from habeas.web.office import VARIABLE, Office, read_office

THREADS = 8
"""Requests that are answered at the same time."""

KEPT = 75
"""Seconds that a connection stays open for the next request: longer than people read, so that none is cut as they click."""


def needed() -> None:
    """Raise `InputError` where the extra `casework` is not installed."""
    if any(
        find_spec(name) is None
        for name in ("django", "allauth", "django_htmx", "gunicorn", "pikepdf")
    ):
        raise InputError(
            Problem(
                Place("casework"),
                "what casework needs is not installed",
                "pip install 'habeas[casework]'",
            )
        )


def start(folder: Path) -> Office:
    """Make Django ready for an office, and return it. Raises `InputError`."""
    needed()
    import django

    where = folder.resolve()
    office = read_office(where)
    os.environ[VARIABLE] = str(where)
    os.environ["DJANGO_SETTINGS_MODULE"] = "habeas.web.settings"
    django.setup()
    return office


def up_to_date() -> None:
    """Bring the database to this version's tables. Raises what Django raises where it cannot."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def serve(host: str, port: int, ready: Callable[[str], None]) -> None:
    """Answer requests until the process is ended.

    port   0: a free one
    ready  is given the address once connections are taken
    """
    from gunicorn.app.base import BaseApplication

    def told(server: Any) -> None:
        for one in server.LISTENERS:
            at, number = one.sock.getsockname()[:2]
            # A passkey belongs to a name: browsers make none for an address.
            ready(f"http://{'localhost' if at == '127.0.0.1' else at}:{number}")

    wanted: dict[str, Any] = {
        "when_ready": told,
        "bind": f"{host}:{port}",
        "threads": THREADS,
        "keepalive": KEPT,
        "worker_class": "gthread",
        "proc_name": "habeas",
        "loglevel": "warning",
        "control_socket_disable": True,
    }

    class Application(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
        def load_config(self) -> None:
            for name, value in wanted.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> object:
            from habeas.web.wsgi import application

            return application

    own = os.getpid()
    try:
        Application().run()
    except SystemExit as end:  # how gunicorn tells that it was ended: here, and in each worker
        if end.code or os.getpid() != own:
            raise
