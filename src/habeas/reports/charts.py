"""Charts: stacked bars as SVG that the page itself colours.

    bars  ->  stacked_bars  ->  Markup (<svg role="img"> with title and desc)

Promise: a chart says nothing that its table does not; shares differ by pattern and not by colour
alone; it is legible at every width, for its text does not shrink with it.

Written here and not with Vega-Altair, which was tried: vl-convert lays a chart out once, in pixels
and with the fonts of the machine that makes it, so at 320 px its text shrinks to a third; and it
adds 100 MB, and a second to each report. Here widths are in per cent, and heights in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from habeas.reports.words import SHOWN_VERDICTS, number

LEAST = 1.5
"""The least width, in per cent, of a share that is not nothing."""

_TEXT, _BAR, _GAP = 16, 10, 8
"""Heights in pixels: a line of text, a bar, the space beneath it."""

_FITS = 44
"""How many letters fit on a line of the narrowest screen (320 px)."""

_ROOM = Markup('<rect class="track" x="0" y="{y}" width="100%" height="{height}"/>')
_SHARE = Markup(
    '<rect class="{verdict}" x="{x:.2f}%" y="{y}" width="{width:.2f}%" height="{height}"/>'
)
_LABEL = Markup('<text class="label" x="0" y="{y}">{text}</text>')
_NUMBERS = Markup('<text class="numbers" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>')
_SVG = Markup(
    '<svg class="chart" role="img" aria-labelledby="{id}-title {id}-desc"'
    ' width="100%" height="{height}">'
    '<title id="{id}-title">{title}</title><desc id="{id}-desc">{desc}</desc>\n{body}\n</svg>'
)

PATTERNS = Markup("""\
<svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="pattern-grant" width="6" height="6" patternUnits="userSpaceOnUse">
<rect class="grant-paper" width="6" height="6"/>
<circle class="grant-ink" cx="3" cy="3" r="1.9"/></pattern>
<pattern id="pattern-refer" width="6" height="6" patternUnits="userSpaceOnUse"
 patternTransform="rotate(45)">
<rect class="refer-paper" width="6" height="6"/>
<rect class="refer-ink" width="2.6" height="6"/></pattern>
</defs></svg>""")
"""What the shares are filled with: to stand once on a page that has charts."""


class Bar(NamedTuple):
    """One bar: its label, and how many are `grant`, `refer` and `deny`."""

    label: str
    counts: tuple[int, int, int]


def stacked_bars(bars: Sequence[Bar], id: str, title: str, desc: str) -> Markup:
    """One bar a line, all of one length, parted by verdict; the numbers stand beside it."""
    parts: list[Markup] = []
    y = 0
    for bar in bars:
        counted = " · ".join(
            f"{verdict} {number(count)}"
            for verdict, count in zip(SHOWN_VERDICTS, bar.counts, strict=True)
            if count
        )
        parts.append(_LABEL.format(y=y + 12, text=bar.label))
        if len(bar.label) + len(counted) < _FITS:
            parts.append(_NUMBERS.format(x="100%", y=y + 12, anchor="end", text=counted))
        else:
            y += _TEXT
            parts.append(_NUMBERS.format(x="0", y=y + 12, anchor="start", text=counted))
        y += _TEXT
        parts.append(_ROOM.format(y=y, height=_BAR))
        x = 0.0
        for verdict, width in zip(SHOWN_VERDICTS, widths(bar.counts), strict=True):
            if width:
                parts.append(_SHARE.format(verdict=verdict, x=x, y=y, width=width, height=_BAR))
            x += width
        y += _BAR + _GAP
    body = Markup("\n").join(parts)
    return _SVG.format(id=id, height=max(1, y - _GAP), title=title, desc=desc, body=body)


def widths(counts: Sequence[int]) -> list[float]:
    """Shares in per cent; none that is not nothing is less than `LEAST`, and the widest gives way.

    >>> widths((0, 1, 1))
    [0.0, 50.0, 50.0]
    >>> widths((0, 1, 9999))
    [0.0, 1.5, 98.5]
    """
    total = sum(counts)
    if not total:
        return [0.0 for _ in counts]
    made = [max(100 * count / total, LEAST) if count else 0.0 for count in counts]
    widest = made.index(max(made))
    made[widest] -= sum(made) - 100
    return made


def swatch(verdict: str) -> Markup:
    """The pattern of a verdict, for a legend; the verdict's word stands beside it."""
    return Markup(
        '<svg class="swatch" width="14" height="14" aria-hidden="true" focusable="false">'
        '<rect class="{}" x="1" y="1" width="12" height="12"/></svg>'
    ).format(verdict)
