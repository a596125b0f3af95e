"""Measured collectives: tables of seconds by message size, interpolated; groups that nobody measured, from those that somebody did.

`read` takes Vidur's tables (MIT; `net_<device>_<network>_<op>.csv`): columns time_stats.<op>.median in milliseconds, num_workers,
size in bytes, devices_per_node. `silicon/collectives.py` reads those of aiconfigurator-core.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from intarsia.cost_models.collectives import ALGORITHMS
from intarsia.errors import InputError, Where

Array = NDArray[np.float64]
World = tuple[int, int]
"""(ranks, ranks in each node)"""
LIKENESS, MOST_OTHERS = 0.1, 4
"""Mean difference of logarithms by which another system counts e times less, and how many are asked. Chosen on B200 and B300."""


@dataclass(frozen=True)
class Points:
    """Seconds by message size of one world, sizes rising."""

    sizes: Array
    seconds: Array

    def take(self, chosen: NDArray[np.bool_]) -> Points:
        return Points(self.sizes[chosen], self.seconds[chosen])


@dataclass(frozen=True)
class Fit:
    """seconds = overhead + steps x alpha + volume x size / bandwidth, of the ring that large messages take (`send_recv`: one step)."""

    op: str
    overhead_s: float
    alpha_s: float
    bandwidth: float

    def seconds(self, sizes: ArrayLike, ranks: int) -> Array:
        steps, volume = _ring(self.op, ranks)
        return np.asarray(self.overhead_s + steps * self.alpha_s + volume * np.asarray(sizes, np.float64) / self.bandwidth)


@dataclass(frozen=True)
class Table:
    """A collective as measured on one kind of system: `worlds` are interpolated, others follow from their neighbours.

    `fits` has one for each kind of link that was measured (see `link_of`). A world that is missing here is scaled by the fit from
    its neighbours, and then corrected by what that gets wrong on `others`: systems where this world was measured too.
    """

    op: str
    name: str
    worlds: Mapping[World, Points]
    fits: Mapping[str, Fit]
    others: tuple[Table, ...] = ()

    def fit(self, world: World) -> Fit:
        """The fit of the link that a world is bound by. Raises InputError where that wasn't measured."""
        link = link_of(self.name, world)
        if link not in self.fits:
            raise InputError(f"{self.name} has no {self.op} measured over its {link}", mend="use the alpha-beta model")
        return self.fits[link]

    def seconds(self, sizes: ArrayLike, ranks: int, per_node: int | None = None) -> Array:
        """Seconds of messages of `sizes` bytes among `ranks`. Raises InputError where nothing of the kind was measured."""
        world, sizes = (ranks, ranks if per_node is None else per_node), np.asarray(sizes, np.float64)
        fit = self.fit(world)
        if world in self.worlds:
            return _within(self.worlds[world], sizes, fit, ranks)
        return np.asarray(np.exp(np.log(self.from_neighbours(sizes, world)) + self._learnt(sizes, world)))

    def from_neighbours(self, sizes: Array, world: World) -> Array:
        """Seconds of a world as if it was not measured: those of its neighbours, scaled by the fit. Raises InputError without any."""
        fit = self.fit(world)
        return np.asarray(np.exp(sum(share * np.log(self._scaled(sizes, near, world, fit)) for near, share in self._neighbours(world))))

    def _learnt(self, sizes: Array, world: World) -> Array:
        """What scaling gets wrong, in logarithms: the mean over the systems most alike, by how near their times are to ours."""
        alike = [w for w in self.worlds if link_of(self.name, w) == link_of(self.name, world)]
        telling = [other for other in self.others if world in other.worlds and all(w in other.worlds for w in alike)]
        if not telling:
            return np.zeros(sizes.shape)
        ranked = sorted(((self._unlike(other, alike), place) for place, other in enumerate(telling)))[:MOST_OTHERS]
        wrong = [np.log(telling[p].seconds(sizes, *world) / telling[p].only(alike).from_neighbours(sizes, world)) for _, p in ranked]
        return np.asarray(np.average(wrong, axis=0, weights=np.exp(-np.array([unlike for unlike, _ in ranked]) / LIKENESS) + 1e-12))

    def _unlike(self, other: Table, worlds: Sequence[World]) -> float:
        """Mean difference of logarithms of seconds, at our sizes."""
        differences = [np.log(other.seconds(self.worlds[w].sizes, *w) / self.worlds[w].seconds) for w in worlds]
        return float(np.abs(np.concatenate(differences)).mean())

    def only(self, worlds: Iterable[World]) -> Table:
        """The same system with some of its worlds."""
        return table(self.op, self.name, {w: self.worlds[w] for w in worlds})

    def _scaled(self, sizes: Array, near: World, world: World, fit: Fit) -> Array:
        return np.asarray(_within(self.worlds[near], sizes, fit, near[0]) * fit.seconds(sizes, world[0]) / fit.seconds(sizes, near[0]))

    def _neighbours(self, world: World) -> list[tuple[World, float]]:
        """The measured worlds nearest to one, and how much each counts: by the logarithm of the ranks."""
        alike = sorted(w for w in self.worlds if link_of(self.name, w) == link_of(self.name, world))
        below, above = ([w for w in alike if (w[0] < world[0]) == smaller] for smaller in (True, False))
        if not below or not above:
            return [(below[-1] if below else above[0], 1.0)]
        share = np.log(world[0] / below[-1][0]) / np.log(above[0][0] / below[-1][0])
        return [(below[-1], 1.0 - float(share)), (above[0], float(share))]

    def source(self, size: float, ranks: int, per_node: int | None = None) -> str:
        """Where a figure comes from: measured, or how it was extended."""
        points = self.worlds.get((ranks, ranks if per_node is None else per_node))
        if points is None:
            return f"measured on {self.name}, extended to {ranks} ranks"
        inside = points.sizes[0] <= size <= points.sizes[-1]
        return f"measured on {self.name}" + ("" if inside else ", extrapolated by alpha-beta")


