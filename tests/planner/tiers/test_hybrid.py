"""Experts between CPU and GPU: the program beside HybriMoE's rules, a fixed mapping and every possible plan, and a judge that replays visits."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.errors import InputError
from intarsia.planner.memory.tiers import hybrid
from intarsia.planner.memory.tiers.hybrid import Done, Outcome, Problem
from intarsia.planner.validate.tiers import expert_problems
from intarsia.runtime.scheduler.hybrimoe import Speeds

SPEEDS = Speeds(28e-6, 1.5e-6, 80e-6, 12e-6, 220e-6)
EXPERTS, ACTIVATED = 24, 4


def trace(seed: int, layers: int, steps: int, capacity: int, *, sequences: int = 1, warm: int = 20) -> tuple[Problem, list[dict[int, float]]]:
    """Visits of a router whose preferences drift slowly, after `warm` steps that say which experts the GPU holds; and the router's scores."""
    rng = np.random.default_rng(seed)
    logits, held, visits, scores = rng.standard_normal((layers, EXPERTS)), np.zeros((layers, EXPERTS)), [], []
    for step in range(warm + steps):
        logits = 0.98 * logits + np.sqrt(1 - 0.98**2) * rng.standard_normal(logits.shape)
        row = []
        for layer in range(layers):
            each = np.exp(logits[layer] + rng.standard_normal((sequences, EXPERTS)))
            tokens = np.bincount(np.argsort(-each)[:, :ACTIVATED].ravel(), minlength=EXPERTS)
            held[layer] += tokens * (step < warm)
            row.append({int(e): int(tokens[e]) for e in np.flatnonzero(tokens)})
            if step >= warm:
                scores.append(dict(enumerate((each / each.sum()).sum(axis=0).tolist())))
        if step >= warm:
            visits.append(tuple(row))
    first = tuple(frozenset(np.argsort(-held[layer])[:capacity].tolist()) for layer in range(layers))
    return Problem(tuple(visits), capacity, SPEEDS, first, ahead=2), scores


def checked(problem: Problem, begin: Outcome | None = None, **options: float) -> Outcome:
    found = hybrid.solve(problem, begin, **({"time_limit_s": 20, "gap": 0.01} | options))  # type: ignore[arg-type]
    assert expert_problems(found) == []
    return found


@pytest.mark.parametrize(("seed", "layers", "steps", "capacity", "sequences"), [(0, 4, 4, 5, 1), (1, 6, 2, 3, 1), (2, 2, 2, 6, 4)])
def test_the_program_beats_the_rules_and_they_the_fixed_mapping(seed: int, layers: int, steps: int, capacity: int, sequences: int) -> None:
    problem, scores = trace(seed, layers, steps, capacity, sequences=sequences)
    rule, fixed = hybrid.by_rule(problem, scores, ACTIVATED), hybrid.fixed_mapping(problem)
    assert expert_problems(rule) == [] and expert_problems(fixed) == []
    best = checked(problem, rule)
    assert best.total_s <= rule.total_s * 1.0001 and rule.total_s < fixed.total_s
    assert best.answer is not None and best.answer.bound <= best.total_s * (1 + 1e-6)


def brute(problem: Problem) -> float:
    """The least seconds of one visit, or of two in different layers, over every split and every copy ahead."""
    visits = problem.visits

    def ways(k: int, held: frozenset[int]) -> list[Done]:
        found = []
        for sides in itertools.product("cgx", repeat=len(visits[k])):
            gpu, cpu, copied = (tuple(e for e, side in zip(visits[k], sides, strict=True) if side == wanted) for wanted in "gcx")
            if set(gpu) <= held:
                found.append(Done(gpu, cpu, copied))
        return found

    if len(visits) == 1:
        return min(hybrid.visit_seconds(visits[0], way, problem.speeds) for way in ways(0, problem.at_start(0)))
    best = float("inf")
    missing = [e for e in visits[1] if e not in problem.at_start(1)]
    for early in itertools.chain.from_iterable(itertools.combinations(missing, n) for n in range(len(missing) + 1)):
        pool = sorted(problem.at_start(1) | set(early))
        for held in itertools.combinations(pool, min(problem.capacity, len(pool))):
            second = min(hybrid.visit_seconds(visits[1], way, problem.speeds) for way in ways(1, frozenset(held)))
            for way in ways(0, problem.at_start(0)):
                first = hybrid.visit_seconds(visits[0], replace(way, early=tuple((1, e) for e in early)), problem.speeds)
                best = min(best, first + second)
    return best


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_as_good_as_trying_everything(data: st.DataObject) -> None:
    layers, capacity = data.draw(st.integers(1, 2)), data.draw(st.integers(0, 2))
    visits = tuple(data.draw(st.dictionaries(st.integers(0, 4), st.sampled_from([1, 1, 9, 40]), min_size=1, max_size=3)) for _ in range(layers))
    held = tuple(frozenset(data.draw(st.sets(st.integers(0, 4), max_size=capacity))) for _ in range(layers))
    problem = Problem((visits,), capacity, SPEEDS, held, ahead=1)
    assert checked(problem, gap=1e-6).total_s == pytest.approx(brute(problem), rel=1e-5)


def test_the_cache_links_the_steps() -> None:
    """An expert that is wanted again and again is copied once, and stays."""
    visit = {0: 60, 1: 60}
    found = checked(Problem(tuple((visit,) for _ in range(5)), 2, SPEEDS, (frozenset(),)))
    assert sum(len(done.copied) for done in found.done) <= 2
    assert all(set(done.gpu) for done in found.done[1:])


def test_no_capacity_means_nothing_stays() -> None:
    found = checked(Problem((({0: 1, 1: 1},),) * 3, 0, SPEEDS))
    assert not any(found.held) and not any(done.gpu for done in found.done)


def test_the_judge_sees_what_is_wrong() -> None:
    problem, scores = trace(0, 3, 2, 4)
    good = hybrid.by_rule(problem, scores, ACTIVATED)
    first = good.done[0]

    def wrong(**changes: object) -> list[str]:
        return expert_problems(replace(good, done=(replace(first, **changes), *good.done[1:])))  # type: ignore[arg-type]

    missing = next(e for e in problem.visits[0] if e not in good.held[0])
    assert any("instead of" in p for p in wrong(cpu=()))
    assert any("hasn't got them" in p for p in wrong(gpu=(missing,)))
    assert any("fetches expert" in p for p in wrong(early=((0, 1),)))
    assert any("ends after" in p for p in wrong(early=tuple((1, e) for e in range(9))))
    assert any("nobody brought" in p for p in expert_problems(replace(good, held=(frozenset({missing}), *good.held[1:]))))
    assert any("have room" in p for p in expert_problems(replace(good, problem=replace(problem, capacity=1, held=()))))


@pytest.mark.parametrize("wrong", [
    lambda: Problem((), 1, SPEEDS), lambda: Problem(((),), 1, SPEEDS), lambda: Problem((({0: 1},), ({0: 1}, {0: 1})), 1, SPEEDS), lambda: Problem((({0: 0},),), 1, SPEEDS),
    lambda: Problem((({0: 1},),), -1, SPEEDS), lambda: Problem((({0: 1},),), 1, SPEEDS, (frozenset({1, 2}),)),
])  # fmt: skip
def test_bad_input_is_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]
