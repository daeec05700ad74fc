"""Forms I-247A about people who do not exist, made by code: labels where the form has them, all other words ours."""

from __future__ import annotations

import io
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, String

WIDTH, HEIGHT = 612.0, 792.0

FILLED = {
    "subject_id": "300112233",
    "event_number": "FIR2601000042",
    "file_number": "A 000-111-222",
    "date": "01/15/2026",
    "to": "Watch commander\nFir County Jail",
    "from": "Made-up Field Office\n1 Example Road, Fir CA",
    "name": "MUSTER, Erika Maria",
    "date_of_birth": "02/30/1990",
    "citizenship": "Atlantis",
    "sex": "F",
    "officer": "B. Beispiel, Deportation Officer",
}
"""What is written in a form unless a test says otherwise."""

PRINTED = {  # name: (label, x, y, where its value begins)
    "subject_id": ("Subject ID:", 36, 720, 96),
    "event_number": ("Event #:", 320, 720, 364),
    "file_number": ("File No:", 36, 704, 96),
    "date": ("Date:", 320, 704, 364),
    "to": ("TO:", 36, 684, 40),
    "from": ("FROM:", 320, 684, 324),
    "name": ("Name of Alien:", 36, 632, 108),
    "date_of_birth": ("Date of Birth:", 36, 614, 104),
    "citizenship": ("Citizenship:", 220, 614, 282),
    "sex": ("Sex:", 420, 614, 446),
    "box_1": ("1. DHS HAS DETERMINED THAT it has cause, as marked:", 56, 590, 40),
    "final_order": ("a final order of removal;", 84, 576, 68),
    "pending_proceedings": ("the pendency of ongoing matters;", 84, 562, 68),
    "biometric_check": ("biometric confirmation, with records;", 84, 548, 68),
    "statements": ("statements made by the person, or the like.", 84, 534, 68),
    "box_2": ("2. DHS TRANSFERRED THE ALIEN to you.", 56, 516, 40),
    "notify": ("• Notify DHS as early as you can.", 56, 480, 0),
    "hold": ("• Maintain custody of the alien for two days.", 56, 464, 0),
    "pass_on": ("• Relay this detainer to others.", 56, 448, 0),
    "report": ("• Notify this office of death.", 56, 432, 0),
    "cancel": ("If checked: please cancel the detainer of another day.", 56, 410, 40),
    "officer": ("(Name and title of Immigration Officer)", 40, 360, 40),
    "form": ("DHS Form I-247A, made up", 36, 30, 0),
}
TICKED = (
    "box_1", "final_order", "pending_proceedings", "biometric_check", "statements", "box_2", "cancel",
)  # fmt: skip
BLOCKS = ("to", "from")


