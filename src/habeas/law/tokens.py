"""The tokens of a condition, each allowed by the grammar where it stands.

    text  ->  blank_comments  ->  DuckDB's tokens  ->  check_tokens  ->  tokens that fit the grammar

Promise: what passes here is a condition of section 4, bracket for bracket; only names and types are
still to be looked up.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.dialects import DuckDB
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from habeas.errors import LawError, Problem, did_you_mean
from habeas.law.dates import UNITS
from habeas.law.source import Source

OPERATORS = ("=", "<>", "<", "<=", ">", ">=")
SYMBOLS = (*OPERATORS, "+", "-", "(", ")", ",")
KEYWORDS = ("and", "or", "not", "true", "false", "in", "interval", "date", "within", *UNITS)
DEEPEST = 20
"""How many brackets and `NOT`s may stand inside each other."""

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_NUMBER = re.compile(r"\.?[0-9][\w.]*", re.ASCII)
_ABSENT = (
    "an absent fact is unknown, and no condition may ask whether it is; ask for the fact itself"
)
_WORDS = "compare with whole words: `=` or `IN`"
_TYPES = "facts have their types; compare with a literal of the same type"
_NO_ARITHMETIC = "there is no arithmetic; a day can be moved by `+ INTERVAL 'n' DAY`"
_MOVED = "write a day, and after it `+ INTERVAL '2' DAY` or `+ 2 business days` if it is moved"
_REFUSED = {
    "is": _ABSENT,
    "null": _ABSENT,
    "between": "write two comparisons: `a >= x AND a <= y`",
    "like": _WORDS,
    "ilike": _WORDS,
    "similar": _WORDS,
    "if": "write `AND`, `OR` and `NOT`, or two rules",
    "case": "write `AND`, `OR` and `NOT`, or two rules",
    "coalesce": "an unknown fact stays unknown; say what is to happen with `NOT` or a second rule",
    "cast": _TYPES,
    "exists": "write `any_TABLE( … )`",
    "select": "write `any_TABLE( … )`, `every_TABLE( … )` or `count_TABLE( … )`",
    "as": "nothing is given another name; a condition of its own stands in a `define` block",
    "where": "a condition is the whole clause; join the parts with `AND`",
}
_REFUSED_SYMBOLS = {
    "!=": "write `<>`",
    "==": "write `=`",
    "::": _TYPES,
    "*": _NO_ARITHMETIC,
    "/": _NO_ARITHMETIC,
    "%": _NO_ARITHMETIC,
    "#": "a comment begins with ` -- `",
    ";": "a clause holds one condition",
    ".": "write the name alone; inside `any_TABLE( … )` columns need no prefix",
}
_YES_NO = "write the fact alone, or `NOT` before it"
_INTERVAL_HELP = "write `INTERVAL '5' YEAR` (or `MONTH`, `DAY`)"


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


def parse_sql(text: str) -> exp.Expr | None:
    """Sqlglot's tree of a condition, or None where it can read none."""
    try:
        return sqlglot.parse_one(text, into=exp.Condition, dialect="duckdb")
    except ParseError:
        return None


def is_sql_word(name: str) -> bool:
    """Whether SQL takes a name for something other than a column, wherever it may stand.

    >>> is_sql_word("current_date"), is_sql_word("values"), is_sql_word("purpose")
    (True, True, False)
    """
    if name in _REFUSED or name in KEYWORDS or not _NAME.match(name):
        return name in _REFUSED
    tree = parse_sql(f"{name} AND NOT ({name} = 1) AND any_x({name})")
    found = tree.find_all(exp.Column) if isinstance(tree, exp.And) else ()
    return [column.name for column in found] != [name] * 3


class Stretch:
    """A part of a source, comments blanked, that can say what is wrong with any word of it."""

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.text = blank_comments(source.text[start:end], "--")

    def fail(self, start: int, end: int, message: str, help: str) -> NoReturn:
        """Refuse the characters from `start` to `end` of the stretch."""
        place = self.source.span(self.start + start, self.start + end)
        raise LawError(Problem(place, message, help))

    def fail_token(self, token: Token, message: str, help: str) -> NoReturn:
        """Refuse a token of the stretch."""
        self.fail(token.start, token.end + 1, message, help)

    def raw(self, token: Token) -> str:
        """A token as it is written."""
        return self.text[token.start : token.end + 1]


