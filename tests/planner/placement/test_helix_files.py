"""Helix's instance files: read as they are, damaged ones refused with their line, its own program as a judge, and its stored solutions beaten."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from intarsia.errors import InputError, UnsupportedError
from intarsia.planner.placement.flow import bounds, expand, helix_lp, regions, repair
from intarsia.planner.placement.flow.place import Options, place
from intarsia.planner.placement.flow.problem import SINK, SOURCE, Interval, arrays
from intarsia.planner.validate import flow_problems, lp_value

PROGRAM = r"""\ Model of a test
Maximize
  flow_source_0 + flow_source_1
Subject To
 hold_constraint_0: hold_0_1 + hold_0_2 = 1
 end_constraint_0: start_0 + hold_0_1 + 2 hold_0_2 <= 3
 hold_constraint_1: hold_1_1 + hold_1_2
   = 1
 end_constraint_1: start_1 + hold_1_1 + 2 hold_1_2 <= 3
 node_flow_constraint_0: flow_source_0 - flow_0_1 + flow_1_0 - flow_0_sink = 0
 node_flow_constraint_1: flow_source_1 + flow_0_1 - flow_1_0 - flow_1_sink = 0
 node_throughput_constraint_0: - 9.5 hold_0_1
   - 4e+00 hold_0_2 + flow_source_0 + flow_1_0 <= 0
 node_throughput_constraint_1: - 9.5 hold_1_1 - 4 hold_1_2 + flow_source_1 + flow_0_1 <= 0
 edge_disable_constr_source_0: start_0 + 3 switch_source_0 <= 3
 edge_disable_constr_source_1: start_1 + 3 switch_source_1 <= 3
 edge_disable_constr_0_sink: - start_0 - hold_0_1 - 2 hold_0_2 + 3 switch_0_sink <= 0
 edge_disable_constr_1_sink: - start_1 - hold_1_1 - 2 hold_1_2 + 3 switch_1_sink <= 0
 edge_disable_constr1_0_1: start_0 - start_1 + hold_0_1 + 2 hold_0_2 + 3 switch_0_1 <= 3
 edge_disable_constr2_0_1: - start_0 + start_1 - hold_0_1 - 2 hold_0_2 + 3 switch_0_1 <= 3
 edge_disable_constr1_1_0: start_1 - start_0 + hold_1_1 + 2 hold_1_2 + 3 switch_1_0 <= 3
 edge_disable_constr2_1_0: - start_1 + start_0 - hold_1_1 - 2 hold_1_2 + 3 switch_1_0 <= 3
 edge_flow_constr_source_0: flow_source_0 - 5e+08 switch_source_0 <= 0
 edge_flow_constr_source_1: flow_source_1 - 5e+08 switch_source_1 <= 0
 edge_flow_constr_0_sink: flow_0_sink - 5e+08 switch_0_sink <= 0
 edge_flow_constr_1_sink: flow_1_sink - 5e+08 switch_1_sink <= 0
 edge_flow_constr_0_1: flow_0_1 - 7 switch_0_1 <= 0
 edge_flow_constr_1_0: flow_1_0 - 3 switch_1_0 <= 0
Bounds
Binaries
 hold_0_1 hold_0_2 hold_1_1 hold_1_2 switch_source_0 switch_source_1 switch_0_sink switch_1_sink switch_0_1 switch_1_0
Generals
 start_0 start_1