@dataclass
class Made:
    """A form to be made.

    how      `typed` (text on the page), `fields` (AcroForm, names that say nothing), `named` (AcroForm, names are
             the labels), `notes` (typed notes), each for texts and ticks
    without  labels that are left out (what is filled in stays)
    pages    1, or 2: what follows the header is on the second
    rotate   of the page, as it is shown; content stands upright then
    shown    whether notes bring what they look like
    sideways whether the content is turned and the page is not
    """

    filled: Mapping[str, str] = field(default_factory=lambda: dict(FILLED))
    ticks: Collection[str] = ("box_1", "final_order", "biometric_check")
    how: str = "typed"
    without: Collection[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    pages: int = 1
    rotate: int = 0
    sideways: bool = False
    number: str = "I-247A"
    shown: bool = True
    more: Collection[tuple[int, float, float, str]] = ()

    def pdf(self) -> bytes:
        """Its bytes."""
        made = pikepdf.Pdf.new()
        body, forms = [[] for _ in range(self.pages)], []
        notes = [[] for _ in range(self.pages)]
        for name, (label, x, y, start) in PRINTED.items():
            page = self.page(name)
            if name not in self.without:
                text = self.labels.get(name, label).replace("I-247A", self.number)
                body[page].append((9 if name != "officer" else 7, x, y, text))
            if name in BLOCKS and name not in self.without:
                body[page].append((6, x + 40, y, "(title of the one, or another (any))"))
            if name in TICKED:
                self.tick(made, name, start, y, body[page], notes[page])
            elif self.filled.get(name):
                self.write(made, name, start, y, body[page], notes[page])
        body[self.page("officer")].append((7, 320, 360, "(Signature of Immigration Officer)"))
        body[0].append((12, 200, 750, "IMMIGRATION DETAINER"))
        body[0] += self.more
        turn = self.rotate if self.rotate or not self.sideways else 90
        for texts, notes_here in zip(body, notes, strict=True):
            wide = turn in (90, 270)
            page = made.add_blank_page(page_size=(HEIGHT, WIDTH) if wide else (WIDTH, HEIGHT))
            matrix = self.matrix(turn)
            drawn = b"".join(
                b"BT /F%d %d Tf %.2f %.2f Td %s Tj ET\n"
                % (2 if text in "4o" else 1, size, x, y, _literal(text))
                for size, x, y, text in texts
            )
            page.Contents = made.make_stream(b"q %s cm\n%s Q" % (matrix, drawn))
            page.Resources = Dictionary(
                Font=Dictionary(F1=_font("Helvetica"), F2=_font("ZapfDingbats"))
            )
            if not self.sideways:
                page.Rotate = self.rotate
            for one in notes_here:
                one.Rect = Array([_near(each) for each in self.box(turn, one.Rect)])
            page.Annots = made.make_indirect(Array([made.make_indirect(one) for one in notes_here]))
            forms += [one for one in page.Annots if one.Subtype == "/Widget"]
        if forms:
            made.Root.AcroForm = Dictionary(
                Fields=Array(forms), DA=String("/Helv 9 Tf 0 g"), NeedAppearances=True,
                DR=Dictionary(Font=Dictionary(Helv=_font("Helvetica"))),
            )  # fmt: skip
        file = io.BytesIO()
        made.save(file, deterministic_id=True)
        return file.getvalue()

    def page(self, name: str) -> int:
        """On which page, from 0."""
        return int(self.pages == 2 and PRINTED[name][2] < 600)

    def tick(self, made, name, x, y, body, notes) -> None:
        on = name in self.ticks
        if self.how in ("fields", "named"):
            state = Name("/On" if on else "/Off")
            notes.append(
                Dictionary(
                    Type=Name.Annot, Subtype=Name.Widget, FT=Name.Btn, T=String(f"Check{x}.{y}"),
                    V=state, AS=state, F=4, Rect=Array([x, y - 2, x + 10, y + 8]),
                )
            )  # fmt: skip
        elif on and self.how == "notes":
            notes.append(self.note(made, "X", x, y - 2, 10, 10))
        elif on:
            body.append((9, x, y, "X" if x == 40 else "4"))  # a ZapfDingbats tick

    def write(self, made, name, x, y, body, notes) -> None:
        text = self.filled[name]
        label, left, _, _ = PRINTED[name]
        below = 12 if name in BLOCKS else 0
        up = 10 if name == "officer" else 0
        rows = text.split("\n")
        if self.how == "typed":
            for number, row in enumerate(rows):
                body.append((10, x, y - below * (number + 1) + up, row))
            return
        wide = 150 if name in (*BLOCKS, "officer", "name") else 90 if left != 420 else 60
        high = 14 if not below else 28
        bottom = y - 3 + up - (high if below else 0)
        if self.how == "notes":
            notes.append(self.note(made, text, x, bottom, wide, high))
            return
        notes.append(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, V=String(text.replace("\n", "\r")), F=4,
                T=String(label.rstrip(":").strip("()") if self.how == "named" else f"Text{x}.{y}"),
                DA=String("/Helv 9 Tf 0 g"), Ff=4096 if below else 0,
                Rect=Array([x, bottom, x + wide, bottom + high]),
            )
        )  # fmt: skip

    def note(self, made, text, x, y, wide, high):
        rows = b"".join(
            b"BT /F1 9 Tf 1 %d Td %s Tj ET\n" % (high - 10 - 11 * number, _literal(row))
            for number, row in enumerate(text.split("\n"))
        )
        looks = made.make_stream(
            rows, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, wide, high]),
            Resources=Dictionary(Font=Dictionary(F1=_font("Helvetica"))),
        )  # fmt: skip
        return Dictionary(
            AP=Dictionary(N=looks) if self.shown else Dictionary(), Type=Name.Annot, Subtype=Name.FreeText, Contents=String(text), F=4, DA=String("/Helv 9 Tf 0 g"),
            Rect=Array([x, y, x + wide, y + high]),
        )  # fmt: skip

    def matrix(self, turn: int) -> bytes:
        """What turns the content so that it is upright when the page is turned clockwise."""
        cos, sin = round(math.cos(math.radians(turn))), round(math.sin(math.radians(turn)))
        dx, dy = {0: (0, 0), 90: (HEIGHT, 0), 180: (WIDTH, HEIGHT), 270: (0, WIDTH)}[turn]
        return b"%d %d %d %d %d %d" % (cos, sin, -sin, cos, dx, dy)

    def box(self, turn, box):
        a, b, c, d, e, f = map(float, self.matrix(turn).split())
        xs, ys = [float(one) for one in box][::2], [float(one) for one in box][1::2]
        moved = [(a * x + c * y + e, b * x + d * y + f) for x in xs for y in ys]
        return min(moved)[0], min(y for _, y in moved), max(moved)[0], max(y for _, y in moved)


def _near(number: float) -> float:
    return round(number, 2)


def _font(name: str) -> Dictionary:
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(f"/{name}"), Encoding=Name.WinAnsiEncoding
    ) if name == "Helvetica" else Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name(f"/{name}"))  # fmt: skip


def _literal(text: str) -> bytes:
    return b"<" + text.encode("cp1252").hex().encode() + b">"


def blank_pdf(pages: int = 1, **page) -> bytes:
    """A PDF without text; `page` goes into every page."""
    made = pikepdf.Pdf.new()
    for _ in range(pages):
        one = made.add_blank_page()
        for name, value in page.items():
            one.obj[f"/{name}"] = value
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_the_forms_of_these_tests_are_whole_pdfs_of_their_number_of_pages():
    for form in (Made(), Made(how="fields", pages=2), Made(how="notes", rotate=90)):
        with pikepdf.open(io.BytesIO(form.pdf())) as opened:
            assert len(opened.pages) == form.pages
            assert not opened.check_pdf_syntax()
