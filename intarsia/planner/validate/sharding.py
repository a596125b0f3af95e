"""A sharding: every operand is taken in a layout that can be made of the one given, and seconds and memory are what is said. Shares no code with what made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TOLERANCE = 1e-6


def sharding_problems(graph: Any, chosen: Sequence[str], seconds: float, peak_bytes: float) -> list[str]:
    """What is wrong. A graph has `nodes` (`name`, `count`, `ways`), `edges` (`source`, `target`, `place`, `count`, `seconds` by layouts), `alive` nodes by step, `memory`.

    A way has `name`, `takes` by operand, `gives`, `seconds`, and the bytes `weight_bytes`, `cache_bytes` and `result_bytes` of one device.
    """
    if len(chosen) != len(graph.nodes):
        return [f"{len(chosen)} ways are chosen for {len(graph.nodes)} operators"]
    ways = []
    for node, name in zip(graph.nodes, chosen, strict=True):
        fit = [way for way in node.ways if way.name == name]
        if len(fit) != 1:
            return [f"{node.name} has no way {name}"]
        ways.append(fit[0])
    found, spent, kept = [], 0.0, 0.0
    for node, way in zip(graph.nodes, ways, strict=True):
        spent += node.count * way.seconds
        kept += node.count * (way.weight_bytes + way.cache_bytes)
    for edge in graph.edges:
        given, taken = ways[edge.source].gives, ways[edge.target].takes[edge.place]
        if (given, taken) not in edge.seconds:
            found.append(f"{graph.nodes[edge.target].name} takes by {taken} what {graph.nodes[edge.source].name} gives by {given}")
        else:
            spent += edge.count * edge.seconds[given, taken]
    most = kept
    for step, living in enumerate(graph.alive):
        used = kept + sum(ways[n].result_bytes for n in living)
        most = max(most, used)
        if used > graph.memory * (1 + TOLERANCE):
            found.append(f"{used:.9g} bytes are in use while {graph.nodes[step].name} runs, of {graph.memory:.9g}")
    if not found and abs(spent - seconds) > TOLERANCE * max(spent, 1e-12):
        found.append(f"it takes {spent:.9g} s, not {seconds:.9g} s")
    if abs(most - peak_bytes) > TOLERANCE * max(most, 1.0):
        found.append(f"the peak is {most:.9g} bytes, not {peak_bytes:.9g}")
    return found
