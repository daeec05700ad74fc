"""Policies: who must have signed, read from a file."""

import pytest

from habeas.tlog.checkpoint import Checkpoint, format_checkpoint
from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.keys import COSIGNATURE, ED25519, MLDSA44, Signer, format_vkey
from habeas.tlog.merkle import leaf_hash, prove_inclusion, root_of
from habeas.tlog.notes import Note
from habeas.tlog.policy import Policy, format_policy, parse_policy
from habeas.tlog.proofs import Proof, check_proof, format_proof, parse_proof
from tests.tlog.trees import hashes_of, leaves

LOG = Signer.of("log.example", ED25519, bytes(32))
W = [Signer.of(f"w{n}.example", COSIGNATURE, bytes([n]) * 32) for n in range(1, 6)]
VKEY = [format_vkey(one.verifier) for one in W]
FILE = f"""\
# who is trusted
log {format_vkey(LOG.verifier)} https://log.example/

witness court {VKEY[0]} https://w1.example
witness paper\t{VKEY[1]}
witness clinic {VKEY[2]}
  witness board {VKEY[3]}
group press any paper clinic
group two 2 court press board
quorum two
"""


def signed(text: str, witnesses: list[Signer], log: Signer = LOG) -> Note:
    return Note(text, tuple(one.sign(text, 100 + n) for n, one in enumerate([log, *witnesses])))


TEXT = format_checkpoint(Checkpoint("log.example", 7, root_of(leaves(7))))


def test_a_policy_is_read_back() -> None:
    policy = parse_policy(FILE)
    assert parse_policy(format_policy(policy)) == policy
    assert policy.witnesses["court"].url == "https://w1.example"
    assert parse_policy("quorum none\n") == Policy(())


def test_a_witness_alone_cannot_date_a_checkpoint_back() -> None:
    """Two of three are asked for: when the second had cosigned, and not the first, is what is known."""
    policy = parse_policy(FILE)
    times = {0: 900, 1: 50, 3: 700}  # `paper` says that it cosigned long before the others
    note = Note(TEXT, (LOG.sign(TEXT, 1), *(W[n].sign(TEXT, time) for n, time in times.items())))
    assert policy.check(note).seen == 700
    alone = parse_policy(FILE.replace("quorum two", "quorum none"))
    assert alone.check(note).seen == 900


@pytest.mark.parametrize(
    ("cosigned", "enough"),
    [
        ([], False),
        ([0], False),
        ([1, 2], False),  # both are in one group, which counts once
        ([0, 1], True),
        ([0, 3], True),
        ([2, 3], True),
        ([0, 4], False),  # whom the policy does not name
    ],
)
def test_the_quorum_counts_groups(cosigned: list[int], enough: bool) -> None:
    policy, note = parse_policy(FILE), signed(TEXT, [W[n] for n in cosigned])
    if enough:
        assert policy.check(note).seen == 100 + len(cosigned), "the last of those it takes"
    else:
        with pytest.raises(NotProved, match="quorum"):
            policy.check(note)


def test_a_wrong_cosignature_is_never_passed_over() -> None:
    other = format_checkpoint(Checkpoint("log.example", 8, root_of(leaves(8))))
    note = signed(TEXT, [W[0], W[3]])
    wrong = Note(TEXT, (*note.signatures, W[1].sign(other, 5)))
    with pytest.raises(NotProved, match=r"w2\.example"):
        parse_policy(FILE).check(wrong)
    timeless = Note(TEXT, (*note.signatures, W[1].sign(TEXT, 0)))
    with pytest.raises(NotProved, match="no time"):
        parse_policy(FILE).check(timeless)


