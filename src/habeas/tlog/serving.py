"""A published log on a server: static files with the right headers, and nothing else.

    folder of a public copy  ->  GET checkpoint, policy, tile/…  ->  bytes, how long they may be kept

Promise: only paths that a log has are answered; every other file of the folder stays where it is.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from habeas.tlog.errors import LogError
from habeas.tlog.log import CHECKPOINT, POLICY
from habeas.tlog.tiles import parse_tile_path

IMMUTABLE = "public, max-age=31536000, immutable"
SHORT = "public, max-age=5"
TIMEOUT = 10.0


def headers_of(path: str) -> tuple[str, str] | None:
    """Content type and caching of a log's file; None for every other path.

    >>> headers_of("tile/0/000")
    ('application/octet-stream', 'public, max-age=31536000, immutable')
    >>> headers_of("work/head.sqlite")
    """
    if path in (CHECKPOINT, POLICY):
        return "text/plain; charset=utf-8", SHORT
    try:
        parse_tile_path(path)
    except LogError:
        return None
    return "application/octet-stream", IMMUTABLE


class LogServer(ThreadingHTTPServer):
    """A folder's log on the network; put TLS or a CDN before it."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], folder: Path) -> None:
        self.folder = folder
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "habeas-log", ""
    timeout = TIMEOUT
    disable_nagle_algorithm = True
    wbufsize = -1
    server: LogServer

    def do_GET(self) -> None:
        """A file of the log."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """The same, without the file."""
        self._answer(with_body=False)

    def _answer(self, with_body: bool) -> None:
        path = self.path.removeprefix("/")
        found = headers_of(path)
        data = b"not found\n"
        if found is not None:
            try:
                data = (self.server.folder / path).read_bytes()
            except OSError:
                found = None
        kind, kept = found or ("text/plain; charset=utf-8", "no-store")
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", kept)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        if with_body:
            self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written down of who asked."""
