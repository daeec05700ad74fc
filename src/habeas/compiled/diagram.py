"""Decision diagrams with many values: a function of unknown facts, with equal parts shared.

    condition, domains  ->  node  ->  combine, eliminate  ->  what comes out, what it depends on

Promise: two functions are equal just if their nodes are; a variable that a node mentions matters
to it.

Reduced ordered decision diagrams (Bryant 1986), with one child for each value of a variable and any
hashable value as a terminal. A node is a whole number; variables are whole numbers too, and stand
in their order on every path.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from habeas.compiled.effort import spend

_LAST = 1 << 60


class Diagrams:
    """A store of nodes; nodes of different stores must not meet."""

    def __init__(self) -> None:
        self.variable: list[int] = []
        self.children: list[tuple[int, ...]] = []
        self.value: list[Hashable] = []
        self._terminals: dict[Hashable, int] = {}
        self._nodes: dict[tuple[int, tuple[int, ...]], int] = {}
        self._memo: dict[tuple[Hashable, ...], int] = {}
        self.false = self.terminal(False)
        self.true = self.terminal(True)

    def terminal(self, value: Hashable) -> int:
        """The node of a constant. (True and 1 are one terminal: use values of one kind.)"""
        found = self._terminals.get(value)
        if found is None:
            found = self._terminals[value] = self._new(_LAST, (), value)
        return found

    def node(self, variable: int, children: tuple[int, ...]) -> int:
        """The function that is `children[i]` where the variable has its i-th value."""
        first = children[0]
        if children.count(first) == len(children):
            return first
        key = (variable, children)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = self._new(variable, children, None)
        return found

    def _new(self, variable: int, children: tuple[int, ...], value: Hashable) -> int:
        spend(1)
        self.variable.append(variable)
        self.children.append(children)
        self.value.append(value)
        return len(self.variable) - 1

    # -- yes and no -------------------------------------------------------------------------------

    def not_(self, a: int) -> int:
        """Not."""
        if self.variable[a] == _LAST:
            return self.false if self.value[a] else self.true
        key = ("not", a)
        found = self._memo.get(key)
        if found is None:
            kids = tuple([self.not_(kid) for kid in self.children[a]])
            found = self._memo[key] = self.node(self.variable[a], kids)
            self._memo["not", found] = a
        return found

    def and_(self, nodes: Sequence[int]) -> int:
        """All of them; stops at the first that is never true."""
        return self._join(nodes, self.false, self.true, "and")

    def or_(self, nodes: Sequence[int]) -> int:
        """One of them."""
        return self._join(nodes, self.true, self.false, "or")

    def _join(self, nodes: Sequence[int], absorbing: int, neutral: int, name: str) -> int:
        made = neutral
        for node in nodes:
            if node == absorbing:
                return absorbing
        for node in nodes:
            made = self._pair(name, absorbing, neutral, made, node)
            if made == absorbing:
                return made
        return made

    def _pair(self, name: str, absorbing: int, neutral: int, a: int, b: int) -> int:
        if a == absorbing or b == absorbing:
            return absorbing
        if a in (neutral, b):
            return b
        if b == neutral:
            return a
        if a > b:
            a, b = b, a
        key = (name, a, b)
        found = self._memo.get(key)
        if found is None:
            va, vb = self.variable[a], self.variable[b]
            top = min(va, vb)
            size = len(self.children[a] if va == top else self.children[b])
            ca = self.children[a] if va == top else (a,) * size
            cb = self.children[b] if vb == top else (b,) * size
            found = self.node(
                top,
                tuple(
                    [
                        self._pair(name, absorbing, neutral, x, y)
                        for x, y in zip(ca, cb, strict=True)
                    ]
                ),
            )
            self._memo[key] = found
        return found

    # -- anything ---------------------------------------------------------------------------------

    def combine(self, name: Hashable, function: Callable[..., Hashable], *nodes: int) -> int:
        """The function applied pointwise; `name` identifies it in the memo."""
        top = _LAST
        for node in nodes:
            if self.variable[node] < top:
                top = self.variable[node]
        if top == _LAST:
            return self.terminal(function(*[self.value[node] for node in nodes]))
        key = (name, *nodes)
        found = self._memo.get(key)
        if found is None:
            open_at = [at for at, node in enumerate(nodes) if self.variable[node] == top]
            kids = [self.children[nodes[at]] for at in open_at]
            one = list(nodes)
            made = []
            for column in zip(*kids, strict=True):
                for at, kid in zip(open_at, column, strict=True):
                    one[at] = kid
                made.append(self.combine(name, function, *one))
            found = self._memo[key] = self.node(top, tuple(made))
        return found

    def eliminate(
        self, node: int, variable: int, name: Hashable, function: Callable[..., Hashable]
    ) -> int:
        """The children at `variable` folded into one by a function of two values."""
        if self.variable[node] > variable:
            return node
        key = ("eliminate", variable, name, node)
        found = self._memo.get(key)
        if found is None:
            kids = self.children[node]
            if self.variable[node] == variable:
                found = kids[0]
                for kid in kids[1:]:
                    found = self.combine(name, function, found, kid)
            else:
                found = self.node(
                    self.variable[node],
                    tuple([self.eliminate(kid, variable, name, function) for kid in kids]),
                )
            self._memo[key] = found
        return found

    def restrict(self, node: int, variable: int, index: int) -> int:
        """The function where the variable has its `index`-th value."""
        if self.variable[node] > variable:
            return node
        if self.variable[node] == variable:
            return self.children[node][index]
        key = ("restrict", variable, index, node)
        found = self._memo.get(key)
        if found is None:
            kids = tuple([self.restrict(kid, variable, index) for kid in self.children[node]])
            found = self._memo[key] = self.node(self.variable[node], kids)
        return found

    # -- looking ----------------------------------------------------------------------------------

    def below(self, node: int) -> Iterator[int]:
        """The node and every node under it, once each."""
        seen = {node}
        waiting = [node]
        while waiting:
            one = waiting.pop()
            yield one
            for kid in self.children[one]:
                if kid not in seen:
                    seen.add(kid)
                    waiting.append(kid)

    def values(self, node: int) -> set[Hashable]:
        """Every value that comes out for some values of the variables."""
        return {self.value[one] for one in self.below(node) if self.variable[one] == _LAST}

    def support(self, node: int) -> set[int]:
        """The variables that the function depends on."""
        return {self.variable[one] for one in self.below(node)} - {_LAST}
