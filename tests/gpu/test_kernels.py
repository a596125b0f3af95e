"""Every kernel through the layers: interpreted, compiled for each target, disassembled."""

from __future__ import annotations

import numpy as np
import pytest

from intarsia.codegen.gpu.bundle.choose import Chooser
from intarsia.codegen.gpu.resources import fit_together
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.codegen.triton.attention import AttentionDecode
from intarsia.codegen.triton.gemm import Gemm
from intarsia.codegen.verify.cases.case import Case, Named
from intarsia.codegen.verify.cases.table import cases
from intarsia.codegen.verify.compilers import compile_kernel, lacks
from intarsia.codegen.verify.layers import FAIL, PASS, REFUSED, _compile, machine_code, verify
from intarsia.codegen.verify.scale import at_scale

CASES = cases()
SPECS = {name: named.make().spec for name, named in CASES.items()}
FIRST = {(type(spec), spec.dtype): name for name, spec in reversed(SPECS.items())}
"""A case of each kernel with each type."""
AT_SCALE = [name for name, spec in SPECS.items() if spec.dtype != "f16"]
"""At a model's sizes bf16 stands for f16: as many bits, in as many registers. So does f8e4m3 for f8e5m2."""


@pytest.mark.parametrize("name", CASES)
def test_interpreted(name: str) -> None:
    """Right numbers, the same to the bit for any number of CTAs in any order, no access outside the arguments, no race. CUDA C++ can't be interpreted."""
    for finding in verify(CASES[name], ["interpreter"]):
        assert finding.verdict == PASS or SPECS[name].language == "cuda", finding.detail


def test_cuda_that_depends_on_the_number_of_ctas_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """CUDA C++ is emulated with several: here each CTA but the first adds a little."""
    named = _mutant("rmsnorm.bf16.cuda", monkeypatch, "int row = blockIdx.x", "int row = blockIdx.x + (gridDim.x > 4)")
    for finding in verify(named, ["emulator"]):
        assert finding.verdict == FAIL and "CTAs, which differ" in finding.detail


@pytest.mark.parametrize("name", [name for name in AT_SCALE if "f8e5m2" not in name])
def test_machine_code_of_sm_90a(name: str) -> None:
    """Nothing spilled, wide accesses, tensor cores where there are products."""
    (finding,) = verify(CASES[name], ["machine code"])
    assert finding.verdict == PASS, finding.detail


@pytest.mark.parametrize("name", [name for name in FIRST.values() if name in AT_SCALE])
def test_every_target_compiles_and_holds(name: str) -> None:
    spec, verdicts = SPECS[name], {finding.target: finding for finding in verify(CASES[name], ["compile"])}
    assert set(verdicts) == {target for target in TARGETS if spec.language == "triton" or TARGETS[target].nvidia}
    for target, finding in verdicts.items():
        assert finding.verdict == (REFUSED if lacks(spec, target) else PASS), finding.detail
        assert lacks(spec, target) or (finding.figures["registers"] > 0 and finding.figures["ctas_per_core"] >= 1)


@pytest.mark.parametrize("name", [name for (kind, dtype), name in FIRST.items() if dtype == "f16" and kind.tensor_cores])
def test_every_target_multiplies_f16(name: str) -> None:
    """At the case's own sizes, as the emulator runs it."""
    spec = SPECS[name]
    for target in (each for each in TARGETS if spec.language == "triton" or TARGETS[each].nvidia):
        assert lacks(spec, target) or compile_kernel(spec, target).resources.spill_bytes == 0


def test_types_that_a_target_lacks_are_refused() -> None:
    for name in ("gemm.f8e4m3.block", "attention_decode.bf16.f8e4m3", "quantise.bf16.f8e4m3"):
        for target in TARGETS:
            made = _compile(CASES[name], SPECS[name], target, "compile")
            assert lacks(SPECS[name], target) == (target in ("sm_80", "gfx942"))
            if lacks(SPECS[name], target):
                assert made.verdict == REFUSED and "f8e4m3" in made.detail and "nearest" in made.detail


