"""The auditor: re-derives the root from all entries, and names each file that is wrong.

    source, policy  ->  checkpoint  ->  every bundle, hashed  ->  every tile, compared  ->  Audit

Promise: it ends, whatever it is given; one flipped byte in any file of the log is found, and the file
named. It looks at bytes: what entries say, `receipts` and the office's disclosures show.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from habeas.tlog.checkpoint import Checkpoint, parse_checkpoint
from habeas.tlog.errors import LogError, refused
from habeas.tlog.leaves import LeafHasher
from habeas.tlog.merkle import check_consistency, fold, leaf_hashes, peaks
from habeas.tlog.notes import Note, parse_note
from habeas.tlog.policy import Policy, Witnessed
from habeas.tlog.processes import in_order
from habeas.tlog.reader import Reader
from habeas.tlog.sources import Folder, Server, Source
from habeas.tlog.tiles import (
    ENTRIES,
    HEIGHT,
    MAX_LEVEL,
    TILE_BYTES,
    WIDTH,
    Tile,
    parse_bundle,
    parse_tile_path,
    root_of_tile,
    tile_at,
    tile_path,
)
from habeas.tlog.tree import pyramid

MAX_ENTRIES = 10**10
"""The largest log that is looked at; a checkpoint of more is refused, so that an audit ends."""

MAX_FINDINGS = 100
"""After so many the audit stops: the log is broken, and who keeps it can lie without end."""

STRETCH = 64
"""Bundles that a worker takes at a time."""


@dataclass(slots=True)
class Audit:
    """What an audit found; `findings` is empty where all holds."""

    checkpoint: Checkpoint | None = None
    witnessed: Witnessed | None = None
    findings: list[tuple[str, str]] = field(default_factory=list)
    """File, and what is wrong with it."""
    files: int = 0
    """Files that were read."""
    beyond: int = 0
    """Files of entries that no checkpoint in the log covers yet; they were held against each other."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.checkpoint is not None and not self.findings

    def found(self, path: str, what: str) -> None:
        """Note a finding, once for each file, up to the hundredth."""
        if not self.enough and all(path != other for other, _ in self.findings):
            self.findings.append((path, what))

    @property
    def enough(self) -> bool:
        """Whether there is no use in going on."""
        return len(self.findings) >= MAX_FINDINGS


def audit(
    source: Source,
    policy: Policy,
    before: Note | None = None,
    workers: int = 1,
    most: int = MAX_ENTRIES,
) -> Audit:
    """Audit a log: checkpoint and cosignatures by the policy, all entries, all tiles.

    before   a checkpoint of this log that was seen earlier: the log has to follow from it
    workers  processes that hash; more than one for a folder alone
    most     entries at most

    Raises nothing for what the log holds: that is what it reports. Held by `tests/tlog/test_audit.py`.
    """
    made = Audit()
    note = _checkpoint(source, policy, made)
    if note is None or made.checkpoint is None:
        return made
    size = made.checkpoint.size
    if size > most:
        made.found("checkpoint", f"it says {size} entries, more than {most}: not looked at")
        return made
    _entries(source, policy, size, made, workers)
    if not made.enough:
        _follows(source, policy, before, made)
    if isinstance(source, Folder) and not made.enough:
        _others(source, size, made)
    return made


def _checkpoint(source: Source, policy: Policy, made: Audit) -> Note | None:
    try:
        data = source.get("checkpoint")
        if data is None:
            made.found("checkpoint", "it is missing")
            return None
        made.files += 1
        note = parse_note(data, "checkpoint")
        made.witnessed = policy.check(note)
        made.checkpoint = parse_checkpoint(note.text)
        known = {(v.name, v.key_id) for v in made.witnessed.logs}
        known |= {
            (policy.witnesses[name].verifier.name, policy.witnesses[name].verifier.key_id)
            for name in made.witnessed.witnesses
        }
        for one in note.signatures:
            if (one.name, one.key_id) not in known:
                made.found("checkpoint", f"a signature of `{one.name}` is of no key of the policy")
        return note
    except LogError as error:
        made.found("checkpoint", error.problems[0].message)
        return None


# -- entries and tiles ----------------------------------------------------------------------------


