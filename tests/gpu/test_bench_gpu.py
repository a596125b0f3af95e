"""The bench of GPU kernels, as far as it goes without a GPU: what it would run compiles to something, and it says what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from intarsia import libcuda
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.gpu.targets import TARGETS
from intarsia.planner.pipeline.curves import Interference
from tests.bench.gpu import interference
from tests.bench.gpu.bench_gpu import PEAK_FLOPS, main
from tests.bench.gpu.jobs import jobs, specs


def test_it_says_that_there_is_no_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    if libcuda.available():
        pytest.skip("there is a GPU's driver here")
    assert main([]) == 0 and "no CUDA device" in capsys.readouterr().out


def test_the_curve_of_points_is_what_the_pipeline_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On straight lines from (0, 0) to (1, 1), never falling; other ways to share the device, and other tiles, don't count."""
    point = {"how": "divided", "keys": 128}
    found = [point | {"attention_share": 0.2, "attention_speed": 0.5}, point | {"attention_share": 0.6, "attention_speed": 0.4}, {"how": "alone", "attention": "x"},
             point | {"keys": 32, "attention_share": 0.1, "attention_speed": 0.9}, {"how": "bounded", "keys": 128, "attention_share": 0.1, "attention_speed": 0.9}]  # fmt: skip
    (tmp_path / "points.json").write_text(json.dumps(found))
    assert interference.main(["--curve", str(tmp_path / "points.json")]) == 0
    table = Interference.from_dict(json.loads(capsys.readouterr().out))
    assert table.points("memory", "compute") == ((0.1, 0.25), (0.2, 0.5), (0.3, 0.5), (0.4, 0.5), (0.5, 0.5), (0.6, 0.5), (0.7, 0.625), (0.8, 0.75), (0.9, 0.875), (1.0, 1.0))


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
