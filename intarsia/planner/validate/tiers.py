"""Judges of memory tiers: they replay what a plan says and share no code with what made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from intarsia.ir.module import Module, attribute, attributes_of


def problems(module: Module) -> Iterator[str]:
    """A sentence for each rule that the tiers of a module of stage plan break: layers named once, parts that add up, windows that hold a layer."""
    for model in module.ops("llm.model"):
        symbol = attribute(model, "sym_name")
        rows = [attributes_of(op) for op in module.ops("plan.tier") if attribute(op, "model") == symbol and attribute(op, "data") == "weights"]
        if not rows:
            continue
        named = sorted(layer for row in rows for layer in range(row["first"], row["first"] + row["count"]))
        if named != list(range(attribute(model, "config")["layers"])):
            yield f"the tiers of {symbol} name the layers {named}, each of which should be there once"
        for row in rows:
            if row["resident"] > row["bytes"] or row["window"] < row["bytes"] - row["resident"]:
                yield f"{symbol} streams {row['bytes'] - row['resident']} of {row['bytes']} bytes of a layer through a window of {row['window']}"
            if abs(row["shares"]["dram"] * row["bytes"] - row["resident"]) > 1:
                yield f"{symbol} keeps {row['resident']} bytes of a layer of {row['bytes']}, and says that this is {row['shares']['dram']:.4f} of it"
        held = sum(row["count"] * row["resident"] for row in rows) + max(row["window"] for row in rows)
        deploy = next((attributes_of(op) for op in module.ops("plan.deploy") if attribute(op, "model") == symbol), {})
        if held > deploy.get("weight_bytes", 0) + 1:
            yield f"{symbol} holds {held} bytes of layers, and {deploy.get('weight_bytes', 0)} of all weights together"


ROOM = 1 + 1e-6
"""Solvers keep constraints to about 1e-7 of what they scale."""


def schedule_problems(plan: Any) -> list[str]:
    """What is wrong with a Schedule (memory/tiers/schedule.py), byte by byte: every use has the whole item, no memory overflows, and no step is shorter than what happens in it."""
    problem, steps, found = plan.problem, plan.problem.steps, list[str]()
    order = [m.name for m in problem.machine.memories]
    size = {item.name: float(item.bytes) for item in problem.items}
    inside = [dict.fromkeys(order, 0.0) for _ in steps]
    busy: list[dict[str, float]] = [{"work": step.seconds} for step in steps]
    rate = {(link.source, link.target): link for link in problem.machine.links}
    for (item, memory), share in plan.homes.items():
        for t in range(len(steps)):
            inside[t][memory] += share * size[item]
    for item in problem.items:
        lives = {m: plan.homes.get((item.name, m), 0.0) for m in order}
        if abs(sum(lives.values()) - 1) > 1e-5:
            found.append(f"{sum(lives.values()):.4f} of {item.name} lives somewhere")
        if item.whole and not any(abs(share - 1) < 1e-5 for share in lives.values()):
            found.append(f"{item.name} is torn apart")
        for use in item.uses:
            found += _use(plan, item, use, lives, order, size, inside, busy, rate)
    for t, step in enumerate(steps):
        first = inside[t][order[0]] + step.bytes
        for name, bytes_ in [(order[0], first), *((m, inside[t][m]) for m in order[1:])]:
            limit = next(m.bytes for m in problem.machine.memories if m.name == name)
            if bytes_ > limit * ROOM + 1:
                found.append(f"step {t} ({step.name}) has {bytes_:.6g} bytes in {name}, which holds {limit:.6g}")
        longest = max(busy[t], key=lambda c: busy[t][c])
        if plan.seconds[t] < busy[t][longest] * (1 - 1e-5) - 1e-12:
            found.append(f"step {t} ({step.name}) takes {plan.seconds[t]:.6g} s, but its {longest} takes {busy[t][longest]:.6g}")
    return found


def _use(
    plan: Any, item: Any, use: int, lives: Mapping[str, float], order: Sequence[str], size: Mapping[str, float], inside: list[dict[str, float]], busy: list[dict[str, float]],
    rate: Mapping[tuple[str, str], Any],
) -> list[str]:  # fmt: skip
    """One use of an item: its loads are played, into the memory and onto the links."""
    steps, here, found = len(inside), [x for x in plan.loads if x.item == item.name and x.use == use], list[str]()
    for memory in order[1:]:
        coming = [x for x in here if x.memory == memory]
        worked = plan.used.get((item.name, use, memory), 0.0)
        if abs(sum(x.share for x in coming) + worked - lives[memory]) > 1e-5:
            found.append(f"step {use} has {sum(x.share for x in coming) + worked:.4f} of {item.name} from {memory}, where {lives[memory]:.4f} lives")
        path = [(order[i], order[i - 1]) for i in range(order.index(memory), 0, -1)]
        for load in coming:
            ahead = (use - load.during) % steps
            if ahead == 0:
                found.append(f"{item.name} comes during the step {use} that needs it")
            for k in range(ahead + 1):
                inside[(load.during + k) % steps][order[0]] += load.share * size[item.name]
            for ends in path:
                _spend(busy[load.during], f"{ends[0]} to {ends[1]}", load.share * size[item.name] / rate[ends].bandwidth)
        if coming:
            for ends in path:
                _spend(busy[(use - 1) % steps], f"{ends[0]} to {ends[1]}", rate[ends].latency_s)
        if worked:
            beside = next(m.in_place for m in plan.problem.machine.memories if m.name == memory)
            _spend(busy[use], f"processor beside {memory}", worked * size[item.name] / beside if beside else float("inf"))
        back = [(order[i], order[i + 1]) for i in range(order.index(memory))]
        for ends in back if item.written else ():
            _spend(busy[use], f"{ends[0]} to {ends[1]}", lives[memory] * item.written / rate[ends].bandwidth)
    return found


def _spend(step: dict[str, float], channel: str, seconds: float) -> None:
    step[channel] = step.get(channel, 0.0) + seconds
