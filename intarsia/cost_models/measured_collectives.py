"""Measured collectives: tables of seconds by message size, interpolated; groups that nobody measured, from those that somebody did.

`read` takes Vidur's tables (MIT; `net_<device>_<network>_<op>.csv`): columns time_stats.<op>.median in milliseconds, num_workers,
size in bytes, devices_per_node. Its profiler (microsoft/vidur, `vidur/profiling/collectives/collectives_wrapper.py`) launches kernels one by one
from each rank's Python (DISABLE_GRAPH) and takes the first rank's kernel seconds: the median of eleven, and of three such runs. A kernel
that comes first waits for those of the other ranks, so that small messages take what the hosts do. `silicon/collectives.py` reads those of
aiconfigurator-core, whose kernels graphs launch.
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
NETWORK = "network"
LIKENESS, MOST_OTHERS = 0.1, 4
"""Mean difference of logarithms by which another system counts e times less, and how many are asked. Chosen on B200 and B300."""
HOST_BYTES, HOST_BOUND = 128 * 1024, 1.5
"""Where kernels were launched one by one: messages of at most so many bytes take what the hosts do, and a message that takes at least so many times as long, what devices do."""


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

    `fits` has one for each kind of link that was measured (see `link_of`). A world that is missing here takes what it does on
    `others`, systems where it was measured, times how much slower this one is at its neighbours; without others, what its neighbours take, scaled by the fit.

    `host_s`: what a message inside a node takes at least, because a kernel waits for the hosts of the other ranks (0 where graphs were
    launched). Messages of `hidden` bytes and less say nothing of the devices then, and none of them is scaled.
    """

    op: str
    name: str
    worlds: Mapping[World, Points]
    fits: Mapping[str, Fit]
    others: tuple[Table, ...] = ()
    host_s: float = 0.0
    hidden: float = 0.0

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
        devices_s = self._as_others(sizes, world, told) if (told := self._told(world)) else self.from_neighbours(sizes, world)
        return np.asarray(devices_s if link_of(self.name, world) == NETWORK else np.maximum(devices_s, self.host_s))

    def from_neighbours(self, sizes: Array, world: World) -> Array:
        """Seconds of a world as if it was not measured: those of its neighbours, scaled by the fit. Raises InputError without any."""
        fit = self.fit(world)
        return np.asarray(np.exp(sum(share * np.log(self._scaled(sizes, near, world, fit)) for near, share in self._neighbours(world))))

    def _told(self, world: World) -> list[Table]:
        """Other systems where a world was measured, and all of ours over the same link."""
        return [other for other in self.others if world in other.worlds and all(w in other.worlds for w in self._alike(world))]

    def _as_others(self, sizes: Array, world: World, told: Sequence[Table]) -> Array:
        """The mean, in logarithms, of what the systems most alike say, by how near their times are to ours: their seconds of the world, times how
        much slower ours is at the neighbours. A system is asked about sizes whose times are its devices'."""
        ranked = sorted((self._unlike(other, self._alike(world)), place) for place, other in enumerate(told))[:MOST_OTHERS]
        weights = np.array([(np.exp(-unlike / LIKENESS) + 1e-12) * (sizes > told[place].hidden) for unlike, place in ranked])
        said = [np.log(told[place].seconds(sizes, *world)) + self._slower(sizes, world, told[place]) for _, place in ranked]
        mean = (weights * said).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-300)
        return np.asarray(np.exp(np.where(weights.any(axis=0), mean, np.log(self.from_neighbours(sizes, world)))))

    def _slower(self, sizes: Array, world: World, other: Table) -> Array:
        """Logarithm of our seconds over another's at the neighbours of a world; beyond the sizes that ours tells of, as at the nearest that it does."""
        slower = np.zeros(sizes.shape)
        for near, share in self._neighbours(world):
            points = self.telling(near)
            held = np.clip(sizes, points.sizes[0], points.sizes[-1])
            slower += share * (_between(points, held) - np.log(other.seconds(held, *near)))
        return slower

    def _unlike(self, other: Table, worlds: Sequence[World]) -> float:
        """Mean difference of logarithms of seconds, at our sizes."""
        ours = {w: self.telling(w) for w in worlds}
        return float(np.abs(np.concatenate([np.log(other.seconds(p.sizes, *w) / p.seconds) for w, p in ours.items()])).mean())

    def telling(self, world: World) -> Points:
        """The points of a world that say what devices take."""
        return self.worlds[world] if link_of(self.name, world) == NETWORK else _beyond(self.hidden, self.worlds[world])

    def _scaled(self, sizes: Array, near: World, world: World, fit: Fit) -> Array:
        return np.asarray(_within(self.telling(near), sizes, fit, near[0]) * fit.seconds(sizes, world[0]) / fit.seconds(sizes, near[0]))

    def _alike(self, world: World) -> list[World]:
        """Measured worlds over the same link, rising."""
        return sorted(w for w in self.worlds if link_of(self.name, w) == link_of(self.name, world))

    def _neighbours(self, world: World) -> list[tuple[World, float]]:
        """The measured worlds nearest to one, and how much each counts: by the logarithm of the ranks."""
        below, above = ([w for w in self._alike(world) if (w[0] < world[0]) == smaller] for smaller in (True, False))
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
    return np.asarray(np.exp(_between(points, held)) * fit.seconds(sizes, ranks) / fit.seconds(held, ranks))