def _entries(source: Source, policy: Policy, size: int, made: Audit, workers: int) -> None:
    """Hash all entries, stretch by stretch; hold every tile against what follows from them."""
    # By level: the hashes that follow from the entries and are not in a full tile yet.
    levels: list[list[bytes]] = [[] for _ in range(MAX_LEVEL + 2)]
    for roots, rest, findings, files in _stretches(source, policy, size, workers):
        made.files += files
        for path, what in findings:
            made.found(path, what)
        if made.enough:
            return
        levels[0] += rest
        for root in roots:
            _up(source, 1, root, levels, size, made)
    for level in range(1, MAX_LEVEL + 1):
        if levels[level]:
            tile = tile_at(level, size >> HEIGHT * (level + 1), size)
            _compare(source, tile, b"".join(levels[level]), made)
    if made.findings or made.checkpoint is None:
        return
    found = []
    edge = [pyramid(hashes) for hashes in levels]
    for level, index in peaks(size):
        number, inside = divmod(level, HEIGHT)
        first = (size >> HEIGHT * (number + 1)) << HEIGHT - inside
        found.append(edge[number][inside][index - first])
    if fold(found) != made.checkpoint.root:
        made.found("checkpoint", "its root does not follow from the entries")


def _up(
    source: Source, level: int, root: bytes, levels: list[list[bytes]], size: int, made: Audit
) -> None:
    hashes = levels[level]
    hashes.append(root)
    if len(hashes) == WIDTH:
        above = enumerate(levels[level + 1 :])
        number = sum(
            len(part) << HEIGHT * n for n, part in above
        )  # each hash above is a full tile here
        _compare(source, Tile(level, number), b"".join(hashes), made)
        levels[level] = []
        _up(source, level + 1, root_of_tile(hashes), levels, size, made)


def _compare(source: Source, tile: Tile, data: bytes, made: Audit) -> None:
    made.files += 1
    what = _differs(source, tile, data)
    if what:
        made.found(tile_path(tile), what)


def _differs(source: Source, tile: Tile, data: bytes) -> str:
    """What is wrong with a tile that ought to hold these hashes; nothing, if nothing is."""
    try:
        there = source.get(tile_path(tile))
        if there is None and tile.width < WIDTH and isinstance(source, Server):
            full = source.get(tile_path(tile.full))
            return "" if full is not None and full.startswith(data) else "it is missing"
    except LogError as error:
        return error.problems[0].message
    if there is None:
        return "it is missing"
    return "" if there == data else "its hashes are not those of the entries"


Stretch = tuple[list[bytes], list[bytes], list[tuple[str, str]], int]
"""Roots of full tiles of level 0, hashes of a partial one, findings, files read."""


