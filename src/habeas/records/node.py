"""One value of a document, with the place where it stands.

    text  ->  read_document  ->  Node  ->  plain value; place of every word in it

Promise: whatever is wrong with a value can be shown where it was written.
"""

from __future__ import annotations

from dataclasses import dataclass

from habeas.errors import InputError, Place, Problem

DEEPEST = 12
"""How deeply lists and mappings may be nested."""

WIDEST = 500
"""The longest line that a message shows, in characters."""

TOO_DEEP = ("nested too deeply", f"lists and mappings stand at most {DEEPEST} deep")
"""What is told of a document that is nested more deeply, and its help line."""

Step = str | int
"""A key of a mapping, or an index of a list."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a document: yes/no, text or None (nothing written), a list, or a mapping.

    `place` is where it stands; `keys` holds, for a mapping, the place of each key.
    """

    value: bool | str | list[Node] | dict[str, Node] | None
    place: Place
    keys: dict[str, Place]

    def plain(self) -> object:
        """The value without places: `bool`, `str`, `None`, `list` and `dict`."""
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return self.value

    def at(self, *steps: Step) -> Place:
        """The place of the value that these steps lead to, as far as they lead."""
        node = self
        for step in steps:
            below = node._below(step)
            if below is None:
                break
            node = below
        return node.place

    def value_at(self, *steps: Step) -> bool | str | list[Node] | dict[str, Node] | None:
        """The value that these steps lead to, as far as they lead."""
        node = self
        for step in steps:
            node = node._below(step) or node
        return node.value

    def key_at(self, *steps: Step) -> Place:
        """The place of the key that these steps end in (where in an index, of the value)."""
        node: Node = self
        for step in steps[:-1]:
            node = node._below(step) or node
        return node.keys.get(str(steps[-1]), self.at(*steps))

    def _below(self, step: Step) -> Node | None:
        if isinstance(self.value, dict):
            return self.value.get(str(step))
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None


def refused(place: Place, message: str, help: str) -> InputError:
    """An error about one place."""
    return InputError(Problem(place, message, help))


def twice(key: str, place: Place, first: Place) -> InputError:
    """What is told of a key that stands twice."""
    return refused(place, f"`{key}` stands twice", f"keep one; the first is at {first}")
