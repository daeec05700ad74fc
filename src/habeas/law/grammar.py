"""From the text of a condition to its typed tree.

    text  ->  check_tokens (this grammar)  ->  sqlglot's tree  ->  Condition, every token accounted for

Promise: nothing that the grammar does not name gets through, and no part of a condition is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.dialects import DuckDB
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from habeas.errors import LawError, Place, Problem, did_you_mean
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
from habeas.law.dates import UNITS
from habeas.law.source import Source
from habeas.law.vocabulary import Fact, Vocabulary

_OPERATORS = {"=", "<>", "<", "<=", ">", ">="}
_SYMBOLS = _OPERATORS | {"+", "-", "(", ")", ","}
_KEYWORDS = {"and", "or", "not", "true", "false", "in", "interval", "date", "within"}
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_REFUSED = {
    "is": "a fact that is absent is unknown, and no condition may ask whether it is; ask for the fact itself",
    "null": "a fact that is absent is unknown, and no condition may ask whether it is; ask for the fact itself",
    "between": "write two comparisons: `a >= x AND a <= y`",
    "like": "compare with whole words: `=` or `IN`",
    "ilike": "compare with whole words: `=` or `IN`",
    "similar": "compare with whole words: `=` or `IN`",
    "case": "write `AND`, `OR` and `NOT`, or two rules",
    "coalesce": "an unknown fact stays unknown; state what is to happen with `NOT` or with a second rule",
    "cast": "facts have their types; compare with a literal of the same type",
    "exists": "write `any_TABLE( … )`",
    "select": "write `any_TABLE( … )`, `every_TABLE( … )` or `count_TABLE( … )`",
}
_SYMBOL_HELP = {
    "!=": "write `<>`",
    "==": "write `=`",
    "::": "facts have their types; compare with a literal of the same type",
    "*": "there is no arithmetic; a day can be moved by `+ INTERVAL 'n' DAY`",
    "/": "there is no arithmetic; a day can be moved by `+ INTERVAL 'n' DAY`",
    "%": "there is no arithmetic; a day can be moved by `+ INTERVAL 'n' DAY`",
    ";": "a clause holds one condition",
    ".": "write the name alone; inside `any_TABLE( … )` columns need no prefix",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What a condition may name: the vocabulary, and the definitions visible where it stands."""

    vocabulary: Vocabulary
    definitions: Mapping[str, object]


def blank_comments(text: str, mark: str) -> str:
    """The text with each comment (from ` mark ` outside quotes to the line's end) turned to blanks.

    Offsets stay as they were.

    >>> blank_comments("a = 'x -- y' -- z", "--")
    "a = 'x -- y'     "
    """
    out = []
    for line in text.split("\n"):
        quoted = False
        cut = len(line)
        for index, char in enumerate(line):
            if char == "'":
                quoted = not quoted
            elif (
                not quoted
                and line.startswith(mark, index)
                and (index == 0 or line[index - 1].isspace())
                and (index + len(mark) == len(line) or line[index + len(mark)].isspace())
            ):
                cut = index
                break
        out.append(line[:cut] + " " * (len(line) - cut))
    return "\n".join(out)


def parse_condition(source: Source, start: int, end: int, names: Names) -> Condition:
    """The condition that stands in `source` from `start` to `end`.

    Raises `LawError` with the place of the first thing that the grammar or the types refuse.
    """
    return _Parser(source, start, end, names).parse()


def parse_term(source: Source, start: int, end: int, names: Names) -> Term:
    """A day term (for `by`); raises `LawError`."""
    return _Parser(source, start, end, names).parse_day()