def check_tokens(stretch: Stretch, tables: Collection[str], *, day: bool) -> list[Token]:
    """The tokens of a condition (or, with `day`, of a term), each allowed where it stands.

    `tables` are the names that `any_`, `every_` and `count_` may carry. Raises `LawError` at the
    first token that the grammar does not allow.
    """
    _check_characters(stretch)
    try:
        tokens = list(DuckDB().tokenize(stretch.text))
    except TokenError:
        tokens = []
    edges = [0, *(token.end + 1 for token in tokens)]
    ends = [*(token.start for token in tokens), len(stretch.text)]
    for index, (left, right) in enumerate(zip(edges, ends, strict=True)):
        if lost := stretch.text[left:right].strip():
            refuse_sql_word(stretch, tokens[:index][-1:])
            at = stretch.text.index(lost, left)
            stretch.fail(
                at, at + len(lost), "this cannot be read", "see section 4 of the law language"
            )
    if not tokens:
        what = "day" if day else "condition"
        stretch.fail(0, 1, f"a {what} is missing", "write it after the clause word")
    _Grammar(stretch, tokens, tables, day=day).check()
    return tokens


def refuse_sql_word(stretch: Stretch, tokens: list[Token]) -> None:
    """Refuse the first of some tokens that is a word of SQL; none may be."""
    for token in tokens:
        raw = stretch.raw(token)
        if is_sql_word(raw):
            stretch.fail_token(
                token,
                f"`{raw}` is a word of SQL, and no fact",
                "write the name of a fact; if this is to be one, choose another name for it",
            )


def _check_characters(stretch: Stretch) -> None:
    """Refuse what the tokenizer would take for something else, or drop."""
    text = stretch.text
    quote = -1
    for index, char in enumerate(text):
        if char == "'":
            quote = -1 if quote >= 0 else index
        elif quote >= 0:
            if char == "\n":
                break
        elif text.startswith(("--", "/*"), index):
            comment = re.compile(r"/\*.*?\*/|[^\n]*").match(text, index)
            stretch.fail(
                index,
                comment.end() if comment else index + 2,
                "a comment begins with ` -- `",
                "put a blank on both sides of `--`; there is no other way to write a comment",
            )
        elif char == '"':
            word = (re.compile(r'"[^"\n]*"?').match(text, index) or [char])[0]
            stretch.fail(
                index,
                index + len(word),
                f"`{word}` is not a name",
                "names stand bare, words in single quotes: `'word'`",
            )
        elif char in "‘’“”\u00b4`":
            stretch.fail(
                index,
                index + 1,
                "a backtick is no quote" if char == "`" else f"`{char}` is no quote",
                "words stand in straight quotes: `'word'`",
            )
        elif not char.isascii():
            stretch.fail(
                index,
                index + 1,
                f"`{char}` is not in the language",
                "other letters stand in quotes only",
            )
        elif number := _NUMBER.match(text, index):
            begins = index == 0 or not re.match(r"[\w.]", text[index - 1])
            if begins and not re.fullmatch(r"[0-9]{1,18}", number[0]):
                stretch.fail(
                    index,
                    number.end(),
                    f"`{number[0]}` is no whole number",
                    "only whole numbers, of up to 18 digits, are in the language",
                )
    if quote >= 0:
        end = text.find("\n", quote)
        stretch.fail(
            quote,
            end if end >= 0 else len(text.rstrip()),
            "a quote is not closed",
            "end the word with `'` on the same line; a quote inside a word is written `''`",
        )


