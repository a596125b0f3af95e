"""Modules: print and parse, attributes, the builder, locations, and several threads at once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from intarsia.errors import IntarsiaError, IRError
from intarsia.ir import bindings
from intarsia.ir.attributes import Symbol, from_attribute, to_attribute
from intarsia.ir.bindings import ir
from intarsia.ir.dialects import plan
from intarsia.ir.module import (
    STAGES,
    Builder,
    Module,
    attribute,
    attributes_of,
    element,
    location_of,
    rows,
    set_attributes,
    value,
    walk,
    width,
)
from tests.ir.samples import SPECS, random_module

FACTS = ["llm.model", *(f"plan.{spec.name}" for spec in plan.FACTS)]
LEVELS = {
    "agent": ["agent.graph", *FACTS],
    "tasks": ["agent.graph"],
    "ops": ["llm.phase"],
    "plan": ["llm.phase", *(f"plan.{spec.name}" for spec in plan.CHOICES)],
    "pipe": ["pipe.program", "pipe.schedule"],
}
SEEDS = st.integers(0, 1 << 32)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(allow_nan=False) | TEXTS | NAMES.map(Symbol)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_print_parse_print_is_the_identity(level: str, seed: int) -> None:
    text = str(random_module(LEVELS[level], seed))
    assert str(Module.parse(text)) == text


def test_levels_cover_every_operation() -> None:
    top = {name for name, spec in SPECS.items() if spec.parents == ("builtin.module",)}
    assert top == {name for names in LEVELS.values() for name in names}


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_attributes_round_trip(plain: Any) -> None:
    with bindings.context(), ir.Location.unknown():
        back = from_attribute(ir.Attribute.parse(str(to_attribute(plain))))
    assert back == plain and kinds(back) == kinds(plain)


def kinds(plain: Any) -> Any:
    """The types of a nested value: True is no 1, and a symbol is no text."""
    if isinstance(plain, list):
        return [kinds(item) for item in plain]
    return {key: kinds(item) for key, item in plain.items()} if isinstance(plain, dict) else type(plain)


@pytest.mark.parametrize("bad", ["\ud800", 1 << 63, {"": 1}, {"a\0b": 1}, Symbol(""), [["\udfff"]]])
def test_values_that_mlir_cannot_hold(bad: Any) -> None:
    with bindings.context(), ir.Location.unknown(), pytest.raises(IRError):
        to_attribute(bad)


def test_values_without_an_attribute() -> None:
    with bindings.context(), ir.Location.unknown(), pytest.raises(TypeError, match="no MLIR attribute for set"):
        to_attribute({1})


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, cut=st.integers(0, 1 << 16), insert=st.sampled_from(["", "}", '"', "@", "-1", "%0", "{a = 1}", "[", "dense<0>", "9" * 40, "\0"]))
@example(seed=1244, cut=1241, insert="")
def test_damaged_text_gives_a_module_or_an_error(seed: int, cut: int, insert: str) -> None:
    text = str(random_module(["agent.graph", "llm.phase", "pipe.program", *FACTS], seed))
    at = cut % len(text)
    drop = random.Random(seed).randint(0, 12)
    try:
        Module.parse(text[:at] + insert + text[at + drop :], "damaged.mlir")
    except IntarsiaError as error:
        assert "damaged.mlir" in str(error)


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS, plain=VALUES)
def test_an_attribute_of_any_value_gives_a_module_or_an_error(seed: int, plain: Any) -> None:
    module = random_module(["agent.graph", "llm.phase", "pipe.program", *FACTS], seed)
    rng = random.Random(seed)
    op = rng.choice([op for op in module.ops() if len(op.attributes)])
    set_attributes(op, **{rng.choice(list(attributes_of(op))): plain})
    try:
        module.verify()
    except IntarsiaError as error:
        assert str(error)


def small() -> Module:
    module = Module.create("ops")
    builder = Builder(module)
    builder.op("llm.model", sym_name="m", config={"architecture": "t", "family": "torch", "layers": 0}, body=lambda: builder.op("llm.end"))

    def layer(x: Any) -> None:
        with builder.at("model.gguf", 7):
            y = builder.op("llm.rmsnorm", [x], [rows(64)], weight="blk.{}.norm", eps=1e-5)
        builder.op("llm.yield", [builder.op("llm.add", [x, y], [rows(64)])])

    def phase(tokens: Any) -> None:
        x = builder.op("llm.embed", [tokens], [rows(64)], weight="embed")
        x = builder.op("llm.repeat", [x], [rows(64)], first=0, count=3, block_args=[rows(64)], body=layer)
        builder.op("llm.return", [x])

    builder.op("llm.phase", sym_name="p", model=Symbol("m"), kind="prefill", precision=None, block_args=["tensor<?xi32>"], body=phase)
    return module.verify()


def test_builder_makes_the_module_that_its_text_says() -> None:
    module = small()
    assert str(Module.parse(str(module))) == str(module)
    assert [op.name for op in module.ops()] == [
        "llm.model", "llm.end", "llm.phase", "llm.embed", "llm.repeat", "llm.rmsnorm", "llm.add", "llm.yield", "llm.return",
    ]
    assert module.stage == "ops" and "precision" not in module.find("llm.phase", "p").attributes


def test_builder_gives_the_operation_a_value_or_the_values() -> None:
    module = Module.create("agent")
    builder = Builder(module)

    def graph() -> None:
        one = builder.op("agent.constant", [], [value("text")], value="x")
        assert str(one.type) == "!agent.value"
        two = builder.op("agent.loop", [one, one], [value("text")] * 2, name="l", max_iterations=1, block_args=[value("any")] * 2, body=turn)
        assert len(two) == 2
        assert builder.op("agent.return", [], []).operation.name == "agent.return"

    def turn(a: Any, b: Any) -> None:
        builder.op("agent.yield", [a, b, a])

    builder.op("agent.graph", sym_name="g", body=graph)
    module.verify()
    with pytest.raises(ValueError, match="no kind of value 'colour'"):
        value("colour")


def test_operands_of_different_types() -> None:
    """Values that must be there have types of their own."""
    module = Module.create("ops")
    builder = Builder(module)

    def phase(x: Any, weights: Any, numbers: Any) -> None:
        sizes = {"experts": 4, "top_k": 2, "ffn": 8, "activation": "silu"}
        builder.op("llm.moe_experts", [x, weights, numbers], [rows(64)], gate="g", up="u", down="d", **sizes)
        builder.op("llm.return")

    builder.op("llm.model", sym_name="m", config={"architecture": "t", "family": "torch", "layers": 0}, body=lambda: builder.op("llm.end"))
    builder.op("llm.phase", sym_name="p", model=Symbol("m"), kind="decode", block_args=[rows(64), rows(2), rows(2, "i32")], body=phase)
    assert str(Module.parse(str(module))) == str(module)


def test_reading_a_module() -> None:
    module = small()
    norm = module.first("llm.rmsnorm")
    assert attributes_of(norm) == {"weight": "blk.{}.norm", "eps": 1e-5}
    assert attribute(norm, "eps") == 1e-5 and attribute(norm, "offset", 5) == 5
    assert width(norm.results[0]) == 64 and element(norm.results[0]) == "f32"
    assert [op.name for op in walk(module.find("llm.phase", "p"), "llm.add")] == ["llm.add"]
    assert module.first("llm.glu") is None
    with pytest.raises(IRError, match="no llm.phase called @q"):
        module.find("llm.phase", "q")


def test_set_attributes() -> None:
    module = small()
    norm = module.first("llm.rmsnorm")
    set_attributes(norm, eps=0.5, offset=64)
    assert attributes_of(norm) == {"weight": "blk.{}.norm", "eps": 0.5, "offset": 64}
    set_attributes(norm, offset=None, quantise=None)
    assert "offset" not in norm.attributes
    set_attributes(norm, eps=-1.0)
    with pytest.raises(IRError, match="eps must be greater than zero, found -1.0"):
        module.verify()


def test_stages() -> None:
    module = Module.create("agent")
    for stage in STAGES:
        module.stage = stage
        assert Module.parse(str(module)).stage == stage
    with pytest.raises(ValueError, match="no stage 'code'"):
        module.stage = "code"
    assert Module.parse("module {}").stage == ""


def test_clone_is_independent_and_keeps_locations() -> None:
    module = small()
    copy = module.clone()
    set_attributes(copy.first("llm.rmsnorm"), eps=0.5)
    assert attribute(module.first("llm.rmsnorm"), "eps") == 1e-5
    for place in (module, copy, copy.clone()):
        where = location_of(place.first("llm.rmsnorm"))
        assert (where.file, where.line, where.node) == ("model.gguf", 7, "llm.rmsnorm")
    assert location_of(module.first("llm.add")).line is None


def test_a_broken_rule_names_where_the_operation_came_from() -> None:
    module = small().clone()
    set_attributes(module.first("llm.rmsnorm"), eps=0.0)
    with pytest.raises(IRError, match=r"^model\.gguf:7: 'llm.rmsnorm' eps must be greater than zero"):
        module.verify()


def test_parsed_text_knows_its_lines() -> None:
    module = Module.parse('module {\n\n  "plan.slo"() {ttft_s = 1.0} : () -> ()\n}', "a.mlir")
    assert location_of(module.first("plan.slo")).line == 3


def test_threads_parse_print_and_clone_at_once() -> None:
    texts = [str(random_module(["agent.graph", "llm.phase"], seed)) for seed in range(8)]

    def work(number: int) -> bool:
        text = texts[number % len(texts)]
        module = Module.parse(text)
        with pytest.raises(IRError):
            Module.parse(text + "}")
        return str(module.clone().verify()) == text

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(48)))
