"""How often each task of a graph runs, and along which paths: what branch probabilities, iterations and fan-outs say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from intarsia.ir.distributions import Distribution
from intarsia.ir.module import Module, attribute

UNKNOWN_FAN_OUT = 4.0
"""Items that a map without a `fan_out` is assumed to get."""
STRUCTURE = ("agent.branch", "agent.case", "agent.loop", "agent.map")
SILENT = ("agent.yield", "agent.return", "agent.end", "agent.constant", "agent.input")


@dataclass(frozen=True)
class Path:
    """One way through a graph: how likely it is, how often each task on it runs, and which case each branch took."""

    probability: float
    visits: dict[str, float]
    choices: dict[str, str]


def iterations(loop: Any) -> float:
    """The expected turns of an `agent.loop`: the distribution's mean, at most max_iterations; without one, max_iterations."""
    spec, most = attribute(loop, "iterations"), attribute(loop, "max_iterations")
    mean = max(1.0, Distribution(spec).mean()) if spec else float("inf")
    return min(mean, float(most) if most is not None else float("inf"))


def fan_out(each: Any) -> float:
    """The expected number of items of an `agent.map`."""
    spec = attribute(each, "fan_out")
    return Distribution(spec).mean() if spec else UNKNOWN_FAN_OUT


def task_visits(module: Module) -> dict[str, float]:
    """Expected runs of every named leaf of the graph, by name, for one request."""
    found: dict[str, float] = {}
    graph = module.first("agent.graph")
    if graph is not None:
        _count(graph, 1.0, found)
    return found


def _count(op: Any, times: float, found: dict[str, float]) -> None:
    for inner in _inside(op):
        if inner.name in STRUCTURE:
            _count(inner, times * _weight(inner), found)
        elif inner.name not in SILENT:
            found[attribute(inner, "name")] = times


def _inside(op: Any) -> Iterator[Any]:
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                yield inner.operation


def _weight(op: Any) -> float:
    """How often the inside of `op` runs for one run of `op`."""
    match op.name:
        case "agent.case":
            return float(attribute(op, "probability"))
        case "agent.loop":
            return iterations(op)
        case "agent.map":
            return fan_out(op)
    return 1.0


def paths(module: Module, most: int = 256) -> list[Path]:
    """The ways through the graph, likeliest first, at most `most`; a branch takes one case in all turns of a loop around it."""
    graph = module.first("agent.graph")
    if graph is None:
        return []
    return sorted(_paths(graph, 1.0, most), key=lambda path: -path.probability)


def _paths(op: Any, times: float, most: int) -> list[Path]:
    ways = [Path(1.0, {}, {})]
    for inner in _inside(op):
        if inner.name not in STRUCTURE:
            steps = [] if inner.name in SILENT else [Path(1.0, {attribute(inner, "name"): times}, {})]
        elif inner.name == "agent.branch":
            steps = _cases(inner, times, most)
        else:
            steps = _paths(inner, times * _weight(inner), most)
        if steps:
            ways = _likeliest([_both(way, step) for way in ways for step in steps], most)
    return ways


def _cases(branch: Any, times: float, most: int) -> list[Path]:
    name, found = attribute(branch, "name"), []
    for case in (op for op in _inside(branch) if op.name == "agent.case"):
        label, odds = attribute(case, "label"), attribute(case, "probability")
        found += [Path(odds * way.probability, way.visits, way.choices | {name: label}) for way in _paths(case, times, most)]
    return _likeliest(found, most)


def _both(first: Path, second: Path) -> Path:
    return Path(first.probability * second.probability, first.visits | second.visits, first.choices | second.choices)


def _likeliest(ways: list[Path], most: int) -> list[Path]:
    return sorted((way for way in ways if way.probability > 0), key=lambda way: -way.probability)[:most]
