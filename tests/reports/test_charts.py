"""Charts and colours: shares add up, and everybody can tell them apart."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.reports.charts import LEAST, Bar, stacked_bars, widths
from habeas.reports.report import _style


@given(st.tuples(*[st.integers(0, 10**7)] * 3))
def test_shares_fill_the_bar_and_none_that_is_something_is_nothing(counts: tuple[int, ...]) -> None:
    made = widths(counts)
    assert sum(made) == (pytest.approx(100) if sum(counts) else 0)
    assert all(
        (width >= LEAST - 1e-9) == (count > 0) for width, count in zip(made, counts, strict=True)
    )
    large = [width for width, count in zip(made, counts, strict=True) if count * 20 > sum(counts)]
    assert all(
        abs(w - 100 * c / sum(counts)) <= 2 * LEAST
        for w, c in zip(made, counts, strict=True)
        if w in large
    )


def test_a_bar_says_its_numbers_and_leaves_out_what_is_nothing() -> None:
    made = stacked_bars([Bar("a <b>", (0, 2, 1200)), Bar("none", (0, 0, 0))], "c", "T", "D & d")
    assert "refer 2 · deny 1,200" in made and "grant" not in made
    assert "a &lt;b&gt;" in made and "D &amp; d" in made
    assert made.count('class="deny"') == 1
    assert made.count('class="track"') == 2


def test_numbers_that_do_not_fit_beside_a_label_go_below_it() -> None:
    short = stacked_bars([Bar("name", (1, 1, 1))], "c", "T", "D")
    long = stacked_bars([Bar("government identifiers", (12345, 12345, 12345))], "c", "T", "D")
    assert 'text-anchor="end"' in short and 'text-anchor="start"' in long
    height = [int(re.findall(r'width="100%" height="(\d+)"', made)[0]) for made in (short, long)]
    assert height[0] < height[1]


def colours() -> list[dict[str, str]]:
    """The light colours, and the dark ones."""
    light, dark = re.findall(r":root \{(.*?)\n\s*\}", _style(), re.DOTALL)[:2]
    first = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", light))
    return [first, {**first, **dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", dark))}]


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_and_shapes_stand_out_as_wcag_asks(scheme: int) -> None:
    colour = colours()[scheme]
    for paper in ("paper", "card"):
        for text in ("ink", "soft", "link", "mark"):
            assert contrast(colour[text], colour[paper]) >= 4.5, (text, paper)
        for shape in ("grant", "refer", "deny"):
            assert contrast(colour[shape], colour[paper]) >= 3, (shape, paper)
    for shape in ("grant", "refer"):
        assert contrast(colour[shape], colour[f"{shape}-soft"]) >= 3, shape
