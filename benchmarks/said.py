"""What the peers say and what they cannot, in words.

    Comparison, unknowns  ->  agreeing, unknown, sayable  ->  Words

Promise: every count was made in this run.
"""

from __future__ import annotations

from collections import Counter

from benchmarks.peers import Comparison, Said, Side
from benchmarks.report import DID_NOT_FINISH, Words


def agreeing(found: Comparison | None) -> Words:
    """Whether all sides say the same where nothing is unknown."""
    title = "Do they say the same?"
    if found is None:
        return Words(title, f"The comparison {DID_NOT_FINISH}.")
    bases = ", ".join(f"{count:,} {basis}" for basis, count in found.bases.most_common())
    intro = (
        f"{found.states:,} states with nothing unknown (the person above, and random ones), all "
        f"items: {found.answers:,} answers of Habeas ({bases}). A contested exception acts for the "
        "peers, since they can leave nothing open."
    )
    rows = [_side("CEL", found.cel), _side("Cedar", found.cedar)]
    return Words(title, intro, ("peer", "same verdict", "different", "cannot be said there"), rows)


def _side(name: str, side: Side) -> tuple[str, str, str, str]:
    different = f"{len(side.different):,}"
    if side.different:
        item, ours, theirs = side.different[0]
        different += f", such as `{item}`: {ours} here, {theirs} there"
    unsayable = ", ".join(f"{count:,} {basis}" for basis, count in sorted(side.unsayable.items()))
    return (name, f"{side.same:,}", different, unsayable or "none")


def unknown(found: dict[str, list[Said]] | None) -> Words:
    """What the peers make of what is unknown."""
    title = "What do they say of the open person?"
    if found is None:
        return Words(title, f"Habeas's own answer {DID_NOT_FINISH}.")
    intro = (
        "What is unknown is left out of the variables (CEL) and attributes (Cedar). CEL raises "
        "where it needs it; Cedar sets a policy that needs it aside, a `forbid` too, and goes on."
    )
    rows = []
    for peer, said in found.items():
        for (ours, theirs), count in sorted(Counter((o, t) for _, o, t in said).items()):
            items = [item for item, o, t in said if (o, t) == (ours, theirs)]
            shown = ", ".join(f"`{item}`" for item in items[:3]) + (", …" if count > 3 else "")
            rows.append((ours, peer, theirs, str(count), shown))
    rows.sort()
    return Words(title, intro, ("Habeas", "peer", "says", "items", "which"), rows)


SAYABLE = Words(
    "What can be said where?",
    "",
    ("", "Habeas", "CEL, with Python around it", "Cedar"),
    (
        ("unknown fact", "counted through, exactly",
         "an error, unless another operand settles it", "the policy is set aside, unheard"),
        ("contested provision", "refer, if it matters", "no", "no"),
        ("conflict: one rule requires, one forbids", "refer", "in the Python", "no: deny wins"),
        ("basis", "yes", "in the Python",
         "partly: *required* and *permitted* are both a permit"),
        ("which rules decide", "yes", "in the Python", "yes, by policy"),
        ("which were beaten, and by what", "yes", "in the Python", "no"),
        ("which missing facts matter", "yes, and who answers them",
         "no: the first variable that it lacks", "no: an attribute for each policy in error"),
        ("some row, every row", "yes", "yes", "no: worked out beforehand"),
        ("distinct values counted", "yes", "by nested `exists`", "no: worked out beforehand"),
        ("days moved by months and years", "yes", "no: worked out beforehand",
         "no: worked out beforehand"),
        ("who said it", "yes (step 5)", "no", "no"),
        ("duties and their days", "yes", "no", "no"),
    ),
)  # fmt: skip
