"""A skeleton of a pack after another place's: its rules as they stand, and nothing that cites.

    LawBook, Pack, place, day  ->  skeleton  ->  Skeleton (text of a pack with `TODO` in it)

Promise: what is made is refused as law until every `TODO` is gone (`reader.read_pack`), so that it
never decides anything: citations, addresses, days and readings are all marked. From which bytes it was
drawn stands in its front matter.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from habeas.law.blocks import AUTHORITIES, Pack, Provision
from habeas.law.book import LawBook, chain_of

_HEADING = re.compile(r"##\s+.*?\s*\{(?P<attrs>[^{}]*)\}\s*\Z")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A pack to be written.

    path      relative to the folder of law
    after     the pack that it was drawn from
    places    text that names the other's places as a value, by line: `within(…, 'us-ca')`
    left_out  provisions that were not in force on the day, by id
    halted    provisions that a court has enjoined or stayed there, or that are contested there
    """

    path: str
    after: str
    text: str
    places: tuple[int, ...]
    left_out: tuple[str, ...]
    halted: tuple[tuple[str, str], ...]

    @property
    def todos(self) -> int:
        """On how many lines something is to be written."""
        return sum("TODO" in line for line in self.text.split("\n"))


def skeleton(book: LawBook, pack: Pack, place: str, day: date, revision: str = "") -> Skeleton:
    """Draw a pack of `place` after a pack of another place.

    day       provisions in force on it are drawn, each once
    revision  the git commit whose bytes these are, hexadecimal; empty: none is known
    """
    return _Drawer(book, pack, place, day, revision).made()


@dataclass(slots=True)
class _Drawer:
    book: LawBook
    pack: Pack
    place: str
    day: date
    revision: str

    def made(self) -> Skeleton:
        path = f"{self.pack.id}.md"
        data = self.book.files[path]
        lines = data.decode().split("\n")
        kept = [p for p in self.pack.provisions if p.in_force(self.day)]
        heads = sorted(p.place.line for p in self.pack.provisions)
        parts = [*self.front(hashlib.sha256(data).hexdigest()), ""]
        for provision in kept:
            following = next((n for n in heads if n > provision.place.line), len(lines) + 1)
            parts += self.segment(provision, lines[provision.place.line - 1 : following - 1])
        text = "\n".join(parts).rstrip("\n") + "\n"
        acts = "|".join(re.escape(f"{one.id}#") for one in self.drawn())
        text = re.sub(rf"(?<![\w/.-])(?={acts})[a-z0-9-]+/", f"{self.place}/", text)
        chain = set(chain_of(self.pack.jurisdiction)) - set(chain_of(self.place))
        named = re.compile("|".join(f"'{re.escape(one)}'" for one in sorted(chain)) or r"(?!)")
        return Skeleton(
            f"{self.place}/{self.pack.id.split('/')[1]}.md",
            self.pack.id,
            text,
            tuple(n for n, line in enumerate(text.split("\n"), 1) if named.search(line)),
            tuple(p.id for p in self.pack.provisions if p not in kept),
            tuple((p.id, p.status) for p in kept if p.status),
        )

    def drawn(self) -> list[Pack]:
        """The packs of the other place, to whose blocks this one may refer."""
        every = self.book.packs.values()
        return [one for one in every if one.jurisdiction == self.pack.jurisdiction]

    def front(self, digest: str) -> Iterator[str]:
        """Front matter: nothing of the other's but its lineage."""
        same_layer = self.place.count("-") == self.pack.jurisdiction.count("-")
        layers = ", ".join(AUTHORITIES)
        yield "---"
        yield f"title: 'TODO: title (after: {_quoted(self.pack.title)})'"
        yield f"citation: 'TODO: citation (after: {_quoted(self.pack.citation)})'"
        yield f"place: {self.place}"
        yield f"authority: {self.pack.authority if same_layer else f'TODO (one of {layers})'}"
        yield "source: TODO (address of your official text)"
        yield f"after: {' '.join(filter(None, (self.pack.id, digest, self.revision)))}"
        yield "---"

    def segment(self, provision: Provision, lines: list[str]) -> Iterator[str]:
        """One provision: its heading and reading marked, its blocks as they stand."""
        match = _HEADING.match(lines[0])
        attributes = match["attrs"].split() if match else []
        ids = [one for one in attributes if one.startswith("#")]
        halted = [f"status=TODO-{provision.status}"] if provision.status else []
        head = " ".join([*ids, "from=TODO", *halted])
        yield f"## TODO: citation and title (after: {provision.heading}) {{{head}}}"
        yield ""
        status = f" It is {provision.status} there: is it here?" if provision.status else ""
        yield f"TODO: hold reading and blocks against your own text, then remove this line.{status}"
        yield ""
        rest = lines[1:]
        while rest and not rest[0].strip():
            rest.pop(0)
        while rest and not rest[-1].strip():
            rest.pop()
        yield from rest
        yield ""


def _quoted(text: str) -> str:
    """Text between single quotes of YAML."""
    return text.replace("'", "''")