class _Parser:
    def __init__(self, source: Source, start: int, end: int, names: Names) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.names = names
        self.text = blank_comments(source.text[start:end], "--")
        self.used: list[str] = []

    # -- tokens -----------------------------------------------------------------------------------

    def parse(self) -> Condition:
        return self.condition(self.tree(), None)

    def parse_day(self) -> Term:
        term, kind, _ = self.term(self.tree(), None)
        if kind != "date":
            self.fail(
                self.start, self.end, "this is no day", "write a date fact or `DATE 'YYYY-MM-DD'`"
            )
        return term

    def tree(self) -> exp.Expr:
        tokens = self.check_tokens()
        try:
            tree = sqlglot.parse_one(self.text, dialect="duckdb")
        except ParseError:
            first, last = tokens[0], tokens[-1]
            self.fail(
                self.start + first.start,
                self.start + last.end + 1,
                "this condition cannot be read",
                "look for a bracket that is not closed, or for an operator without its right side",
            )
        leaves = [text for text in self.leaves(tokens)]
        used = list(_leaves(tree))
        if leaves != used:
            odd = next((a for a, b in zip(leaves, used, strict=False) if a != b), leaves[-1])
            token = next((t for t in tokens if t.text == odd), tokens[-1])
            self.fail_token(
                token,
                f"`{token.text}` cannot be read here",
                "it is a word of SQL: choose another name, or put brackets round the parts",
            )
        return tree

    def check_tokens(self) -> list[Token]:
        """The tokens, each allowed by the grammar where it stands; raises at the first that is not."""
        try:
            tokens = list(DuckDB().tokenize(self.text))
        except TokenError:
            quote = self.start + max(self.text.rfind("'"), self.text.rfind('"'), 0)
            self.fail(
                quote, quote + 1, "a quote is not closed", "end the word with `'` on the same line"
            )
        if not tokens:
            self.fail(
                self.start,
                max(self.end, self.start + 1),
                "a condition is missing",
                "write one after the clause word",
            )
        operand = True  # whether an operand is expected now
        depth = 0
        for index, token in enumerate(tokens):
            if token.comments:
                self.fail_token(
                    token, "a comment begins with ` -- `", "put a blank on both sides of `--`"
                )
            before = tokens[index - 1] if index else None
            after = tokens[index + 1] if index + 1 < len(tokens) else None
            word = token.text.lower()
            self.check_token(token, word, after)
            if token.token_type == TokenType.STRING:
                prior = (
                    before.text.lower() if before and before.token_type != TokenType.STRING else ""
                )
                if not operand and prior not in ("date", "interval"):
                    self.juxtaposed(token)
                operand = False
            elif word in UNITS and before is not None and before.token_type == TokenType.STRING:
                operand = False
            elif word in ("and", "or", ",", "+", "-") or word in _OPERATORS:
                if operand:
                    self.fail_token(
                        token,
                        f"something is missing before `{token.text}`",
                        "write a fact or a literal there",
                    )
                operand = True
            elif word == "in":
                operand = True
            elif word == "not":
                if not operand and not (after and after.text.lower() == "in"):
                    self.juxtaposed(token)
                operand = True
            elif word == "(":
                depth += 1
                if not operand and not (
                    before
                    and before.text.lower().startswith(("any_", "every_", "count_", "within"))
                ):
                    self.juxtaposed(token)
                operand = True
            elif word == ")":
                depth -= 1
                if depth < 0:
                    self.fail_token(
                        token, "this bracket was never opened", "remove it, or open it with `(`"
                    )
                if operand:
                    self.fail_token(
                        token, "something is missing before `)`", "write a condition there"
                    )
                operand = False
            else:
                if not operand:
                    self.juxtaposed(token)
                operand = word in ("interval", "date") and bool(
                    after and after.token_type == TokenType.STRING
                )
                operand = False if word in ("interval", "date") else operand
        if depth:
            opened = next(t for t in reversed(tokens) if t.text == "(")
            self.fail_token(opened, "this bracket is not closed", "close it with `)`")
        if operand:
            self.fail_token(
                tokens[-1],
                f"something is missing after `{tokens[-1].text}`",
                "write a fact or a literal there",
            )
        return tokens

    def check_token(self, token: Token, word: str, after: Token | None) -> None:
        raw = self.text[token.start : token.end + 1]
        if token.token_type == TokenType.STRING:
            if not raw.startswith("'"):
                self.fail_token(
                    token, f"`{raw}` is not a literal", "words stand in single quotes: `'word'`"
                )
            return
        if token.token_type == TokenType.NUMBER:
            if not raw.isdigit():
                self.fail_token(
                    token, f"`{raw}` is no whole number", "only whole numbers are in the language"
                )
            return
        if raw in _SYMBOLS:
            return
        if word in _REFUSED:
            self.fail_token(token, f"`{raw}` is not in the language", _REFUSED[word])
        if raw.startswith('"'):
            self.fail_token(
                token,
                f"`{raw}` is not a name",
                "names stand bare, words in single quotes: `'word'`",
            )
        if not re.match(r"[A-Za-z_]", raw):
            self.fail_token(
                token,
                f"`{raw}` is not in the language",
                _SYMBOL_HELP.get(raw, "see section 4 of the law language"),
            )
        keyword = word in _KEYWORDS or word in UNITS
        if not keyword and not _NAME.match(raw):
            self.fail_token(
                token, f"`{raw}` is not a name", "names are lower case letters, digits and `_`"
            )
        called = (
            after is not None
            and after.text == "("
            and word not in ("and", "or", "not", "in", "within")
        )
        if called and not self.quantifier(word):
            tables = [
                f"{kind}_{table}"
                for table in self.names.vocabulary.tables
                for kind in ("any", "every", "count")
            ]
            self.fail_token(
                token,
                f"`{raw}( … )` is not in the language",
                did_you_mean(
                    raw,
                    tables,
                    "there are no functions but `within`, `any_TABLE`, `every_TABLE` and `count_TABLE`",
                ),
            )

    def quantifier(self, word: str) -> tuple[str, str] | None:
        kind, _, table = word.partition("_")
        known = kind in ("any", "every", "count") and table in self.names.vocabulary.tables
        return (kind, table) if known else None

    def leaves(self, tokens: list[Token]) -> list[str]:
        """Names and literals in the order in which they stand."""
        skip = _SYMBOLS | _KEYWORDS - {"true", "false", "within"} | set(UNITS)
        return [
            token.text
            if token.token_type in (TokenType.STRING, TokenType.NUMBER)
            else token.text.lower()
            for token in tokens
            if token.token_type in (TokenType.STRING, TokenType.NUMBER)
            or token.text.lower() not in skip
        ]

    # -- errors -----------------------------------------------------------------------------------

    def fail(self, start: int, end: int, message: str, help: str) -> NoReturn:
        raise LawError(Problem(self.source.span(start, end), message, help))

    def fail_token(self, token: Token, message: str, help: str) -> NoReturn:
        self.fail(self.start + token.start, self.start + token.end + 1, message, help)

    def juxtaposed(self, token: Token) -> NoReturn:
        raw = self.text[token.start : token.end + 1]
        self.fail_token(
            token,
            f"`{raw}` follows without an operator",
            "join the parts with `AND`, `OR` or a comparison",
        )

    def place(self, node: exp.Expr) -> Place:
        """From the first to the last token of a node that knows where it stands."""
        marks = [n.meta for n in node.walk() if "start" in n.meta]
        if not marks:
            return self.source.span(self.start, self.end)
        first = min(mark["start"] for mark in marks)
        last = max(mark["end"] for mark in marks)
        return self.source.span(self.start + first, self.start + last + 1)

    def refuse(self, node: exp.Expr, message: str, help: str) -> NoReturn:
        raise LawError(Problem(self.place(node), message, help))

    # -- tree -------------------------------------------------------------------------------------

    def condition(self, node: exp.Expr, table: str | None) -> Condition:
        if isinstance(node, exp.Paren):
            return self.condition(node.this, table)
        if isinstance(node, exp.And | exp.Or):
            kind: type[And] | type[Or] = And if isinstance(node, exp.And) else Or
            args: list[Condition] = []
            for side in (node.left, node.right):
                made = self.condition(side, table)
                args += (
                    made.args
                    if isinstance(made, kind) and not isinstance(side, exp.Paren)
                    else (made,)
                )
            return kind(tuple(args))
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
        if isinstance(node, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE):
            return self.comparison(node, table)
        self.refuse(
            node, "this is no condition", "write a yes/no fact, a definition or a comparison"
        )

    def bare(self, node: exp.Column, table: str | None) -> Condition:
        name = node.name
        if name in self.names.definitions:
            return Defined(name, self.place(node))
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
                node, f"`{name}` is a column of `{owners[0]}`", f"ask inside `any_{owners[0]}( … )`"
            )
        if name in words.items or name in words.groups:
            self.refuse(
                node,
                f"`{name}` is an item, not a fact",
                "conditions read facts; items stand after forbid, permit or require",
            )
        known = [*words.facts, *self.names.definitions, *(words.tables[table] if table else ())]
        near = did_you_mean(name, known, "declare it in `laws/vocabulary.md`, or define it")
        if near.startswith("did you mean") and (found := words.facts.get(near.split("`")[1])):
            near = f"{near[:-1]} ({found.place.path}:{found.place.line})?"
        self.refuse(node, f"unknown fact `{name}`", near)

    def comparison(self, node: exp.Binary, table: str | None) -> Condition:
        op = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}[
            type(node)
        ]
        if isinstance(node.left, exp.Anonymous):
            return self.count(node, node.left, op, table)
        if isinstance(node.right, exp.Anonymous):
            self.refuse(node, "a count stands on the left", "write `count_TABLE( … ) >= n`")
        left, left_type, left_fact = self.term(node.left, table)
        right, right_type, right_fact = self.term(node.right, table)
        if "yes/no" in (left_type, right_type):
            self.refuse(
                node, "yes/no facts are not compared", "write the fact alone, or `NOT` before it"
            )
        if _kin(left_type) != _kin(right_type):
            self.refuse(
                node,
                f"{_article(left_type)} is compared with {_article(right_type)}",
                "compare values of one type",
            )
        if _kin(left_type) == "text" and op not in ("=", "<>"):
            self.refuse(
                node, f"words have no order, so `{op}` says nothing", "write `=`, `<>` or `IN`"
            )
        for fact, other, side in ((left_fact, right, node.right), (right_fact, left, node.left)):
            if fact and other.name is None:
                self.known_word(side, fact, other.value)
        return Compare(left, op, right)

    def count(self, node: exp.Binary, call: exp.Anonymous, op: str, table: str | None) -> Condition:
        made = self.quantifier(call.name)
        if not made or made[0] != "count":
            self.refuse(call, f"`{call.name}` is yes/no by itself", "remove the comparison")
        if table:
            self.refuse(
                call, "quantifiers do not nest", "ask two questions side by side, joined by `AND`"
            )
        args = call.expressions
        if len(args) not in (1, 2):
            self.refuse(
                call,
                f"`{call.name}` takes a condition, and a column if distinct values count",
                f"write `{call.name}(COND)` or `{call.name}(COND, column)`",
            )
        column = None
        if len(args) == 2:
            column = args[1].name if isinstance(args[1], exp.Column) else ""
            columns = self.names.vocabulary.tables[made[1]]
            if column not in columns:
                self.refuse(
                    args[1],
                    f"`{column or args[1]}` is no column of `{made[1]}`",
                    did_you_mean(column, columns, f"columns are {', '.join(columns)}"),
                )
        number = node.right
        if not (isinstance(number, exp.Literal) and not number.is_string):
            self.refuse(node, "a count is compared with a whole number", "write `>= 3`")
        if op not in ("<", "<=", ">", ">="):
            self.refuse(
                node, f"a count is not compared with `{op}`", "write `<`, `<=`, `>` or `>=`"
            )
        return Count(made[1], self.condition(args[0], made[1]), column, op, int(number.this))

    def call(self, node: exp.Anonymous, table: str | None) -> Condition:
        if node.name.lower() == "within":
            return self.within(node, table)
        made = self.quantifier(node.name)
        if not made:
            self.refuse(
                node, f"`{node.name}( … )` is not in the language", "there are no functions"
            )
        if table:
            self.refuse(
                node, "quantifiers do not nest", "ask two questions side by side, joined by `AND`"
            )
        if made[0] == "count":
            self.refuse(node, "a count needs a comparison", f"write `{node.name}( … ) >= 1`")
        if len(node.expressions) != 1:
            self.refuse(node, f"`{node.name}` takes one condition", f"write `{node.name}(COND)`")
        return Quantified(made[0], made[1], self.condition(node.expressions[0], made[1]))

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
            self.refuse(args[0], f"`{args[0].name}` is no place", "write a place fact")
        self.check_place(args[1])
        return Within(term, str(args[1].this))

    def check_place(self, node: exp.Expr) -> None:
        if not re.fullmatch(r"[a-z]+[a-z0-9]*(-[a-z0-9]+)*", str(node.this)):
            self.refuse(
                node, f"`{node.this}` is no place", "places look like `us`, `us-ca`, `us-ca-sf`"
            )

    def one_of(self, node: exp.In, table: str | None) -> Condition:
        term, kind, fact = self.term(node.this, table)
        if kind == "yes/no":
            self.refuse(
                node, "yes/no facts are not compared", "write the fact alone, or `NOT` before it"
            )
        values = []
        for literal in node.expressions:
            made, literal_type, other = self.term(literal, table)
            if other is not None or made.value is None:
                self.refuse(literal, "`IN` takes literals", "write the words in single quotes")
            if _kin(literal_type) != _kin(kind):
                self.refuse(
                    literal,
                    f"{_article(kind)} is compared with {_article(literal_type)}",
                    "compare values of one type",
                )
            if fact:
                self.known_word(literal, fact, made.value)
            values.append(made.value)
        if not values:
            self.refuse(node, "`IN` takes literals", "write `IN ('a', 'b')`")
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
        if isinstance(node, exp.Paren):
            self.refuse(node, "brackets stand round conditions only", "remove them")
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
        self.refuse(
            node,
            "this is neither a fact nor a literal",
            "write a fact, a `'word'`, a whole number or `DATE 'YYYY-MM-DD'`",
        )

    def day(self, node: exp.Cast) -> date:
        try:
            text = str(node.this.this)
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            self.refuse(node, f"`{node.this.this}` is no day", "write `DATE 'YYYY-MM-DD'`")

    def moved(self, node: exp.Binary, table: str | None) -> tuple[Term, str, Fact | None]:
        base, kind, _ = self.term(node.left, table)
        step = node.right
        if not isinstance(step, exp.Interval):
            self.refuse(
                node,
                "there is no arithmetic",
                "a day can be moved by `+ INTERVAL 'n' DAY`, `MONTH` or `YEAR`",
            )
        if kind != "date":
            self.refuse(node, f"{_article(kind)} cannot be moved by an interval", "move a day")
        unit = str(step.args.get("unit") or "").lower()
        number = (
            step.this.this if isinstance(step.this, exp.Literal) and step.this.is_string else ""
        )
        if unit not in UNITS or not str(number).isdigit() or int(number) > 99999:
            self.refuse(
                node,
                "this interval cannot be read",
                "write `INTERVAL '5' YEAR` (or `MONTH`, `DAY`)",
            )
        sign = 1 if isinstance(node, exp.Add) else -1
        return (
            Term(
                base.name,
                base.scope,
                base.table,
                base.value,
                (*base.steps, (sign * int(number), unit)),
            ),
            "date",
            None,
        )


