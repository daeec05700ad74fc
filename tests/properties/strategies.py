"""Random law and random facts: small, of every construct, and always legal.

The makers ask a `Dice` for every choice. Under Hypothesis the dice is its `draw`, so that failures
shrink; `tests/write_vectors.py` rolls with a fixed seed.

    Dice  ->  Words  ->  condition, law_text, facts  ->  read_book  ->  RuleSet
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from math import comb, prod
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from habeas.errors import Place
from habeas.law.blocks import AUTHORITIES, Acting, Pack, Provision
from habeas.law.book import LawBook, read_book
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
    walk,
)
from habeas.law.domains import domains_of
from habeas.law.facts import Facts, Row, Value
from habeas.law.ruleset import RuleSet, rule_set
from habeas.law.source import Source
from habeas.law.vocabulary import Fact, Vocabulary, read_vocabulary
from habeas.law.worlds import relevant
from tests.properties.dice import Dice, Drawn, chance, some
from tests.properties.shown import show

HERE = Path(__file__).resolve().parent
FOLDERS = (HERE.parent / "law" / "base", HERE / "law")
"""Two folders of law, of which only the vocabulary and the lists are used."""

PLACES = ("us", "us-ca", "us-ca-sf")
DAYS = (
    date(2019, 2, 28),
    date(2020, 2, 29),
    date(2020, 3, 1),
    date(2024, 1, 31),
    date(2024, 2, 29),
    date(2025, 3, 3),
    date(2025, 3, 31),
)
STEPS = (
    (5, "year"), (-5, "year"), (-1, "year"), (4, "year"), (1, "month"), (-1, "month"), (18, "month"),
    (30, "day"), (-1, "day"), (1, "day"),
)  # fmt: skip
TEXTS = ("A", "B", "PC 1", "it''s not -- a # 'comment'".replace("''", "’").replace("'", ""))
OFFENSES = ("PC 1", "PC 2", "PC 3", "VC 9")
AS_OF = (date(2017, 6, 1), date(2020, 6, 1), date(2025, 3, 3), date(2026, 7, 1))
LIVES = (
    "",
    "",
    "",
    " from=2018-01-01",
    " from=2018-01-01 to=2025-01-01",
    " from=2024-07-01",
    " to=2026-01-01",
)

# -- words ----------------------------------------------------------------------------------------


@lru_cache
def vocabulary_of(folder: Path) -> Vocabulary:
    return read_vocabulary(Source.read(folder / "vocabulary.md", "vocabulary.md"))


@dataclass
class Words:
    """The few facts and columns that one example uses, so that worlds stay few."""

    folder: Path
    facts: list[Fact]
    columns: dict[str, list[Fact]]
    definitions: dict[str, tuple[str, bool]] = field(default_factory=dict)
    """Name -> the place that it stands in, and whether it asks about a table."""

    @property
    def vocabulary(self) -> Vocabulary:
        return vocabulary_of(self.folder)

    def all(self) -> list[Fact]:
        return [*self.facts, *(column for found in self.columns.values() for column in found)]


def words(dice: Dice, *, facts: int = 3, columns: int = 3, tables: int = 1) -> Words:
    """A few words of one of the vocabularies."""
    folder = dice.pick(FOLDERS)
    vocabulary = vocabulary_of(folder)
    chosen = some(dice, list(vocabulary.facts.values()), 1, facts)
    asked: dict[str, list[Fact]] = {}
    for table in some(dice, list(vocabulary.tables), 0, tables):
        asked[table] = some(dice, list(vocabulary.tables[table].values()), 1, columns)
        if any(fact.derived for fact in asked[table]) and chance(dice, 2):
            offense = vocabulary.tables[table]["offense"]
            asked[table] += [] if offense in asked[table] else [offense]
    return Words(folder, chosen, asked)


def every_word(folder: Path) -> Words:
    """All words of a vocabulary, for what never goes through worlds."""
    vocabulary = vocabulary_of(folder)
    tables = {name: list(columns.values()) for name, columns in vocabulary.tables.items()}
    return Words(folder, list(vocabulary.facts.values()), tables)


def literal(dice: Dice, fact: Fact) -> Value:
    """A value that a law or a record may state of a fact."""
    if fact.type == "yes/no":
        return bool(dice.upto(1))
    if fact.type == "date":
        return dice.pick(DAYS)
    if fact.type == "number":
        return dice.upto(3)
    if fact.type == "place":
        return dice.pick(PLACES)
    if fact.type == "words":
        return dice.pick(fact.words)
    return dice.pick(OFFENSES if fact.name == "offense" else TEXTS)


# -- conditions -----------------------------------------------------------------------------------


def condition(
    dice: Dice, words: Words, depth: int = 2, table: str = "", place: str = ""
) -> Condition:
    """A typed condition; inside `table` where that is named, with the definitions of `place`."""
    kind = dice.upto(9) if depth else 0
    if kind in (5, 6):
        both = And if kind == 5 else Or
        return both(
            tuple(
                condition(dice, words, depth - 1, table, place) for _ in range(2 + chance(dice, 3))
            )
        )
    if kind == 7:
        return Not(condition(dice, words, depth - 1, table, place))
    if kind in (3, 4, 8) and not table and words.columns:
        return quantifier(dice, words, depth - 1, place)
    if kind == 9:
        return (
            Const(bool(dice.upto(1)))
            if chance(dice, 3)
            else defined(dice, words, depth, table, place)
        )
    return leaf(dice, words, table)


def defined(dice: Dice, words: Words, depth: int, table: str, place: str) -> Condition:
    """A definition that is visible in a place."""
    visible = [
        name
        for name, (where, asks) in words.definitions.items()
        if (place == where or place.startswith(where + "-")) and not (table and asks)
    ]
    if not visible:
        return condition(dice, words, depth - 1, table, place)
    return Defined(dice.pick(visible), Place(""))


def quantifier(dice: Dice, words: Words, depth: int, place: str = "") -> Condition:
    table = dice.pick(list(words.columns))
    kind = dice.pick(("any", "every", "count", "distinct"))
    inner = condition(dice, words, max(0, depth), table, place)
    if kind in ("any", "every"):
        return Quantified(kind, table, inner)
    column = dice.pick(words.columns[table]).name if kind == "distinct" else None
    return Count(table, inner, column, dice.pick((">=", "<", ">", "<=")), dice.upto(3))


def leaf(dice: Dice, words: Words, table: str = "") -> Condition:
    """A fact, or a comparison."""
    here = words.columns[table] if table and chance(dice, 4) is False else words.facts
    fact = dice.pick(here)
    term = Term(fact.name, fact.scope, fact.table)
    if fact.type == "yes/no":
        return Holds(fact.name, fact.scope, fact.table)
    if fact.type == "place" and chance(dice, 2):
        return Within(term, dice.pick(PLACES))
    if fact.type == "date":
        term = moved(dice, term)
    if chance(dice, 4):
        return OneOf(term, tuple(literal(dice, fact) for _ in range(1 + dice.upto(2))))
    ordered = fact.type in ("date", "number")
    op = dice.pick(("=", "<>", "<", "<=", ">", ">=") if ordered else ("=", "<>"))
    known = words.facts if not table else [*words.facts, *words.columns[table]]
    others = [one for one in known if one is not fact and kin(one) == kin(fact)]
    if others and chance(dice, 2):
        other = dice.pick(others)
        second = Term(other.name, other.scope, other.table)
    elif ordered and chance(dice, 8):
        second = Term(fact.name, fact.scope, fact.table)
    else:
        second = Term(value=literal(dice, fact))
    if fact.type == "date":
        second = moved(dice, second)
    return Compare(term, op, second) if chance(dice, 4) is False else Compare(second, op, term)


def kin(fact: Fact) -> str:
    return "text" if fact.type in ("words", "text", "place") else fact.type


def moved(dice: Dice, term: Term) -> Term:
    steps = tuple(dice.pick(STEPS) for _ in range(max(0, dice.upto(4) - 2)))
    return Term(term.name, term.scope, term.table, term.value, steps)


# -- packs ----------------------------------------------------------------------------------------


@dataclass
class Made:
    """A block while it is made: `first` is its first line, `clauses` the others."""

    word: str
    id: str
    first: str
    clauses: list[str]
    own_id: bool = False

    def text(self) -> str:
        head = f"{self.word} #{self.id}" if self.own_id else self.word
        return "\n".join(["```" + head, self.first, *self.clauses, "```"])


@dataclass
class MadeProvision:
    """A heading and its blocks."""

    head: str
    blocks: list[Made]

    def text(self) -> str:
        return "\n\n".join([self.head, "What it means.", *(block.text() for block in self.blocks)])


@dataclass
class MadePack:
    """A pack: `place/act`, authority, provisions."""

    place: str
    act: str
    authority: str
    provisions: list[MadeProvision]

    def text(self) -> str:
        head = (
            f"---\ntitle: An act\ncitation: Code\nplace: {self.place}\nauthority: {self.authority}\n"
            "source: https://example.org/act\n---\n\n# An act\n\n"
        )
        return head + "\n\n".join(provision.text() for provision in self.provisions) + "\n"


@dataclass
class Law:
    """Packs with the words that they use; `extra` are files that go with the vocabulary."""

    words: Words
    packs: list[MadePack]

    def files(self) -> dict[str, str]:
        found = {f"{pack.place}/{pack.act}.md": pack.text() for pack in self.packs}
        return {**common_files(self.words.folder), **found}

    def book(self) -> LawBook:
        return book_of(self.files())


@lru_cache
def common_files(folder: Path) -> dict[str, str]:
    """The vocabulary and the lists of a folder."""
    paths = [folder / "vocabulary.md", *sorted(folder.glob("*/*.csv"))]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in paths}


def book_of(files: dict[str, str]) -> LawBook:
    """Read files as a folder of law."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return read_book(Path(folder), "laws")


