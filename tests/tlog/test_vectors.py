"""Vectors of others: transparency-dev's Merkle cases, Tessera's log, Sunlight's tiles, C2SP's notes."""

import base64
import json
from collections import Counter
from pathlib import Path

import pytest

from habeas.tlog.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.keys import opened, parse_vkey
from habeas.tlog.merkle import check_consistency, check_inclusion, fold, leaf_hash, root_of
from habeas.tlog.notes import parse_note
from habeas.tlog.tiles import parse_bundle, parse_hashes, root_of_tile

# Cases that hold with "hashes" that are none: there the others do not look at lengths.
STRICTER = {
    "consistency": {"additional/sizes-are-equal-one-and-proof-is-empty.json"},
    "inclusion": set(),
}


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_merkle_cases(shared: Path, kind: str) -> None:
    folder = shared / "vectors/tlog/transparency-dev-merkle/testdata" / kind
    seen: Counter[str] = Counter()
    differ = set()
    for file in sorted(folder.rglob("*.json")):
        case = json.loads(file.read_text())
        proof = [_bytes(one) for one in case["proof"] or []]
        try:
            if kind == "inclusion":
                leaf, root = _bytes(case["leafHash"]), _bytes(case["root"])
                check_inclusion(leaf, case["leafIdx"], case["treeSize"], proof, root)
            else:
                roots = _bytes(case["root1"]), _bytes(case["root2"])
                check_consistency(case["size1"], roots[0], case["size2"], roots[1], proof)
            failed = False
        except NotProved:
            failed = True
        if failed != case["wantErr"]:
            differ.add(str(file.relative_to(folder)))
        seen["refused" if failed else "accepted"] += 1
    assert differ == STRICTER[kind]
    assert (
        seen["accepted"] >= 4 and sum(seen.values()) == {"inclusion": 98, "consistency": 98}[kind]
    )


@pytest.mark.parametrize("kind", ["subtreeinclusion", "subtreeconsistency"])
def test_cases_of_subtrees(shared: Path, kind: str) -> None:
    folder = shared / "vectors/tlog/transparency-dev-merkle/testdata" / kind
    count = len(list(folder.rglob("*.json")))
    pytest.skip(
        f"{count} cases of {kind}: subtrees that do not begin at leaf 0 are of Merkle tree certificates; nothing here makes or takes such a proof"
    )


def test_the_log_of_tessera(shared: Path) -> None:
    log = shared / "vectors/tlog/tessera/testdata/log"
    verifier = parse_vkey(
        "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    )
    for size in range(16):
        note = parse_note((log / f"checkpoint.{size}").read_bytes())
        [signed] = opened(note, [verifier])
        assert signed.verifier == verifier
        head = parse_checkpoint(note.text)
        assert head.size == size
        assert format_checkpoint(head) == note.text
        if size:
            hashes = parse_hashes((log / f"tile/0/000.p/{size}").read_bytes(), size)
            entries = parse_bundle((log / f"tile/entries/000.p/{size}").read_bytes(), size)
            assert [leaf_hash(one) for one in entries] == hashes
            assert root_of(hashes) == head.root
        else:
            assert head == Checkpoint("example.com/log/testdata", 0, root_of([]))


def test_the_tiles_of_sunlight(shared: Path) -> None:
    tiles = shared / "vectors/tlog/sunlight/testdata/navigli2025h2/tile/0"
    full = [parse_hashes((tiles / f"{n:03}").read_bytes(), 256) for n in range(4)]
    for hashes in full:
        assert root_of_tile(hashes) == root_of(hashes)
    assert fold([root_of([h for one in full for h in one])]) == root_of(
        [h for one in full for h in one]
    )
    partial = parse_hashes((tiles / "003.p/10").read_bytes(), 10)
    assert partial == full[3][:10]


def test_sunlights_data_and_names(shared: Path) -> None:
    tiles = shared / "vectors/tlog/sunlight/testdata/navigli2025h2/tile"
    others = [
        file for kind in ("data", "names") for file in (tiles / kind).rglob("*") if file.is_file()
    ]
    pytest.skip(f"{len(others)} files in the format of certificate logs, which no log of ours has")


SPECIFIED = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""


def test_the_note_of_the_specification() -> None:
    verifier = parse_vkey("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    [signed] = opened(parse_note(SPECIFIED), [verifier])
    assert (signed.verifier, signed.time) == (verifier, 0)
    with pytest.raises(LogError):
        opened(parse_note(SPECIFIED.replace("example message", "other message")), [verifier])
