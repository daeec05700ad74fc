"""Texts that remember where every word stands.

    file  ->  Source  ->  span(start, end)  ->  Place (line, column)

Promise: what a person cannot see in a text is not in it, so a place is what an editor shows.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from habeas.errors import LawError, Place, Problem


@dataclass(slots=True)
class Source:
    """A file's text and the offsets (in characters) at which its lines begin."""

    path: str
    text: str
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = [0]
        for offset, char in enumerate(self.text):
            if char == "\n":
                self.starts.append(offset + 1)

    @property
    def sha256(self) -> str:
        """Of the text as UTF-8 bytes, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def line(self, number: int) -> str:
        """The text of a 1-based line, without its line feed."""
        start = self.starts[number - 1]
        end = self.starts[number] - 1 if number < len(self.starts) else len(self.text)
        return self.text[start:end]

    def span(self, start: int, end: int) -> Place:
        """The place of the characters from `start` to `end`; cut at the end of the first line."""
        line = bisect_right(self.starts, start)
        base = self.starts[line - 1]
        text = self.line(line)
        return Place(self.path, line, start - base + 1, min(end - base, len(text)) + 1, text)

    def whole_line(self, number: int) -> Place:
        """The place of all of a 1-based line, leading blanks left out."""
        text = self.line(number)
        lead = len(text) - len(text.lstrip())
        start = self.starts[number - 1]
        return self.span(start + lead, start + max(len(text.rstrip()), lead + 1))

    @classmethod
    def read(cls, path: Path, shown: str) -> Source:
        """Read a UTF-8 file whose every character can be seen; `shown` is its name in messages."""
        try:
            source = cls(shown, path.read_bytes().decode("utf-8"))
        except FileNotFoundError:
            problem = Problem(Place(shown), "no such file", "check the path")
        except UnicodeDecodeError as error:
            problem = Problem(
                Place(shown), f"not UTF-8 text: byte {error.start} does not fit", "save it as UTF-8"
            )
        except OSError as error:
            reason = (error.strerror or "the system gives no reason").lower()
            problem = Problem(Place(shown), f"cannot be read: {reason}", "check the path")
        else:
            source.check_characters()
            return source
        raise LawError(problem)

    def check_characters(self) -> None:
        """Refuse the first character that nobody sees, or that some take for a line end."""
        for found in re.finditer(r"[^\n\t -~]", self.text):
            char = found[0]
            if char == "\r":
                what, help_ = "a carriage return ends this line", "save it with LF line ends"
            elif unicodedata.category(char) in ("Cc", "Cf", "Cn", "Co", "Zl", "Zp"):
                what, help_ = f"the character U+{ord(char):04X} cannot be seen", "take it out"
                if char == "\ufeff":
                    help_ = "save it as UTF-8 without a byte order mark"
            else:
                continue
            raise LawError(Problem(self.span(found.start(), found.end()), what, help_))