def law(dice: Dice, words: Words, *, depth: int = 2, most: int = 4) -> Law:
    """One to three packs with up to `most` provisions each; always legal."""
    return _LawMaker(dice, words, depth, most).made()


@dataclass
class _Known:
    """A block that later ones may beat."""

    id: str
    kind: str
    items: frozenset[str]
    rank: int
    place: str
    pack: str


class _LawMaker:
    def __init__(self, dice: Dice, words: Words, depth: int, most: int) -> None:
        self.dice = dice
        self.words = words
        self.depth = depth
        self.most = most
        self.known: list[_Known] = []

    def made(self) -> Law:
        packs = []
        for place in some(self.dice, PLACES, 1, 3):
            ranks = {"us": (0,), "us-ca": (1, 2), "us-ca-sf": (2, 3, 4)}[place]
            packs.append(MadePack(place, "act", AUTHORITIES[self.dice.pick(ranks)], []))
        for number in range(1, len(packs) + 1 + self.dice.upto(self.most - 1)):
            pack = packs[(number - 1) % len(packs)]
            if chance(self.dice, 3):
                pack.provisions.append(self.definition(pack, number))
            pack.provisions.append(self.provision(pack, number))
        return Law(self.words, packs)

    def condition(self, pack: MadePack) -> str:
        return show(condition(self.dice, self.words, self.depth, "", pack.place))

    def definition(self, pack: MadePack, number: int) -> MadeProvision:
        made = condition(self.dice, self.words, self.depth, "", pack.place)
        name = f"defined_{number}"
        block = Made("define", "", name, [show(made)])
        self.words.definitions[name] = (
            pack.place,
            "_" in show(made) and asks_table(made, self.words),
        )
        return MadeProvision(f"## § D{number} {{#d{number}}}", [block])

    def provision(self, pack: MadePack, number: int) -> MadeProvision:
        life = self.dice.pick(LIVES)
        status = self.dice.pick(
            ("", "", "", " status=contested", " status=contested", " status=enjoined")
        )
        blocks = []
        for block in range(1 + chance(self.dice, 2)):
            id = f"p{number}" if not block else f"p{number}-{block}"
            made = self.exception(pack, id) if chance(self.dice, 4) else None
            blocks.append(made or self.rule(pack, id))
            blocks[-1].own_id = bool(block)
        return MadeProvision(f"## § {number} {{#p{number}{life}{status}}}", blocks)

    def clauses(self, pack: MadePack) -> list[str]:
        found = [] if chance(self.dice, 6) else [f"when {self.condition(pack)}"]
        return found + [f"unless {self.condition(pack)}" for _ in range(chance(self.dice, 4))]

    def rule(self, pack: MadePack, id: str) -> Made:
        dice = self.dice
        vocabulary = self.words.vocabulary
        kind = dice.pick(("forbid", "permit", "require"))
        listed = some(dice, vocabulary.item_words(), 1, 2)
        items = frozenset(item for word in listed for item in vocabulary.expand(word))
        clauses = self.clauses(pack)
        if kind != "forbid" and not chance(dice, 3):
            targets = [k for k in self.beatable(pack) if k.items & items or not k.items]
            clauses += [f"despite {self.named(pack, dice.pick(targets))}"] if targets else []
        self.know(pack, id, kind, items)
        return Made("rule", id, f"{kind} {', '.join(listed)}", clauses)

    def exception(self, pack: MadePack, id: str) -> Made | None:
        dice = self.dice
        rank = AUTHORITIES.index(pack.authority)
        if chance(dice, 2):
            listed = some(dice, self.words.vocabulary.item_words(), 1, 2)
            below = dice.pick(AUTHORITIES[rank:])
            what = f"every {dice.pick(('forbid', 'require'))} of {', '.join(listed)} below {below}"
            items = frozenset(i for word in listed for i in self.words.vocabulary.expand(word))
        else:
            targets = some(dice, self.beatable(pack), 1, 2)
            if not targets:
                return None
            what = ", ".join(self.named(pack, target) for target in targets)
            items = frozenset()
        clauses = self.clauses(pack)
        self.know(pack, id, "except", items)
        return Made("except", id, f"from {what}", clauses)

    def know(self, pack: MadePack, id: str, kind: str, items: frozenset[str]) -> None:
        rank = AUTHORITIES.index(pack.authority)
        self.known.append(_Known(id, kind, items, rank, pack.place, f"{pack.place}/{pack.act}"))

    def beatable(self, pack: MadePack) -> list[_Known]:
        """Earlier blocks of this or a lower authority; all places here stand on one chain."""
        rank = AUTHORITIES.index(pack.authority)
        return [known for known in self.known if known.rank >= rank]

    def named(self, pack: MadePack, target: _Known) -> str:
        return (
            f"#{target.id}"
            if target.pack == f"{pack.place}/{pack.act}"
            else f"{target.pack}#{target.id}"
        )


