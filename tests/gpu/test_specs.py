"""Specs as data: texts, arguments, formulas, resources, machine code, and the folder of compiled kernels."""

from __future__ import annotations

import ast
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from intarsia.codegen.cuda.gemm_hopper import GemmHopper, GemmWeightsHopper
from intarsia.codegen.cuda.kernels import CudaAttentionDecode, GemvInt4
from intarsia.codegen.gpu.resources import Resources, fit_together
from intarsia.codegen.triton import compile as triton_compile
from intarsia.codegen.triton.attention import AttentionDecode, AttentionPrefill
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.triton.gemm_weights import GemmWeights
from intarsia.codegen.triton.moe import GroupedGemm, MoeRoute
from intarsia.codegen.triton.norm import RmsNorm
from intarsia.codegen.triton.rope_kv import RopeKv
from intarsia.codegen.triton.sample import Sample
from intarsia.codegen.verify import sass
from intarsia.codegen.verify.cases.table import cases
from intarsia.ir import formula
from intarsia.libcuda import part_of

CASES = cases()


@pytest.mark.parametrize("name", CASES)
def test_a_spec_and_its_text_agree(name: str) -> None:
    """Parameters are the arguments in their order, then the constants; formulas have values; the label fits a file and tells variants apart."""
    case = CASES[name].make()
    spec = case.spec
    assert list(case.arguments) == [argument.name for argument in spec.arguments]
    assert re.fullmatch(r"[a-z0-9_]+", spec.label)
    assert formula.evaluate(spec.bytes, **case.counts, ctas=1) > 0
    assert formula.evaluate(spec.flops, **case.counts) >= 0
    assert json.loads(json.dumps(spec.to_dict()))["kernel"] == spec.kernel
    if spec.language == "triton":
        (function,) = [node for node in ast.parse(spec.source()).body if isinstance(node, ast.FunctionDef)]
        parameters = [parameter.arg for parameter in function.args.args]
        assert parameters[: len(spec.arguments)] == [argument.name for argument in spec.arguments]
        assert set(parameters[len(spec.arguments) :]) == set(spec.constants)


def test_labels_tell_variants_apart() -> None:
    specs = [case.make().spec for case in CASES.values()]
    labels = {(spec.language, spec.label) for spec in specs}
    assert len(labels) == len({(spec.language, repr(spec)) for spec in specs})


