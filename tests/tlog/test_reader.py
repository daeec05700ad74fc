"""The reader trusts nothing but the checkpoint that its policy accepts."""

import http.server
import shutil
import threading
from contextlib import contextmanager
from functools import partial

import pytest

from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.log import Log
from habeas.tlog.merkle import check_consistency, leaf_hash, root_of
from habeas.tlog.proofs import check_proof
from habeas.tlog.reader import Reader
from habeas.tlog.sources import Folder, Server, source_of
from habeas.tlog.tiles import Tile, tile_path
from tests.tlog.logs import SIGNERS, UNWITNESSED, Policy, new_log, some


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A log of 70,000 entries."""
    place = tmp_path_factory.mktemp("reader") / "log"
    with new_log(place) as log:
        log.append_many(some(70_000))
        log.publish()
    return place


@contextmanager
def served(folder):
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    handler.func.log_message = lambda *_: None  # type: ignore[attr-defined]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_entries_and_proofs_of_a_folder_and_a_server_are_those_of_the_log(folder) -> None:
    entries = some(70_000)
    hashes = [leaf_hash(one) for one in entries]
    with served(folder) as url:
        for source in (Folder(folder), Server(url), source_of(url), source_of(str(folder))):
            reader = Reader(source, UNWITNESSED)
            assert reader.checkpoint.root == root_of(hashes)
            for index in (0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999):
                assert reader.entry(index) == entries[index]
                check_proof(hashes[index], reader.proof(index), UNWITNESSED)
            for old in (1, 255, 256, 65_536, 69_999, 70_000):
                proof = reader.consistency(old)
                check_consistency(old, root_of(hashes[:old]), 70_000, root_of(hashes), proof)
            for index in (-1, 70_000):
                with pytest.raises(LogError):
                    reader.entry(index)


def test_a_proof_takes_at_most_six_files(folder) -> None:
    with served(folder) as url:
        for index in (0, 40_000, 69_999):
            source = Server(url)
            Reader(source, UNWITNESSED).proof(index)
            assert source.gets <= 6


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("checkpoint", 0),
        (tile_path(Tile(0, 273, 112)), 0),
        (tile_path(Tile(1, 1, 17)), 0),
        (tile_path(Tile(2, 0, 1)), 0),
        (tile_path(Tile(1, 0)), 0),
        (tile_path(Tile(0, 0)), 0),
        (tile_path(Tile(-1, 0)), 0),
        (tile_path(Tile(-1, 273, 112)), 69_999),
    ],
)
@pytest.mark.parametrize("how", ["flipped", "shorter", "longer", "gone"])
def test_a_reader_takes_nothing_from_a_wrong_file(
    folder, tmp_path, path: str, index: int, how: str
) -> None:
    shutil.copytree(folder, tmp_path / "log")
    file = tmp_path / "log" / path
    data = file.read_bytes()
    at = len(data) - 1 if index else 3  # within the entry that is asked for
    changed = {
        "flipped": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
        "shorter": data[:-1],
        "longer": data + b"\0",
    }
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(changed[how])
    with pytest.raises(LogError) as caught:
        reader = Reader(Folder(tmp_path / "log"), UNWITNESSED)
        reader.entry(index)
        reader.proof(index)
    assert path == "checkpoint" or path in str(caught.value)


def test_a_full_tile_serves_where_the_partial_one_was_collected(folder, tmp_path) -> None:
    shutil.copytree(folder, tmp_path / "log")
    old = (tmp_path / "log/checkpoint").read_bytes()
    with Log.open(tmp_path / "log", SIGNERS) as log:
        log.append(some(300, 70_000))
        log.publish()
    (tmp_path / "log/checkpoint").write_bytes(old)
    # Level 1's partial tile of the old size is still there; level 0's is not.
    assert not (tmp_path / "log" / tile_path(Tile(0, 273, 112))).exists()
    reader = Reader(Folder(tmp_path / "log"), UNWITNESSED)
    assert reader.entry(69_999) == some(1, 69_999)[0]


def test_a_reader_needs_its_own_policy(folder) -> None:
    with pytest.raises(NotProved):
        Reader(Folder(folder), Policy(()))
    with pytest.raises(LogError, match="no such folder"):
        source_of(str(folder / "nowhere"))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("begun", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 O", b""])
def test_a_server_that_never_ends_its_answer_is_left(tmp_path, begun: bytes) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            link, _ = listening.accept()
            link.recv(1000)
            link.sendall(begun)
            try:
                while True:
                    link.sendall(b"x")
                    threading.Event().wait(0.05)
            except OSError:
                link.close()

        thread = threading.Thread(target=drip)
        thread.start()
        source = Server(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=0.2)
        with pytest.raises(LogError, match=r"does not end|cannot be reached"):
            source.get("checkpoint")
        thread.join()