def asks_table(cond: Condition, words: Words) -> bool:
    """Whether a condition asks about a table, its definitions opened."""
    return any(
        isinstance(part, Quantified | Count)
        or (isinstance(part, Defined) and words.definitions[part.name][1])
        for part in walk(cond)
    )


# -- facts ----------------------------------------------------------------------------------------


def facts(dice: Dice, words: Words, *, rows: int = 2) -> Facts:
    """Some of what the words ask for."""
    vocabulary = words.vocabulary
    made = Facts()
    for fact in words.facts:
        if fact.scope == "item":
            for item in vocabulary.items:
                if chance(dice, 2):
                    made.items[item, fact.name] = literal(dice, fact)
        elif chance(dice, 2):
            made.values[fact.name] = literal(dice, fact)
    for table, columns in words.columns.items():
        if found := [row(dice, columns) for _ in range(dice.upto(rows))]:
            made.rows[table] = found
    complete = [
        table for table in vocabulary.tables if table not in words.columns or chance(dice, 2)
    ]
    return Facts(made.values, made.items, made.rows, frozenset(complete))


def row(dice: Dice, columns: Sequence[Fact], missing: int = 2) -> Row:
    """A row that may lack columns (one in `missing` is there)."""
    return {column.name: literal(dice, column) for column in columns if chance(dice, missing)}


