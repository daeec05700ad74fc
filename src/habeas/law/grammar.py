"""From the text of a condition to its typed tree.

    text  ->  check_tokens  ->  sqlglot's tree, every token accounted for  ->  Condition

Promise: nothing that the grammar does not name gets through, and no part of a condition is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NoReturn

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from habeas.errors import did_you_mean
from habeas.law.conditions import (
    And,
    Compare,
    Condition,
    Const,
    Count,
    Defined,
    Holds,
    Not,
    OneOf,
    Or,
    Quantified,
    Term,
    Within,
)
from habeas.law.dates import read_day
from habeas.law.source import Source
from habeas.law.tokens import (
    KEYWORDS,
    SYMBOLS,
    Stretch,
    check_tokens,
    parse_sql,
    refuse_sql_word,
)
from habeas.law.vocabulary import PLACE, Fact, Vocabulary

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What a condition may name: the vocabulary, and the definitions visible where it stands."""

    vocabulary: Vocabulary
    definitions: Mapping[str, object]


def parse_condition(source: Source, start: int, end: int, names: Names) -> Condition:
    """The condition that stands in `source` from `start` to `end`.

    Raises `LawError` with the place of the first thing that the grammar or the types refuse.
    """
    return _Parser(source, start, end, names).parse()


def parse_term(source: Source, start: int, end: int, names: Names) -> Term:
    """A day term (for `by`); raises `LawError`."""
    return _Parser(source, start, end, names).parse_day()


