"""Entries: what they show, what they hide, and that nobody can tell more."""

import base64
import json
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.tlog.entries import (
    ENTRY_BYTES,
    SLOTS,
    Shown,
    disclosed,
    dummy,
    json_bytes,
    make_entry,
    name_of,
    parse_entry,
)
from habeas.tlog.errors import LogError, NotProved
from tests.tlog.logs import entry, shown

SHOWN_NAMES = ("_sd", "_sd_alg", "after", "agency", "decided_on", "law", "pad", "v")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: not name.startswith("_") and name != "..." and name not in SHOWN_NAMES
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
SHOWN = st.builds(
    Shown,
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), min_size=1, max_size=25),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.dates(),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
)  # fmt: skip


@given(SHOWN, st.dictionaries(NAMES, VALUES, max_size=SLOTS))
def test_an_entry_is_read_back_and_its_disclosures_open_it(made: Shown, hidden: dict) -> None:
    data, disclosures = make_entry(made, hidden)
    read = parse_entry(data)
    assert read.shown == made
    assert disclosed(read, disclosures) == hidden
    assert [name_of(one) for one in disclosures] == list(hidden)
    assert len(data) == ENTRY_BYTES and len(read.digests) == SLOTS


def test_salts_are_fresh_and_have_128_bits() -> None:
    salts = set()
    for _ in range(50):
        _, [one] = entry({"kind": "decision"})
        salt = json.loads(base64.urlsafe_b64decode(one + "=="))[0]
        assert len(base64.urlsafe_b64decode(salt + "==")) == 16
        salts.add(salt)
    assert len(salts) == 50


def test_the_digest_is_that_of_rfc_9901() -> None:
    data, [one] = entry()
    digest = base64.urlsafe_b64encode(sha256(one.encode()).digest()).decode().rstrip("=")
    assert digest in json.loads(data)["_sd"]


def test_a_disclosure_opens_its_own_entry_alone() -> None:
    one, [opens_one] = entry()
    other, [opens_other] = entry()
    assert disclosed(parse_entry(one), [opens_one]) == {"kind": "decision"}
    with pytest.raises(NotProved, match="not the one"):
        disclosed(parse_entry(one), [opens_other])
    with pytest.raises(NotProved, match="twice"):
        disclosed(parse_entry(one), [opens_one, opens_one])
    forged = json_bytes(
        [json.loads(base64.urlsafe_b64decode(opens_one + "=="))[0], "kind", "denial"]
    )
    with pytest.raises(NotProved):
        disclosed(parse_entry(one), [base64.urlsafe_b64encode(forged).decode().rstrip("=")])
    assert other != one


@pytest.mark.parametrize("wrong", ["", "!", "e30", "WzFd", "WyJhIiwiYiJd", "a" * 5000])
def test_no_other_text_is_a_disclosure(wrong: str) -> None:
    with pytest.raises(LogError):
        disclosed(parse_entry(entry()[0]), [wrong])


def changed(change) -> bytes:
    read = json.loads(entry()[0])
    change(read)
    return json_bytes(read)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("another version", lambda e: e.update(v=2)),
        ("another member", lambda e: e.update(verdict="deny")),
        ("a missing member", lambda e: e.pop("law")),
        ("fewer slots", lambda e: e["_sd"].pop()),
        ("more slots", lambda e: e["_sd"].append("A" * 43)),
        ("a slot twice", lambda e: e["_sd"].__setitem__(0, e["_sd"][1])),
        ("slots in another order", lambda e: e["_sd"].reverse()),
        ("another size", lambda e: e.update(pad=e["pad"] + ".")),
        ("words in the padding", lambda e: e.update(pad="a" + e["pad"][1:])),
        ("a day that is none", lambda e: e.update(decided_on="2025-02-30")),
        ("a day with a time", lambda e: e.update(decided_on="2025-07-17T12:00:00", pad=e["pad"][9:])),
        ("a size with a zero before it", lambda e: (e["after"].update(size="00"), e.update(pad=e["pad"][1:]))),
        ("a number for a text", lambda e: e.update(agency=7)),
        ("a list for all", lambda e: e.update(after=[])),
    ],
)  # fmt: skip
def test_an_entry_is_refused_with(name: str, change) -> None:
    assert parse_entry(changed(lambda e: None))
    with pytest.raises(LogError):
        parse_entry(changed(change))


def test_json_that_is_not_canonical_is_refused() -> None:
    data = entry()[0]
    for wrong in (
        data.replace(b'"v":1', b'"v":1.0').replace(b"..", b"", 1),
        b" " + data[1:],
        b"[]",
        b"",
        b"\xff",
        b"[" * 5000,
    ):
        with pytest.raises(LogError):
            parse_entry(wrong)


def test_what_does_not_fit_is_refused() -> None:
    wrong = [
        lambda: make_entry(shown(), {f"n{n}": n for n in range(SLOTS + 1)}),
        lambda: make_entry(shown(), {"_sd": 1}),
        lambda: make_entry(shown(), {"": 1}),
        lambda: make_entry(shown(), {"x": "long" * 1000}),
        lambda: make_entry(shown(), {"x": float("nan")}),
        lambda: make_entry(shown(), {"x": 2**60}),
        lambda: make_entry(Shown("", "ab" * 32, date(2025, 7, 17)), {}),
        lambda: make_entry(Shown("x" * 101, "ab" * 32, date(2025, 7, 17)), {}),
        lambda: make_entry(Shown("x", "AB" * 32, date(2025, 7, 17)), {}),
    ]
    for make in wrong:
        with pytest.raises(LogError):
            make()


@pytest.mark.parametrize("name", [*SHOWN_NAMES, "_x", "..."])
def test_no_hidden_value_has_the_name_of_one_that_is_shown(name: str) -> None:
    """RFC 9901, 7.1: a verifier that took it would show two values of one name."""
    with pytest.raises(LogError, match="cannot be the name"):
        make_entry(shown(), {"kind": "decision", name: "1999-01-01"})
    assert make_entry(shown(), {"nested": {name: 1}})
    # Somebody else's program may have made it, with the digest where it belongs.
    opens = (
        base64.urlsafe_b64encode(json_bytes(["A" * 22, name, "1999-01-01"])).decode().rstrip("=")
    )
    digest = base64.urlsafe_b64encode(sha256(opens.encode()).digest()).decode().rstrip("=")

    def hide(read) -> None:
        read["_sd"] = sorted([digest, *read["_sd"][1:]])

    made = parse_entry(changed(hide))
    assert digest in made.digests
    with pytest.raises(NotProved, match="cannot be the name"):
        disclosed(made, [opens])


def test_a_dummy_has_the_form_of_an_entry() -> None:
    one, other = (
        dummy(shown()),
        entry({"kind": "decision", "verdicts": {"release_date": "deny"}})[0],
    )
    assert one != dummy(shown())
    assert {**json.loads(one), "_sd": 0} == {**json.loads(other), "_sd": 0}
