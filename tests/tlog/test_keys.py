"""Keys: who signed what, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.tlog.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from habeas.tlog.errors import LogError, NotProved
from habeas.tlog.keys import (
    COSIGNATURE,
    ED25519,
    KINDS,
    MLDSA44,
    Signer,
    format_vkey,
    opened,
    parse_vkey,
)
from habeas.tlog.notes import Note, Signature

TEXT = format_checkpoint(Checkpoint("log.example", 7, bytes(range(32))))
SIGNERS = {kind: Signer.of("log.example", kind, bytes([kind]) * 32) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_is_of_its_key_over_its_text_at_its_time(kind: int) -> None:
    signer = SIGNERS[kind]
    signature = signer.sign(TEXT, 1_700_000_000)
    assert signer.verifier.check(TEXT, signature) == (0 if kind == ED25519 else 1_700_000_000)
    other = Signer.of("log.example", kind, bytes([kind + 1]) * 32)
    wrong = [
        (signer, TEXT.replace("7", "8"), signature.data),
        (other, TEXT, signature.data),
        (signer, TEXT, signature.data[:-1]),
        (signer, TEXT, signature.data + b"\0"),
        (signer, TEXT, bytes([signature.data[0] ^ 1]) + signature.data[1:]),
        (signer, TEXT, signature.data[:7] + bytes([signature.data[7] ^ 1]) + signature.data[8:]),
        (signer, TEXT, b""),
    ]
    for who, text, data in wrong:
        with pytest.raises(NotProved):
            who.verifier.check(text, Signature("log.example", signature.key_id, data))


def test_a_signature_of_one_kind_is_none_of_another() -> None:
    ed = SIGNERS[ED25519]
    cosigner = Signer.of("log.example", COSIGNATURE, bytes([ED25519]) * 32)
    assert ed.verifier.public == cosigner.verifier.public
    assert ed.verifier.key_id != cosigner.verifier.key_id
    with pytest.raises(NotProved):
        cosigner.verifier.check(
            TEXT, Signature("log.example", b"", bytes(8) + ed.sign(TEXT, 0).data)
        )


def test_mldsa_signs_the_name_too() -> None:
    one = Signer.of("one.example", MLDSA44, bytes(32))
    two = Signer.of("two.example", MLDSA44, bytes(32))
    with pytest.raises(NotProved):
        two.verifier.check(TEXT, one.sign(TEXT, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_verifier_key_is_read_back(kind: int) -> None:
    verifier = SIGNERS[kind].verifier
    text = format_vkey(verifier)
    assert parse_vkey(text) == verifier
    name, number, code = text.split("+", 2)
    for wrong in (
        text[:-1],
        f"{name}x+{number}+{code}",
        f"{name}+{number.upper()}+{code}" if number.upper() != number else f"+{number}+{code}",
        f"{name}+00000000+{code}",
        f"{name}+{number}",
        f"{name}+{number}+Ag==",
        "",
    ):
        with pytest.raises(LogError):
            parse_vkey(wrong)


def test_a_note_is_opened_by_named_keys_alone() -> None:
    ed, mldsa = SIGNERS[ED25519], SIGNERS[MLDSA44]
    stranger = Signer.of("stranger.example", ED25519, bytes(32))
    note = Note(TEXT, tuple(one.sign(TEXT, 5) for one in (stranger, ed, mldsa)))
    assert [one.verifier for one in opened(note, [ed.verifier])] == [ed.verifier]
    assert [one.time for one in opened(note, [ed.verifier, mldsa.verifier])] == [0, 5]
    with pytest.raises(NotProved, match="no signature"):
        opened(Note(TEXT, note.signatures[:1]), [ed.verifier])
    with pytest.raises(NotProved, match="nobody"):
        opened(note, [])


def test_one_wrong_signature_of_a_named_key_refuses_the_note() -> None:
    ed, mldsa = SIGNERS[ED25519], SIGNERS[MLDSA44]
    right, wrong = ed.sign(TEXT, 0), mldsa.sign(TEXT.replace("7", "8"), 0)
    with pytest.raises(NotProved):
        opened(Note(TEXT, (right, wrong)), [ed.verifier, mldsa.verifier])
    # Somebody else's key with the same name, or the same id alone, is a stranger's: passed over.
    lookalike = Signature("log.example", b"\0\0\0\0", bytes(64))
    namesake = Signature("other.example", ed.verifier.key_id, bytes(64))
    assert opened(Note(TEXT, (lookalike, namesake, right)), [ed.verifier])


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_read_back(size: int, root: bytes) -> None:
    made = Checkpoint("log.example/1", size, root, ("more",) * (size % 3))
    assert parse_checkpoint(format_checkpoint(made)) == made


ROOT = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n7\n",
        f"\n7\n{ROOT}\n",
        f"log\n07\n{ROOT}\n",
        f"log\n-7\n{ROOT}\n",
        f"log\n{2**63}\n{ROOT}\n",
        f"log\n7\n{ROOT}",
        f"log\n7\n{ROOT}\n\n",
        f"log\n7\n{ROOT}\n\nmore\n",
        f"log\n7\n{ROOT[4:]}\n",
        f"log\n7\n{ROOT.rstrip('=')}\n",
    ],
)
def test_no_other_text_is_a_checkpoint(text: str) -> None:
    with pytest.raises(LogError):
        parse_checkpoint(text)


def test_what_would_be_read_otherwise_is_not_written() -> None:
    for origin, size, root in (("", 1, 32), ("a\nb", 1, 32), ("a", -1, 32), ("a", 1, 31)):
        with pytest.raises(LogError):
            format_checkpoint(Checkpoint(origin, size, bytes(root)))
