"""Shares of a steady state: FlexGen's own figures, its limits, and what more groups of layers may bring."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from intarsia.errors import InfeasibleError, InputError
from intarsia.planner.memory.tiers import flexgen, shares
from intarsia.planner.memory.tiers.flexgen import OPT, Block, Form, Host, Load, best, climb, problem
from intarsia.planner.memory.tiers.shares import Group, Linear, Phase, Problem


@pytest.mark.parametrize(("model", "published"), [("6.7b", 28.18), ("30b", 7.08), ("175b", 0.17)])
def test_flexgens_published_points(model: str, published: float) -> None:
    """Tokens/s of its own linear programs: arXiv 2303.06865, T4, prompts of 512."""
    found = best(OPT[model])
    assert found.tokens_per_s == pytest.approx(published, rel=0.01)
    assert found.found.answer.gap == 0.0


def test_a_policy_is_better_than_its_neighbours() -> None:
    sizes, load, host = OPT["30b"], Load(), Host()
    found = best(sizes, load, host)
    for batches in (found.block.batches - 1, found.block.batches + 1):
        near = shares.solve(problem(sizes, load, host, Block(found.block.batch, batches)))
        assert near is None or flexgen.tokens_per_s(near, load, Block(found.block.batch, batches)) <= found.tokens_per_s + 1e-9


def test_seconds_are_those_of_the_longest_lanes() -> None:
    """The solver's seconds, worked out anew from its shares."""
    made = problem(OPT["6.7b"], Load(), Host(), Block(64, 9))
    found = shares.solve(made)
    assert found is not None
    (group,) = made.groups
    again = sum(group.layers * p.times * max(lane.of(found.shares["layers"]) for lane in p.lanes.values()) for p in group.phases)
    assert again == pytest.approx(found.seconds, rel=1e-6)
    for name, size in made.rooms.items():
        assert group.rooms[name].of(found.shares["layers"]) <= size * (1 + 1e-6)


def test_groups_of_layers_may_differ_and_never_lose() -> None:
    one, three = (shares.solve(problem(OPT["30b"], Load(), Host(), Block(32, 5), groups=n)) for n in (1, 3))
    assert one is not None and three is not None
    assert three.seconds <= one.seconds * (1 + 1e-6)
    assert set(three.shares) == {"layers0", "layers1", "layers2"}


def test_overlapping_all_channels_is_never_slower() -> None:
    assert best(OPT["30b"], form=Form.PAPER).tokens_per_s >= best(OPT["30b"]).tokens_per_s


def test_more_memory_never_hurts() -> None:
    rates = [best(OPT["30b"], host=replace(Host(), gpu_bytes=gpu * 2.0**30)).tokens_per_s for gpu in (12, 15, 24)]
    assert rates == sorted(rates)


def test_a_model_that_fits_nowhere_says_which_memory_is_too_small() -> None:
    with pytest.raises(InfeasibleError, match=r"cpu, .*too much"):
        best(OPT["175b"], host=replace(Host(), disk_bytes=0.0, cpu_bytes=1e9))


@pytest.mark.parametrize("wrong", [
    lambda: Load(0, 32), lambda: problem(OPT["30b"], Load(), Host(), Block(1, 1), groups=49), lambda: Problem(("w",), ("gpu",), (), {}),
    lambda: Problem(("w",), ("gpu",), (Group("g", 0, (), {}),), {}), lambda: Problem(("w",), ("gpu",), (Group("g", 1, (), {}), Group("g", 1, (), {})), {}),
    lambda: Problem(("w",), ("gpu",), (Group("g", 1, (Phase("p", 1.0, {"l": Linear({("kv", "gpu"): 1.0})}),), {}),), {}),
])  # fmt: skip
def test_bad_input_is_refused(wrong: object) -> None:
    with pytest.raises(InputError):
        wrong()  # type: ignore[operator]


@pytest.mark.parametrize("peak", [1, 2, 3, 7, 64, 100, 1000])
def test_climbing_finds_the_peak(peak: int) -> None:
    assert climb(lambda n: -float((n - peak) ** 2)) == peak


def test_the_program_can_be_read(tmp_path: Path) -> None:
    shares.solve(problem(OPT["6.7b"], Load(), Host(), Block(1, 1)), write_lp=tmp_path / "shares.lp")
    assert "share_layers_weights_gpu_" in (tmp_path / "shares.lp").read_text()
