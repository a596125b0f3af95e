"""Our GPU kernels at a model's sizes beside the roofline and beside torch on the same GPU: alternating, cold data, medians.

    python -m tests.bench.gpu [--json] [--only gemm,attention] [--objects DIR]
    python -m tests.bench.gpu --compile-to DIR        # where Triton is, for a machine that has the GPU alone

Where there is no GPU the command says so.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intarsia import knobs, libcuda
from intarsia.codegen.gpu.spec import Spec
from intarsia.codegen.verify import compilers, store
from intarsia.errors import UnsupportedError
from tests.bench.gpu import interference
from tests.bench.gpu import jobs as wanted
from tests.bench.gpu.jobs import Job

PEAK_FLOPS = {"bf16": 989.4e12, "f8": 1978.9e12}
PEAK_BYTES = 3.352e12
"""An H100 SXM's data sheet (NVIDIA, 2022-09), dense."""


@dataclass(frozen=True)
class Row:
    """What was measured of a job: the fastest variant's seconds, the peer's, and how far off float64 the result is."""

    job: Job
    seconds: dict[str, float]
    peers: dict[str, float]
    errors: dict[str, float]
    tolerance: float

    @property
    def best(self) -> str:
        return min(self.seconds, key=lambda name: self.seconds[name])

    @property
    def peer(self) -> str:
        return min(self.peers, key=lambda name: self.peers[name]) if self.peers else ""

    @property
    def roofline_s(self) -> float:
        return max(self.job.flops / PEAK_FLOPS[self.job.kind], self.job.bytes / PEAK_BYTES)

    def row(self) -> dict[str, Any]:
        """As the benches' rows are; `ratio` is the peer's time over ours."""
        ours, peer = self.seconds[self.best], self.peers.get(self.peer)
        right = self.errors[self.best] <= self.tolerance
        return {
            "metric": self.job.name, "value": ours, "unit": "s", "baseline": self.peer or None, "baseline_value": peer, "ratio": peer / ours if peer else None,
            "target": "as float64", "met": right, "tflops": self.job.flops / ours / 1e12, "tbytes": self.job.bytes / ours / 1e12, "of_roofline": self.roofline_s / ours,
            "error": self.errors[self.best], "variant": self.best, "variants": self.seconds, "errors": self.errors, "peers": self.peers,
        }  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], help="jobs whose names hold one of these")
    parser.add_argument("--objects", type=Path, metavar="DIR", help="take compiled kernels from this folder")
    parser.add_argument("--compile-to", type=Path, metavar="DIR", help="compile the kernels into this folder, and run nothing")
    options = parser.parse_args(arguments)
    chosen = [job for job in wanted.jobs() if not options.only or any(part in job.name for part in options.only)]
    if options.compile_to:
        return _compile(options.compile_to, [*wanted.specs(chosen), interference.GEMM, *interference.DECODES])
    if not libcuda.available():
        print("no CUDA device here: the driver's library isn't installed; so nothing ran, and nothing is said of speed.")
        return 0
    with knobs.scope(objects=options.objects or knobs.get().objects):
        rows = _measure(chosen)
    print(json.dumps([row.row() for row in rows], indent=1) if options.json else table(rows))
    return 0 if all(row.row()["met"] for row in rows) else 1


def _compile(folder: Path, specs: list[Spec], target: str = "sm_90a") -> int:
    """Variants that the target has no room for are left out, here and there."""
    kept = 0
    for spec in dict.fromkeys(specs):
        try:
            store.keep(folder, spec, made := compilers.compile_kernel(spec, target))
            kept += 1
            if made.resources.spill_bytes:
                print(f"{spec.label} spills {made.resources.spill_bytes} bytes", file=sys.stderr)
        except UnsupportedError as error:
            print(f"left out: {error}", file=sys.stderr)
    print(f"{kept} kernels for {target} in {folder}")
    return 0


def _measure(chosen: list[Job]) -> list[Row]:
    from tests.bench.gpu.measure import measure

    rows = []
    for job in chosen:
        try:
            rows.append(measure(job))
            print(line(rows[-1]), file=sys.stderr, flush=True)
        except Exception as error:
            print(f"failed: {job.name}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr, flush=True)
    return rows


def line(row: Row) -> str:
    found = row.row()
    peer = f"{found['baseline_value'] * 1e6:9.1f} us {found['ratio']:5.2f}x {row.peer}" if row.peer else ""
    return (f"{row.job.name:34s} {found['value'] * 1e6:9.1f} us {found['tflops']:7.1f} TFLOP/s {found['tbytes']:6.3f} TB/s {found['of_roofline']:5.0%} of the roofline, "
            f"error {found['error']:.1e}{'' if found['met'] else ' WRONG'}, {peer}  [{row.best}]")  # fmt: skip


def table(rows: list[Row]) -> str:
    return "\n".join(line(row) for row in rows)