def _leaves(node: exp.Expr) -> list[str]:
    """Names and literals of sqlglot's tree in the order in which they were written."""
    if isinstance(node, exp.Literal):
        return [str(node.this)]
    if isinstance(node, exp.Boolean):
        return ["true" if node.this else "false"]
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        return [node.name]
    if isinstance(node, exp.Identifier | exp.Var):
        return [node.name]
    if isinstance(node, exp.Interval):
        return _leaves(node.this)
    if isinstance(node, exp.Cast):
        return _leaves(node.this)
    found = [node.name.lower()] if isinstance(node, exp.Anonymous) else []
    for child in node.iter_expressions():
        found += _leaves(child)
    return found


def _kin(kind: str) -> str:
    return "text" if kind in ("words", "text", "place") else kind


def _article(kind: str) -> str:
    return {"words": "a word", "yes/no": "a yes/no fact", "date": "a day"}.get(kind, f"a {kind}")


def _says(fact: Fact) -> str:
    return {"words": "one of a list of words", "date": "a day"}.get(fact.type, f"a {fact.type}")


def _example(fact: Fact) -> str:
    if fact.type == "words":
        return f"'{fact.words[0]}'"
    return {"date": "DATE '2025-01-31'", "number": "1"}.get(fact.type, "'…'")
