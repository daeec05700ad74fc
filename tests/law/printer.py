"""What was read, printed so that a change of it shows."""

from datetime import date
from typing import Any

from habeas.law.blocks import Acting, Block, Cases, Deadline, Define, Duty, Promise, Provision
from habeas.law.book import LawBook
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
from habeas.law.facts import Value

Json = dict[str, Any]


def literal(value: Value) -> str:
    """A value as a condition writes it."""
    if isinstance(value, date):
        return f"DATE '{value}'"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def term(one: Term) -> str:
    """A term as a condition writes it."""
    text = one.name or ""
    if one.value is not None:
        text = literal(one.value)
    for number, unit in one.steps:
        text += f" {'-' if number < 0 else '+'} INTERVAL '{abs(number)}' {unit.upper()}"
    return text


def condition(one: Condition) -> str:
    """A condition in the law language, bracketed so that its tree is seen."""
    match one:
        case Const():
            return str(one.value).upper()
        case Holds() | Defined():
            return one.name
        case Not():
            return f"NOT {condition(one.arg)}"
        case And() | Or():
            word = " AND " if isinstance(one, And) else " OR "
            return f"({word.join(map(condition, one.args))})"
        case Compare():
            return f"({term(one.left)} {one.op} {term(one.right)})"
        case OneOf():
            return f"({term(one.term)} IN ({', '.join(map(literal, one.values))}))"
        case Within():
            return f"within({term(one.term)}, '{one.place}')"
        case Quantified():
            return f"{one.kind}_{one.table}({condition(one.cond)})"
        case Count():
            column = f", {one.column}" if one.column else ""
            return f"(count_{one.table}({condition(one.cond)}{column}) {one.op} {one.number})"


def names(one: Condition) -> list[str]:
    """The scope of every fact in a condition, in the order of its tree."""
    match one:
        case Holds():
            return [f"{one.table or one.scope}.{one.name}"]
        case Defined():
            return [f"definition.{one.name}"]
        case Compare():
            return [f"{t.table or t.scope}.{t.name}" for t in (one.left, one.right) if t.name]
        case OneOf() | Within():
            return [f"{one.term.table or one.term.scope}.{one.term.name}"] if one.term.name else []
        case And() | Or():
            return [name for arg in one.args for name in names(arg)]
        case Not():
            return names(one.arg)
        case Quantified() | Count():
            return names(one.cond)
    return []


def deadline(by: Deadline) -> str:
    """A deadline as a duty writes it."""
    if by.promptly or by.term is None:
        return "promptly"
    return term(by.term) + (f" {by.business_days:+} business days" if by.business_days else "")


def clauses(when: Condition, unless: tuple[Condition, ...] = ()) -> Json:
    """`when` and `unless`, and the facts that they read."""
    read = [name for part in (when, *unless) for name in names(part)]
    made: Json = {"when": condition(when)}
    if unless:
        made["unless"] = [condition(part) for part in unless]
    if read:
        made["reads"] = read
    return made


def block_as_json(one: Block) -> Json:
    """A block, with what distinguishes it."""
    match one:
        case Acting():
            made: Json = {one.kind: sorted(one.items), "id": one.id, "words": list(one.words)}
            made |= clauses(one.when, one.unless)
            if one.beats:
                made["beats"] = [reference.block for reference in one.beats]
            if one.every:
                made["every"] = f"{one.every.kind} below {one.every.below}"
            return made
        case Define():
            return {"define": one.name, **clauses(one.cond)}
        case Duty():
            made = {"duty": f"{one.actor} must {one.act}", "id": one.id}
            made |= clauses(one.when, one.unless)
            if one.upon:
                made["upon"] = {one.upon: sorted(one.items)}
            if one.by:
                made["by"] = deadline(one.by)
            if one.every:
                made["every"] = {one.every: list(one.days)}
            return made
        case Promise():
            return {f"never {one.verdict}": sorted(one.items), **clauses(one.when)}
        case Cases():
            rows = [[cell.text for cell in row] for row in one.rows]
            return {"cases": list(one.columns), "rows": rows}


def provision_as_json(one: Provision) -> Json:
    """A segment of a provision."""
    made: Json = {"id": one.id, "heading": one.heading}
    if one.start > date.min:
        made["from"] = str(one.start)
    if one.end < date.max:
        made["to"] = str(one.end)
    if one.status:
        made["status"] = one.status
    return {**made, "text": one.text, "blocks": [block_as_json(block) for block in one.blocks]}


def book_as_json(book: LawBook) -> Json:
    """All packs, lists and holidays of a book."""
    made: Json = {
        pack.id: {
            "title": pack.title,
            "citation": pack.citation,
            "place": pack.jurisdiction,
            "authority": pack.authority,
            "source": pack.source,
            "provisions": [provision_as_json(one) for one in pack.provisions],
        }
        for pack in book.packs.values()
    }
    made["lists"] = {
        name: [f"{one.offense}: {one.flag} [{one.start}, {one.end})" for one in lines]
        for name, lines in book.lists.items()
    }
    made["holidays"] = {place: sorted(map(str, days)) for place, days in book.holidays.items()}
    return made
