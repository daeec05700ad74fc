"""The chart of a page, as plain data: what it says in words, and its bars.

    <svg class="chart">  ->  chart  ->  {alt, bars: [{height, rects, texts}, …]}

Promise: every text and every share of the SVG is in the data; what is not known is an error.

Widths are in per cent of the chart's, heights in CSS pixels. A bar begins with its label, so that a
long chart can be parted between bars.
"""

from __future__ import annotations

from typing import Any

from habeas.reports.elements import Element


def chart(svg: Element) -> dict[str, Any]:
    """A chart of `stacked_bars`, as data. Raises `ValueError` for any other."""
    words: dict[str, str] = {}
    bars: list[dict[str, Any]] = []
    for one in svg.elements:
        if one.tag in ("title", "desc"):
            words[one.tag] = " ".join(one.text.split())
        elif one.tag == "text":
            if "label" in one.classes:
                bars.append({"top": _pixels(one, "y"), "texts": [], "rects": []})
            bars[-1]["texts"].append(_text(one))
        elif one.tag == "rect":
            bars[-1]["rects"].append(_rect(one))
        else:
            raise ValueError(f"a chart with <{one.tag}>")
    for bar in bars:
        top = bar.pop("top") - _ASCENT
        for part in (*bar["texts"], *bar["rects"]):
            part["y"] -= top
        bar["height"] = max(rect["y"] + rect["height"] for rect in bar["rects"])
    return {"alt": f"{words['title']}. {words['desc']}", "bars": bars}


_ASCENT = 12
"""From the top of a line to its letters' feet, in pixels: see `stacked_bars`."""


def _text(element: Element) -> dict[str, Any]:
    x = element.attributes["x"]
    if x not in ("0", "100%"):
        raise ValueError(f"a text of a chart at {x}")
    return {
        "class": element.classes,
        "y": _pixels(element, "y"),
        "end": element.attributes.get("text-anchor") == "end",
        "body": " ".join(element.text.split()),
    }


def _rect(element: Element) -> dict[str, Any]:
    [kind] = element.classes
    return {
        "class": kind,
        "x": _per_cent(element, "x"),
        "width": _per_cent(element, "width"),
        "y": _pixels(element, "y"),
        "height": _pixels(element, "height"),
    }


def _pixels(element: Element, name: str) -> float:
    return float(element.attributes[name])


def _per_cent(element: Element, name: str) -> float:
    """`12.5%`; a plain `0` is the same in any unit."""
    value = element.attributes[name]
    if value != "0" and not value.endswith("%"):
        raise ValueError(f"a {name} that is not in per cent: {value}")
    return float(value.removesuffix("%"))
