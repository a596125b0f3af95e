"""plan -> pipe: buffers at the planned places, shared weights, launches in order; and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from intarsia.codegen.cpu import to_pipe
from intarsia.codegen.cpu.weights import Packed, Scope, WeightFile, _frozen, thawed
from intarsia.errors import IRError, UnsupportedError
from intarsia.ir.module import Module, attribute, attributes_of, set_attributes, walk
from tests.models import tiny_gguf, tiny_hf
from tests.numerical.native import planned


@pytest.fixture
def llama(tmp_path: Path) -> Path:
    return tiny_gguf(tmp_path / "m.gguf", types={"token_embd": "q8_0", "": "q4_1"}, head_dim=32)


def launches(module: Module, program: str) -> list[str]:
    return [attribute(op, "kernel") for op in walk(module.find("pipe.program", program), "pipe.launch")]


LAYER = ["rmsnorm", "matmul", "rope_kv", "attention", "matmul", "rmsnorm", "matmul", "matmul"]


def test_a_fused_layer_is_eight_launches(llama: Path) -> None:
    module = to_pipe.run(planned(llama, precision="w-a8"))
    assert launches(module, "m_prefill") == ["embed", *LAYER, "select_rows", "rmsnorm", "matmul"]
    assert launches(module, "m_decode") == launches(module, "m_prefill")
    assert module.first("llm.phase") is None


def test_unfused_operators_have_kernels_too(llama: Path) -> None:
    kernels = launches(to_pipe.run(planned(llama, fused=False)), "m_prefill")
    assert kernels.count("matmul") == 8
    assert {"rope", "kv_write", "add", "glu"} <= set(kernels)


def test_a_tied_embedding_and_both_phases_share_weights(llama: Path) -> None:
    module = to_pipe.run(planned(llama, precision="w-a8"))
    facts = [attributes_of(op) for op in module.ops("pipe.weight")]
    tables = [f for f in facts if f["sources"] == ["token_embd.weight"]]
    assert len(tables) == 2
    assert tables[0] == tables[1]
    programs = [attributes_of(op) for op in module.ops("pipe.program")]
    assert len({p["weights_bytes"] for p in programs}) == 1
    assert programs[0]["weights_bytes"] == max(f["offset"] + f.get("stride", 0) * (f.get("count", 1) - 1) + f["bytes"] for f in facts)


def test_weights_never_overlap(llama: Path) -> None:
    module = to_pipe.run(planned(llama, precision="w-a8"))
    spans = set()
    for op in module.ops("pipe.weight"):
        f = attributes_of(op)
        spans |= {(f["offset"] + i * f.get("stride", 0), f["bytes"]) for i in range(f.get("count", 1))}
    ordered = sorted(spans)
    assert all(a + size <= b for (a, size), (b, _) in pairwise(ordered))


def test_layers_of_other_types_have_weights_of_their_own(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "m.gguf", layers=3, types={"blk.1.ffn_down": "q8_0", "": "q4_0"})
    module = to_pipe.run(planned(path, precision="w-a8"))
    program = module.find("pipe.program", "m_decode")
    downs = {attribute(op, "name"): attribute(op, "format") for op in walk(program, "pipe.weight") if "ffn_down" in attribute(op, "name")}
    assert downs == {"blk.{}.ffn_down.weight@0": "q4s", "blk.{}.ffn_down.weight@1": "q8", "blk.{}.ffn_down.weight@2": "q4s"}


def test_precision_chooses_the_formats(llama: Path) -> None:
    def formats(precision: str) -> set[str]:
        return {attribute(op, "format") for op in to_pipe.run(planned(llama, precision=precision)).ops("pipe.weight")} - {"vector", "angles"}

    assert formats("f32") == {"f32"}
    assert formats("w-a32") == formats("w-a8") == {"q4", "q8"}


def test_experts_take_scratch_behind_the_planned_arena(tmp_path: Path) -> None:
    plan = planned(tiny_hf(tmp_path / "m", "mixtral"))
    arena = {attribute(op, "sym_name"): attribute(op, "arena_bytes") for op in plan.ops("llm.phase")}
    module = to_pipe.run(plan)
    kernels = launches(module, "m_prefill")
    assert kernels[kernels.index("moe_route") :][:6] == ["moe_route", "moe_group", "moe_gather", "moe_matmul", "moe_matmul", "moe_combine"]
    for program in module.ops("pipe.program"):
        assert attribute(program, "arena_bytes") > arena[attribute(program, "sym_name")]
        scratch = [op for op in walk(program, "pipe.buffer") if attribute(op, "name").endswith((".gathered", ".hidden", ".outputs", ".groups", ".router"))]
        assert all(attribute(op, "offset") >= arena[attribute(program, "sym_name")] for op in scratch)


def test_a_repeat_that_yields_elsewhere_gets_a_copy(llama: Path) -> None:
    plan = planned(llama)
    phase = plan.find("llm.phase", "m_decode")
    repeat = next(walk(phase, "llm.repeat"))
    norm = next(op for op in walk(repeat, "llm.rmsnorm"))
    list(repeat.regions[0].blocks[0].operations)[-1].operation.operands[0] = norm.results[0]
    assert launches(to_pipe.run(plan), "m_decode")[9] == "copy"


def test_the_pipe_text_parses_back(llama: Path) -> None:
    text = str(to_pipe.run(planned(llama)))
    assert str(Module.parse(text)) == text


@pytest.mark.parametrize(("damage", "message"), [
    (lambda m: setattr(m, "stage", "ops"), "takes a module of stage plan"),
    (lambda m: m.first("plan.deploy").erase(), "no plan.deploy for @m"),
    (lambda m: set_attributes(m.first("llm.phase"), max_rows=None), "no max_rows"),
    (lambda m: set_attributes(m.first("llm.embed"), offset=None), "no offset"),
    (lambda m: set_attributes(m.first("llm.rmsnorm"), weight="blk.{}.other"), r"no weight blk.\{\}.other for layer 0"),
])  # fmt: skip
def test_incomplete_plans_are_refused(llama: Path, damage: Callable[[Module], None], message: str) -> None:
    plan = planned(llama)
    damage(plan)
    with pytest.raises(IRError, match=message):
        to_pipe.run(plan)


def test_weights_that_can_only_be_planned_are_refused(llama: Path) -> None:
    plan = planned(llama)
    for op in plan.ops("llm.weight"):
        if attribute(op, "name") == "token_embd.weight":
            set_attributes(op, dtype="f8e4m3")
    with pytest.raises(UnsupportedError, match="F8E4M3"):
        to_pipe.run(plan)


def test_equal_weights_get_one_place() -> None:
    file = WeightFile()
    a = Packed("a", "vector", 100, 1, ("a",), ("f32",))
    layer = Packed("b.{}", "vector", 16, 1, ("b.{}",), ("f32",), Scope(2, 3))
    assert [file.add(w) for w in (a, layer, Packed("a", "vector", 100, 1, ("a",), ("f32",)))][2] == a
    assert (file.offset(a), file.offset(layer), file.stride(layer.scope), file.bytes) == (0, 448, 64, 448 + 3 * 64)


def test_parameters_survive_freezing() -> None:
    value = {"kind": "yarn", "factor": 4.0, "factors": [1.0, 2.0]}
    assert thawed(_frozen(value)) == value
