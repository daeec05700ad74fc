"""What was written is read again, and anything else than it is noticed."""

from pathlib import Path

import pytest

from habeas.tlog.disk import Disk
from habeas.tlog.errors import NotProved


class Careless(Disk):
    """A disk that writes something else than it was given."""

    def __init__(self, wrong: bytes) -> None:
        self.wrong = wrong

    def write(self, path: Path, data: bytes | memoryview) -> None:
        super().write(path, self.wrong)


@pytest.mark.parametrize("wrong", [b"", b"whol", b"whole.", b"whOle", b"\0\0\0\0\0"])
@pytest.mark.parametrize("kind", [bytes, memoryview])
def test_a_file_that_holds_less_or_more_or_else_is_not_put_in_its_place(
    tmp_path, wrong: bytes, kind
) -> None:
    place = tmp_path / "a" / "file"
    Disk().put({place: kind(b"before")})
    with pytest.raises(NotProved, match="just written"):
        Careless(wrong).put({place: kind(b"whole")})
    assert place.read_bytes() == b"before"
    Disk().put({place: kind(b"whole"), place.with_name("empty"): kind(b"")})
    assert place.read_bytes() == b"whole" and place.with_name("empty").read_bytes() == b""


def test_a_stretch_of_a_file_is_read_and_ends_where_the_file_does(tmp_path) -> None:
    disk, path = Disk(), tmp_path / "file"
    disk.put({path: b"0123456789"})
    assert disk.read(path) == b"0123456789" and disk.read(path, 4) == b"456789"
    assert disk.read(path, 4, 3) == b"456" and disk.read(path, 8, 5) == b"89"
    assert disk.read(path, 11) == b"" == disk.read(path, 20, 4)
