"""A pipeline over time: a lane for each kind of operator, whose height is the execution units; each bar is as high as its share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intarsia.compiler import units
from intarsia.compiler.report import svg

WIDTH, LANE, LEFT, TOP, BOTTOM, GAP = svg.PAGE_WIDTH, 84, 90, 22, 28, 10
SQUARE, ENTRY = 11, 90
"""Pixels of the legend's squares, and from one to the next."""
STYLE = """<style>
text{font:12px system-ui,sans-serif;fill:#333}.grid,.axis{stroke:#ddd}.period{stroke:#b00;stroke-dasharray:4 3}.ground{fill:#f7f7f7}.inside{fill:#fff;font-size:11px}
.c0{fill:#35618f}.c1{fill:#b5651d}.c2{fill:#3c7d4a}.c3{fill:#8a4f7d}.c4{fill:#a33b3b}.c5{fill:#5b6b7a}.c6{fill:#7a6a1f}.c7{fill:#2f7f86}
</style>"""
"""For a picture that stands alone; in the report the page's style sheet colours it."""


@dataclass(frozen=True)
class Bar:
    """`name` runs on the lane `kind` in seconds [start, end) with `share` of the units; bars of one `operator` have one colour."""

    kind: str
    name: str
    operator: str
    start: float
    end: float
    share: float


def draw(bars: Sequence[Bar], period_s: float, *, alone: bool = False) -> str:
    """An SVG of the bars; red lines stand a period apart, and a legend names the operators by their colours."""
    lanes = [kind for kind in ("compute", "memory", "network") if any(bar.kind == kind for bar in bars)]
    operators = list(dict.fromkeys(bar.operator for bar in sorted(bars, key=lambda bar: bar.start)))
    span = max((bar.end for bar in bars), default=1.0)
    wide, high = WIDTH - LEFT - 8, len(lanes) * (LANE + GAP)
    parts = [STYLE] if alone else []
    for number, lane in enumerate(lanes):
        top = TOP + number * (LANE + GAP)
        parts += [svg.rect(LEFT, top, wide, LANE, cls="ground"), svg.text(LEFT - 8, top + LANE / 2 + 4, lane, cls="label", anchor="end")]
    for value in svg.ticks(span, 8):
        x = LEFT + value / span * wide
        parts += [svg.line(x, TOP, x, TOP + high - GAP, cls="grid"), svg.text(x, TOP + high + 8, units.seconds(value), cls="label", anchor="middle" if x < WIDTH - 40 else "end")]
    for bar in bars:
        x, w, h = LEFT + bar.start / span * wide, (bar.end - bar.start) / span * wide, LANE * bar.share
        y = TOP + lanes.index(bar.kind) * (LANE + GAP) + LANE - h
        tip = f"{bar.name}: {units.seconds(bar.end - bar.start)} on {bar.share:.0%} of the units, from {units.seconds(bar.start)}"
        parts.append(svg.rect(x, y, w, h, cls=f"{svg.colour(operators.index(bar.operator))} block", tip=tip, radius=2))
        if w >= 40 and h >= 14:
            parts.append(svg.text(x + 4, y + 12, svg.short(bar.name.split(" ")[0], int(w / 7)), cls="inside"))
    for number in range(int(span / period_s) + 1):
        x = LEFT + number * period_s / span * wide
        parts += [svg.line(x, TOP - 4, x, TOP + high - GAP, cls="period"), svg.text(x + 3, TOP - 8, f"layer {number}", cls="label")]
    parts += _legend(operators, TOP + high + BOTTOM)
    return svg.document(WIDTH, TOP + high + BOTTOM + SQUARE + GAP, parts, label=f"pipeline of {units.seconds(period_s)} a layer, {len(lanes)} kinds of operators")


def _legend(operators: Sequence[str], top: float) -> list[str]:
    """A square and a name for each operator, in the order in which they begin."""
    each = min(ENTRY, (WIDTH - LEFT) / max(1, len(operators)))
    parts = []
    for number, name in enumerate(operators):
        x = LEFT + number * each
        parts += [svg.rect(x, top, SQUARE, SQUARE, cls=svg.colour(number)), svg.text(x + SQUARE + 5, top + SQUARE - 1, svg.short(name, int((each - SQUARE) / 7)), cls="label")]
    return parts
