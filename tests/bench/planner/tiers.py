"""Memory tiers beside their published figures and rules: FlexGen's programs, SN40L's switching, HybriMoE's rules, buffers beside greedy."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np

from intarsia.planner.ilp.solver import Answer
from intarsia.planner.memory.tiers import fast, flexgen, hybrid, schedule, switching
from intarsia.planner.memory.tiers.machine import Link, Machine, Memory
from intarsia.planner.validate.tiers import expert_problems, residency_problems, schedule_problems, switching_problems
from tests.bench.figures import Figure
from tests.bench.planner.solved import Solved
from tests.planner.tiers.test_hybrid import ACTIVATED, trace

T = TypeVar("T")
FLEXGEN = {"6.7b": 28.18, "30b": 7.08, "175b": 0.17}
"""Tokens/s of FlexGen's linear programs on a T4, prompts of 512 (arXiv 2303.06865)."""


def figures() -> Iterator[Figure]:
    """Every row; each answer has passed its judge."""
    yield from _flexgen()
    yield from _switching()
    yield from _experts()
    yield from _buffers()
    yield from _schedules()


def _timed(make: Callable[[], T]) -> tuple[T, float]:
    began = time.process_time()
    return make(), time.process_time() - began


def _row(metric: str, value: float, unit: str, baseline: str, baseline_value: float, ratio: float, target: str, met: bool, answer: Answer | None, cpu_s: float,
         scale: float = 1.0) -> Solved:  # fmt: skip
    """`scale` turns the program's seconds into the row's unit; 0: the row is of something else than the program's objective."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    bound, gap = (answer.bound * scale if scale else float("nan"), answer.gap) if answer else (float("nan"), float("nan"))
    return Solved(metric, value, unit, baseline, baseline_value, ratio, target, met, metric, bound, gap, cpu_s, peak)


def _flexgen() -> Iterator[Solved]:
    for model, published in FLEXGEN.items():
        found, cpu_s = _timed(lambda m=model: flexgen.best(flexgen.OPT[m]))  # type: ignore[misc]
        off = abs(found.tokens_per_s / published - 1)
        rate, answer = found.tokens_per_s, found.found.answer
        yield _row(f"OPT-{model} offloaded", rate, "tokens/s", "FlexGen's program", published, rate / published, "within 10 %", off <= 0.1, answer, cpu_s, rate / answer.objective)


def _switching() -> Iterator[Solved]:
    experts = switching.samba_coe()
    ours = switching.solve(switching.SN40L, experts)
    assert switching_problems(switching.SN40L, experts, ours) == []
    for name, machine, published in (("DGX H100", switching.DGX_H100, 15.0), ("DGX A100", switching.DGX_A100, 31.0)):
        theirs, cpu_s = _timed(lambda m=machine: switching.solve(m, experts))  # type: ignore[misc]
        copies = [switching.switch_seconds(m, experts[0], "ddr") for m in (machine, switching.SN40L)]
        gain = copies[0] / copies[1]
        near = abs(gain / published - 1) <= 0.1
        yield _row(f"a switch, {name} / SN40L", gain, "x", "published, of which the rate is derived", published, gain / published, "within 10 %", near, theirs.answer, cpu_s, 0.0)
        mean = theirs.switch_s / ours.switch_s
        ratio = mean / published
        yield _row(f"mean switch of a request, {name} / SN40L", mean, "x", "published, of a copy", published, ratio, "same order", 0.5 < ratio < 2, theirs.answer, cpu_s, 0.0)


def _experts() -> Iterator[Solved]:
    for layers, steps, capacity, sequences in ((6, 6, 6, 1), (26, 2, 6, 1), (4, 2, 6, 8)):
        problem, scores = trace(0, layers, steps, capacity, sequences=sequences)
        rule, fixed = hybrid.by_rule(problem, scores, ACTIVATED), hybrid.fixed_mapping(problem)
        best, cpu_s = _timed(lambda p=problem, r=rule: hybrid.solve(p, r, time_limit_s=15, gap=0.01))  # type: ignore[misc]
        assert expert_problems(best) == expert_problems(rule) == []
        where = f"{layers} layers, {steps} steps, {sequences} sequences"
        mine, theirs, still = (1e3 * each.total_s for each in (best, rule, fixed))
        yield _row(f"experts, {where}", mine, "ms", "HybriMoE's rules", theirs, theirs / mine, "never slower", mine <= theirs * 1.0001, best.answer, cpu_s, 1e3)
        yield _row(f"experts by the rules, {where}", theirs, "ms", "fixed mapping", still, still / theirs, "faster", theirs < still, None, 0.0)


def _buffers() -> Iterator[Solved]:
    """A chain of layers: activations that are read twice, weights that are read once, a residual that lives long."""
    for count in (12, 24, 48):
        program = residual_chain(count)
        best, cpu_s = _timed(lambda p=program: fast.solve(p, time_limit_s=20, gap=1e-3))  # type: ignore[misc]
        assert residency_problems(best) == []
        mine, greedy = 1e6 * best.total_s, 1e6 * fast.greedy(program).total_s
        yield _row(f"fast memory, {count} operators", mine, "us", "greedy", greedy, greedy / mine, "never slower", mine <= greedy * 1.0001, best.answer, cpu_s, 1e6)


def residual_chain(count: int) -> fast.Program:
    """Operators of unequal work over rows of unequal widths, from a seed."""
    rng = np.random.default_rng(count)
    buffers = []
    for t in range(count):
        size, last = int(rng.integers(50, 400)) * 1000, min(count - 1, t + int(rng.choice([1, 1, 2, 5])))
        uses = {t: fast.Use(0.0, size)} | {when: fast.Use(size) for when in {last, min(t + 1, last)} if when > t}
        buffers.append(fast.Resident(f"x{t}", size, t, last + 1, uses))
        weight = int(rng.integers(100, 900)) * 1000
        buffers.append(fast.Resident(f"w{t}", weight, max(0, t - 4), t + 1, {t: fast.Use(weight * float(rng.choice([1, 1, 4])))}, outside=True))
    return fast.Program(tuple(float(rng.choice([1e-6, 2e-5, 8e-5])) for _ in range(count)), tuple(buffers), 1_500_000, 2e11, 2e10)


def _schedules() -> Iterator[Solved]:
    for count in (16, 48, 96):
        machine = Machine((Memory("hbm", 0.3 * count * 1e9), Memory("ddr", 0.4 * count * 1e9), Memory("nvme", 1e14)), (Link("ddr", "hbm", 5e10), Link("nvme", "ddr", 6e9)))
        steps = tuple(schedule.Step(f"layer{i}", 0.01 + 0.02 * (i % 3)) for i in range(count))
        problem = schedule.Problem(machine, steps, tuple(schedule.Item(f"w{i}", 1e9, (i,)) for i in range(count)), ahead=3)
        best, cpu_s = _timed(lambda p=problem: schedule.solve(p, time_limit_s=20))  # type: ignore[misc]
        assert schedule_problems(best) == []
        greedy = schedule.greedy(problem)[1]
        mine = best.period_s
        yield _row(f"three memories, {count} layers", mine, "s", "greedy", greedy, greedy / mine, "never slower", mine <= greedy * 1.0001, best.answer, cpu_s)