def _within(points: Points, sizes: Array, fit: Fit, ranks: int) -> Array:
    """Straight lines between points, in logarithms; beyond the ends the fit's ratio to the end."""
    held = np.clip(sizes, points.sizes[0], points.sizes[-1])
    inside = np.exp(np.interp(np.log(held), np.log(points.sizes), np.log(points.seconds)))
    return np.asarray(inside * fit.seconds(sizes, ranks) / fit.seconds(held, ranks))


def table(op: str, name: str, worlds: Mapping[World, Points], others: Iterable[Table] = ()) -> Table:
    """A table from raw points: noise that makes a larger message faster is averaged away. Raises InputError without points."""
    if not worlds:
        raise InputError(f"{name} has no measurements of {op}")
    fits = {link: _fit(op, _over(link, name, worlds)) for link in sorted({link_of(name, w) for w in worlds})}
    return Table(op, name, {world: Points(p.sizes, np.exp(monotone(np.log(p.seconds)))) for world, p in worlds.items()}, fits, tuple(others))


def link_of(name: str, world: World) -> str:
    """The slowest link that a world needs: "network" between nodes, in a node "nvlink", or "pcie" where bridges join pairs only."""
    if world[0] != world[1]:
        return "network"
    return "pcie" if "pairwise" in name and world[0] > 2 else "nvlink"


def _over(link: str, name: str, worlds: Mapping[World, Points]) -> dict[World, Points]:
    return {w: p for w, p in worlds.items() if link_of(name, w) == link}


def monotone(values: Array) -> Array:
    """The nearest non-falling values, by least squares (pool adjacent violators: M. Ayer et al., Ann. Math. Stat. 26(4), 1955)."""
    pools: list[tuple[float, int]] = []
    for value in values.tolist():
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (high, n), (low, m) = pools[-2:]
            pools[-2:] = [((high * n + low * m) / (n + m), n + m)]
    return np.repeat([value for value, _ in pools], [count for _, count in pools])


