"""Lifetimes of a phase's values, and places that an independent play-through finds intact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from intarsia.errors import UnsupportedError
from intarsia.ir.module import Builder, Module, Symbol, rows, set_attributes
from intarsia.planner.memory.arena import Arena, plan_arena, row_bytes, write_arena
from intarsia.planner.models import lower, with_precisions
from intarsia.planner.validate import phase_problems
from tests.planner.samples import ENCODER, SMALL, constant, cpu, module

TOKENS = "tensor<?xi32>"
CONFIGS = {
    "llama": SMALL, "qwen3": replace(SMALL, qk_norm=True), "encoder": ENCODER,
    "mixture": replace(SMALL, experts=8, top_k=2, expert_ffn=128, shared_experts=1, shared_ffn=128),
}  # fmt: skip


def phase(body: Callable[[Builder, Any], None]) -> Module:
    """A module with one phase with that body."""
    made = Module.create("ops")
    b = Builder(made)
    b.op("llm.model", body=lambda: b.op("llm.end"), sym_name="m", config=SMALL.to_dict())
    b.op("llm.phase", body=lambda tokens: body(b, tokens), block_args=[TOKENS], sym_name="m_prefill", model=Symbol("m"), kind="prefill")
    return made.verify()


def arena_of(body: Callable[[Builder, Any], None], max_rows: int, few_rows: int) -> Arena:
    made = phase(body)
    return plan_arena(made.first("llm.phase"), max_rows, few_rows)


def norm(b: Builder, x: Any, width: int = 64) -> Any:
    return b.op("llm.rmsnorm", [x], [rows(width)], weight="w", eps=1e-5)


def matmul(b: Builder, operands: list[Any], width: int = 64) -> Any:
    return b.op("llm.matmul", operands, [rows(width)], weights=["w"])


def embed(b: Builder, tokens: Any) -> Any:
    return b.op("llm.embed", [tokens], [rows(64)], weight="w")


def repeat(b: Builder, x: Any, layer: Callable[[Any], Any]) -> Any:
    return b.op("llm.repeat", [x], [rows(64)], block_args=[rows(64)], body=lambda v: b.op("llm.yield", [layer(v)]), first=0, count=3)


def test_a_residual_lies_where_its_operand_does_and_lives_across_the_repeat() -> None:
    def body(b: Builder, tokens: Any) -> None:
        x = embed(b, tokens)
        x = repeat(b, x, lambda v: matmul(b, [norm(b, v), v]))
        b.op("llm.return", [norm(b, x)])

    arena = arena_of(body, max_rows=2, few_rows=1)
    by_name = {b.name: b for b in arena.buffers}
    assert by_name["2:matmul"].alias == by_name["0:embed"].alias
    assert (by_name["0:embed"].lower, by_name["0:embed"].upper) == (0, 5)
    assert arena.assignment.offsets["2:matmul"] == arena.assignment.offsets["0:embed"]
    assert arena.bytes == 2 * (256 + 256)


def test_a_value_read_inside_a_repeat_lives_to_its_end() -> None:
    def body(b: Builder, tokens: Any) -> None:
        x, other = embed(b, tokens), embed(b, tokens)

        def layer(v: Any) -> Any:
            return matmul(b, [norm(b, b.op("llm.add", [norm(b, v), other], [rows(64)])), v])

        b.op("llm.return", [repeat(b, x, layer)])

    arena = arena_of(body, 1, 1)
    other = next(b for b in arena.buffers if b.name == "1:embed")
    assert (other.lower, other.upper) == (1, 7)


def test_rows_after_selection_are_few() -> None:
    def body(b: Builder, tokens: Any) -> None:
        few = b.op("llm.select_rows", [embed(b, tokens)], [rows(64)])
        b.op("llm.return", [matmul(b, [few], 1024)])

    sizes = {b.name: b.size for b in arena_of(body, max_rows=100, few_rows=3).buffers}
    assert sizes == {"0:embed": 100 * 256, "1:select_rows": 3 * 256, "2:matmul": 3 * 4096}


def test_quantised_rows_carry_their_scales() -> None:
    def body(b: Builder, tokens: Any) -> None:
        q = b.op("llm.quantise", [embed(b, tokens)], [rows(64, "i8")])
        b.op("llm.return", [matmul(b, [q])])

    made = phase(body)
    operators = list(made.ops())
    operators = operators[operators.index(made.first("llm.embed")) :]
    assert row_bytes(operators[1].results[0]) == 128  # 64 int8 + 2 scales and 2 sums, rounded up to 64
    assert row_bytes(operators[2].results[0]) == 256


def overwritten(b: Builder, tokens: Any) -> None:
    x = embed(b, tokens)
    y = matmul(b, [norm(b, x), x])
    b.op("llm.return", [b.op("llm.add", [y, x], [rows(64)])])


def own_input(b: Builder, tokens: Any) -> None:
    x = embed(b, tokens)
    b.op("llm.return", [matmul(b, [x, x])])


def carried_still_read(b: Builder, tokens: Any) -> None:
    def layer(v: Any) -> Any:
        fresh = matmul(b, [norm(b, v)])
        matmul(b, [v])
        return fresh

    b.op("llm.return", [repeat(b, embed(b, tokens), layer)])


@pytest.mark.parametrize("body", [overwritten, own_input, carried_still_read])
def test_reading_what_was_overwritten_is_refused(body: Callable[[Builder, Any], None]) -> None:
    with pytest.raises(UnsupportedError):
        arena_of(body, 1, 1)


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("precision", ["w-a8", "w-a32"])
@pytest.mark.parametrize("fused", [False, True])
def test_every_family_plays_through(name: str, precision: str, fused: bool) -> None:
    made = module({"m": (CONFIGS[name], "q4_1")}, {"host": (cpu(), 1)}, GRAPHS.get(CONFIGS[name].family), knobs=None)
    if fused:
        made = with_precisions(made, {"m": precision}, "host")
    for found in made.ops("llm.phase"):
        arena = plan_arena(found, 24, 5)
        write_arena(found, arena, 24)
        assert phase_problems(found, 5) == []
        assert arena.bytes <= 1.25 * arena.assignment.bound
    made.verify()


def encode(b: Builder) -> None:
    from intarsia.ir.module import value

    text = b.op("agent.input", [], [value("text")], name="text")
    vector = b.op("agent.embed", [text], [value("embedding")], name="embed", model=Symbol("m"), tokens=constant(50))
    b.op("agent.return", [vector], names=["vector"])


GRAPHS = {"encoder": encode}


def test_the_play_through_finds_a_clobbered_buffer() -> None:
    made = lower(with_precisions(module({"m": (SMALL, "q4_1")}, {"host": (cpu(), 1)}), {"m": "w-a32"}, "host"))
    found = next(made.ops("llm.phase"))
    write_arena(found, plan_arena(found, 8, 2), 8)
    operators = list(found.regions[0].blocks[0].operations)
    first = operators[0].operation
    inside = next(o.operation for o in operators[1].operation.regions[0].blocks[0].operations)
    set_attributes(inside, offset=first.attributes["offset"].value)
    assert any("overwrit" in sentence for sentence in phase_problems(found, 2))
