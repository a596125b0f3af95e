"""A run over time: one row a thread (or task track), one bar a slice."""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.compiler import units
from intarsia.compiler.report import svg

WIDTH, ROW, LEFT, TOP, BOTTOM = svg.PAGE_WIDTH, 26, 150, 6, 26
MOST_SLICES = 4000
"""More than this are thinned to the longest: a page must stay light."""


@dataclass(frozen=True)
class Slice:
    """`name` ran on `row` in seconds [start, end) since the run began."""

    row: str
    name: str
    start: float
    end: float
    kind: str = ""

    @property
    def seconds(self) -> float:
        return self.end - self.start


def draw(slices: list[Slice]) -> str:
    """An SVG of all slices. Nested slices lie over the ones around them, half as high."""
    shown = sorted(sorted(slices, key=lambda s: -s.seconds)[:MOST_SLICES], key=lambda s: (s.start, -s.end))
    rows = list(dict.fromkeys(s.row for s in sorted(slices, key=lambda s: s.start)))
    begin, end = min((s.start for s in slices), default=0.0), max((s.end for s in slices), default=1.0)
    span = max(end - begin, 1e-9)
    wide, high = WIDTH - LEFT - 8, ROW * len(rows)
    parts = _axes(rows, span, wide, high)
    kinds = list(dict.fromkeys(s.kind or s.name for s in shown))
    depths = _depths(shown)
    for piece, depth in zip(shown, depths, strict=True):
        x, w = LEFT + (piece.start - begin) / span * wide, piece.seconds / span * wide
        y, h = TOP + rows.index(piece.row) * ROW + 2 + min(depth, 3) * 5, ROW - 4 - min(depth, 3) * 5
        tip = f"{piece.name} on {piece.row}: {units.seconds(piece.seconds)}, from {units.seconds(piece.start - begin)}"
        parts.append(svg.rect(x, y, w, h, cls=f"{svg.colour(kinds.index(piece.kind or piece.name))} block", tip=tip, radius=2))
        if w >= 46 and depth == 0:
            parts.append(svg.text(x + 5, y + ROW / 2 + 2, svg.short(piece.name, int(w / 7)), cls="inside"))
    return svg.document(WIDTH, TOP + high + BOTTOM, parts, label=f"timeline of {units.seconds(span)}, {len(rows)} rows")


def _axes(rows: list[str], span: float, wide: float, high: float) -> list[str]:
    parts = [svg.rect(LEFT, TOP, wide, high, cls="ground")]
    for index, row in enumerate(rows):
        y = TOP + index * ROW
        parts += [svg.text(LEFT - 8, y + ROW / 2 + 4, svg.short(row, 21), cls="label", anchor="end"), svg.line(LEFT, y, LEFT + wide, y, cls="grid")]
    for value in svg.ticks(span, 8):
        x = LEFT + value / span * wide
        anchor = "middle" if x < LEFT + wide - 20 else "end"
        parts += [svg.line(x, TOP, x, TOP + high, cls="grid"), svg.text(x, TOP + high + 16, units.seconds(value), cls="label", anchor=anchor)]
    return parts


def _depths(ordered: list[Slice]) -> list[int]:
    """How many slices of the same row each lies inside."""
    open_ends: dict[str, list[float]] = {}
    depths = []
    for piece in ordered:
        stack = open_ends.setdefault(piece.row, [])
        while stack and stack[-1] <= piece.start + 1e-12:
            stack.pop()
        depths.append(len(stack))
        stack.append(piece.end)
    return depths