def _ring(op: str, ranks: int) -> tuple[float, float]:
    algorithm = ALGORITHMS[op][0]
    return algorithm.steps(ranks), algorithm.volume(ranks)


def _fit(op: str, worlds: Mapping[World, Points]) -> Fit:
    """Overhead, alpha and bandwidth of least relative error; alpha only where worlds differ in their steps."""
    rows = [(1.0, _ring(op, w[0])[0], _ring(op, w[0])[1] * n, t) for w, p in worlds.items() for n, t in zip(p.sizes, p.seconds, strict=True)]
    matrix = np.array(rows)
    matrix[:, :3] /= matrix[:, 3:]
    kept = [0, 1, 2] if len({_ring(op, w[0])[0] for w in worlds}) > 1 else [0, 2]
    found = dict(zip(kept, _non_negative(matrix[:, kept]), strict=True))
    return Fit(op, found[0], found.get(1, 0.0), 1 / max(found[2], 1e-15))


def _non_negative(columns: Array) -> list[float]:
    """Weights of the columns, none negative, that sum nearest to one: the worst negative one is dropped until none is left."""
    scale = np.abs(columns).max(axis=0)
    kept, ones = list(range(columns.shape[1])), np.ones(len(columns))
    while True:
        weights = np.linalg.lstsq(columns[:, kept] / scale[kept], ones, rcond=None)[0]
        if (weights >= 0).all() or len(kept) == 1:
            break
        kept.pop(int(np.argmin(weights)))
    found = dict(zip(kept, np.maximum(weights, 0.0) / scale[kept], strict=True))
    return [float(found.get(i, 0.0)) for i in range(columns.shape[1])]


def read(path: Path) -> tuple[str, str, dict[World, Points]]:
    """The op, the system's name, and the points of a Vidur network table. Raises InputError with file and line."""
    op = next((op for op in ALGORITHMS if path.stem.endswith(op)), None)
    if op is None:
        raise InputError("the file's name doesn't say which collective it holds", where=Where(str(path)), mend="name it net_<device>_<network>_<op>.csv")
    found: dict[World, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    try:
        with path.open(newline="") as stream:
            for line, row in enumerate(csv.DictReader(stream), 2):
                world, size, seconds = _row(row, op, path, line)
                found[world][size].append(seconds)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the table: {error}", where=Where(str(path))) from None
    name = path.stem.removeprefix("net_").removesuffix(f"_{op}")
    return op, name, {w: Points(np.array(sorted(p), np.float64), np.array([np.median(p[n]) for n in sorted(p)])) for w, p in found.items()}


def _row(row: Mapping[str, str], op: str, path: Path, line: int) -> tuple[World, int, float]:
    try:
        world, size = (int(row["num_workers"]), int(row["devices_per_node"])), int(row["size"])
        seconds = float(row[f"time_stats.{op}.median"]) / 1e3
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"a row needs num_workers, devices_per_node, size and time_stats.{op}.median: {error}", where=Where(str(path), line)) from None
    if size <= 0 or not 0 < seconds < float("inf") or world[0] < 1 or not 1 <= world[1] <= world[0]:
        raise InputError(f"{size} bytes among {world[0]} ranks, {world[1]} in a node, in {seconds} s cannot be", where=Where(str(path), line))
    return world, size, seconds


def load(data_dir: Path) -> list[Table]:
    """All tables of a folder (or of its folder `vidur`). Raises InputError where there are none."""
    return [table(*read(path)) for path in files(data_dir)]


def files(data_dir: Path) -> list[Path]:
    folder = data_dir / "vidur" if (data_dir / "vidur").is_dir() else data_dir
    found = sorted(folder.glob("net_*.csv"))
    if not found:
        raise InputError("no tables of collectives (net_*.csv) here", where=Where(str(folder)), mend="name the folder that holds Vidur's network tables")
    return found
