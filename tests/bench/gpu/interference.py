"""How a large product and decode attention slow each other down on one GPU: by divided multiprocessors (green contexts) and by bounded grids.

    python -m tests.bench.gpu.interference [--objects DIR]              # all points as JSON
    python -m tests.bench.gpu.interference --curve POINTS.json          # their curve, as `intarsia pipeline --interference FILE` reads it; needs no GPU

The share R of attention is what the product beside it loses (NanoFlow, arXiv 2408.12757, section 4.1).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from intarsia import knobs, libcuda
from intarsia.codegen.triton.attention import AttentionDecode
from intarsia.codegen.triton.gemm import Gemm
from tests.bench.gpu.jobs import FFN, HEADS, HIDDEN, Job

ROWS, SEQUENCES, CONTEXT = 2048, 64, 4096
GEMM = Gemm(n=2 * FFN, k=HIDDEN, tile_m=128, tile_n=256, tile_k=64, warps=8, stages=3)
DECODES = tuple(AttentionDecode(**HEADS, keys=keys, warps=4, stages=stages) for keys, stages in ((32, 4), (64, 3), (128, 2)))
LONG_S = 25e-3
GREEN = tuple(range(8, 128, 8))
BOUNDED = tuple((132 - lost, ctas) for lost, ctas in ((0, 66), (0, 132), (0, 264), (16, 16), (16, 64), (32, 32), (32, 128), (48, 96), (64, 64), (64, 256), (96, 192)))
"""(CTAs of the product, of attention)."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu.interference", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--objects", type=Path, metavar="DIR", help="take compiled kernels from this folder")
    parser.add_argument("--curve", type=Path, metavar="POINTS.json", help="print the curve of points that were measured before")
    options = parser.parse_args(arguments)
    if options.curve:
        print(json.dumps(curve(json.loads(options.curve.read_text())), indent=1))
        return 0
    if not libcuda.available():
        print("no CUDA device here: the driver's library isn't installed")
        return 0
    with knobs.scope(objects=options.objects or knobs.get().objects):
        print(json.dumps([point for decode in DECODES for point in points(decode)], indent=1))
    return 0


def points(decode: AttentionDecode) -> Iterator[dict[str, Any]]:
    import torch

    from tests.bench.gpu import inputs
    from tests.bench.gpu.launches import call, device

    gpu = device().gpu
    product, attention = inputs.gemm(_job("gemm", GEMM, rows=ROWS)), inputs.decode(_job("decode", decode, sequences=SEQUENCES, context=CONTEXT))
    data = product.fresh(), attention.fresh()
    torch.cuda.synchronize()

    def queue(which: int, on: Any, grid: int = 0) -> Callable[[], None]:
        return call((GEMM, decode)[which], data[which], (product, attention)[which].counts, grid, on)

    whole = gpu.stream(), gpu.stream()
    alone = [_rate(gpu, [(queue(which, whole[which]), whole[which], count)])[0] for which, count in ((0, 20), (1, 40))]
    yield {"how": "alone", "attention": decode.label, "product_s": alone[0], "attention_s": alone[1]}
    for cores in GREEN:
        try:
            (small, ours), (large, theirs) = gpu.divided(cores)
        except Exception as error:
            print(f"failed: {cores} multiprocessors: {error}", file=sys.stderr)
            continue
        apart = [_rate(gpu, [(queue(which, on, grid), on, 15)])[0] for which, on, grid in ((0, large, theirs), (1, small, 0))]
        beside = _both(gpu, [(queue(0, large, theirs), large, apart[0]), (queue(1, small), small, apart[1])])
        yield {"how": "divided", "keys": decode.keys, "attention_cores": ours, "product_cores": theirs, "apart_s": apart, **_speeds(beside, alone)}
    for ctas, own in BOUNDED:
        apart = [_rate(gpu, [(queue(which, whole[which], grid), whole[which], 15)])[0] for which, grid in ((0, ctas), (1, own))]
        beside = _both(gpu, [(queue(0, whole[0], ctas), whole[0], apart[0]), (queue(1, whole[1], own), whole[1], apart[1])])
        yield {"how": "bounded", "keys": decode.keys, "product_ctas": ctas, "attention_ctas": own, "apart_s": apart, **_speeds(beside, alone)}


