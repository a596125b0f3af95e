"""Layers, curves and nano-batches: what they say, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intarsia.compiler.frontends import pipeline_times
from intarsia.errors import InputError
from intarsia.planner.pipeline.curves import PUBLISHED, Interference, at
from intarsia.planner.pipeline.layer import Layer, Operator, waits
from intarsia.planner.pipeline.nano import Group, Structure, graph
from tests.planner.pipeline.layers import balanced, random_layer

OP = Operator("x", "compute", ((100.0, 1.0), (200.0, 1.5)))


@pytest.mark.parametrize(("rows", "seconds"), [(0, 0.0), (100, 1.0), (150, 1.25), (200, 1.5), (300, 2.0), (50, 0.75), (1, 0.505)])
def test_seconds_lie_on_lines_through_the_points(rows: float, seconds: float) -> None:
    assert OP.seconds(rows) == pytest.approx(seconds)


def test_few_rows_take_no_less_than_their_part() -> None:
    steep = Operator("x", "compute", ((100.0, 1.0), (200.0, 4.0)))
    assert steep.seconds(50) == pytest.approx(0.5) and Operator("y", "memory", ((10.0, 1.0),)).seconds(40) == pytest.approx(4.0)


def test_operators_without_rows_are_stepped_over() -> None:
    layer = Layer("l", (Operator("a", "compute", ((1.0, 1.0),), previous=("c",)), Operator("p", "compute", ((1.0, 1.0),), ("a",), rows="prefill"),
                        Operator("c", "compute", ((1.0, 1.0),), ("p",))), 8, 0)  # fmt: skip
    assert sorted(waits(layer)) == [("a", "c", 1), ("c", "a", 0)]


@pytest.mark.parametrize(("make", "sentence"), [
    (lambda: Operator("x", "compute", ()), "times need row counts"), (lambda: Operator("x", "compute", ((2.0, 1.0), (1.0, 1.0))), "times need row counts"),
    (lambda: Operator("x", "thought", ((1.0, 1.0),)), "kind is 'thought'"), (lambda: Operator("x", "compute", ((1.0, 0.0),)), "greater than zero"),
    (lambda: Operator("x", "compute", ((1.0, 1.0),), rows="some"), "rows is 'some'"), (lambda: Layer("l", (OP,), 0, 0), "at least one row"),
    (lambda: Layer("l", (), 1, 0), "no operators"), (lambda: Layer("l", (OP, OP), 1, 0), "two operators are called x"),
    (lambda: Layer("l", (Operator("a", "compute", OP.points, ("b",)),), 1, 0), "waits for 'b'"),
    (lambda: Layer("l", (Operator("a", "compute", OP.points, ("b",)), Operator("b", "compute", OP.points, ("a",))), 1, 0), "wait for each other: a, b"),
])  # fmt: skip
def test_what_is_no_layer(make, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=sentence):
        make()


def test_published_curves() -> None:
    assert PUBLISHED.speed("memory", 0.4, ("compute",)) == 0.8 and PUBLISHED.speed("network", 0.2, ("compute",)) == 0.5
    assert PUBLISHED.speed("compute", 0.6, ("memory",)) == pytest.approx(0.6) and PUBLISHED.speed("memory", 0.3) == pytest.approx(0.55)
    assert PUBLISHED.choices("network") == [step / 20 for step in range(2, 21)] and Interference.from_dict(PUBLISHED.as_dict()) == PUBLISHED


def test_beside_several_the_slowest_pair_counts() -> None:
    curves = Interference({("memory", "compute"): ((0.5, 0.9), (1.0, 1.0)), ("memory", "network"): ((0.5, 0.6), (1.0, 1.0))})
    assert curves.speed("memory", 0.5, ("compute", "network")) == 0.6 and curves.speed("memory", 0.5, ("memory",)) == 0.6


@pytest.mark.parametrize(("facts", "sentence"), [
    ({}, "not an interference table"), ({"curves": {"memory beside compute": [[0.3, 0.2], [0.2, 0.3]]}}, "ascending"),
    ({"curves": {"memory beside thought": [[1.0, 1.0]]}}, "beside 'thought'"), ({"curves": {"thought beside memory": [[1.0, 1.0]]}}, "no kind 'thought'"),
    ({"curves": {"memory beside compute": [[0.33, 0.5]]}}, "multiples of 0.05"), ({"curves": {"memory beside compute": [[0.5, 0.0]]}}, "greater than zero"),
    ({"curves": {"memory beside compute": 3}}, "not an interference table"),
])  # fmt: skip
def test_what_is_no_curve(facts: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Interference.from_dict(facts)


@given(st.lists(st.tuples(st.integers(1, 20), st.floats(0.01, 1.0)), min_size=1, max_size=6, unique_by=lambda point: point[0]), st.floats(0.0, 1.0))
def test_curves_stay_between_their_points(points: list[tuple[int, float]], share: float) -> None:
    curve = tuple((step / 20, speed) for step, speed in sorted(points))
    assert 0 <= at(curve, share) <= max(speed for _, speed in curve) * (1 + 1e-12)


@given(st.integers(0, 200), st.integers(1, 4))
def test_every_row_is_in_one_nano_batch(seed: int, pieces: int) -> None:
    layer = random_layer(seed)
    groups = (Group(layer.decode // 3, layer.prefill), Group(layer.decode - layer.decode // 3, 0))
    made = graph(layer, Structure(groups, tuple((op.name, pieces) for op in layer.operators)))
    for op in layer.active:
        mine = [nano for nano in made.nanos if nano.operator == op.name]
        rows = [row for nano in mine for row in range(nano.first, nano.last)]
        assert len(rows) == len(set(rows)) == layer.rows_of(op)
        assert sum(nano.decode for nano in mine) == (0 if op.rows == "prefill" else layer.decode)
    for nano, other, _ in made.needs:
        assert set(range(made.nanos[nano].first, made.nanos[nano].last)) & set(range(made.nanos[other].first, made.nanos[other].last))


TIMES = {"batch": {"decode": 8}, "operators": {"P": {"kind": "compute", "ms": {8: 1.0}, "previous": ["P"]}}}


def test_times_as_a_layer() -> None:
    layer, curves = pipeline_times.layer_of(TIMES | {"peak": {"flops": 1e12, "parameters": 1e9}, "layers": 2, "interference": PUBLISHED.as_dict()}, "t.yaml")
    assert curves == PUBLISHED and layer.operators[0].seconds(8) == pytest.approx(1e-3) and layer.optimal_s == pytest.approx(2 * 1e9 * 8 / 1e12 / 2)


@pytest.mark.parametrize(("change", "sentence"), [
    ({"operators": {}}, "t.yaml, operators: should be a table"), ({"bath": 1}, "unknown key 'bath'"), ({"batch": {"decode": "many"}}, "batch.decode: should be a number, found 'many'"),
    ({"operators": {"P": {"kind": "compute"}}}, "P.ms: should be a table"), ({"operators": {"P": {"kind": "c", "ms": {1: 1}}}}, "P: no kind 'c'"),
    ({"operators": {"P": {"kind": "compute", "ms": {0: 1}}}}, "P: its times need row counts"), ({"peak": {"flops": 0, "parameters": 1}}, "peak: flops and parameters"),
    ({"layers": 0}, "must be at least 1"),
])  # fmt: skip
def test_times_that_are_none(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        pipeline_times.layer_of(TIMES | change, "t.yaml")


def test_what_is_a_file_of_times(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    (tmp_path / "times.yaml").write_text("operators: {}")
    assert not pipeline_times.is_times(tmp_path / "config.json") and pipeline_times.is_times(tmp_path / "times.yaml") and not pipeline_times.is_times(tmp_path)


def test_the_sequential_time_is_the_sum() -> None:
    assert balanced().sequential_s == pytest.approx(1.5e-3)