def _between(points: Points, sizes: Array) -> Array:
    """Logarithms of seconds of sizes between those of the points."""
    return np.interp(np.log(sizes), np.log(points.sizes), np.log(points.seconds))


def table(op: str, name: str, worlds: Mapping[World, Points], others: Iterable[Table] = (), *, graphs: bool = True) -> Table:
    """A table from raw points: noise that makes a larger message faster is averaged away. `graphs`: kernels were launched by graphs, not
    one by one. Raises InputError without points."""
    if not worlds:
        raise InputError(f"{name} has no measurements of {op}")
    smooth = {world: Points(p.sizes, np.exp(monotone(np.log(p.seconds)))) for world, p in worlds.items()}
    inside = [world for world in worlds if link_of(name, world) != NETWORK]
    host_s = 0.0 if graphs else _host_s([worlds[world] for world in inside])
    hidden = max((_hidden(smooth[world], host_s) for world in inside), default=0.0)
    telling = {world: _beyond(hidden, p) if world in inside else p for world, p in worlds.items()}
    fits = {link: fitted(op, over(link, name, telling)) for link in sorted({link_of(name, w) for w in worlds})}
    return Table(op, name, smooth, fits, tuple(others), host_s, hidden)


def _host_s(worlds: Sequence[Points]) -> float:
    """What launching takes between the ranks of a node: the median of small messages, of all worlds together; 0 without any."""
    small = [p.seconds[p.sizes <= HOST_BYTES] for p in worlds]
    return float(np.median(np.concatenate(small))) if small and sum(map(len, small)) else 0.0


def _hidden(points: Points, host_s: float) -> float:
    """The largest size whose time may be the hosts', 0 where none is; of seconds that never fall."""
    return float(points.sizes[points.seconds < HOST_BOUND * host_s].max(initial=0.0))


def _beyond(hidden: float, points: Points) -> Points:
    """Points of larger sizes than those hidden; all where there are none."""
    chosen = points.sizes > hidden
    return points.take(chosen) if chosen.any() else points


def link_of(name: str, world: World) -> str:
    """The slowest link that a world needs: "network" between nodes, in a node "nvlink", or "pcie" where bridges join pairs only."""
    if world[0] != world[1]:
        return NETWORK
    return "pcie" if "pairwise" in name and world[0] > 2 else "nvlink"


def over(link: str, name: str, worlds: Mapping[World, Points]) -> dict[World, Points]:
    """Those of the worlds whose ranks are joined by `link`."""
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


def fitted(op: str, worlds: Mapping[World, Points]) -> Fit:
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
    return [table(*read(path), graphs=False) for path in files(data_dir)]


def files(data_dir: Path) -> list[Path]:
    """Vidur's tables of collectives in a folder of data, or in its own. Raises InputError where there are none."""
    folder = data_dir / "vidur" if (data_dir / "vidur").is_dir() else data_dir
    found = sorted(folder.glob("net_*.csv"))
    if not found:
        raise InputError("no tables of collectives (net_*.csv) here", where=Where(str(folder)), mend="name the folder that holds Vidur's network tables")
    return found