@pytest.mark.parametrize("target", TARGETS)
def test_prompts_of_wide_heads_spill_nothing(target: str) -> None:
    """What a bundle chooses for heads of 256: a kernel that spilled would be refused."""
    spec = Chooser(TARGETS[target], 108, 8192, 256).prefill(heads=16, kv_heads=16, head_dim=256)
    assert compile_kernel(spec, target).resources.spill_bytes == 0


@pytest.mark.parametrize("target", TARGETS)
def test_a_decode_attention_cta_and_a_gemm_cta_share_a_core(target: str) -> None:
    gemm = compile_kernel(at_scale(Gemm(n=1, k=1), target), target).resources
    decode = compile_kernel(at_scale(AttentionDecode(heads=1, kv_heads=1, head_dim=1), target), target).resources
    assert fit_together([gemm, decode])
    assert not fit_together([gemm] * 4), "four GEMM CTAs must be too many, or the check sees nothing"


def _mutant(name: str, monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> Named:
    """A case whose kernel's text was changed."""
    case = CASES[name].make()
    text = case.spec.source()
    assert old in text
    monkeypatch.setattr(type(case.spec), "source", lambda self: text.replace(old, new))
    return Named(name, lambda: case, CASES[name].grids)


@pytest.mark.parametrize(("name", "old", "new", "says"), [
    ("rmsnorm.bf16", ", mask=columns < WIDTH)", ")", "outside"),
    ("rmsnorm.bf16", "+ EPS)", "+ 1.0)", "error"),
    ("glu.bf16", "tl.num_programs(0)", "1", "CTAs"),
    ("gemm.bf16", "tl.cast(n, tl.int64)[None, :] * K", "tl.cast(n, tl.int64)[None, :] * (K + 1)", "outside"),
    ("attention_decode.bf16", "seen = token < end", "seen = token <= end", ""),
    ("attention_decode.bf16", "tl.where(seen[None, :], scores", "tl.where(seen[None, :] | True, scores", "error"),
    ("attention_prefill.bf16", "behind >= 0", "behind >= -1", "error"),
    ("rope_kv.bf16", "second * cosine[None, :] + first", "second * cosine[None, :] - first", "error"),
    ("moe_sort.i32", "- mine", "", "outside"),
    ("attention_prefill.bf16", "plain = tl.minimum(before + tile * ROWS + 1, end)", "plain = end", "error"),
    ("grouped_gemm.bf16", "(upto * tiles_n <= tile)", "(upto * tiles_n < tile)", ""),
    ("grouped_gemm.bf16.scatters", "(first + within % height)", "(within % height)", ""),
    ("sample.f32", "> goal", "> goal * 0.5", "error"),
])  # fmt: skip
def test_a_wrong_kernel_is_caught(name: str, old: str, new: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = verify(_mutant(name, monkeypatch, old, new), ["interpreter"])
    assert findings[0].verdict == FAIL and says in findings[0].detail


def test_lost_tensor_cores_narrow_accesses_and_spills_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def finding(spec: object) -> str:
        named = Named("x", lambda: None, ())  # type: ignore[arg-type, return-value]
        monkeypatch.setattr("intarsia.codegen.verify.layers.at_scale", lambda given, target: given)
        (found,) = machine_code(named, Case(spec, {}, {}, 0.0))  # type: ignore[arg-type]
        assert found.verdict == FAIL
        return found.detail

    assert "HGMMA" in finding(Gemm(n=256, k=256, tile_m=16, tile_n=64, tile_k=32, warps=4)), "16 rows are too few for warpgroups"
    assert "local memory" in finding(Gemm(n=4096, k=4096, registers=96)), "refused"
    assert "128-bit" in finding(type(CASES["rmsnorm.bf16"].make().spec)(width=1001))


def test_the_reference_is_not_the_kernel() -> None:
    """A case's own numbers are checked: an output that was never written is no result, nor is a wrong whole number."""
    for name in ("rmsnorm.bf16", "moe_sort.i32", "attention_decode.bf16"):
        case = CASES[name].make()
        assert case.error(case.fresh()) == np.inf