class _Parser(Stretch):
    def __init__(self, source: Source, start: int, end: int, names: Names) -> None:
        super().__init__(source, start, end)
        self.names = names

    def parse(self) -> Condition:
        return self.condition(self.tree(day=False), None)

    def parse_day(self) -> Term:
        tree = self.tree(day=True)
        term, kind, _ = self.term(tree, None)
        if kind != "date":
            self.refuse(
                tree, f"{_article(kind)} is no day", "write a date fact or `DATE 'YYYY-MM-DD'`"
            )
        return term

    def tree(self, *, day: bool) -> exp.Expr:
        """Sqlglot's tree, with every name and literal of the text in it, in their order."""
        tokens = check_tokens(self, self.names.vocabulary.tables, day=day)
        tree = parse_sql(self.text)
        if tree is not None and _leaves(tree) == _written(tokens):
            return tree
        refuse_sql_word(self, tokens)
        self.fail(
            tokens[0].start,
            tokens[-1].end + 1,
            "this cannot be read",
            "see section 4 of the law language",
        )

    def offsets(self, node: exp.Expr) -> tuple[int, int]:
        """From the first to the last token of a node; of a function, its name alone."""
        nodes = [node] if isinstance(node, exp.Anonymous) else node.walk()
        marks = [one.meta for one in nodes if "start" in one.meta]
        if not marks:
            return len(self.text) - len(self.text.lstrip()), len(self.text.rstrip())
        return min(mark["start"] for mark in marks), max(mark["end"] for mark in marks) + 1

    def refuse(self, node: exp.Expr, message: str, help: str) -> NoReturn:
        self.fail(*self.offsets(node), message, help)

    def unread(self, node: exp.Expr) -> NoReturn:
        """What `check_tokens` let through without this module knowing it; no text is known to."""
        self.refuse(node, "this cannot be read", "see section 4 of the law language")

    # -- tree -------------------------------------------------------------------------------------

    def condition(self, node: exp.Expr, table: str | None) -> Condition:
        if isinstance(node, exp.Paren):
            return self.condition(node.this, table)
        if isinstance(node, exp.And):
            return And(self.joined(node, exp.And, table))
        if isinstance(node, exp.Or):
            return Or(self.joined(node, exp.Or, table))
        if isinstance(node, exp.Not):
            return Not(self.condition(node.this, table))
        if isinstance(node, exp.Boolean):
            return Const(bool(node.this))
        if isinstance(node, exp.Column):
            return self.bare(node, table)
        if isinstance(node, exp.In):
            return self.one_of(node, table)
        if isinstance(node, exp.Anonymous):
            return self.call(node, table)
        if isinstance(node, exp.Binary) and type(node) in _COMPARISONS:
            return self.comparison(node, table)
        self.unread(node)

    def joined(
        self, node: exp.Expr, kind: type[exp.Connector], table: str | None
    ) -> tuple[Condition, ...]:
        """The parts of a chain of one connector, which sqlglot nests to the left."""
        sides: list[exp.Expr] = []
        while isinstance(node, kind):
            sides.append(node.right)
            node = node.left
        return tuple(self.condition(side, table) for side in (node, *reversed(sides)))

    def bare(self, node: exp.Column, table: str | None) -> Condition:
        name = node.name
        if name in self.names.definitions:
            place = self.source.span(*(self.start + offset for offset in self.offsets(node)))
            return Defined(name, place)
        fact = self.fact(node, table)
        if fact.type != "yes/no":
            self.refuse(
                node,
                f"`{name}` is not yes/no but {_says(fact)}",
                f"compare it: `{name} = {_example(fact)}`",
            )
        return Holds(name, fact.scope, fact.table)

    def fact(self, node: exp.Column, table: str | None) -> Fact:
        name = node.name
        words = self.names.vocabulary
        if table and name in words.tables[table]:
            return words.tables[table][name]
        if name in words.facts:
            return words.facts[name]
        owners = [owner for owner, columns in words.tables.items() if name in columns]
        if owners:
            self.refuse(
                node,
                f"`{name}` is a column of {' and '.join(f'`{owner}`' for owner in owners)}",
                f"ask inside `any_{owners[0]}( … )`",
            )
        if name in words.items or name in words.groups:
            self.refuse(
                node,
                f"`{name}` is an item, not a fact",
                "conditions read facts; items stand after forbid, permit or require",
            )
        if name.startswith(("any_", "every_", "count_")) and name.partition("_")[2] in words.tables:
            self.refuse(node, f"`{name}` asks nothing", f"write `{name}( … )`")
        known = [*words.facts, *self.names.definitions, *(words.tables[table] if table else ())]
        near = did_you_mean(name, known, "declare it in `laws/vocabulary.md`, or define it")
        if near.startswith("did you mean") and (found := words.facts.get(near.split("`")[1])):
            near = f"{near[:-1]} ({found.place.path}:{found.place.line})?"
        self.refuse(node, f"unknown fact `{name}`", near)

    def comparison(self, node: exp.Binary, table: str | None) -> Condition:
        op = _COMPARISONS[type(node)]
        if isinstance(node.left, exp.Anonymous):
            return self.count(node, node.left, op, table)
        left, left_type, left_fact = self.term(node.left, table)
        right, right_type, right_fact = self.term(node.right, table)
        self.same_type(node, left_type, right_type)
        if _kin(left_type) == "text" and op not in ("=", "<>"):
            gap = self.offsets(node.left)[1]
            sign = self.text.index(op, gap)
            self.fail(
                sign,
                sign + len(op),
                f"words have no order, so `{op}` says nothing",
                "write `=`, `<>` or `IN`",
            )
        for fact, other, side in ((left_fact, right, node.right), (right_fact, left, node.left)):
            if fact and other.name is None:
                self.known_word(side, fact, other.value)
        return Compare(left, op, right)

    def same_type(self, node: exp.Expr, left: str, right: str) -> None:
        if "yes/no" in (left, right):
            self.refuse(
                node, "yes/no facts are not compared", "write the fact alone, or `NOT` before it"
            )
        if _kin(left) != _kin(right):
            self.refuse(
                node,
                f"{_article(left)} is compared with {_article(right)}",
                "a day is written `DATE 'YYYY-MM-DD'`"
                if "date" in (left, right)
                else "a number stands without quotes, a word in quotes",
            )

    def count(self, node: exp.Binary, call: exp.Anonymous, op: str, table: str | None) -> Condition:
        if table:
            self.nested(call)
        counted = call.name.removeprefix("count_")
        args = call.expressions
        if len(args) > 2:
            self.refuse(
                call,
                f"`{call.name}` takes a condition, and a column if distinct values count",
                f"write `{call.name}(COND)` or `{call.name}(COND, column)`",
            )
        column = None
        if len(args) == 2:
            columns = self.names.vocabulary.tables[counted]
            column = args[1].name if isinstance(args[1], exp.Column) else self.words(args[1])
            if column not in columns:
                self.refuse(
                    args[1],
                    f"`{column}` is no column of `{counted}`",
                    did_you_mean(column, columns, f"columns are {', '.join(columns)}"),
                )
        return Count(counted, self.condition(args[0], counted), column, op, int(node.right.name))

    def words(self, node: exp.Expr) -> str:
        """A node as it is written."""
        start, end = self.offsets(node)
        return self.text[start:end]

    def nested(self, call: exp.Anonymous) -> NoReturn:
        self.refuse(
            call, "quantifiers do not nest", "ask two questions side by side, joined by `AND`"
        )

    def call(self, node: exp.Anonymous, table: str | None) -> Condition:
        kind, _, asked = node.name.partition("_")
        if kind.lower() == "within":
            return self.within(node, table)
        if table:
            self.nested(node)
        if kind == "count":
            self.refuse(node, "a count needs a comparison", f"write `{node.name}( … ) >= 1`")
        if len(node.expressions) != 1:
            self.refuse(node, f"`{node.name}` takes one condition", f"write `{node.name}(COND)`")
        return Quantified(kind, asked, self.condition(node.expressions[0], asked))

    def within(self, node: exp.Anonymous, table: str | None) -> Condition:
        args = node.expressions
        if (
            len(args) != 2
            or not isinstance(args[0], exp.Column)
            or not (isinstance(args[1], exp.Literal) and args[1].is_string)
        ):
            self.refuse(
                node,
                "`within` takes a place fact and a place",
                "write `within(requester_place, 'us-ca')`",
            )
        term, kind, _ = self.term(args[0], table)
        if kind != "place":
            self.refuse(
                args[0], f"`{args[0].name}` is no place but {_article(kind)}", "write a place fact"
            )
        self.check_place(args[1])
        return Within(term, args[1].name)

    def check_place(self, node: exp.Expr) -> None:
        if not PLACE.match(node.name):
            self.refuse(
                node, f"`{node.name}` is no place", "places look like `us`, `us-ca`, `us-ca-sf`"
            )

    def one_of(self, node: exp.In, table: str | None) -> Condition:
        term, kind, fact = self.term(node.this, table)
        values = []
        for literal in node.expressions:
            made, literal_type, _ = self.term(literal, table)
            self.same_type(node.this if kind == "yes/no" else literal, kind, literal_type)
            if made.value is None:
                self.unread(literal)
            if fact:
                self.known_word(literal, fact, made.value)
            values.append(made.value)
        return OneOf(term, tuple(values))

    def known_word(self, node: exp.Expr, fact: Fact, value: object) -> None:
        if fact.type == "words" and value not in fact.words:
            self.refuse(
                node,
                f"`{value}` is no word of `{fact.name}`",
                did_you_mean(str(value), fact.words, f"its words are: {', '.join(fact.words)}"),
            )
        if fact.type == "place":
            self.check_place(node)

    def term(self, node: exp.Expr, table: str | None) -> tuple[Term, str, Fact | None]:
        """The term, its type, and its fact if it is one that was not moved."""
        if isinstance(node, exp.Column):
            if node.name in self.names.definitions:
                self.refuse(
                    node,
                    f"`{node.name}` is a definition, which is yes/no",
                    "write it alone, or `NOT` before it",
                )
            fact = self.fact(node, table)
            return Term(fact.name, fact.scope, fact.table), fact.type, fact
        if isinstance(node, exp.Literal):
            if node.is_string:
                return Term(value=str(node.this)), "words", None
            return Term(value=int(node.this)), "number", None
        if isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DATE:
            return Term(value=self.day(node)), "date", None
        if isinstance(node, exp.Add | exp.Sub):
            return self.moved(node, table)
        self.unread(node)

    def day(self, node: exp.Cast) -> date:
        try:
            return read_day(node.this.name)
        except ValueError:
            self.refuse(node, f"`{node.this.name}` is no day", "write `DATE 'YYYY-MM-DD'`")

    def moved(self, node: exp.Binary, table: str | None) -> tuple[Term, str, Fact | None]:
        base, kind, _ = self.term(node.left, table)
        if kind != "date":
            self.refuse(
                node.left,
                f"{_article(kind)} cannot be moved by an interval",
                "move a date fact or a day",
            )
        step = node.right
        if not isinstance(step, exp.Interval):
            self.unread(node)
        number = int(step.this.name) * (1 if isinstance(node, exp.Add) else -1)
        steps = (*base.steps, (number, step.text("unit").lower()))
        return replace(base, steps=steps), "date", None


