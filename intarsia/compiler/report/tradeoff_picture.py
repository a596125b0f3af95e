"""Plans as points between two figures: what one of them costs in the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from intarsia.compiler.report import svg

WIDTH, HEIGHT = 640, 330
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 14, 44
WIDE, HIGH = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
LOGARITHMIC = 5.0
"""From this ratio of the largest to the least, an axis is logarithmic: else one plan would press the others together."""
MARGIN = 0.06
RADIUS, FIRST_RADIUS = 5.0, 7.0
APART, LONGEST_LABEL = 14.0, 24


@dataclass(frozen=True)
class Point:
    """A plan by its `rank`; those on the `front` are coloured, those that miss the goals hollow."""

    rank: int
    x: float
    y: float
    front: bool
    met: bool
    tip: str


@dataclass(frozen=True)
class Axis:
    """What is drawn along an axis, and how a value is written."""

    label: str
    write: Callable[[float], str]


def draw(points: Sequence[Point], x: Axis, y: Axis) -> str:
    """An SVG of the points whose figures are finite; each is labelled with its rank. Lower and further left is better where both are costs."""
    shown = [point for point in points if math.isfinite(point.x) and math.isfinite(point.y)]
    across, up = Scale.of([point.x for point in shown]), Scale.of([point.y for point in shown])
    parts = [svg.rect(LEFT, TOP, WIDE, HIGH, cls="ground")]
    for value in across.ticks():
        at = LEFT + across(value) * WIDE
        parts += [svg.line(at, TOP, at, TOP + HIGH, cls="grid"), svg.text(at, TOP + HIGH + 16, x.write(value), cls="label", anchor="middle")]
    for value in up.ticks():
        at = TOP + (1 - up(value)) * HIGH
        parts += [svg.line(LEFT, at, LEFT + WIDE, at, cls="grid"), svg.text(LEFT - 8, at + 4, y.write(value), cls="label", anchor="end")]
    placed = [(point, LEFT + across(point.x) * WIDE, TOP + (1 - up(point.y)) * HIGH) for point in sorted(shown, key=lambda point: point.rank)]
    parts += [*(_dot(*each) for each in reversed(placed)), *_labels(placed)]
    parts.append(svg.text(LEFT + WIDE / 2, HEIGHT - 6, f"{x.label} →", cls="label", anchor="middle"))
    return svg.document(WIDTH, HEIGHT, parts, label=f"{len(shown)} plans: {y.label} against {x.label}")


def _dot(point: Point, x: float, y: float) -> str:
    r = FIRST_RADIUS if point.rank == 1 else RADIUS
    cls = f"{'c0' if point.rank == 1 else 'c1' if point.front else 'c7'} point plan-{point.rank}" + ("" if point.met else " missed")
    return svg.rect(x - r, y - r, 2 * r, 2 * r, cls=cls, tip=point.tip, radius=r)


def _labels(placed: Sequence[tuple[Point, float, float]]) -> list[str]:
    """Ranks beside the points, on the side with more room; those of points that lie on each other in one label."""
    labels: list[tuple[float, float, list[int]]] = []
    for point, x, y in placed:
        near = next((ranks for at_x, at_y, ranks in labels if abs(at_x - x) < APART and abs(at_y - y) < APART), None)
        if near is None:
            labels.append((x, y, [point.rank]))
        else:
            near.append(point.rank)
    written = [(x, y, svg.short(", ".join(map(str, ranks)), LONGEST_LABEL), x > LEFT + WIDE / 2) for x, y, ranks in labels]
    return [svg.text(x + (-1 if left else 1) * (FIRST_RADIUS + 4), y + 4, ranks, cls="label", anchor="end" if left else "start") for x, y, ranks, left in written]


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` as shares of an axis."""

    low: float
    high: float
    logarithmic: bool

    @staticmethod
    def of(values: Sequence[float]) -> Scale:
        """Room for all values and a margin; a linear one starts at zero."""
        least, most = min(values, default=0.0), max(values, default=0.0)
        if least > 0 and most / least > LOGARITHMIC:
            margin = (most / least) ** MARGIN
            return Scale(least / margin, most * margin, True)
        return Scale(min(0.0, least), most * (1 + MARGIN) if most > 0 else 1.0, False)

    def __call__(self, value: float) -> float:
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Round values within; of a logarithmic scale 1, 2 and 5 times powers of ten."""
        if not self.logarithmic:
            return svg.ticks(self.high, 5)
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        return [value for power in powers for factor in (1, 2, 5) if self.low <= (value := factor * 10.0**power) <= self.high]
