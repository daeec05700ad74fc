"""Appends entries until it is killed; prints each acknowledged batch. For `test_crash.py`.

One process reads commands, and forks one that works for each: starting Python takes longer than the work.
"""

import os
import sys
from pathlib import Path

from habeas.tlog.log import Log
from tests.tlog.logs import SIGNERS, some


def work(folder: Path, first: int) -> None:
    with Log.open(folder, SIGNERS) as log:
        step = 0
        while True:
            step += 1
            count = (1, 2, 40, 300)[step % 4]
            batch = log.append(some(count, first))
            # One `write`, so that a kill leaves whole lines.
            os.write(1, f"{batch.start} {count} {first}\n".encode())
            first += count
            if step % 3 == 0:
                log.publish()


def many(folder: Path, first: int) -> None:
    """Import by several processes, until it is killed."""
    with Log.open(folder, SIGNERS) as log:
        while True:
            batch = log.append_many(some(40_000, first), workers=2)
            os.write(1, f"{batch.start} 40000 {first}\n".encode())
            first += 40_000


def main(folder: Path) -> None:
    for command in sys.stdin:
        child = os.fork()
        if child == 0:
            os.write(1, f"pid {os.getpid()}\n".encode())
            how, first = command.split()
            (many if how == "many" else work)(folder, int(first))
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