def _written(tokens: list[Token]) -> list[str]:
    """Names and literals in the order in which they stand."""
    skipped = {*SYMBOLS, *KEYWORDS} - {"true", "false", "within"}
    literal = (TokenType.STRING, TokenType.NUMBER)
    return [
        token.text if token.token_type in literal else token.text.lower()
        for token in tokens
        if token.token_type in literal or token.text.lower() not in skipped
    ]


def _leaves(tree: exp.Expr) -> list[str]:
    """Names and literals of sqlglot's tree in the order in which they were written."""
    found: list[str] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Interval | exp.Cast):
            waiting.append(node.this)
        elif isinstance(node, exp.Boolean):
            found.append("true" if node.this else "false")
        elif isinstance(node, exp.Literal | exp.Identifier | exp.Var):
            found.append(node.name)
        else:
            found += [node.name.lower()] if isinstance(node, exp.Anonymous) else []
            waiting += reversed(list(node.iter_expressions()))
    return found


def _kin(kind: str) -> str:
    return "text" if kind in ("words", "text", "place") else kind


def _article(kind: str) -> str:
    shown = {"words": "a word", "yes/no": "a yes/no fact", "date": "a day", "text": "a text"}
    return shown.get(kind, f"a {kind}")


def _says(fact: Fact) -> str:
    return "one of a list of words" if fact.type == "words" else _article(fact.type)


def _example(fact: Fact) -> str:
    if fact.type == "words":
        return f"'{fact.words[0]}'"
    return {"date": "DATE '2025-01-31'", "number": "1", "place": "'us-ca'"}.get(fact.type, "'…'")