def test_a_log_signs_under_its_own_name_alone() -> None:
    other = Signer.of("other.example", ED25519, bytes([9]) * 32)
    policy = parse_policy(
        f"log {format_vkey(LOG.verifier)}\nlog {format_vkey(other.verifier)}\nquorum none\n"
    )
    assert policy.check(signed(TEXT, [])).logs == (LOG.verifier,)
    with pytest.raises(NotProved):
        policy.check(signed(TEXT, [], other))
    with pytest.raises(NotProved, match="no log of this policy"):
        policy.check(signed(TEXT.replace("log.example", "third.example"), []))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("no quorum", lambda s: s.replace("quorum two", "")),
        ("two quorums", lambda s: s + "quorum none\n"),
        ("an unknown quorum", lambda s: s.replace("quorum two", "quorum three")),
        ("a quorum above its group", lambda s: s.replace("quorum two\n", "").replace("group two", "quorum two\ngroup two")),
        ("a key twice", lambda s: s.replace(VKEY[1], VKEY[0])),
        ("a name twice", lambda s: s.replace("witness paper", "witness court")),
        ("a name that is taken", lambda s: s.replace("witness board", "witness none")),
        ("a member in two groups", lambda s: s.replace("2 court press board", "2 court press paper")),
        ("a member twice", lambda s: s.replace("any paper clinic", "any paper paper")),
        ("too many needed", lambda s: s.replace("group two 2", "group two 4")),
        ("none needed", lambda s: s.replace("group two 2", "group two 0")),
        ("an empty group", lambda s: s.replace("group two 2 court press board", "group two 2")),
        ("a log's key for a witness", lambda s: s.replace(VKEY[1], format_vkey(Signer.of("x", ED25519, bytes(32)).verifier))),
        ("a witness's key for a log", lambda s: s.replace(format_vkey(LOG.verifier), VKEY[4])),
        ("an unknown word", lambda s: s + "witnes x y\n"),
        ("words too many", lambda s: s.replace("https://log.example/", "a b")),
        ("a carriage return", lambda s: s.replace("\n", "\r\n")),
    ],
)  # fmt: skip
def test_a_policy_is_refused_with(name: str, change) -> None:
    assert change(FILE) != FILE
    with pytest.raises(LogError):
        parse_policy(change(FILE))


def proof_of(index: int, size: int) -> Proof:
    hashes = leaves(size)
    text = format_checkpoint(Checkpoint("log.example", size, root_of(hashes)))
    return Proof(
        index, tuple(prove_inclusion(index, size, hashes_of(hashes))), signed(text, [W[0], W[3]])
    )


@pytest.mark.parametrize(("index", "size"), [(0, 1), (6, 7), (299, 300)])
def test_a_proof_is_read_back_and_holds_for_its_entry_alone(index: int, size: int) -> None:
    proof, policy = proof_of(index, size), parse_policy(FILE)
    assert parse_proof(format_proof(proof)) == proof
    assert set(check_proof(leaves(size)[index], proof, policy).witnesses) == {"court", "board"}
    with pytest.raises(NotProved):
        check_proof(leaf_hash(b"another"), proof, policy)


def test_a_proof_is_refused_where_it_is_not_exactly_one() -> None:
    text = format_proof(proof_of(6, 7))
    extra = text.replace("index", "extra AAEC\nindex")
    assert parse_proof(extra).extra == b"\0\1\2"
    assert format_proof(parse_proof(extra)) == extra
    wrong = [
        text.replace("@v1", "@v2"),
        text.replace("index 6", "index 06"),
        text.replace("index 6\n", ""),
        extra.replace("AAEC", ""),
        extra.replace("extra AAEC\nindex 6\n", "index 6\nextra AAEC\n"),
        text.replace("\n\nlog.example", "\nlog.example"),
        text[:-1],
        text.replace("index 6\n", "index 6\nAAAA\n"),
        text.replace("index 6\n", "index 6\n" + ("A" * 43 + "=\n") * 62),
    ]
    for each in wrong:
        assert each not in (text, extra)
        with pytest.raises(LogError):
            parse_proof(each)


def test_mldsa_counts_as_a_witness_too() -> None:
    strong = Signer.of("strong.example", MLDSA44, bytes([8]) * 32)
    policy = parse_policy(
        f"log {format_vkey(LOG.verifier)}\nwitness strong {format_vkey(strong.verifier)}\nquorum strong\n"
    )
    assert policy.check(signed(TEXT, [strong])).witnesses == {"strong": 101}