def curve(found: list[dict[str, Any]], keys: int = 128) -> dict[str, Any]:
    """The table of attention with tiles of `keys`, on multiprocessors of its own: its speed at tenths of the share that it takes from the product, between points on straight lines.

    A share is worth no less than a smaller one: attention needn't take all of it.
    """
    measured = sorted((p["attention_share"], p["attention_speed"]) for p in found if p["how"] == "divided" and p["keys"] == keys)
    points, best = [(0.0, 0.0)], 0.0
    for share, speed in measured:
        best = max(best, speed)
        points.append((share, best))
    points.append((1.0, 1.0))
    tenths = [i / 10 for i in range(1, 11)]
    speeds = np.interp(tenths, *zip(*points, strict=True))
    return {"source": "measured by tests/bench/gpu/interference.py", "curves": {"memory beside compute": [[share, round(float(speed), 3)] for share, speed in zip(tenths, speeds, strict=True)]}}


def _job(make: str, spec: Any, **sizes: int) -> Job:
    return Job("", make, ((spec,),), 0, 0, sizes)


def _speeds(beside: list[float], alone: list[float]) -> dict[str, float]:
    product, attention = (a / b for a, b in zip(alone, beside, strict=True))
    return {"product_speed": product, "attention_share": 1 - product, "attention_speed": attention, "together": product + attention}


def _both(gpu: Any, lanes: list[tuple[Callable[[], None], Any, float]]) -> list[float]:
    """Seconds of a launch of each while the other runs: as many launches as take about LONG_S, those counted that ran beside the other lane."""
    return _rate(gpu, [(launch, on, max(6, min(400, int(2 * LONG_S / seconds)))) for launch, on, seconds in lanes])


def _rate(gpu: Any, lanes: list[tuple[Callable[[], None], Any, int]]) -> list[float]:
    """Seconds of a launch on each stream, in the time in which all of them ran."""
    import torch

    for launch, _, _ in lanes:
        launch()
    torch.cuda.synchronize()
    start = gpu.event(libcuda.TIMING)
    marks: list[list[Any]] = [[] for _ in lanes]
    gate, other = gpu.stream(), torch.zeros(1 << 26, device="cuda")
    torch.cuda.synchronize()
    gpu.cuda("cuMemsetD8Async", libcuda.ctypes.c_uint64(other.data_ptr()), libcuda.ctypes.c_ubyte(0), libcuda.ctypes.c_size_t(other.nbytes), gate)
    gpu.cuda("cuEventRecord", start, gate)
    for _, on, _ in lanes:
        gpu.cuda("cuStreamWaitEvent", on, start, 0)
    most = max(count for _, _, count in lanes)
    for i in range(most):
        for lane, (launch, on, count) in enumerate(lanes):
            if i * count // most != (i + 1) * count // most:
                launch()
                marks[lane].append(gpu.event(libcuda.TIMING))
                gpu.cuda("cuEventRecord", marks[lane][-1], on)
    torch.cuda.synchronize()
    times = [[gpu.seconds(start, mark) for mark in lane] for lane in marks]
    begin, end = max(lane[0] for lane in times), min(lane[-1] for lane in times)
    return [(end - begin) / max(1e-9, _count(lane, end) - _count(lane, begin)) for lane in times]


def _count(times: list[float], at: float) -> float:
    """Launches done at a time, those under way by their part."""
    done = sum(time <= at for time in times)
    if done >= len(times):
        return float(len(times))
    before = times[done - 1] if done else 0.0
    return done + (at - before) / (times[done] - before)


if __name__ == "__main__":
    sys.exit(main())
