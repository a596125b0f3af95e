"""The page of several models' placements: what each costs, which devices go to which model, and what each model's users see."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from intarsia import whole_file
from intarsia.compiler import units
from intarsia.compiler.report import rendering, serving_rows, tradeoff_picture
from intarsia.compiler.report.model import Arena, Card, Link, Spec, Table, card, table, titled
from intarsia.compiler.report.tradeoff_picture import Axis, Point
from intarsia.compiler.shared_plan import Found, Placed

DEVICES: tuple[Spec, ...] = (("Rank", "rank", str), ("Models", "models", units.words), ("Devices", "devices", units.words), ("Plan", "plan", units.words))
MODELS: tuple[Spec, ...] = (
    ("Rank", "rank", str), ("Model", "model", units.words), ("Good", "good", serving_rows.share), ("TTFT p95", "ttft_p95", units.seconds),
    ("TPOT p95", "tpot_p95", units.seconds),
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """What placements.html reads."""

    title: str
    kind: str
    where: str
    foot: str
    cards: list[Card]
    why: list[str]
    placements: Table
    picture: Arena
    devices: Table
    models: Table
    sections: tuple[Link, ...] = (Link("summary", "Summary"), Link("placements", "Placements"), Link("devices", "Devices"), Link("models", "Models"))


def write(found: Found, target: Path) -> None:
    """The page, whole or not at all. Raises InputError where it can't be written."""
    import intarsia

    whole_file.save(target, rendering.html(page(found, intarsia.__version__), "placements.html"), "the report")


def page(found: Found, version: str) -> Page:
    """What the page of some placements shows."""
    rows = [{"rank": rank, **placed.row()} for rank, placed in enumerate(found.placed, 1)]
    first = found.placed[0]
    names = [name for part in first.parts for name in part.models]
    return Page(
        title=" and ".join(names), kind="placement of several models", where=f"on {found.asked.fleet} · goals: {found.goals}",
        foot=f"Written {time.strftime('%Y-%m-%d %H:%M')} by Intarsia {version}.", cards=list(_cards(first)), why=[*map(str, first.parts), *_verdict(found), *found.notes],
        placements=table("Placements that were simulated, best first", titled(serving_rows.PLACEMENTS), rows, marked=_first), picture=_picture(found),
        devices=table("Devices of each placement", DEVICES, [part for row in rows for part in _parts(row)], marked=_first),
        models=table("Each model's requests", MODELS, [{"rank": row["rank"], "model": name, **seen} for row in rows for name, seen in row["models"].items()], marked=_first),
    )  # fmt: skip


def _first(row: dict[str, Any]) -> bool:
    return bool(row["rank"] == 1)


def _parts(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in row["parts"]:
        counts = " + ".join(f"{count} x {name}" for name, count in part["devices"].items())
        yield {"rank": row["rank"], "models": " and ".join(part["models"]), "devices": counts, "plan": part["plan"]}


def _verdict(found: Found) -> list[str]:
    return [found.infeasible[:1].upper() + found.infeasible[1:] + "."] if found.infeasible else [f"Every model keeps the goals ({found.goals})."]


def _cards(first: Placed) -> Iterator[Card]:
    yield card("Cost", serving_rows.per_hour, first.usd_per_h, note=f"an hour, {first.devices} devices")
    yield card("Good requests", serving_rows.share, first.good, note="of the model that fares worst")
    yield card("Throughput", units.rate, first.report.output_tokens_per_s, note="of all models")
    for name, each in first.report.models.items():
        yield card(name, units.seconds, each.ttft_s.p95, note=f"to first token, {units.seconds(each.tpot_s.p95)} a token, at 95 %")


def _picture(found: Found) -> Arena:
    """How late the first tokens of the worst model come, against money, or against devices where nothing has a price."""
    priced = any(placed.usd_per_h for placed in found.placed)
    money = Axis("dollars an hour", "${:.4g}".format) if priced else Axis("devices", "{:.0f}".format)
    points = []
    for rank, placed in enumerate(found.placed, 1):
        late = max(each.ttft_s.p95 for each in placed.report.models.values())
        tip = f"{rank}: {placed.words}; TTFT {units.seconds(late)} at 95 % of the model that waits longest; {serving_rows.share(placed.good)} good"
        points.append(Point(rank, placed.usd_per_h if priced else float(placed.devices), late, rank == 1, placed.meets(found.goals), tip))
    return Arena("TTFT", f"at 95 % of the model that waits longest, against {money.label}", Markup(tradeoff_picture.draw(points, money, Axis("TTFT at 95 %", units.seconds))))