class _Grammar:
    """Section 4's grammar, a method a rule; `index` is the next token."""

    def __init__(
        self, stretch: Stretch, tokens: list[Token], tables: Collection[str], *, day: bool
    ) -> None:
        self.stretch = stretch
        self.tokens = tokens
        self.tables = tables
        self.index = 0
        self.depth = 0
        self.day = day

    def check(self) -> None:
        if self.day:
            self.term()
            if self.index < len(self.tokens):
                token = self.tokens[self.index]
                self.refuse(token)
                self.stretch.fail_token(
                    token, f"`{self.stretch.raw(token)}` has no place behind a day", _MOVED
                )
        else:
            self.disjunction()
        if self.index < len(self.tokens):
            self.left_over(self.tokens[self.index], "this bracket was never opened")

    # -- looking at tokens ------------------------------------------------------------------------

    def word(self, ahead: int = 0) -> str:
        """The next token in lower case; `'` for a word in quotes, `0` for a number, else empty."""
        if self.index + ahead >= len(self.tokens):
            return ""
        token = self.tokens[self.index + ahead]
        if token.token_type == TokenType.STRING:
            return "'"
        return "0" if token.token_type == TokenType.NUMBER else self.stretch.raw(token).lower()

    def next(self) -> Token:
        """The next token; there has to be one."""
        if self.index == len(self.tokens):
            last = self.tokens[-1]
            self.stretch.fail_token(
                last,
                f"something is missing after `{self.stretch.raw(last)}`",
                "write what belongs there, or remove it",
            )
        self.index += 1
        return self.tokens[self.index - 1]

    def left_over(self, token: Token, bracket: str) -> NoReturn:
        """Refuse a token that nothing could take."""
        raw, word, before = self.stretch.raw(token), self.word(), self.tokens[self.index - 1]
        fail = self.stretch.fail_token
        if word == ")":
            fail(token, bracket, "remove it, or open it with `(`")
        if word == ",":
            fail(token, "a comma has no place here", "join the parts with `AND` or `OR`")
        if word in (*OPERATORS, "+", "-", "in"):
            if self.stretch.raw(before) == ")":
                fail(before, "brackets stand round conditions only", "remove them")
            if self.stretch.raw(before).lower() in ("true", "false"):
                fail(token, "yes/no facts are not compared", _YES_NO)
            fail(token, f"`{raw}` follows a whole comparison", "join two comparisons with `AND`")
        self.refuse(token)
        fail(
            token,
            f"`{raw}` follows without an operator",
            "join the parts with `AND`, `OR` or a comparison",
        )

    def refuse(self, token: Token) -> None:
        """Refuse a token that stands nowhere in the language."""
        raw = self.stretch.raw(token)
        word = raw.lower()
        fail = self.stretch.fail_token
        if token.token_type in (TokenType.STRING, TokenType.NUMBER) or raw in SYMBOLS:
            return
        if word in _REFUSED:
            fail(token, f"`{raw}` is not in the language", _REFUSED[word])
        if not re.match(r"[A-Za-z_]", raw):
            help_ = _REFUSED_SYMBOLS.get(raw, "see section 4 of the law language")
            fail(token, f"`{raw}` is not in the language", help_)
        if word not in KEYWORDS and not _NAME.match(raw):
            rule = "names are lower case letters, digits and `_`"
            fail(
                token,
                f"`{raw}` is not a name",
                f"write `{word}`; {rule}" if _NAME.match(word) else rule,
            )

    def calls(self) -> bool:
        """Whether a function's name is next."""
        named = self.word() == "within" or self.word() not in (*SYMBOLS, *KEYWORDS, "'", "0")
        return named and self.word(1) == "("

    # -- the grammar ------------------------------------------------------------------------------

    def disjunction(self) -> None:
        self.conjunction()
        while self.word() == "or":
            self.next()
            self.conjunction()

    def conjunction(self) -> None:
        self.negation()
        while self.word() == "and":
            self.next()
            self.negation()

    def negation(self) -> None:
        depth = self.depth
        while self.word() == "not":
            self.deeper(self.next())
        self.primary()
        self.depth = depth

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self.stretch.fail_token(
                token,
                "this condition nests too deep",
                "give a part of it a name by a `define` block",
            )

    def primary(self) -> None:
        if self.word() == "(":
            self.brackets()
        elif self.word() in ("true", "false"):
            self.next()
        elif self.calls():
            name = self.call()
            if self.word() in (*OPERATORS, "in", "+", "-"):
                self.counted(name, self.next())
        else:
            first = self.index
            self.term()
            if self.word() in OPERATORS:
                self.next()
                self.term()
            elif self.word() == "in" or (self.word() == "not" and self.word(1) == "in"):
                self.literals()
            elif self.index > first + 1 or self.tokens[first].token_type in (
                TokenType.STRING,
                TokenType.NUMBER,
            ):
                self.refuse_term(first)

    def refuse_term(self, first: int) -> NoReturn:
        """Refuse a term, other than a name alone, that is compared with nothing."""
        if self.index < len(self.tokens):
            self.refuse(self.tokens[self.index])
        self.stretch.fail(
            self.tokens[first].start,
            self.tokens[self.index - 1].end + 1,
            "this is no condition",
            "write a yes/no fact, a definition or a comparison",
        )

    def brackets(self) -> None:
        opened = self.next()
        self.deeper(opened)
        self.disjunction()
        self.close(opened)
        self.depth -= 1

    def close(self, opened: Token) -> None:
        if self.word() == ")":
            self.next()
        elif self.word():
            self.left_over(self.tokens[self.index], "")
        else:
            self.stretch.fail_token(opened, "this bracket is not closed", "close it with `)`")

    def call(self) -> str:
        token = self.next()
        opened = self.next()
        raw = self.stretch.raw(token)
        word = raw.lower()
        kinds = ("any", "every", "count")
        if word != "within":
            self.refuse(token)
            quantifiers = [f"{kind}_{table}" for table in self.tables for kind in kinds]
            if word not in quantifiers:
                self.stretch.fail_token(
                    token,
                    f"`{raw}( … )` is not in the language",
                    did_you_mean(
                        raw,
                        quantifiers,
                        "there are `within( … )` and `any_TABLE`, `every_TABLE`, `count_TABLE`",
                    ),
                )
        self.deeper(opened)
        argument = self.term if word == "within" else self.disjunction
        argument()
        while self.word() == ",":
            self.next()
            argument()
        self.close(opened)
        self.depth -= 1
        return word

    def counted(self, name: str, operator: Token) -> None:
        """What a function is compared with."""
        raw = self.stretch.raw(operator)
        if not name.startswith("count_"):
            self.stretch.fail_token(
                operator, f"`{name}` is yes/no by itself", "write it alone, or `NOT` before it"
            )
        if raw not in ("<", "<=", ">", ">="):
            self.stretch.fail_token(
                operator, f"a count does not go with `{raw}`", "write `<`, `<=`, `>` or `>=`"
            )
        number = self.next()
        if number.token_type != TokenType.NUMBER:
            self.stretch.fail_token(
                number, "a count is compared with a whole number", "write `>= 3`"
            )

    def literals(self) -> None:
        """`[NOT] IN ( literal, … )`."""
        if self.word() == "not":
            self.next()
        begins = self.next()
        if self.word() != "(":
            self.stretch.fail_token(
                begins, "`IN` takes literals in brackets", "write `IN ('a', 'b')`"
            )
        opened = self.next()
        self.literal()
        while self.word() == ",":
            self.next()
            self.literal()
        if self.word() in ("+", "-"):
            self.no_literal(self.next())
        self.close(opened)

    def literal(self) -> None:
        if self.word() == "date" and self.word(1) == "'":
            self.next()
        token = self.next()
        if token.token_type not in (TokenType.STRING, TokenType.NUMBER):
            self.refuse(token)
            self.no_literal(token)

    def no_literal(self, token: Token) -> NoReturn:
        help_ = "write `'word'`, a whole number or `DATE 'YYYY-MM-DD'`"
        self.stretch.fail_token(token, "`IN` takes literals", help_)

    def term(self) -> None:
        self.operand()
        while self.word() in ("+", "-"):
            sign = self.next()
            if self.word() and self.word() != "interval":
                self.refuse(self.tokens[self.index])
                self.stretch.fail_token(
                    sign,
                    "there is no arithmetic",
                    _MOVED if self.day else _NO_ARITHMETIC.partition("; ")[2],
                )
            self.next()
            number, unit = self.next(), self.next()
            if not re.fullmatch(r"'[0-9]{1,5}'", self.stretch.raw(number)):
                self.stretch.fail_token(number, "this interval cannot be read", _INTERVAL_HELP)
            if self.stretch.raw(unit).lower() not in UNITS:
                self.stretch.fail_token(unit, "this interval cannot be read", _INTERVAL_HELP)

    def operand(self) -> None:
        word, after = self.word(), self.word(1)
        token = self.next()
        raw = self.stretch.raw(token)
        fail = self.stretch.fail_token
        if word in ("'", "0"):
            return
        if word == "(":
            fail(token, "brackets stand round conditions only", "remove them")
        if word == "-" and after == "0":
            fail(token, "numbers have no sign", "only whole numbers from 0 are in the language")
        if word in SYMBOLS or word in ("and", "or", "in", "not"):
            fail(
                token,
                f"something is missing before `{raw}`",
                "write a fact, a definition or a literal there",
            )
        if word == "date" and after == "'":
            self.next()
        elif word in ("date", "interval"):
            shown = "DATE 'YYYY-MM-DD'" if word == "date" else "day + INTERVAL '5' YEAR"
            fail(token, f"`{raw}` cannot stand alone", f"write `{shown}`")
        elif word in ("true", "false"):
            fail(token, "yes/no facts are not compared", _YES_NO)
        elif after == "(" and word not in KEYWORDS and word not in _REFUSED:
            fail(
                token,
                f"`{raw}( … )` stands nowhere but at the left of a comparison",
                "write a count on the left: `count_TABLE( … ) >= n`; there are no other functions",
            )
        elif word in KEYWORDS:
            fail(token, f"`{raw}` cannot stand here", "it is a word of the language, and no fact")
        else:
            self.refuse(token)
