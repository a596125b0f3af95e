"""What the page's template reads: sections of cards, tables and pictures, all text already written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from intarsia.compiler import units

NOT_MEASURED = "not measured"
GOOD, FAIR = 0.1, 0.25
"""Errors up to these are coloured good and fair."""
LONG_CELL = 40
"""Characters from which a cell gets room on a narrow screen."""


@dataclass(frozen=True)
class Column:
    heading: str
    align: str = ""


@dataclass(frozen=True)
class Cell:
    """`sort` is the number that the column is sorted by."""

    text: str
    cls: str = ""
    sort: float | None = None


@dataclass(frozen=True)
class Row:
    cells: list[Cell]
    cls: str = ""


@dataclass(frozen=True)
class Table:
    """`absent` is what stands there when `rows` is empty."""

    caption: str
    columns: list[Column]
    rows: list[Row]
    absent: str = "not in this bundle"


@dataclass(frozen=True)
class Card:
    label: str
    predicted: str
    measured: str = ""
    error: str = ""
    error_cls: str = ""
    note: str = ""


@dataclass(frozen=True)
class Arena:
    name: str
    caption: str
    picture: Markup


@dataclass(frozen=True)
class Run:
    question: str
    answer: str
    facts: str = ""
    timeline: Markup | None = None


@dataclass(frozen=True)
class Link:
    id: str
    name: str


@dataclass(frozen=True)
class Stage:
    name: str
    size: str
    text: str


@dataclass(frozen=True)
class Page:
    title: str
    kind: str
    where: str
    bundle: str
    foot: str
    cards: list[Card] = field(default_factory=list)
    why: str = ""
    alternatives: Table | None = None
    deploys: Table | None = None
    placements: Table | None = None
    graph: Markup | None = None
    memory: Table | None = None
    tiers: Table | None = None
    arenas: list[Arena] = field(default_factory=list)
    pipelines: list[Arena] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    comparisons: list[Table] = field(default_factory=list)
    devices: list[Table] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    sections: tuple[Link, ...] = (
        Link("summary", "Summary"), Link("plan", "Plan"), Link("graph", "Agent graph"), Link("memory", "Memory"), Link("pipeline", "Pipeline"), Link("run", "Run"),
        Link("accuracy", "Predicted against measured"), Link("devices", "Devices"), Link("stages", "Stages"),
    )  # fmt: skip


Spec = tuple[str, str, Callable[[Any], str]]
"""A heading, the key in the row's dictionary, and how to write the value."""


def titled(specs: Sequence[Spec]) -> list[Spec]:
    """Headings of the command line as headings of a page."""
    return [(heading[:1].upper() + heading[1:], key, write) for heading, key, write in specs]


def table(
    caption: str, specs: Sequence[Spec], rows: Iterable[dict[str, Any]], *, absent: str = "not in this bundle", marked: Callable[[dict[str, Any]], bool] = lambda _: False,
) -> Table:
    """A table of dictionaries; rows that `marked` accepts stand out. Columns of figures are set to the right."""
    columns = [Column(heading, "" if write is units.words else "right") for heading, _, write in specs]
    made = [Row([_cell(write, row.get(key)) for _, key, write in specs], "chosen" if marked(row) else "") for row in rows]
    return Table(caption, columns, made, absent)


def _cell(write: Callable[[Any], str], value: Any) -> Cell:
    number = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    text = write(value)
    return Cell(text, rating(value) if write is units.percent else "long" if len(text) > LONG_CELL else "", number)


def rating(error: Any) -> str:
    """The class of a relative error: good, fair or bad."""
    if not isinstance(error, float):
        return ""
    return "good" if abs(error) <= GOOD else "fair" if abs(error) <= FAIR else "bad"


def card(label: str, write: Callable[[Any], str], predicted: Any, measured: Any = None, note: str = "") -> Card:
    """A card; what was not predicted says so."""
    error = units.error_of(predicted, measured)
    said = write(predicted) if predicted is not None else "nothing"
    return Card(label, said, write(measured) if measured is not None else "", units.percent(error) if error is not None else "", rating(error), note)