@given(rows=st.integers(1, 5000), ctas=st.integers(0, 300))
def test_a_grid_is_bounded_and_never_empty(rows: int, ctas: int) -> None:
    spec = Gemm(n=1000, k=64, ctas=ctas)
    grid = spec.grid({"rows": rows})
    pieces = -(-rows // 128) * 8
    assert grid == (min(pieces, ctas) if ctas else pieces)


@pytest.mark.parametrize(("file", "spec"), [
    ("rmsnorm_residual.py", RmsNorm(width=4096, residual=True, warps=8)),
    ("gemm_epilogue.py", Gemm(n=4096, k=4000, bias=True, activation="gelu_tanh", residual=True, ctas=100)),
    ("gemm_f8_block.py", Gemm(dtype="f8e4m3", out="bf16", n=4096, k=4096, scales="block", tile_k=128)),
    ("gemm_int4.py", GemmWeights(n=4096, k=4096)),
    ("attention_decode_split.py", AttentionDecode(heads=32, kv_heads=8, head_dim=128, splits=8)),
    ("attention_prefill_window.py", AttentionPrefill(heads=32, kv_heads=8, head_dim=96, window=4096, cache="f8e4m3")),
    ("rope_kv_norms.py", RopeKv(heads=32, kv_heads=8, head_dim=128, qk_norm=True)),
    ("moe_route_groups.py", MoeRoute(dtype="f32", experts=256, top_k=8, scoring="sigmoid", bias=True, groups=8, top_groups=4)),
    ("grouped_gemm.py", GroupedGemm(experts=8, top_k=2, n=4096, k=4096)),
    ("sample.py", Sample(vocab=128256)),
    ("attention_decode.cu", CudaAttentionDecode(heads=32, kv_heads=8, head_dim=128)),
    ("gemv_int4.cu", GemvInt4(n=4096, k=4096)),
    ("gemm_weights_hopper.cu", GemmWeightsHopper(n=4096, k=4096, group=32, tile_n=256, ctas=132)),
    ("gemm_hopper_f8_block.cu", GemmHopper(dtype="f8e4m3", out="bf16", n=4096, k=4096, scales="block", tile_n=192, stages=5, residual=True, ctas=132)),
])  # fmt: skip
def test_texts(file: str, spec: object, golden) -> None:  # type: ignore[no-untyped-def]
    golden(f"kernels/{file}", spec.source())  # type: ignore[attr-defined]


@pytest.mark.parametrize(("resources", "ctas"), [
    (Resources("sm_80", 128, 64, 0), 8), (Resources("sm_80", 256, 255, 0), 1), (Resources("sm_80", 1024, 32, 0), 2), (Resources("sm_80", 32, 16, 0), 32),
    (Resources("sm_80", 128, 32, 50 * 1024), 3), (Resources("sm_90a", 128, 32, 50 * 1024), 4), (Resources("sm_90a", 384, 168, 0), 1),
    (Resources("sm_100a", 128, 32, 1024, tensor_columns=256), 2), (Resources("gfx942", 256, 128, 0), 4), (Resources("gfx942", 256, 64, 32 * 1024), 2),
])  # fmt: skip
def test_ctas_of_a_core(resources: Resources, ctas: int) -> None:
    """By hand from the tables: registers in units of 256 a warp, 1 KB of shared memory for each CTA."""
    assert resources.ctas_per_core == ctas


def test_kernels_that_fit_together() -> None:
    small, large = Resources("sm_90a", 128, 128, 32 * 1024), Resources("sm_90a", 256, 168, 190 * 1024)
    assert fit_together([small, large])
    assert not fit_together([small, small, large])
    assert not fit_together([Resources("sm_90a", 1024, 32, 0)] * 3)


def test_machine_code_is_read() -> None:
    program = sass.parse("""
        /*0000*/                   MOV R1, c[0x0][0x28] ;
.L_x_0:
        /*0010*/                   LDG.E.128 R4, desc[UR4][R2.64] ;
.L_x_1:
        /*0020*/              @!P0 LDGSTS.E.BYPASS.128 [R7], desc[UR4][R8.64] ;
        /*0030*/                   HGMMA.64x128x16.F32.BF16 R24, gdesc[UR8], R24 ;
        /*0040*/               @P0 BRA `(.L_x_1) ;
        /*0050*/                   STG.E.U16 desc[UR4][R2.64], R4 ;
        /*0060*/                   STL [R1], R4 ;
        /*0070*/               @P1 BRA `(.L_x_0) ;
        /*0080*/                   EXIT ;
""")
    assert [len(loop) for loop in program.loops] == [3, 7]
    assert [i.name for i in program.main_loop()] == ["LDGSTS", "HGMMA", "BRA"]
    assert program.products() == {"HGMMA"} and program.local_accesses() == 1
    assert program.wide_share() == pytest.approx(256 / 272)
    assert sass.parse("").main_loop() == [] and sass.parse("").wide_share() == 0.0


def test_a_kernel_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = RmsNorm(width=320)
    first = triton_compile.compile_kernel(spec, "sm_80")
    monkeypatch.setattr(triton_compile, "_compile", lambda *_: pytest.fail("compiled again"))
    assert triton_compile.compile_kernel(spec, "sm_80") == first
    assert first.ptx.startswith("//") and first.object[:4] == b"\x7fELF" and first.registers > 0
    with pytest.raises(pytest.fail.Exception):
        triton_compile.compile_kernel(RmsNorm(width=336), "sm_80")


@given(cores=st.integers(16, 200), share=st.floats(0.01, 0.99))
@example(cores=120, share=1 / 3)
def test_two_shares_are_all_cores_and_one_part_is_whole_eights(cores: int, share: float) -> None:
    parts = part_of(cores, share), part_of(cores, 1 - share)
    assert sum(parts) == cores or share == 0.5
    assert min(parts) >= 8 and any(part % 8 == 0 for part in parts) and part_of(cores, 1.0) == cores
    assert abs(part_of(cores, share) - share * cores) <= 8 + 1e-6
