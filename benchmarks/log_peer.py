"""What aics-tlog takes for durable appends and an audit; run by the Python of the peers' environment.

    folder, appends, batches, entries of a batch, bytes of an entry  ->  timed  ->  JSON

Promise: it is used as its own documentation says: files and folders synced, checkpoints signed with Ed25519.
"""

import json
import os
import sys
import time
from pathlib import Path

import aics_tlog as peer
from aics_tlog.checkpoint import sign_checkpoint
from aics_tlog.writer import DirectoryTileStore, IncrementalTileWriter
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def main(folder: str, appends: int, batches: int, of: int, length: int) -> dict[str, float]:
    """Seconds for an append alone, for an entry of a batch, and for an entry of the audit."""
    store = DirectoryTileStore(Path(folder))
    writer = IncrementalTileWriter(store)
    key = Ed25519PrivateKey.generate()

    def append(entries: list[bytes]) -> None:
        done = writer.append(entries)
        head = peer.Checkpoint("jail.example/log", done.size, done.root)
        store.write_checkpoint(sign_checkpoint(head, key, "jail.example/log").to_bytes())

    alone = []
    for _ in range(appends):
        entry = os.urandom(length)
        start = time.perf_counter()
        append([entry])
        alone.append(time.perf_counter() - start)
    many = [[os.urandom(length) for _ in range(of)] for _ in range(batches)]
    start = time.perf_counter()
    for batch in many:
        append(batch)
    batched = (time.perf_counter() - start) / (of * batches)
    start = time.perf_counter()
    peer.audit_tiles(peer.FileSystemTileReader(folder), writer.size, writer.root())
    audited = (time.perf_counter() - start) / writer.size
    return {"alone": sorted(alone)[appends // 2], "batched": batched, "audited": audited}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], *map(int, sys.argv[2:]))))