def _stretches(source: Source, policy: Policy, size: int, workers: int) -> Iterator[Stretch]:
    bundles = -(-size // WIDTH)
    jobs = (
        (source, policy, first, min(first + STRETCH, bundles), size)
        for first in range(0, bundles, STRETCH)
    )
    if not isinstance(source, Folder) or bundles <= STRETCH:
        workers = 1
    yield from in_order(_stretch, jobs, workers)


def _stretch(job: tuple[Source, Policy, int, int, int]) -> Stretch:
    """Hash some bundles, and hold the tiles of level 0 against them."""
    source, policy, first, last, size = job
    roots: list[bytes] = []
    rest: list[bytes] = []
    findings: list[tuple[str, str]] = []
    hasher = LeafHasher()
    for number in range(first, last):
        bundle = tile_at(ENTRIES, number, size)
        hashes, what = _bundle(source, bundle, hasher)
        if what:
            findings.append((tile_path(bundle), what))
            hashes = _instead(source, number, size)
        tile = tile_at(0, number, size)
        data = b"".join(hashes)
        wrong = _differs(source, tile, data) if not what else ""
        if wrong:
            tile_holds = _leads_up(source, policy, number)
            if tile_holds is not True:
                findings.append((tile_path(tile), wrong))
            if tile_holds or (tile_holds is None and tile.width == WIDTH):
                findings.append((tile_path(bundle), "its entries are not those of the signed tree"))
                hashes = _instead(source, number, size)
        if tile.width == WIDTH:
            roots.append(root_of_tile(hashes))
        else:
            rest = hashes
        if len(findings) >= MAX_FINDINGS:
            break
    return roots, rest, findings, 2 * (last - first)


def _leads_up(source: Source, policy: Policy, number: int) -> bool | None:
    """Whether a tile of level 0 leads to the signed root; None where the tiles above do not either."""
    try:
        reader = Reader(source, policy)
    except LogError:
        return None
    try:
        reader.hash_at(0, number * WIDTH)
    except LogError:
        return False
    return True


def _bundle(source: Source, tile: Tile, hasher: LeafHasher) -> tuple[list[bytes], str]:
    """The leaf hashes of a bundle, or what is wrong with it."""
    try:
        data = source.get(tile_path(tile))
        if data is None and tile.width < WIDTH and isinstance(source, Server):
            full = source.get(tile_path(tile.full))
            if full is not None:
                return hasher.hashes(full, WIDTH, tile_path(tile.full))[: tile.width], ""
        if data is None:
            return [], "it is missing"
        return hasher.hashes(data, tile.width, tile_path(tile)), ""
    except LogError as error:
        return [], error.problems[0].message


def _instead(source: Source, number: int, size: int) -> list[bytes]:
    """The hashes of a tile whose bundle is wrong, so that the rest can still be held against it."""
    tile = tile_at(0, number, size)
    try:
        data = source.get(tile_path(tile)) or b""
    except LogError:
        data = b""
    data = data.ljust(TILE_BYTES, b"\0")[: tile.width * 32]
    return [data[at : at + 32] for at in range(0, len(data), 32)]


# -- what else there is ---------------------------------------------------------------------------


def _follows(source: Source, policy: Policy, before: Note | None, made: Audit) -> None:
    """Whether the log follows from a checkpoint that was seen earlier."""
    if before is None or made.checkpoint is None:
        return
    try:
        policy.check(before)
        old = parse_checkpoint(before.text)
        if old.origin != made.checkpoint.origin:
            raise refused(
                "checkpoint", f"the earlier one is of `{old.origin}`", "name one of this log"
            )
        if old.size == 0:
            return
        new = made.checkpoint
        proof = Reader(source, policy).consistency(old.size) if old.size <= new.size else []
        check_consistency(old.size, old.root, new.size, new.root, proof)
    except LogError as error:
        made.found(
            "checkpoint", f"it does not follow from the earlier one: {error.problems[0].message}"
        )


def _others(source: Folder, size: int, made: Audit) -> None:
    """Every other file of a folder: older partial tiles, tiles beyond the checkpoint, files of nobody."""
    for path in source.files():
        if made.enough:
            return
        try:
            tile = parse_tile_path(path)
        except LogError:
            if not path.endswith(".new"):  # what a crash left beside its place, and nobody reads
                made.found(path, "it is no file of a log")
            continue
        shift = HEIGHT * (max(tile.level, 0) + 1)
        end = (tile.index << shift) + (tile.width << shift - HEIGHT)
        if end <= size and tile.width == WIDTH:
            continue
        made.files += 1
        try:
            data = source.get(path) or b""
            if end > size:
                made.beyond += 1
                _beyond(source, tile, data, made)
                continue
            full = tile_at(tile.level, tile.index, size)
            whole = source.get(tile_path(full)) or b""
            if tile != full and not (whole.startswith(data) and _whole(tile, data)):
                made.found(path, "it is not the beginning of the tile in its place")
        except LogError as error:  # of the file itself, or of one that it has to fit
            made.found(path, error.problems[0].message)


def _whole(tile: Tile, data: bytes) -> bool:
    """Whether a tile's bytes are as long as its width says."""
    try:
        return (
            len(data) == tile.width * 32
            if tile.level != ENTRIES
            else bool(parse_bundle(data, tile.width))
        )
    except LogError:
        return False


def _beyond(source: Folder, tile: Tile, data: bytes, made: Audit) -> None:
    """A tile that no checkpoint covers: it has to fit the tile below it."""
    path = tile_path(tile)
    if not _whole(tile, data):
        made.found(path, "it has not the length that its name says")
    elif tile.level == ENTRIES:
        hashes = source.get(tile_path(Tile(0, tile.index, tile.width)))
        found = b"".join(leaf_hashes(parse_bundle(data, tile.width)))
        if hashes != found:
            made.found(path, "its entries do not hash to the tile of level 0")
    elif tile.level == 0:
        if source.get(tile_path(Tile(ENTRIES, tile.index, tile.width))) is None:
            made.found(path, "its entries are missing")
    else:
        for at in range(tile.width):
            below = source.get(tile_path(Tile(tile.level - 1, tile.index * WIDTH + at))) or b""
            if (
                len(below) != TILE_BYTES
                or root_of_tile([below[n : n + 32] for n in range(0, TILE_BYTES, 32)])
                != data[at * 32 : at * 32 + 32]
            ):
                made.found(path, "its hashes are not those of the tiles below")
                return