def lawful(rules: RuleSet, facts: Facts) -> Facts:
    """The facts without flags that a list of the law contradicts on the day."""
    return facts.without(rules.contradictions(facts))


def estimate(rules: RuleSet, item: str, facts: Facts) -> int:
    """How many worlds there are, before the lists of the law rule some out."""
    return prod(_factors(rules, item, rules.completed(facts)).values())


def _factors(rules: RuleSet, item: str, facts: Facts) -> dict[str, int]:
    blocks = relevant(rules, item)
    domains = domains_of(rules.vocabulary, [rules.own[block] for block in blocks], facts, item)
    found = {path: len(domains.values(path)) for path in domains.unknown if "[+]" not in path}
    for table, needed in domains.rows_needed.items():
        if table not in facts.complete:
            kinds = prod(len(domains.values(f"{table}[+].{c}")) for c in domains.columns(table))
            found[table] = comb(kinds + needed, needed)
    contested = {rules.contested[block] for block in blocks if block in rules.contested}
    return {**found, "contested": 2 ** len(contested)}


def tamed(rules: RuleSet, facts: Facts, limit: int, items: Sequence[str] | None = None) -> Facts:
    """The facts, with as much more answered as it takes to leave no more worlds than the limit."""
    for item in items if items is not None else list(rules.vocabulary.items):
        while True:
            whole = rules.completed(facts)
            factors = _factors(rules, item, whole)
            if prod(factors.values()) <= limit:
                break
            widest = max(factors, key=lambda path: (factors[path], path))
            if widest == "contested":
                break
            conditions = [rules.own[block] for block in relevant(rules, item)]
            domains = domains_of(rules.vocabulary, conditions, whole, item)
            facts = answered(facts, widest, domains.chosen.get(widest, (True,))[-1])
            facts = lawful(rules, facts)
    return facts


