"""Plans of models that memory has no room for: what the planner chooses, says in the module, and the pipeline makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intarsia.cost_models.cost import Setup
from intarsia.errors import InfeasibleError
from intarsia.ir.module import Module, attribute, attributes_of, set_attributes
from intarsia.planner import plan, validate
from intarsia.planner.memory.tiers import streaming
from intarsia.planner.memory.tiers.streaming import DISK, Layers, Reader, Streaming, crowded
from intarsia.planner.memory.tiers.streaming import plan as split
from tests.planner.samples import SMALL, cpu, module

LARGE = replace(SMALL, layers=12)


def planned(memory_bytes: int, **rates: float) -> Module:
    host = cpu(rates={"disk": 1e9} | rates)
    return plan.run(module({"m": (LARGE, "q4_0")}, {"host": (host, 1)}, knobs={"memory_bytes": memory_bytes, "context": 64, "max_sequences": 1}))


def deploy(planned: Module) -> dict[str, object]:
    return attributes_of(next(iter(planned.ops("plan.deploy"))))


def test_what_fits_is_not_streamed() -> None:
    assert not list(planned(200_000_000).ops("plan.tier"))


def test_what_does_not_fit_is_streamed_within_the_cap() -> None:
    whole = planned(200_000_000)
    cap = int(float(str(deploy(whole)["weight_bytes"])) + float(str(deploy(whole)["kv_bytes"]))) - 500_000
    found = planned(cap)
    (tier,) = found.ops("plan.tier")
    facts = attributes_of(tier)
    assert (facts["first"], facts["count"], facts["data"]) == (0, 12, "weights")
    assert 0 < facts["resident"] < facts["bytes"] and facts["window"] >= facts["bytes"] - facts["resident"]
    assert sum(facts["shares"].values()) == pytest.approx(1.0)
    arenas = max(attribute(op, "arena_bytes") for op in found.ops("llm.phase"))
    assert int(str(deploy(found)["weight_bytes"])) + int(str(deploy(found)["kv_bytes"])) + arenas <= cap


def test_less_memory_or_a_slower_disk_takes_longer() -> None:
    def seconds(cap: int, disk: float) -> float:
        found = planned(cap, disk=disk)
        (estimate,) = [attributes_of(op) for op in found.ops("plan.estimate") if attribute(op, "subject") == "m"]
        return float(estimate["metrics"]["tpot_s"])

    caps = [5_000_000, 4_500_000, 4_000_000]
    times = [seconds(cap, 1e9) for cap in caps]
    assert times == sorted(times) and times[0] < times[-1]
    assert seconds(caps[-1], 1e8) > times[-1]


def test_too_small_a_cap_is_refused() -> None:
    with pytest.raises(InfeasibleError, match="memory of one host"):
        planned(1_000_000)


@pytest.mark.parametrize(("change", "message"), [
    ({"window": 10}, "through a window of 10"), ({"count": 11}, "each of which should be there once"), ({"resident": 1}, "says that this is"), ({"window": 10**9}, "of all weights together"),
])  # fmt: skip
def test_the_judge_sees_wrong_tiers(change: dict[str, int], message: str) -> None:
    found = planned(4_500_000)
    set_attributes(next(iter(found.ops("plan.tier"))), **change)
    assert any(message in problem for problem in validate.problems(found))


def test_the_plan_is_the_programs_optimum_to_a_page() -> None:
    found = split([Layers(0, 10, 4e6)], 1e6, 26e6, Reader(1e9), 1e-4, 1e-3)
    assert found.memory_bytes == pytest.approx(26e6)
    assert found.bound_s * (1 - 1e-6) <= found.period(1e-4, 1e-3) <= 1.05 * found.bound_s


def test_a_cap_without_room_for_two_layers_is_refused() -> None:
    with pytest.raises(InfeasibleError, match="two of them"):
        split([Layers(0, 10, 4e6)], 1e6, 8e6, Reader(1e9), 1e-4, 1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.floats(0.0, 0.01), st.floats(0.0, 0.02), st.floats(1.0, 3.0))
def test_a_period_is_never_less_than_disk_or_work_take(sizes: list[int], layer_s: float, rest_s: float, windows: float) -> None:
    groups = tuple(Layers(i, 1, 1e5 * size) for i, size in enumerate(sizes))
    streamed = 1e5 * sum(sizes)
    made = Streaming(groups, (0.0,) * len(sizes), 0.0, windows * 1e5 * max(sizes), Reader(1e8), 0.0, "")
    work = layer_s * len(sizes) + rest_s
    assert max(work, streamed / 1e8) * (1 - 1e-9) <= made.period(layer_s, rest_s) <= work + streamed / 1e8 + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.floats(0.0, 0.01), st.floats(0.0, 0.002), st.floats(0.0, 0.002), st.integers(0, 4))
def test_every_term_of_the_reader_makes_a_step_longer_by_no_more_than_it_is(sizes: list[int], layer_s: float, turn_s: float, cpu_s: float, workers: int) -> None:
    groups = tuple(Layers(i, 1, 1e5 * size) for i, size in enumerate(sizes))

    def period(reader: Reader, crowded: int = 0) -> float:
        return Streaming(groups, (0.0,) * len(sizes), 0.0, 2e5 * max(*sizes, 1), reader, 0.0, "").period(layer_s, 1e-3, crowded)

    reads = sum(size > 0 for size in sizes)
    bare, turns, all_terms = period(Reader(1e8)), period(Reader(1e8, turn_s)), period(Reader(1e8, turn_s, cpu_s), workers)
    assert bare - 1e-12 <= turns <= bare + reads * turn_s + 1e-9
    assert turns - 1e-12 <= all_terms <= turns + (reads * cpu_s / workers if workers else 0.0) + 1e-9
    account = Streaming(groups, (0.0,) * len(sizes), 0.0, 2e5 * max(*sizes, 1), Reader(1e8, turn_s), 0.0, "").account(layer_s, 1e-3)
    assert account["work"] + account["bytes"] + account["turns"] - account["overlapped"] == pytest.approx(account["step"]) and account["overlapped"] >= -1e-9


def test_a_disk_that_bounds_every_layer_takes_its_bytes_and_its_turns() -> None:
    made = Streaming((Layers(0, 30, 1e6),), (0.0,), 0.0, 2e6, Reader(1e9, 2e-4), 0.0, "")
    assert made.period(1e-4, 0.0) == pytest.approx(30 * (1e-3 + 2e-4), rel=0.01)


def test_the_reader_of_a_device_and_who_it_takes_a_core_from() -> None:
    assert Reader.of({}) == Reader(streaming.ASSUMED_DISK)
    assert Reader.of({DISK: 1e9, "disk_turns": 4e3, "disk_cpu": 2e10, "disk_cpu_turns": 1e4}) == Reader(1e9, 2.5e-4, 1e-4, 5e-11)
    host = cpu()
    assert crowded(Setup(host, host.cores)) == host.cores and crowded(Setup(host, host.cores - 1)) == 0
