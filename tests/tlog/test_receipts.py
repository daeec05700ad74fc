"""Receipts: what one file proves, to whom, and what it does not tell."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from habeas.tlog.batch import Batch
from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.log import Log
from habeas.tlog.policy import Policy
from habeas.tlog.publish import publish
from habeas.tlog.receipts import (
    Receipt,
    check_chain,
    check_receipt,
    format_receipt,
    narrowed,
    parse_receipt,
)
from tests.tlog.logs import (
    COURT,
    COURT_MLDSA,
    NOON,
    PAPER,
    UNWITNESSED,
    Time,
    entry,
    new_log,
    policy_of,
    some,
    witness,
)

HIDDEN = {
    "kind": "decision",
    "decided_at": "2025-07-17T12:00:30+00:00",
    "asked_by": "federal immigration authority",
    "verdicts": {"release_date": "deny", "name": "grant"},
    "provisions": ["us-ca/values-act#a1C", "us-ca/values-act#a1D"],
}


@pytest.fixture
def made(tmp_path):
    """A log with a witness, an entry in it, its receipt and its policy."""
    clock = Time()
    with witness(tmp_path / "court", COURT, COURT_MLDSA, clock=clock) as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy, clock=clock) as log:
            log.append(some(4))
            publish(log, tmp_path / "out", clock.now, multiple=1)
            clock.now = NOON + 60
            data, disclosures = entry(HIDDEN, log.before())
            yield (
                log.append([*some(3, 4), data, *some(2, 7)]).receipt(3, disclosures),
                policy,
                log,
                clock,
            )


def test_a_receipt_is_read_back_and_proves_its_entry(made) -> None:
    receipt, policy, _, _ = made
    again = parse_receipt(format_receipt(receipt).encode())
    assert again == receipt
    finding = check_receipt(again, policy)
    assert finding.values == HIDDEN
    assert finding.index == 7 and finding.checkpoint.size == 10
    assert (finding.not_before, finding.not_after) == (NOON, NOON + 60)
    assert finding.flags == ()


def test_a_receipt_shows_single_fields_alone(made) -> None:
    receipt, policy, _, _ = made
    less = narrowed(receipt, ["kind"])
    text = format_receipt(less)
    finding = check_receipt(parse_receipt(text), policy)
    assert finding.values == {"kind": "decision"}
    import base64

    told = text + "".join(base64.urlsafe_b64decode(d + "==").decode() for d in less.disclosures)
    for word in ("deny", "release_date", "federal", "12:00", "values-act"):
        assert word not in told
    assert check_receipt(narrowed(receipt, []), policy).values == {}
    with pytest.raises(LogError, match="does not disclose `age`"):
        narrowed(receipt, ["age"])


def test_a_receipt_proves_nothing_with_one_byte_changed(made) -> None:
    """Every byte, three changes each; what is still a receipt proves the same or nothing."""
    receipt, policy, _, _ = made
    data, right = format_receipt(receipt).encode(), check_receipt(receipt, policy)
    accepted = []
    for at in range(len(data)):
        for flip in (1, 4, 32):
            text = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
            try:
                found = check_receipt(parse_receipt(text), policy)
            except LogError:
                continue
            assert replace(found, not_before=0) == replace(right, not_before=0)
            accepted.append(at)
    # The log's own name before a signature makes it a stranger's, which is passed over: only lines of
    # witnesses that saw the checkpoint before may be lost so.
    lines = data.decode().split("\n")
    start = len("\n".join(lines[:2]).encode()) + 1
    end = start + len(lines[2].encode())
    assert all(start <= at < end for at in accepted)


def test_a_receipt_needs_the_quorum_of_whoever_checks_it(made) -> None:
    receipt, policy, _, _ = made
    assert check_receipt(receipt, UNWITNESSED).not_after is None
    with pytest.raises(NotProved, match="quorum"):
        check_receipt(receipt, policy_of(("paper", PAPER, ""), quorum="paper"))
    with pytest.raises(NotProved, match="no log of this policy"):
        check_receipt(receipt, Policy((), policy.witnesses, {}, "court"))


def test_another_entry_or_another_place_is_not_proved(made) -> None:
    receipt, policy, log, _ = made
    other, disclosures = entry(HIDDEN, log.before())
    with pytest.raises(NotProved, match="not in the tree"):
        check_receipt(replace(receipt, entry=other, disclosures=tuple(disclosures)), policy)
    with pytest.raises(NotProved):
        check_receipt(replace(receipt, proof=replace(receipt.proof, index=6)), policy)
    with pytest.raises(NotProved, match="not the one of this entry"):
        check_receipt(replace(receipt, disclosures=tuple(disclosures)), policy)


@pytest.mark.parametrize(
    ("said", "flag"),
    [
        ("2025-07-17T12:00:30+00:00", ""),
        ("2025-07-17T11:50:00+00:00", "is before 2025-07-17 12:00:00 UTC"),
        ("2025-07-17T12:10:00+00:00", "is after 2025-07-17 12:01:00 UTC"),
        ("2025-07-17T05:00:30-07:00", ""),
        ("2025-07-18T00:00:30+12:00", "is not on the day"),
        ("2025-07-17T12:00:30", "no time with an offset"),
        ("yesterday", "no time with an offset"),
        (7, "no time with an offset"),
    ],
)
def test_a_stated_time_outside_of_what_witnesses_saw_is_flagged(
    made, said: object, flag: str
) -> None:
    _, policy, log, clock = made
    clock.now = NOON + 60
    data, disclosures = entry({"decided_at": said}, log.before())
    finding = check_receipt(log.append([data]).receipt(0, disclosures), policy)
    assert bool(finding.flags) == bool(flag)
    assert not flag or any(flag in one for one in finding.flags), finding.flags


def test_an_entry_that_names_a_checkpoint_which_holds_it_is_refused(tmp_path) -> None:
    with new_log(tmp_path / "log") as log:
        log.append(some(1))
        data, _ = entry(after=replace(log.head, size=5))
        with pytest.raises(NotProved, match="which holds it"):
            check_receipt(log.append([data]).receipt(0), UNWITNESSED)


def append(log: Log, hidden: dict[str, object]) -> Receipt:
    data, disclosures = entry(hidden)
    batch: Batch = log.append([data])
    return batch.receipt(0, disclosures)


def test_a_gap_in_a_persons_receipts_shows(tmp_path) -> None:
    with new_log(tmp_path / "log") as log:
        first = append(log, {"kind": "booking", "prev_receipt": None})
        second = append(log, {"kind": "decision", "prev_receipt": first.digest})
        third = append(log, {"kind": "release", "prev_receipt": second.digest})
    check_chain([])
    check_chain([first, second, third])
    for wrong in ([second], [first, third], [first, third, second], [first, second, second]):
        with pytest.raises(NotProved, match="does not name the receipt before it"):
            check_chain(wrong)


def test_receipts_are_small_at_a_million_entries(tmp_path) -> None:
    """With one witness: the proof at most 1.5 KB, all of it at most 4 KB."""
    from habeas.tlog.proofs import format_proof
    from habeas.tlog.tree import Tree

    with witness(tmp_path / "court", COURT, COURT_MLDSA) as (court, _):
        policy = policy_of(("court", COURT, court), quorum="court")
        with new_log(tmp_path / "log", policy) as log:
            data, disclosures = entry({**HIDDEN, "prev_receipt": "A" * 44, "person": "B" * 44})
            log.append([data])
            publish(log, tmp_path / "out", NOON, multiple=1)
            data, disclosures = entry(
                {**HIDDEN, "prev_receipt": "A" * 44, "person": "B" * 44}, log.before()
            )
            receipt = log.append([data]).receipt(0, disclosures)
    assert len(receipt.before) == 1
    grown = replace(
        receipt, proof=replace(receipt.proof, hashes=(bytes(range(32)),) * 20, index=999_999)
    )
    assert len(format_proof(grown.proof).encode()) + 5 <= 1536
    assert len(format_receipt(grown).encode()) + 5 <= 4096
    assert Tree and datetime.now(UTC)


def test_a_receipt_is_refused_where_it_is_not_exactly_one(made) -> None:
    text = format_receipt(made[0])
    first, data, *rest = text.split("\n")
    wrong = [
        "",
        text.replace("receipt/v1", "receipt/v2"),
        "\n".join([data, *rest]),
        "\n".join([first, *rest]),
        "\n".join([first, data + " ", *rest]),
        text.replace("\n\nc2sp", "\nc2sp"),
        text[:-1],
        text + "\n",
        text.replace("\n", "\r\n"),
        "\n".join([first, data, rest[1], rest[0], *rest[2:]]),
        text + "x" * 70_000,
    ]
    for each in wrong:
        assert each != text
        with pytest.raises(LogError):
            parse_receipt(each)
    with pytest.raises(LogError):
        parse_receipt(b"\xff" + text.encode())
