"""The bench of GPU kernels, as far as it goes without a GPU: what it would run compiles to something, and it says what is missing."""

from __future__ import annotations

import pytest

from intarsia import libcuda
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.gpu.targets import TARGETS
from tests.bench.gpu.bench_gpu import PEAK_FLOPS, main
from tests.bench.gpu.jobs import jobs, specs


def test_it_says_that_there_is_no_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    if libcuda.available():
        pytest.skip("there is a GPU's driver here")
    assert main([]) == 0 and "no CUDA device" in capsys.readouterr().out


def test_jobs_are_kernels_that_an_h100_takes() -> None:
    made = jobs()
    assert len({job.name for job in made}) == len(made) and all(job.kind in PEAK_FLOPS and job.bytes > 0 for job in made)
    for spec in specs(made):
        spec.check(TARGETS["sm_90a"])


@pytest.mark.parametrize("job", [job for job in jobs() if job.flops], ids=lambda job: job.name)
def test_a_jobs_work_is_what_its_kernels_say(job: object) -> None:
    """FLOPs by the spec's formula are the job's, and no kernel moves fewer bytes than the job says that none can do without."""
    from intarsia.ir import formula

    spec: Spec = job.variants[0][0]  # type: ignore[attr-defined]
    sizes = job.sizes  # type: ignore[attr-defined]
    counts = {"rows": sizes.get("rows", sizes.get("sequences")), "ctas": 1, **sizes}
    if spec.kernel == "attention_decode":
        counts |= {"keys": sizes["sequences"] * sizes["context"], "pairs": sizes["sequences"] * sizes["context"]}
    if spec.kernel == "attention_prefill":
        counts |= {"pairs": sizes["sequences"] * sizes["rows"] * (sizes["rows"] + 1) / 2, "longest": sizes["rows"], "tile_keys": sizes["sequences"] * sizes["rows"]}
        counts["rows"] = sizes["sequences"] * sizes["rows"]
    if spec.kernel == "grouped_gemm":
        counts |= {"pairs": sizes["rows"] * 2, "row_tiles": 8}
    assert formula.evaluate(spec.flops, **counts) == pytest.approx(job.flops)  # type: ignore[attr-defined]
    assert formula.evaluate(spec.bytes, **counts) >= 0.99 * job.bytes  # type: ignore[attr-defined]
