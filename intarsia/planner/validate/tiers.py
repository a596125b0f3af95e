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


def residency_problems(plan: Any) -> list[str]:
    """What is wrong with a Residency (memory/tiers/fast.py): each buffer is followed through the program, as versions in two memories."""
    program, found = plan.program, list[str]()
    rooms = [0.0] * len(program.seconds)
    for b in program.buffers:
        found += _follow(plan, b, rooms)
    found += [f"operator {t} has {used:.6g} bytes in a fast memory of {program.room}" for t, used in enumerate(rooms) if used > program.room]
    for t, seconds in enumerate(plan.seconds):
        traffic = {"fast": 0.0, "slow": 0.0}
        for b in program.buffers:
            use = b.uses.get(t)
            traffic["fast" if t in plan.fast[b.name] else "slow"] += (use.read + use.written) if use else 0.0
            traffic["slow"] += b.bytes * ((t in plan.copied_in[b.name]) + (t in plan.copied_out[b.name]))
        least = max(program.seconds[t], traffic["fast"] / program.fast_rate, traffic["slow"] / program.slow_rate)
        if seconds < least * (1 - 1e-6):
            found.append(f"operator {t} takes {seconds:.6g} s, but its traffic {least:.6g}")
    return found


def _follow(plan: Any, b: Any, rooms: list[float]) -> list[str]:
    """One buffer: which version each memory has, operator by operator."""
    newest, slow, fast, found = 0, 0 if b.outside else -1, -1, list[str]()
    for t in range(len(plan.program.seconds)):
        here, comes, goes = t in plan.fast[b.name], t in plan.copied_in[b.name], t in plan.copied_out[b.name]
        if here or comes:
            rooms[t] += b.bytes
        if not b.lower <= t < b.upper:
            if here or goes or (comes and not (b.outside and t == b.lower - 1)):
                found.append(f"{b.name} is in the fast memory or copied at {t}, when it isn't alive")
            fast = slow if comes else -1
            continue
        use = b.uses.get(t)
        changes = (use is not None and use.written > 0) or (t == b.lower and not b.outside)
        needs = t > b.lower or b.outside
        if needs and (fast if here else slow) != newest:
            found.append(f"{b.name} is out of date in the {'fast' if here else 'slow'} memory at {t}")
        if changes and (comes or goes):
            found.append(f"{b.name} is copied at {t}, while it is written")
        if goes and not here:
            found.append(f"{b.name} is copied out at {t}, where it isn't")
        slow = fast if goes else slow
        newest += changes
        if changes:
            slow, fast = (slow, newest) if here else (newest, -1)
        fast = slow if comes else fast if here else -1
    return found


def expert_problems(outcome: Any) -> list[str]:
    """What is wrong with an Outcome (memory/tiers/hybrid.py): copies, caches and clocks are replayed visit by visit."""
    problem, found = outcome.problem, list[str]()
    arrived: dict[int, set[int]] = {}
    cached = [set(problem.held[layer]) if problem.held else set[int]() for layer in range(problem.layers)]
    for k, (visit, done) in enumerate(zip(problem.visits, outcome.done, strict=True)):
        may = cached[k % problem.layers] | arrived.get(k, set())
        held = set(outcome.held[k])
        if len(held) > problem.capacity:
            found.append(f"visit {k} holds {len(held)} experts where {problem.capacity} have room")
        if not held <= may:
            found.append(f"visit {k} holds {sorted(held - may)}, which nobody brought")
        if sorted([*done.gpu, *done.cpu, *done.copied]) != sorted(visit):
            found.append(f"visit {k} runs {sorted([*done.gpu, *done.cpu, *done.copied])} instead of {sorted(visit)}")
        if not set(done.gpu) <= held:
            found.append(f"visit {k} runs {sorted(set(done.gpu) - held)} on the GPU, which hasn't got them")
        for to, expert in done.early:
            if not k < to < k + problem.layers:
                found.append(f"visit {k} fetches expert {expert} for visit {to}")
            arrived.setdefault(to, set()).add(expert)
        cached[k % problem.layers] = held | set(done.copied)
        least = _clock(visit, done, problem.speeds)
        if outcome.seconds[k] < least * (1 - 1e-6):
            found.append(f"visit {k} takes {outcome.seconds[k]:.6g} s, but ends after {least:.6g}")
    return found


def _clock(visit: Mapping[int, int], done: Any, speeds: Any) -> float:
    """When the last of CPU, GPU and link is done."""
    link = gpu = 0.0
    for expert in done.gpu:
        gpu += max(speeds.gpu_s, visit.get(expert, 0) * speeds.gpu_token_s)
    for expert in sorted(done.copied, key=lambda e: visit.get(e, 0), reverse=True):
        link += speeds.copy_s
        gpu = max(gpu, link) + max(speeds.gpu_s, visit.get(expert, 0) * speeds.gpu_token_s)
    cpu = sum(max(speeds.cpu_s, visit.get(expert, 0) * speeds.cpu_token_s) for expert in done.cpu)
    return float(max(gpu, cpu, link + speeds.copy_s * len(done.early)))


def switching_problems(machine: Any, experts: Sequence[Any], placement: Any) -> list[str]:
    """What is wrong with a Placement (memory/tiers/switching.py): homes, rooms with one free in the first memory, and the mean switch."""
    found = [f"{e.name} has no home" for e in experts if e.name not in placement.homes]
    if found:
        return found
    order = [m.name for m in machine.memories]
    for place, memory in enumerate(machine.memories):
        inside = sum(e.bytes for e in experts if placement.homes[e.name] == memory.name) + (max(e.bytes for e in experts) if place == 0 else 0.0)
        if inside > memory.bytes * ROOM:
            found.append(f"{inside:.4g} bytes are in {memory.name}, which holds {memory.bytes:.4g}")
    rate = {link.source: link for link in machine.links if order.index(link.target) < order.index(link.source)}
    spent = wanted = 0.0
    for e in experts:
        path = [rate[name] for name in order[1 : order.index(placement.homes[e.name]) + 1]]
        spent += e.popularity * (max([e.bytes / link.bandwidth for link in path], default=0.0) + sum(link.latency_s for link in path))
        wanted += e.popularity
    if abs(spent / wanted - placement.switch_s) > 1e-6 * max(spent / wanted, 1e-12):
        found.append(f"a switch takes {spent / wanted:.6g} s instead of {placement.switch_s:.6g}")
    return found
