"""The trail's head in the public log: what is committed to, kept and told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from habeas.errors import HabeasError
from habeas.tlog.entries import Shown, disclosed, make_entry, parse_entry
from habeas.web.trail.anchor import anchor, anchored
from habeas.web.trail.check import Head, check_trail
from habeas.web.trail.models import Anchor, Event
from habeas.web.trail.record import record

pytestmark = pytest.mark.django_db


def test_the_head_is_an_entrys_hidden_value_and_comes_back_from_it() -> None:
    record("mia", "one")
    last = record("mia", "two")
    entries = []

    def append(values: Mapping[str, Any]) -> str:
        entries.append(make_entry(Shown("Fir County Sheriff", "0" * 64, date(2026, 1, 1)), values))
        return "entry 7"

    made = anchor(append, actor="ada")
    [(entry, disclosures)] = entries
    assert last.digest.encode() not in entry
    head = anchored(disclosed(parse_entry(entry), disclosures))
    assert head == Head(2, last.digest) == Head(made.number, made.digest)
    check_trail([head])
    told = Event.objects.get(number=3)
    assert (told.actor, told.act, told.about, told.outcome, told.detail) == (
        "ada", "anchor trail", "event 2", "done", {"digest": last.digest, "entry": "entry 7"},
    )  # fmt: skip


def test_an_anchor_that_did_not_come_into_the_log_is_not_kept_and_is_told() -> None:
    record("mia", "one")

    def append(values: Mapping[str, Any]) -> str:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        anchor(append)
    assert not Anchor.objects.exists()
    told = Event.objects.get(number=2)
    assert (told.actor, told.act, told.outcome) == ("system", "anchor trail", "failed")
    assert "disk" not in str(told.detail)


def test_an_empty_trail_has_no_head() -> None:
    with pytest.raises(HabeasError, match="there is no event to anchor"):
        anchor(lambda values: "entry 0")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"kind": "decision", "number": 1, "digest": "0" * 64},
        {"kind": "trail", "number": "1", "digest": "0" * 64},
        {"kind": "trail", "number": True, "digest": "0" * 64},
        {"kind": "trail", "number": 1},
    ],
    ids=str,
)
def test_an_entry_of_something_else_names_no_head(values: dict[str, Any]) -> None:
    assert anchored(values) is None