def answered(facts: Facts, path: str, value: Value) -> Facts:
    """The facts with one more answer; a table's name completes it."""
    values, items = dict(facts.values), dict(facts.items)
    rows = {table: [dict(row) for row in given] for table, given in facts.rows.items()}
    complete = facts.complete
    head, bracket, column = path.partition("].")
    if bracket:
        table, _, number = head.partition("[")
        rows[table][int(number) - 1][column] = value
    elif "." in path:
        item, _, name = path.partition(".")
        items[item, name] = value
    elif value is True and path in vocabulary_tables():
        complete |= {path}
    else:
        values[path] = value
    return Facts(values, items, rows, complete, facts.sources)


@lru_cache
def vocabulary_tables() -> frozenset[str]:
    return frozenset(table for folder in FOLDERS for table in vocabulary_of(folder).tables)


# -- rule sets without pages ----------------------------------------------------------------------


Listed = dict[tuple[str, str], frozenset[str]]


def one_rule(
    vocabulary: Vocabulary, cond: Condition, item: str = "name", listed: Listed | None = None
) -> RuleSet:
    """A rule set in which one rule permits one item where the condition holds.

    listed  what the law's lists say; left out: those of the vocabulary's folder
    """
    pack = Pack("us/act", "An act", "Code", "us", "federal", "https://example.org", "us/act.md")
    provision = Provision("us/act#r", "§ 1", Place(""), pack)
    block = Acting("us/act#r", "permit", frozenset([item]), Place(""), provision, cond)
    made = RuleSet(vocabulary, "us-ca", date(2025, 3, 3), {block.id: block}, {block.id: ()})
    made.own[block.id] = cond
    made.listed = listed or listed_in(next(f for f in FOLDERS if vocabulary_of(f) is vocabulary))
    return made


@lru_cache
def listed_in(folder: Path) -> Listed:
    """What the lists of a folder say on 3 March 2025."""
    return rule_set(book_of(common_files(folder)), "us-ca", date(2025, 3, 3)).listed


# -- strategies -----------------------------------------------------------------------------------


@st.composite
def laws(draw: Any, limit: int = 300) -> tuple[Law, RuleSet, Facts]:
    """A law, its rule set for San Francisco on some day, and facts that leave few worlds."""
    dice = Drawn(draw)
    made = law(dice, words(dice))
    rules = rule_set(made.book(), "us-ca-sf", dice.pick(AS_OF))
    given = lawful(rules, facts(dice, made.words))
    return made, rules, tamed(rules, given, limit)


@st.composite
def conditions(draw: Any, depth: int = 3) -> tuple[Words, Condition]:
    """A few words and a condition over them."""
    dice = Drawn(draw)
    chosen = words(dice)
    return chosen, condition(dice, chosen, depth)


@st.composite
def questions(draw: Any, limit: int = 300, depth: int = 3) -> tuple[RuleSet, Condition, Facts]:
    """A rule set of one rule, its condition, and facts that leave few worlds."""
    dice = Drawn(draw)
    chosen = words(dice, facts=3, columns=3, tables=2)
    asked = condition(dice, chosen, depth)
    rules = one_rule(chosen.vocabulary, asked)
    given = lawful(rules, facts(dice, chosen))
    return rules, asked, tamed(rules, given, limit, ["name"])


def shuffled(dice: Dice, made: Law) -> Law:
    """The same law, its provisions and blocks in another order."""
    packs = []
    for pack in some(dice, made.packs, len(made.packs), len(made.packs)):
        provisions = [
            MadeProvision(one.head, some(dice, one.blocks, len(one.blocks), len(one.blocks)))
            for one in some(dice, pack.provisions, len(pack.provisions), len(pack.provisions))
        ]
        packs.append(MadePack(pack.place, pack.act, pack.authority, provisions))
    return Law(made.words, packs)
