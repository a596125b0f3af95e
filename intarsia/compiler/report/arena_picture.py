"""The memory arena of one phase as a picture: a rectangle a buffer, lifetime across, offset downwards."""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.compiler import units
from intarsia.compiler.report import svg

WIDTH, HEIGHT = svg.PAGE_WIDTH, 300
LEFT, BOTTOM, TOP = 78, 34, 8


@dataclass(frozen=True)
class Buffer:
    """A buffer at bytes [offset, offset + bytes), alive for operators [start, end)."""

    name: str
    offset: int
    bytes: int
    start: int
    end: int


def draw(buffers: list[Buffer], arena_bytes: int) -> str:
    """An SVG; buffers that share bytes at different times stand beside each other."""
    steps = max((buffer.end for buffer in buffers), default=1)
    capacity = max([arena_bytes, *(buffer.offset + buffer.bytes for buffer in buffers), 1])
    wide, high = WIDTH - LEFT - 8, HEIGHT - BOTTOM - TOP
    parts = _axes(capacity, steps, wide, high)
    for index, buffer in enumerate(buffers):
        x, y = LEFT + buffer.start / steps * wide, TOP + buffer.offset / capacity * high
        w, h = (buffer.end - buffer.start) / steps * wide, buffer.bytes / capacity * high
        parts.append(svg.rect(x + 0.5, y + 0.5, w - 1, h - 1, cls=f"{svg.colour(index)} block", tip=_tip(buffer), radius=2))
        if h >= 14 and w >= 40:
            parts.append(svg.text(x + 6, y + min(h / 2 + 4, 16), svg.short(buffer.name, int(w / 7)), cls="inside"))
    return svg.document(WIDTH, HEIGHT, parts, label=f"memory arena of {units.size(arena_bytes)}: offset against lifetime")


def _axes(capacity: int, steps: int, wide: float, high: float) -> list[str]:
    parts = [svg.rect(LEFT, TOP, wide, high, cls="ground")]
    for value in svg.ticks(capacity, 4):
        y = TOP + value / capacity * high
        parts += [svg.line(LEFT, y, LEFT + wide, y, cls="grid"), svg.text(LEFT - 8, y + 4, units.size(value) if value else "0 B", cls="label", anchor="end")]
    for value in svg.ticks(steps, 10):
        if value == int(value):
            parts.append(svg.text(LEFT + value / steps * wide, TOP + high + 15, f"{value:.0f}", cls="label", anchor="middle"))
    return [*parts, svg.text(LEFT + wide / 2, HEIGHT - 4, "operator (order of the text) →", cls="label", anchor="middle")]


def _tip(buffer: Buffer) -> str:
    return f"{buffer.name}: {units.size(buffer.bytes)} at offset {buffer.offset}, operators {buffer.start} to {buffer.end - 1}"
