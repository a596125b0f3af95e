"""Static memory planning: MiniMalloc's instances, generated ones whose packing is known, and growth.

    python -m tests.bench.memory [--only minimalloc,perfect,family,cold,growth] [--json]

Processor seconds and memory are those of a whole `intarsia memory` in a fresh process, start and imports included. MiniMalloc's
seconds are its authors' code's on a machine of this kind. What needs the real data (INTARSIA_DATA) is
left out without it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intarsia.planner.memory import csv_file, heuristics
from intarsia.planner.memory.offsets import Assignment, assign
from intarsia.planner.memory.problem import Buffer, blocks_of, load_bound
from intarsia.planner.validate import offset_problems
from tests.bench.figures import Figure
from tests.bench.planner.processes import Taken, Unavailable, data, run
from tests.planner.packings import perfect, variants

CAPACITY = 1048576
MINIMALLOC_S = {"A": 8.7, "B": 6.4, "C": 1.1, "D": 5.0, "E": 7.2, "F": 8.9, "G": 2.2, "H": 3.1, "I": 6.0, "J": 1.8, "K": 1.0}
"""CPU-seconds that MiniMalloc takes to meet the capacity."""
SLOWER = 1.5
"""How much longer than MiniMalloc we may take."""
VARIANTS, KINDS = 3, 6
"""Seeds, and kinds of variants that packings.variants makes of each."""
GROWTH = (1_000, 10_000, 100_000)
GROWTH_LIMIT_S = 2.0


@dataclass(frozen=True)
class Row(Figure):
    """A figure with what else is known of its instance. `heuristic` is the best peak of the classical heuristics."""

    instance: str = ""
    bound: int = 0
    peak: int = 0
    gap: float = 0.0
    status: str = ""
    stage: str = ""
    heuristic: int = 0
    peak_bytes: float = 0.0
    cpu_s: float = 0.0

    def proof(self) -> str:
        """Its peak, what no offsets can beat, and what that took."""
        memory = f", {self.peak_bytes / 1e6:.0f} MB" if self.peak_bytes else ""
        return f"{self.instance}: peak {self.peak}, bound {self.bound}, gap {self.gap:.2%} ({self.status}), {self.cpu_s:.2f} CPU-s{memory}, best heuristic {self.heuristic}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help=f"parts, of {','.join(PARTS)}")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args(arguments)
    rows = list(figures(options.only))
    print(json.dumps([row.row() for row in rows], indent=1) if options.json else table(rows))
    return 0


def figures(only: list[str] | None = None) -> Iterator[Row]:
    """Every row; parts whose data is missing say so on standard error."""
    for name in only or PARTS:
        try:
            yield from PARTS[name]()
        except Unavailable as error:
            print(f"{name}: left out: {error}", file=sys.stderr)


def minimalloc() -> Iterator[Row]:
    """The published instances that are here, each at the capacity, with the compiled code on disk."""
    for path in _instances():
        result, taken = _memory(path, CAPACITY)
        yield _row(path, f"{path.name[0]}: CPU time", result, taken, "MiniMalloc", MINIMALLOC_S[path.name[0]])


def cold() -> Iterator[Row]:
    """The first search on a machine: the code is compiled too."""
    path = _instances()[0]
    with tempfile.TemporaryDirectory() as folder:
        result, taken = _memory(path, CAPACITY, {"INTARSIA_CACHE": folder})
    yield _row(path, f"{path.name[0]}: CPU time, nothing compiled yet", result, taken, "MiniMalloc", MINIMALLOC_S[path.name[0]])


def perfect_packings() -> Iterator[Row]:
    """Full rectangles cut into pieces, whole and with one piece in twenty left out: the height is known to be enough."""
    with tempfile.TemporaryDirectory() as folder:
        for count, thinned, seed in ((100, 0.0, 0), (100, 0.05, 1), (150, 0.0, 2), (200, 0.0, 0), (200, 0.15, 1), (400, 0.0, 0)):
            path = Path(folder) / f"perfect-{count}-{thinned:g}-{seed}.csv"
            buffers = perfect(count, seed, thinned=thinned)
            csv_file.write(path, buffers, {b.name: 0 for b in buffers})
            result, taken = _memory(path, 1024, seconds=30)
            classical = _heuristic(buffers)
            ratio = classical / result["peak"]
            yield Row(
                f"{path.stem}: peak", result["peak"], "bytes", "best classical heuristic", classical, ratio, "<= 1024", result["peak"] <= 1024,
                path.stem, result["bound"], result["peak"], result["gap"], result["proof"], result["stage"], classical, taken.peak_bytes, taken.cpu_s,
            )  # fmt: skip


def family() -> Iterator[Row]:
    """Variants of the published instances, which fit where those do: what the slowest of each takes in this process, beside what the instance itself may take."""
    for path in _instances():
        buffers, limit = csv_file.read(path), SLOWER * MINIMALLOC_S[path.name[0]]
        slowest: tuple[float, str, Assignment, list[Buffer]] | None = None
        for seed in range(VARIANTS):
            for name, made in variants(buffers, seed):
                began = time.process_time()
                found = assign(made, 1, capacity=CAPACITY, time_limit_s=30)
                seconds = time.process_time() - began
                assert not offset_problems(made, found.offsets, found.peak)
                if slowest is None or (found.peak > CAPACITY, seconds) > (slowest[2].peak > CAPACITY, slowest[0]):
                    slowest = seconds, f"{path.name[0]} {name} {seed}", found, made
        assert slowest is not None
        seconds, name, found, made = slowest
        yield Row(
            f"{path.name[0]}: slowest of {VARIANTS * KINDS} variants", seconds, "CPU-s", "MiniMalloc on the instance itself", MINIMALLOC_S[path.name[0]], MINIMALLOC_S[path.name[0]] / seconds,
            f"<= {limit:.3g} CPU-s at {CAPACITY}", found.peak <= CAPACITY and seconds <= limit, name, found.bound, found.peak, found.gap, found.proof, found.stage, _heuristic(made), cpu_s=seconds,
        )  # fmt: skip


def growth() -> Iterator[Row]:
    """The heuristics alone, in this process: random buffers, some sixty of them alive at a time."""
    for count in GROWTH:
        rng = random.Random(count)
        buffers = [Buffer(str(i), lower, lower + rng.randint(1, 120), 64 * rng.randint(1, 4096)) for i in range(count) for lower in [rng.randrange(count)]]
        began = time.process_time()
        blocks = blocks_of(buffers)
        _, peak, _ = heuristics.best(blocks)
        seconds, bound = time.process_time() - began, load_bound(blocks)
        yield Row(
            f"{count} buffers: CPU time", seconds, "CPU-s", "limit", GROWTH_LIMIT_S, GROWTH_LIMIT_S / seconds, f"<= {GROWTH_LIMIT_S:g} CPU-s",
            seconds <= GROWTH_LIMIT_S, f"random-{count}", bound, peak, (peak - bound) / peak, "optimal" if peak == bound else "open", "heuristics", peak, cpu_s=seconds,
        )  # fmt: skip


PARTS: dict[str, Callable[[], Iterator[Row]]] = {"minimalloc": minimalloc, "perfect": perfect_packings, "family": family, "cold": cold, "growth": growth}


def _instances() -> list[Path]:
    return sorted(data("minimalloc").glob(f"*.{CAPACITY}.csv"))


def _memory(path: Path, capacity: int, environment: Mapping[str, str] | None = None, seconds: float = 60) -> tuple[dict[str, Any], Taken]:
    command = [sys.executable, "-m", "intarsia", "memory", str(path), "--capacity", str(capacity), "--time-limit", str(seconds), "--json"]
    taken = run(command, environment)
    return json.loads(taken.output)[0], taken


def _heuristic(buffers: list[Buffer]) -> int:
    return heuristics.best(blocks_of(buffers))[1]


def _row(path: Path, metric: str, result: dict[str, Any], taken: Taken, baseline: str, baseline_s: float) -> Row:
    met = result["peak"] <= CAPACITY and taken.cpu_s <= SLOWER * baseline_s
    return Row(
        metric, taken.cpu_s, "CPU-s", baseline, baseline_s, baseline_s / taken.cpu_s, f"<= {SLOWER * baseline_s:.3g} CPU-s at {CAPACITY}", met,
        path.stem, result["bound"], result["peak"], result["gap"], result["proof"], result["stage"], _heuristic(csv_file.read(path)), taken.peak_bytes, taken.cpu_s,
    )  # fmt: skip


def table(rows: list[Row]) -> str:
    """The rows for a terminal."""
    head = ("metric", "value", "bound", "peak", "gap", "proof", "stage", "heuristic", "memory", "baseline", "its value", "target", "")
    cells = [
        (
            r.metric, f"{r.value:.4g} {r.unit}", str(r.bound), str(r.peak), f"{r.gap:.2%}", r.status, r.stage, str(r.heuristic),
            f"{r.peak_bytes / 1e6:.0f} MB" if r.peak_bytes else "-", r.baseline, f"{r.baseline_value:.4g} {r.unit}", r.target or "-", "met" if r.met else "missed",
        )
        for r in rows
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in (head, *cells)) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *cells))


if __name__ == "__main__":
    sys.exit(main())
