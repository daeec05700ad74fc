"""`vectors/log/`: what holds is found as it stands there, and every named corruption is refused."""

import json

import pytest

from tests import log_vectors
from tests.conftest import VECTORS

CASES = {
    name: json.loads((VECTORS / "log" / name).read_text(encoding="utf-8"))
    for name in log_vectors.KINDS
}


@pytest.mark.parametrize("kind", CASES)
def test_what_holds_is_found_and_what_is_corrupted_is_refused(kind: str) -> None:
    for case in CASES[kind]:
        found = log_vectors.check(kind, case)
        if case["expect"] == "refused":
            assert found is None, f"{case['name']} was accepted"
        else:
            assert found is not None, f"{case['name']} was refused"
            assert found == {key: case[key] for key in found}, case["name"]


@pytest.mark.parametrize("kind", CASES)
def test_every_corruption_is_one_of_a_case_that_holds(kind: str) -> None:
    names = [one["name"] for one in CASES[kind]]
    assert len(names) == len(set(names))
    whole = {one["name"]: one for one in CASES[kind] if one["expect"] == "holds"}
    corrupted = [one for one in CASES[kind] if one["expect"] == "refused"]
    assert whole and len(corrupted) >= 10
    for case in corrupted:
        good = whole[case["of"]]
        assert case["name"].startswith(f"{case['of']}: ")
        assert any(
            case[key] != value for key, value in good.items() if key not in ("name", "expect")
        )


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("inclusion.json", "leaf-hash-31-bytes"),
        ("inclusion.json", "swapped-siblings"),
        ("inclusion.json", "joined-siblings"),
        ("inclusion.json", "a-byte-moved-between-leaf-and-sibling"),
        ("consistency.json", "a-byte-moved-between-root-and-hash"),
        ("consistency.json", "old-size-zero"),
        ("checkpoints.json", "wrong-origin"),
        ("checkpoints.json", "quorum-missing"),
        ("receipts.json", "truncated-proof"),
        ("receipts.json", "disclosure-of-another-entry"),
    ],
)
def test_the_known_tricks_are_among_them(kind: str, name: str) -> None:
    assert [one for one in CASES[kind] if one["name"].endswith(f": {name}")]
