"""From states and tallies of a finished simulation to its report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from intarsia.planner.simulate import metrics
from intarsia.planner.simulate.engine import Engine
from intarsia.planner.simulate.lane import State
from intarsia.planner.simulate.metrics import Latency, Report, Requests, Resources, Spread, Switching
from intarsia.planner.simulate.turns import Turns
from intarsia.runtime.scheduler.cluster import ENCODE


def report(states: Sequence[State], engines: Sequence[Engine], sent_bytes: float = 0.0) -> Report:
    """All of it; `sent_bytes` of KV cache went between replicas."""
    found = requests(states)
    begin, end = float(found.arrival.min()), float(found.end.max())
    duration = end - begin
    tallies = [engine.tally for engine in engines]
    merged, pages = _samples(engines), _pages(engines)
    outputs, prompts = int(found.output.sum()), int(found.prompt.sum())
    by_kind, by_model = _apart_by(found, found.kind), _apart_by(found, [state.job.model for state in states])
    return Report(
        duration, len(states) / duration, outputs / duration, (outputs + prompts) / duration, Latency.of(found, duration),
        Spread.of_gaps(np.sum([tally.gaps for tally in tallies], axis=0), float((found.end - found.first).sum())),
        {kind: Latency.of(those, duration) for kind, those in by_kind.items()}, _programs(states),
        _resources(found, engines, begin, end, sent_bytes), {name: _resources(found, those, begin, end, 0.0) for name, those in _pools(engines).items()},
        metrics.series(merged, pages, begin, end, _loads(engines)), sum(tally.iterations for tally in tallies), sum(tally.asked for tally in tallies), found,
        {model: Latency.of(those, duration) for model, those in by_model.items()}, _switching(engines),
    )  # fmt: skip


def _apart_by(found: Requests, names: Sequence[str]) -> dict[str, Requests]:
    """Requests by name, those without one left out."""
    return {name: found.take(np.array([other == name for other in names])) for name in sorted(set(names)) if name}


def _turns(engines: Sequence[Engine]) -> list[Turns]:
    return list({id(engine.turns): engine.turns for engine in engines if engine.turns}.values())


def _loads(engines: Sequence[Engine]) -> metrics.Array:
    """When weights began to come."""
    return np.array([time for turns in _turns(engines) for times in turns.loads.values() for time in times], np.float64)


def _switching(engines: Sequence[Engine]) -> dict[str, Switching]:
    """By model, over all hosts."""
    found: dict[str, Switching] = {}
    for engine in engines:
        if engine.turns:
            turns, number, before = engine.turns, engine.number, found.get(engine.replica.model, Switching(0, 0.0, 0.0))
            found[engine.replica.model] = Switching(
                before.loads + len(turns.loads.get(number, ())), before.load_s + turns.load_s.get(number, 0.0), before.waited_s + turns.waited_s.get(number, 0.0)
            )
    return found


def _samples(engines: Sequence[Engine]) -> metrics.Array:
    return metrics.together([np.array(lane.samples, np.float64).reshape(-1, 6) for engine in engines for lane in engine.lanes])


def _pages(engines: Sequence[Engine]) -> int:
    """Of those that keep caches: what encodes images alone never does."""
    return max(1, sum(scheduler.kv.pages for engine in engines if engine.stages != {ENCODE} for scheduler in engine.schedulers))


def _apart(engines: Sequence[Engine]) -> list[Engine]:
    """One engine of each host: the others are on the same devices."""
    return list({id(engine.turns) if engine.turns else engine.number: engine for engine in engines}.values())


def requests(states: Sequence[State]) -> Requests:
    """One column a quantity."""
    arrival, start, first, end = np.array([(s.arrival, s.start, s.first, s.end) for s in states]).T
    prompt, output, cached, preemptions, engine, tries = np.array([(s.job.prompt, s.output, s.cached, s.request.preemptions, s.engine, s.tries) for s in states], np.int64).T
    met, stall = np.array([state.good for state in states]), np.array([s.stall_s for s in states])
    return Requests(arrival, start, first, end, prompt, output, cached, preemptions, met, tuple(s.job.kind for s in states), engine, stall, tries)


def _programs(states: Sequence[State]) -> Spread:
    spans: dict[Any, tuple[float, float]] = {}
    for state in states:
        if name := state.job.session:
            first, last = spans.get(name, (state.arrival, state.end))
            spans[name] = min(first, state.arrival), max(last, state.end)
    return Spread.of(np.array([last - first for first, last in spans.values()]))


def _pools(engines: Sequence[Engine]) -> dict[str, list[Engine]]:
    """Engines by pool, where there are several."""
    found: dict[str, list[Engine]] = {}
    for engine in engines:
        found.setdefault(engine.pool, []).append(engine)
    return found if len(found) > 1 else {}


def _resources(found: Requests, engines: Sequence[Engine], begin: float, end: float, sent_bytes: float) -> Resources:
    duration, devices = end - begin, sum(engine.replica.table.devices for engine in _apart(engines))
    merged, pages = _samples(engines), _pages(engines)
    shares = np.zeros(4)
    joules = dollars = 0.0
    for engine in engines:
        table, columns = engine.replica.table, engine.tally.columns
        images_s = engine.tally.image_tokens * engine.replica.image_peak_s
        work = np.array([columns[4], columns[1] / len(engine.lanes) + images_s, columns[2] / len(engine.lanes), columns[3] / len(engine.lanes)])
        shares += work * table.devices / (devices * duration)
        joules += float(columns[5]) + images_s * table.span_watts * table.devices
    for engine in _apart(engines):
        joules += engine.replica.idle_watts * duration
        dollars += engine.replica.usd_per_h * duration / 3600
    busy, compute, memory, network = shares.tolist()
    here = found.take(np.isin(found.engine, [engine.number for engine in engines]))
    return Resources(
        busy, compute, memory, network, metrics.mean_level(merged[:, 0], merged[:, 1], begin, end) / pages, float(merged[:, 1].max(initial=0.0)) / pages,
        float(here.cached.sum() / max(int(here.prompt.sum()), 1)), int(here.preemptions.sum()), sum(engine.tally.moved_bytes for engine in engines) + sent_bytes,
        sum(len(engine.turns.loads.get(engine.number, ())) for engine in engines if engine.turns),
        max((turns.most_bytes / turns.host.weight_bytes for turns in _turns(engines)), default=0.0), joules, dollars,
        max(engine.tally.step_tokens for engine in engines), max(engine.tally.step_sequences for engine in engines),
    )  # fmt: skip
