"""The validator finds each kind of fault: plans are spoiled on purpose, by hand and by one rule at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from intarsia.ir.module import Module, attribute, set_attributes
from intarsia.planner import plan, validate
from intarsia.planner.validate import InvalidPlan, Span, overlaps
from tests.planner.samples import SMALL, branching, cpu, module


@pytest.fixture(scope="module")
def text() -> str:
    goals = {"ttft_s": 5.0, "tpot_s": 1.0, "e2e_s": 100.0}
    made = module({"m": (SMALL, "q4_1")}, {"host": (cpu(), 1)}, branching("m"), slo=goals, workload={"rate_per_s": 0.01})
    return str(plan.run(made))


def deploy(m: Module) -> Any:
    return m.first("plan.deploy")


def place(m: Module, task: str) -> Any:
    return next(op for op in m.ops("plan.place") if attribute(op, "task") == task)


def operator(m: Module, name: str) -> Any:
    return next(m.ops(name))


def clobber(m: Module) -> None:
    set_attributes(operator(m, "llm.attention"), offset=attribute(operator(m, "llm.rope_kv"), "offset"))


SPOILED: dict[str, tuple[Callable[[Module], None], str]] = {
    "a task without a place": (lambda m: place(m, "search").erase(), "has 0 places"),
    "too many threads": (lambda m: set_attributes(place(m, "search"), threads=99), "99 threads on a device of 4 cores"),
    "threads that differ within a phase": (lambda m: set_attributes(place(m, "long.decode"), threads=3), "different numbers of threads"),
    "more weights than memory": (lambda m: set_attributes(deploy(m), weight_bytes=int(9e9)), "needs 9"),
    "a KV pool that is too large": (lambda m: set_attributes(deploy(m), kv_bytes=int(9e9)), "bytes on each host"),
    "a KV pool for less than a context": (lambda m: set_attributes(deploy(m), kv_pages=1), "less than one context"),
    "odd pages": (lambda m: set_attributes(deploy(m), page_tokens=20, kv_pages=1000), "no multiple of 16"),
    "more devices than there are": (lambda m: set_attributes(deploy(m), replicas=2), "takes 2 of host"),
    "a late first token": (lambda m: set_attributes(place(m, "short.prefill"), step_s=6.0), "more than the goal ttft_s"),
    "slow tokens": (lambda m: set_attributes(place(m, "short.decode"), step_s=2.0), "more than the goal tpot_s"),
    "a path that takes too long": (lambda m: set_attributes(place(m, "search"), high_s=60.0), "of the paths end within 100"),
    "overload": (lambda m: set_attributes(place(m, "decide.decode"), busy_s=500.0), "host would be busy"),
    "an arena that is too small": (lambda m: set_attributes(operator(m, "llm.phase"), arena_bytes=64), "of an arena of 64"),
    "an offset that is not aligned": (lambda m: set_attributes(operator(m, "llm.rope_kv"), offset=32), "multiple of 64"),
    "an operator without offset": (lambda m: set_attributes(operator(m, "llm.rope_kv"), offset=None), "has no offset"),
    "buffers on top of each other": (clobber, "overwrites its own operand"),
}


def test_what_the_planner_made_is_valid(text: str) -> None:
    validate.check(Module.parse(text))


@pytest.mark.parametrize("fault", SPOILED)
def test_every_kind_of_fault_is_found(text: str, fault: str) -> None:
    spoil, words = SPOILED[fault]
    spoiled = Module.parse(text)
    spoil(spoiled)
    with pytest.raises(InvalidPlan, match=words):
        validate.check(spoiled)


def test_models_that_do_not_fit_together_are_found() -> None:
    two = {"m": (SMALL, "q4_1"), "n": (replace(SMALL, layers=2), "q4_1")}
    planned = plan.run(module(two, {"host": (cpu(), 1)}))
    for op in planned.ops("plan.deploy"):
        set_attributes(op, weight_bytes=int(5e9))
    assert any("together" in sentence for sentence in validate.problems(planned))


def test_overlaps_need_shared_bytes_and_shared_time() -> None:
    a = Span("a", 0, 64, 0, 2)
    assert overlaps([a, Span("b", 64, 128, 0, 2), Span("c", 0, 64, 2, 4)], 128) == []
    assert overlaps([a, Span("b", 63, 127, 1, 2)], 128) == ["a and b share bytes while both are alive"]
    assert overlaps([a], 63) == ["a at [0, 64) leaves the arena of 63 bytes"]
