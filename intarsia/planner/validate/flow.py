"""Layers on machines and the tokens that flow through them: a flow that keeps every rule proves its own value. Shares no code with what made it.

`lp_value` asks Helix's own program as well, where the cluster came from one: it reads the file anew, with another reader, and fixes the placement in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import highspy

TOLERANCE = 1e-6
"""Relative: flows are sums of floating-point numbers."""


def flow_problems(cluster: Any, placement: Mapping[str, Any], flows: Mapping[tuple[str, str], float], value: float) -> list[str]:
    """What is wrong with a placement and its flow: layers that a machine can't hold, flow over links that aren't there or aren't so wide, between intervals that don't follow each
    other, beyond a machine's rate, or appearing and vanishing; or a total other than `value`, tokens/s.

    A cluster has `layers`, `machines` (each with `name` and `rates` by number of layers held) and `links` by both ends.
    """
    machines = {machine.name: machine for machine in cluster.machines}
    slack = TOLERANCE * max(1.0, value)
    found = [f"{name} is no machine of the cluster" for name in placement if name not in machines]
    for name, held in placement.items():
        if name in machines and not (0 <= held.start < held.end <= cluster.layers and held.end - held.start <= len(machines[name].rates)):
            found.append(f"{name} can't hold the layers [{held.start}, {held.end})")
    if found:
        return found
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for (a, b), flow in flows.items():
        into[b] += flow
        out[a] += flow
        found += _link(cluster, placement, a, b, flow, slack)
    for name in {*into, *out} - {"source", "sink"}:
        held = placement.get(name)
        rate = machines[name].rates[held.end - held.start - 1] if held else 0.0
        if abs(into[name] - out[name]) > slack:
            found.append(f"{name} takes {into[name]:.9g} tokens/s and passes {out[name]:.9g} on")
        if into[name] > rate + slack:
            found.append(f"{name} takes {into[name]:.9g} tokens/s, more than the {rate:.9g} that it manages")
    for end, total in (("source", out["source"]), ("sink", into["sink"])):
        if abs(total - value) > slack:
            found.append(f"{total:.9g} tokens/s flow at the {end}, not {value:.9g}")
    return found


def _link(cluster: Any, placement: Mapping[str, Any], a: str, b: str, flow: float, slack: float) -> list[str]:
    """What is wrong with the flow of one link."""
    name = f"the flow from {a} to {b}"
    if (a, b) not in cluster.links or any(end not in placement and end not in ("source", "sink") for end in (a, b)):
        return [f"{name} has no link, or an end that holds nothing"]
    leaves = 0 if a == "source" else placement[a].end
    enters = cluster.layers if b == "sink" else placement[b].start
    faults = [f"{name} leaves layer {leaves} and enters layer {enters}"] * (leaves != enters)
    if not -slack <= flow <= cluster.links[a, b] + slack:
        faults.append(f"{name} is {flow:.9g} tokens/s, the link carries {cluster.links[a, b]:.9g}")
    return faults


def lp_value(path: Path, placement: Mapping[str, Any], time_limit_s: float = 60.0) -> float:
    """The optimum of Helix's program in `path`, tokens/s, with every start and hold fixed to the placement; NaN where that isn't allowed there.

    A machine that holds nothing is given the first layer, as the program wants each to hold one at least.
    """
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", time_limit_s)
    solver.setOptionValue("threads", 1)
    solver.readModel(str(path))
    for column, name in enumerate(solver.getLp().col_names_):
        hold, start = re.fullmatch(r"hold_(\d+)_(\d+)", name), re.fullmatch(r"start_(\d+)", name)
        if hold:
            held = placement.get(hold.group(1))
            fixed = float((held.end - held.start if held else 1) == int(hold.group(2)))
        elif start:
            held = placement.get(start.group(1))
            fixed = float(held.start if held else 0)
        else:
            continue
        solver.changeColBounds(column, fixed, fixed)
    solver.run()
    done = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value) if done else float("nan")
