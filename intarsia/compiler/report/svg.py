"""The smallest part of SVG that the report draws with. Colours are CSS classes, so that a theme can change them."""

from __future__ import annotations

from html import escape
from pathlib import Path

CLASSES = 8
"""Colour classes `c0` to `c7` that the style sheet defines."""
PAGE_WIDTH = 1272
"""Pixels of a picture that is as wide as the page's widest section."""


def number(value: float) -> str:
    """Hundredths of a pixel at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def colour(index: int) -> str:
    """The class of the index-th colour; they repeat."""
    return f"c{index % CLASSES}"


def rect(x: float, y: float, width: float, height: float, *, cls: str, tip: str = "", radius: float = 0) -> str:
    """A rectangle; with `tip` it takes the keyboard's focus and shows its detail line."""
    shape = f'<rect x="{number(x)}" y="{number(y)}" width="{number(max(width, 0.5))}" height="{number(max(height, 0.5))}"'
    shape += f' rx="{number(radius)}"' if radius else ""
    if not tip:
        return f'{shape} class="{cls}"/>'
    return f'{shape} class="{cls} tip" tabindex="0" role="img" aria-label="{escape(tip)}" data-tip="{escape(tip)}"><title>{escape(tip)}</title></rect>'


def text(x: float, y: float, content: str, *, cls: str = "", anchor: str = "start") -> str:
    return f'<text x="{number(x)}" y="{number(y)}" class="{cls}" text-anchor="{anchor}">{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, *, cls: str = "axis") -> str:
    return f'<line x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}" class="{cls}"/>'


def path(d: str, *, cls: str, marker: str = "") -> str:
    """A path along `d`, SVG's own words, which may end in a marker."""
    end = f' marker-end="url(#{marker})"' if marker else ""
    return f'<path d="{d}" class="{cls}"{end}/>'


def document(width: float, height: float, parts: list[str], *, label: str) -> str:
    """An inline SVG that shrinks with the page; `label` is what a screen reader says."""
    body = "\n".join(parts)
    return (
        f'<svg viewBox="0 0 {number(width)} {number(height)}" style="max-width:{number(width)}px" role="group" aria-label="{escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>'
    )


def standalone(drawn: str) -> str:
    """A document that is a file of its own: with the page's style sheet in it."""
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    head, _, body = drawn.partition("\n")
    return f"{head}\n<style>\n{escape(style, quote=False)}svg {{ font-family: system-ui, sans-serif; background: var(--paper); }}\n</style>\n{body}\n"


def short(content: str, characters: int) -> str:
    """At most `characters`, the cut marked with an ellipsis."""
    return content if len(content) <= characters else content[: max(characters - 1, 1)] + "…"


def ticks(top: float, about: int = 5) -> list[float]:
    """Round values from 0 to at most `top`, 1, 2 or 5 times a power of ten apart."""
    if top <= 0:
        return [0.0]
    rough = top / about
    power = 1.0
    while power > rough:
        power /= 10
    while power * 10 <= rough:
        power *= 10
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [step * index for index in range(int(top / step + 1e-9) + 1)]
