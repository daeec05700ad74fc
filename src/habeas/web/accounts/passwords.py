"""Words of the office itself count for nothing in a password.

    password, office's own words  ->  OwnWords  ->  nothing, or why not

Promise: a password whose length comes from what everybody knows of the office is not taken.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError

from habeas.web.accounts.roles import Role
from habeas.web.office import Office

SHORTEST = 3
"""Letters of a word that is looked for."""

OF_THE_PROGRAM = ("habeas", "casework", "records", "record", "desk", "password", "passwort", "login", "welcome")  # fmt: skip
"""Looked for in every office, beside the names of the roles."""


def own_words(office: Office) -> tuple[str, ...]:
    """What an office's people would think of first, the longest first: of its name, agency, place and hosts, and of
    this program."""
    texts = (office.name, office.agency, office.place, *office.hosts, *Role, *OF_THE_PROGRAM)
    words = {word for text in texts for word in re.findall(r"[^\W\d_]+", text.casefold())}
    return tuple(sorted((w for w in words if len(w) >= SHORTEST), key=lambda w: (-len(w), w)))


class OwnWords:
    """A validator of Django's: what is left without the office's own words has to be long enough by itself.

    shortest  characters that have to be left
    """

    def __init__(self, shortest: int = 15) -> None:
        self.shortest = shortest

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that count for nothing."""
        return own_words(settings.OFFICE)

    def validate(self, password: str, user: Any = None) -> None:
        """Raise `ValidationError` where too little is left; the words that were found are named."""
        left, found = password.casefold(), []
        for word in self.words:
            if word in left:
                found.append(word)
                left = left.replace(word, "")
        if found and len(left) < self.shortest:
            raise ValidationError(
                f"Words of this office and this program count for nothing here ({', '.join(found)}). "
                f"Without them, at least {self.shortest} characters have to be left.",
                code="own_words",
            )

    def get_help_text(self) -> str:
        """What is said before anything is typed."""
        return "Words of this office, its place and this program count for nothing in it."