End
"""
SMALL = ("single_cluster_llama30b_a100", "single_cluster_llama30b_l4", "single_cluster_llama30b_t4")
"""Those that take a second; the bench has all of them."""


def written(folder: Path, text: str = PROGRAM) -> Path:
    path = folder / "case.lp"
    path.write_text(text)
    return path


def test_an_instance_is_read_placed_and_judged_by_its_own_program(tmp_path: Path) -> None:
    path = written(tmp_path)
    cluster = helix_lp.read(path)
    assert (cluster.layers, [m.rates for m in cluster.machines]) == (3, [(9.5, 4.0)] * 2)
    assert cluster.links[SOURCE, "0"] == 5e8 and cluster.links["0", "1"] == 7 and cluster.links["1", "0"] == 3 and len(cluster.links) == 6
    found = place(cluster, Options(time_limit_s=5, rounds=3, steps=300))
    assert found.value == 4.0 and found.placement["0"].start == 0
    assert lp_value(path, found.placement) == pytest.approx(4.0)
    assert lp_value(path, {"0": Interval(0, 1), "1": Interval(1, 2)}) == 0.0


def test_a_solution_reads_back(tmp_path: Path) -> None:
    cluster = helix_lp.read(written(tmp_path))
    placement = {"0": Interval(0, 2), "1": Interval(2, 3)}
    helix_lp.write_solution(tmp_path / "a.sol", cluster, placement, {(SOURCE, "0"): 4.0, ("0", "1"): 4.0, ("1", SINK): 4.0}, 4.0)
    assert helix_lp.read_solution(tmp_path / "a.sol") == helix_lp.Stored(4.0, placement)
    with pytest.raises(InputError, match="cannot write"):
        helix_lp.write_solution(tmp_path / "no" / "a.sol", cluster, placement, {}, 4.0)


@pytest.mark.parametrize(("old", "new", "line", "message"), [
    ("- 9.5 hold_1_1", "- 9x hold_1_1", 14, "'9x' is no number"),
    ("- 9.5 hold_1_1", "- 1e999 hold_1_1", 14, "no number"),
    ("- 9.5 hold_1_1", "9.5 hold_1_1", 14, "negative ones"),
    ("- 9.5 hold_1_1 ", "", None, "node 1 has no rate for 1 layers"),
    ("hold_1_2 <= 3", "hold_1_2 <= 4", 9, "says 4 layers, others 3"),
    ("2 hold_0_2 <= 3", "2 hold_0_2 <= 2.5", 6, "2.5 layers"),
    (" edge_flow_constr_1_0: flow_1_0 - 3", " edge_flow_constr_0_1: flow_0_1 - 3", 28, "stands there twice"),
    ("- 7 switch_0_1", "+ 7 switch_0_1", 27, "minus capacity"),
    ("switch_1_0 <= 0\nB", "switch_1_0\nB", 28, "no right side"),
    ("Subject To\n", "Subject To\n 3 x <= 4\n", 5, "without a name"),
    ("flow_1_sink = 0\n", "flow_1_sink ? 3 = 0\n", 11, "can't be read"),
    (PROGRAM[PROGRAM.index("Bounds"):], "", 28, "cut off"),
    (PROGRAM[PROGRAM.index(" node_thr"):PROGRAM.index(" edge_dis")], "", None, "no node_throughput_constraint"),
])  # fmt: skip
def test_damaged_files_are_refused_with_their_line(tmp_path: Path, old: str, new: str, line: int | None, message: str) -> None:
    assert old in PROGRAM
    with pytest.raises(InputError, match=message) as caught:
        helix_lp.read(written(tmp_path, PROGRAM.replace(old, new)))
    assert getattr(caught.value.where, "line", None) == line


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        helix_lp.read(tmp_path / "none.lp")
    (tmp_path / "b.lp").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is no text"):
        helix_lp.read(tmp_path / "b.lp")
    (tmp_path / "c.sol").write_text("start_0 1 2\n")
    with pytest.raises(InputError, match=r"c\.sol:1: should be a variable"):
        helix_lp.read_solution(tmp_path / "c.sol")
    partial = PROGRAM.replace("start_1 - hold_0_1 - 2 hold_0_2 + 3 switch_0_1", "start_1 - hold_0_1 + hold_1_1 + 3 switch_0_1")
    with pytest.raises(UnsupportedError, match="partial inference"):
        helix_lp.read(written(tmp_path, partial))


@pytest.mark.parametrize("name", SMALL)
def test_stored_solutions_of_small_instances_are_matched(real_data: Path, name: str) -> None:
    path = real_data / "helix" / f"{name}.lp"
    cluster, stored = helix_lp.read(path), helix_lp.read_solution(path.with_suffix(".sol"))
    assert lp_value(path, stored.placement) == pytest.approx(stored.value, rel=1e-5)
    found = place(cluster, Options(time_limit_s=3.0, rounds=10, steps=10000))
    assert not flow_problems(cluster, found.placement, found.flows, found.value)
    assert found.value >= stored.value * (1 - 1e-6)
    assert lp_value(path, found.placement) == pytest.approx(found.value, rel=1e-5)


@pytest.mark.parametrize("name", ["distributed_clusters_llama70b", "high_heterogeneity_llama70b", "ablation_quality"])
def test_flows_are_what_the_program_says_and_search_keeps_them(real_data: Path, name: str) -> None:
    """From Gurobi's placement on: its flow is counted as Helix's program counts it, and local search ends on no less."""
    path = real_data / "helix" / f"{name}.lp"
    cluster, stored = helix_lp.read(path), helix_lp.read_solution(path.with_suffix(".sol"))
    made = arrays(cluster)
    held = [stored.placement[machine.name] for machine in cluster.machines]
    start, size = np.array([h.start for h in held]), np.array([h.size for h in held])
    assert expand.flows(made, start, size)[0] == pytest.approx(stored.value, rel=1e-5)
    assert lp_value(path, stored.placement) == pytest.approx(stored.value, rel=1e-5)
    found = repair.improve(made, [(start, size)], stored.value, regions.sparse(made), math.inf, seed=0, rounds=1, steps=4000)
    names = [machine.name for machine in cluster.machines]
    placement = {n: Interval(int(s), int(s + k)) for n, s, k in zip(names, found.start, found.size, strict=True)}
    assert stored.value * (1 - 1e-6) <= found.value <= bounds.work(made)
    assert lp_value(path, placement) == pytest.approx(found.value, rel=1e-5)
