"""A figure that hangs is given up, and the page says so."""

from __future__ import annotations

import time

import pytest

from benchmarks.report import Row, Section, duration, page
from benchmarks.timing import within


def test_a_hanging_measurement_is_given_up() -> None:
    assert within(0.3, time.sleep, 60) is None


def test_a_failing_measurement_raises() -> None:
    with pytest.raises(RuntimeError, match="could not convert"):
        within(60, float, "no number")


def test_a_finished_one_answers() -> None:
    assert within(60, sum, (1, 2)) == 3


def test_the_page_says_what_is_met_and_what_did_not_finish() -> None:
    rows = [
        Row("a", 2e-6, 1.0, 10e-6),
        Row("b", 0.5, 3.14159, 0.1, "ten of them"),
        Row("c", None, None, 1.0),
    ]
    made = page(["# Results"], [Section("One", "Of one.", "× a", rows, ("left out",))])
    assert made.splitlines() == [
        "# Results",
        "",
        "## One",
        "",
        "Of one.",
        "",
        "| what | median | × a | goal |  |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| a | 2.00 µs | 1.00 | ≤ 10.0 µs | met |",
        "| b (ten of them) | 500 ms | 3.14 | ≤ 100 ms | **not met** |",
        "| c | did not finish in 60 s |  | ≤ 1.00 s | **not met** |",
        "",
        "- left out",
    ]


def test_times_are_rounded_to_what_counts() -> None:
    assert [duration(t) for t in (2.5, 0.0123, 4.567e-6)] == ["2.50 s", "12.3 ms", "4.57 µs"]
