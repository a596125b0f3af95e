"""Switching between models in three tiers: the SN40L's published gain, greedy, and requests that are replayed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.memory.tiers import switching
from intarsia.planner.memory.tiers.machine import Machine, Memory
from intarsia.planner.memory.tiers.switching import DGX_A100, DGX_H100, SN40L, Expert, samba_coe, solve
from intarsia.planner.validate.tiers import switching_problems


def test_the_sn40l_switches_fifteen_to_thirty_one_times_faster() -> None:
    """arXiv 2405.07518: 15x against a DGX H100, 31x against a DGX A100, for models that have to be copied."""
    expert = samba_coe(1)[0]
    here = switching.switch_seconds(SN40L, expert, "ddr")
    assert switching.switch_seconds(DGX_H100, expert, "ddr") / here == pytest.approx(15, rel=0.1)
    assert switching.switch_seconds(DGX_A100, expert, "ddr") / here == pytest.approx(31, rel=0.1)


def test_over_all_requests_the_gain_keeps_its_order() -> None:
    """The GPUs have a little more HBM, so a few more of 150 experts needn't be copied: 14x and 28x."""
    found = {name: solve(machine, samba_coe()) for name, machine in (("rdu", SN40L), ("h100", DGX_H100), ("a100", DGX_A100))}
    for machine, placement in ((SN40L, found["rdu"]), (DGX_H100, found["h100"])):
        assert switching_problems(machine, samba_coe(), placement) == []
    assert 13 < found["h100"].switch_s / found["rdu"].switch_s < 16
    assert 26 < found["a100"].switch_s / found["rdu"].switch_s < 32
    assert all(placement.answer is not None and placement.answer.gap < 1e-6 for placement in found.values())


def test_one_node_holds_what_takes_nineteen_of_the_others_in_hbm() -> None:
    """The paper's footprint: 850 experts take 19 DGX nodes where all must be in HBM; one SN40L node has them in DDR."""
    many = samba_coe(850)
    assert switching.nodes_in_fast(DGX_H100, many) == pytest.approx(19, abs=1)
    assert "nvme" not in solve(SN40L, many, time_limit_s=20).homes.values()


def uneven(rng: np.random.Generator, count: int) -> list[Expert]:
    return [Expert(f"e{i}", float(rng.integers(5, 30)) * 1e9, float(p)) for i, p in enumerate(rng.dirichlet(np.full(count, 0.5)))]


@pytest.mark.parametrize("seed", range(4))
def test_never_worse_than_greedy_or_a_cache(seed: int) -> None:
    rng = np.random.default_rng(seed)
    experts = uneven(rng, 20)
    machine = replace(SN40L, memories=(Memory("hbm", 120e9), Memory("ddr", 150e9), Memory("nvme", 1e13)))
    found = solve(machine, experts)
    assert switching_problems(machine, experts, found) == []
    assert found.switch_s <= switching.greedy(machine, experts).switch_s * (1 + 1e-6)
    popularity = np.array([e.popularity for e in experts])
    requests = [experts[i].name for i in rng.choice(20, size=4000, p=popularity / popularity.sum())]
    assert found.switch_s <= 1.02 * switching.least_recently_used(machine, experts, requests)


def test_a_cache_of_everything_never_switches_again() -> None:
    experts = samba_coe(3)
    machine = Machine((Memory("hbm", 1e12), Memory("ddr", 1e12)), (SN40L.links[0],))
    once = switching.switch_seconds(machine, experts[0], "ddr")
    assert switching.least_recently_used(machine, experts, ["expert0", "expert1", "expert0", "expert1"]) == pytest.approx(once / 2)


def test_too_many_experts_are_refused() -> None:
    with pytest.raises(InfeasibleError, match="GB needed"):
        solve(Machine((Memory("hbm", 30e9), Memory("ddr", 30e9)), (SN40L.links[0],)), samba_coe(10))
    with pytest.raises(InfeasibleError, match=r"they need 1.348e\+05 GB, and all together have"):
        solve(SN40L, samba_coe(10_000))
    with pytest.raises(InfeasibleError, match="finds no room"):
        switching.greedy(Machine((Memory("hbm", 30e9),), ()), samba_coe(10))


def test_the_judge_sees_what_is_wrong() -> None:
    good = solve(SN40L, samba_coe(5))
    assert any("has no home" in p for p in switching_problems(SN40L, samba_coe(5), replace(good, homes={})))
    assert any("which holds" in p for p in switching_problems(Machine((Memory("hbm", 1e9), *SN40L.memories[1:]), SN40L.links), samba_coe(5), good))
    assert any("instead of" in p for p in switching_problems(SN40L, samba_coe(5), replace(good, homes=dict.fromkeys(good.homes, "ddr"))))


@pytest.mark.parametrize("wrong", [
    lambda: Expert("e", 0.0, 1.0), lambda: Expert("e", 1.0, -1.0), lambda: Expert("e", 2.0**63, 1.0), lambda: solve(SN40L, []),
    lambda: solve(SN40L, [Expert("e", 1.0, 1.0), Expert("e", 1.0, 1.0)]), lambda: solve(SN40L, [Expert("e", 1.0, 0.0)]),
])  # fmt: skip
def test_bad_input_is_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]
