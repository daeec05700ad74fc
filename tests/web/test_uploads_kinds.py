"""What a file is counts by its bytes, and it is one thing only."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from habeas.web.uploads.kinds import Kind, kind_of
from habeas.web.uploads.limits import PIECES, SIZE
from habeas.web.uploads.reading import read_upload
from habeas.web.uploads.refusals import REFUSALS, UploadError
from habeas.web.uploads.scanning import _EICAR, scan
from tests.web.test_form_i247a_made import blank_pdf

EMAIL = b"From: a@fir.example\r\nDate: Fri, 16 Jan 2026 09:00:00 +0000\r\nSubject: a\r\n b\r\n\r\nDear all,\r\n"


def picture(kind: str = "PNG", size: tuple[int, int] = (16, 12), **options) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (10, 200, 30)).save(file, kind, **options)
    return file.getvalue()


def archive(comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("run.txt", "something else")
        made.comment = comment
    return file.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def code(data: bytes) -> str:
    with pytest.raises(UploadError) as refused:
        kind_of(data, "some.pdf")
    return refused.value.code


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (blank_pdf(), Kind.PDF),
        (blank_pdf() + b"\r\n\r\n", Kind.PDF),
        (picture(), Kind.PNG),
        (picture("JPEG"), Kind.JPEG),
        (picture("JPEG", progressive=True), Kind.JPEG),
        ("Señor, a letter\r\n\tand more\f".encode(), Kind.TEXT),
        (b"\xef\xbb\xbfwith a mark", Kind.TEXT),
        (b"From: me\n\nnothing says that it is mail", Kind.TEXT),
        (EMAIL, Kind.EMAIL),
    ],
)
def test_a_kind_is_known_by_its_bytes(data, kind):
    assert kind_of(data, "whatever.exe") is kind


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "empty"),
        (b"a" * (SIZE + 1), "size"),
        (b" \n\t", "kind"),
        (archive(), "kind"),
        (b"MZ\x90\x00", "kind"),
        (b"\xff\xfea\x00", "kind"),
        (b"a\x1b[31m", "kind"),
        (b"<!DOCTYPE html><p>", "kind"),
        (b"  <script>", "kind"),
        (b"#!/bin/sh\n", "kind"),
        (b"{\\rtf1 a}", "kind"),
        (b"junk" + blank_pdf(), "before"),
        (b"GIF89a" + b" " * 900 + blank_pdf(), "before"),
        (picture()[:33] + png_chunk(b"tEXt", b"a\0%PDF-1.4") + picture()[33:], "before"),
        (blank_pdf() + archive(), "second"),
        (blank_pdf()[:-6] + archive(b"\n%%EOF\n"), "second"),
        (blank_pdf() + b"more", "behind"),
        (blank_pdf()[:-7], "cut off"),
        (b"%PDF-1.4\n<html><script>x</script>" + blank_pdf(), "second"),
        (blank_pdf().replace(b"%PDF", b"%PDF", 1) + b"Rar!\x1a\x07\x00", "second"),
        (picture() + b"\n", "behind"),
        (picture() + archive(), "second"),
        (picture()[:-1], "cut off"),
        (picture()[:40] + b"\xff" + picture()[41:], "damaged"),
        (picture()[:-12], "cut off"),
        (picture("JPEG") + b"\0", "behind"),
        (picture("JPEG")[:-2], "cut off"),
        (picture("JPEG") + picture("JPEG"), "behind"),
        (b"\xff\xd8\xff\xd9", "damaged"),
    ],
)
def test_what_is_no_whole_file_of_one_kind_is_refused(data, expected):
    assert code(data) == expected


@pytest.mark.parametrize("side", [0, 2**31 - 1])
def test_a_picture_is_refused_by_the_size_that_it_says(side):
    header = png_chunk(b"IHDR", side.to_bytes(4, "big") + b"\0\0\xff\xff\x08\x02\0\0\0")
    assert code(picture()[:8] + header + picture()[33:]) == "picture"
    jpeg = picture("JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    wrong = jpeg[:at] + (b"\0\0\0\0" if not side else b"\xff\xff\xff\xff") + jpeg[at + 4 :]
    assert code(wrong) == "picture"


def test_a_picture_of_more_pieces_than_pictures_have_is_refused():
    many = png_chunk(b"tEXt", b"a") * PIECES
    assert code(picture()[:33] + many + picture()[33:]) == "damaged"
    assert code(b"\xff\xd8" + b"\xff\xe0\x00\x02" * (PIECES + 1)) == "damaged"


def test_20_megabytes_are_taken_and_a_byte_more_is_not():
    assert kind_of(b"a" * SIZE) is Kind.TEXT
    assert code(b"a" * (SIZE + 1)) == "size"


@given(
    st.binary(max_size=2000),
    st.sampled_from([b"", b"%PDF-1.7\n", picture()[:33], picture("JPEG")[:20], EMAIL[:30]]),
    st.sampled_from([b"", b"%%EOF", picture()[-12:], b"\xff\xd9"]),
)
def test_whatever_the_bytes_are_there_is_a_kind_or_our_error(middle, begin, end):
    try:
        assert kind_of(begin + middle + end) in Kind
    except UploadError as refused:
        assert refused.code in REFUSALS


def test_an_error_names_the_file_without_what_could_harm_a_terminal():
    with pytest.raises(UploadError) as refused:
        kind_of(b"", "a\x1b[2Jb.pdf" + "x" * 500)
    shown = str(refused.value)
    assert "\x1b" not in shown and "a[2Jb.pdf" in shown and len(shown) < 400
    assert "help:" in shown


# -- the scanner -------------------------------------------------------------------------------------


class Clamd:
    """Stands in for clamd: reads one stream, and says what it was told to say."""

    def __init__(self, folder, answer: bytes) -> None:
        self.path, self.answer, self.read = str(folder / "clamd"), answer, b""
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(1)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        wire, _ = self.listener.accept()
        with wire, wire.makefile("rb") as file:
            assert file.read(10) == b"zINSTREAM\0"
            while length := int.from_bytes(file.read(4), "big"):
                self.read += file.read(length)
            wire.sendall(self.answer)

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.thread.join(10)
        self.listener.close()


def test_what_the_scanner_finds_is_refused_and_what_it_looked_at_is_said(tmp_path):
    data = bytes(range(256)) * 600
    for number, (answer, expected) in enumerate(
        ((b"stream: OK\0", True), (b"stream: Some.Thing FOUND\0", "malware"),
         (b"INSTREAM size limit exceeded. ERROR\0", "scanner"), (b"", "scanner"))
    ):  # fmt: skip
        folder = tmp_path / str(number)
        folder.mkdir()
        with Clamd(folder, answer) as clamd:
            if expected is True:
                assert scan(data, clamd.path) is True
            else:
                with pytest.raises(UploadError) as refused:
                    scan(data, clamd.path)
                assert refused.value.code == expected
        assert clamd.read == data


def test_a_scanner_that_is_named_and_does_not_answer_stops_the_file(tmp_path, settings):
    settings.CLAMD_SOCKET = str(tmp_path / "nobody")
    with pytest.raises(UploadError) as refused:
        read_upload(b"a letter", "letter.txt")
    assert refused.value.code == "scanner"


def test_a_file_that_nothing_scanned_is_not_called_scanned(tmp_path, settings):
    read = read_upload(b"a letter", "letter.txt")
    assert read.scanned is False
    assert "this file was not scanned for viruses" in [one.message for one in read.problems]
    with Clamd(tmp_path, b"stream: OK\0") as clamd:
        settings.CLAMD_SOCKET = clamd.path
        read = read_upload(b"a letter", "letter.txt")
    assert read.scanned is True and read.problems == ()


@pytest.mark.parametrize("around", [b"", b"a letter\n"])
def test_the_test_file_of_scanners_is_refused_without_a_scanner(around):
    with pytest.raises(UploadError) as refused:
        read_upload(around + _EICAR + around, "letter.txt")
    assert refused.value.code == "test virus"


def test_of_a_message_with_attachments_it_is_said_that_they_were_not_read():
    read = read_upload(EMAIL, "message.eml")
    assert read.kind is Kind.EMAIL
    assert "what is attached to this message was not read" in [one.message for one in read.problems]
