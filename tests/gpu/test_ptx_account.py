"""Bytes and FLOPs counted from the emitted PTX, against the kernels' own formulas and the cost model's operators."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from intarsia.codegen.verify import compilers, layers
from intarsia.codegen.verify.account import ALLOWED, Account, account
from intarsia.codegen.verify.cases.case import Case
from intarsia.codegen.verify.cases.full import BEFORE, CHUNK, CONTEXT, EXPERT_ROWS, FEW_ROWS, ROWS, SEQUENCES, full_cases
from intarsia.codegen.verify.cases.table import cases
from intarsia.codegen.verify.layers import PASS, REFUSED, verify
from intarsia.cost_models.ops import Attention, Elementwise, Experts, Gemm

TARGETS = ("sm_80", "sm_90a")


@cache
def of_full_tiles(name: str, target: str) -> Account:
    return accounted(full_cases()[name].make(), target)


def accounted(case: Case, target: str) -> Account:
    if compilers.lacks(case.spec, target):
        pytest.skip(f"{target} has no such type")
    return account(case, compilers.compile_kernel(case.spec, target))


SPECS = {name: named.make().spec for name, named in cases().items()}
FIRST = {(spec.kernel, spec.language): name for name, spec in reversed(SPECS.items())}
"""A case of each kernel."""


def targets_of(name: str) -> tuple[str, ...]:
    """Both where instructions differ, with tensor cores and 8-bit floats, and for a case of each kernel."""
    spec = SPECS[name]
    differs = spec.tensor_cores or any(argument.dtype.startswith("f8") for argument in spec.arguments)
    return TARGETS if differs or name in FIRST.values() else TARGETS[1:]


@pytest.mark.parametrize("name", cases())
def test_emulated(name, monkeypatch):
    """Layer 4: what was emitted for sm_80 and sm_90a computes the right numbers, and moves the bytes of the spec's formula."""
    monkeypatch.setattr(layers, "EMULATED", targets_of(name))
    for finding in verify(cases()[name], ["emulator"]):
        assert finding.verdict == PASS or (finding.verdict == REFUSED and compilers.lacks(cases()[name].make().spec, finding.target)), finding.detail
        if finding.verdict == PASS:
            assert finding.figures["bytes"] >= finding.figures["distinct_bytes"] > 0


def test_a_kernel_that_reads_again_is_found_out():
    """The same PTX, held against a formula that lacks a twentieth of its bytes."""
    case = cases()["rmsnorm.bf16"].make()
    made = compilers.compile_kernel(case.spec, "sm_80")
    for factor, right in ((1.0, True), (0.94, False), (1.06, False)):
        found = account(case, made, 3)
        assert (abs(replace(found, formula_bytes=factor * found.formula_bytes).bytes_off) <= ALLOWED) == right


COUNTED = [name for name in full_cases() if ".f16" not in name and "f8e5m2" not in name]
"""Their like in bf16 and f8e4m3 have the same formulas and as many instructions; `python -m intarsia.codegen.verify --layer account` counts all."""


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", COUNTED)
def test_flops_and_bytes_where_tiles_are_full(name, target):
    found = of_full_tiles(name, target)
    assert abs(found.flops_off) <= ALLOWED, found
    assert abs(found.bytes_off) <= ALLOWED, found


def test_every_kernel_that_multiplies_has_a_case_with_full_tiles():
    """Each kernel with each type, in Triton and in CUDA C++."""
    specs = {name: spec for name, spec in SPECS.items() if name != "gemm.bf16.bulk"}
    wanted = {(type(spec), spec.dtype) for spec in specs.values() if spec.flops != "0"}
    assert {(type(specs[name]), specs[name].dtype) for name in full_cases()} == wanted and len(wanted) == 24
    assert all(named.make().spec.dtype == specs[name].dtype for name, named in full_cases().items())


def test_the_command_says_the_account():
    """A row for each target, as for any layer; none for kernels that only move."""
    rows = verify(cases()["gemv_int4.f16.cuda"], ["account"])
    assert [row.target for row in rows] == list(TARGETS) and all(row.verdict == PASS and "FLOPs" in row.detail for row in rows)
    assert rows[0].figures["formula_flops"] == 2 * 32 * 2048 * FEW_ROWS
    assert verify(cases()["rmsnorm.bf16"], ["account"]) == []


OPERATORS = {
    "gemm.bf16": Gemm(ROWS, 128, 256),
    "gemm.f8e4m3.tensor": Gemm(ROWS, 128, 256, "f8"),
    "gemm_weights.bf16.int8.group128": Gemm(ROWS, 128, 256, "int8_wo"),
    "gemm_weights.bf16.int4.group128": Gemm(ROWS, 128, 256, "int4"),
    "attention_decode.bf16": Attention(SEQUENCES, 1, CONTEXT - 1, 32, 2, 64),
    "attention_prefill.bf16": Attention(1, CHUNK, BEFORE, 2, 1, 64),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", OPERATORS)
def test_the_cost_model_says_the_same(name, target):
    """It counts each tensor once; what a kernel reads again comes out of caches."""
    found, op = of_full_tiles(name, target), OPERATORS[name]
    assert found.flops == pytest.approx(float(op.flops), rel=ALLOWED)
    assert found.distinct_bytes == pytest.approx(float(op.bytes), rel=ALLOWED)


@pytest.mark.parametrize("target", TARGETS)
def test_the_cost_model_says_the_same_of_experts(target):
    """Rows to gate and up projections, and back; each of two experts gets every row."""
    parts = [of_full_tiles(name, target) for name in ("grouped_gemm.bf16", "grouped_gemm.bf16.scatters")]
    op = Experts(EXPERT_ROWS, hidden=96, inter=64, top_k=2, experts=2)
    assert sum(part.flops for part in parts) == pytest.approx(float(op.flops), rel=ALLOWED)


@pytest.mark.parametrize(
    ("name", "moved"),
    [("rmsnorm.bf16", 2 * 7 * 1000 * 2), ("rmsnorm.f32", 2 * 7 * 1000 * 4), ("rmsnorm.bf16.residual", 4 * 5 * 1024 * 2), ("glu.bf16", 3 * 3 * 1400 * 2)],
)
def test_the_cost_model_says_the_same_of_what_only_moves(name, moved):
    """Rows in and out; the weights of a norm, which are the same for all rows, are not counted."""
    case = cases()[name].make()
    found, weights = accounted(case, "sm_90a"), case.arguments["weight"].nbytes if "weight" in case.arguments else 0
    assert found.distinct_bytes - weights == pytest.approx(float(Elementwise(moved).bytes), rel=ALLOWED)
    assert found.flops == 0 and found.vector_flops > 0
