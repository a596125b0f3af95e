"""What the samples of all runs come to: one row a metric, beside its baseline and its target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from tests.bench.jobs import Job, Samples

OURS, PEER = "intarsia", "llama.cpp"


@dataclass(frozen=True)
class Figure:
    """`ratio` says how much better than the baseline (for times and memory: how much less, or as `at_most` asks, how much more).

    `target` is the ratio to reach, `met` whether it is; both None where the issue asks for none.
    """

    metric: str
    value: float
    unit: str
    baseline: str
    baseline_value: float
    ratio: float
    target: str | None = None
    met: bool | None = None

    def row(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Measured:
    """The samples of every job that ran, and the bytes that one token's step must read."""

    samples: dict[Job, list[Samples]]
    weight_bytes: int

    def values(self, metric: str, engine: str, threads: int, kind: str, passive: bool | None = None) -> list[float]:
        """All samples of a metric, over the rounds."""
        return [
            value for job, rounds in self.samples.items() for samples in rounds for value in samples.get(metric, [])
            if (job.engine, job.threads, job.kind) == (engine, threads, kind) and (passive is None or job.passive == passive) and not job.hog
        ]

    def median(self, metric: str, engine: str, threads: int, kind: str = "single", passive: bool | None = None) -> float:
        values = self.values(metric, engine, threads, kind, passive)
        return median(values) if values else float("nan")

    def best(self, metric: str, threads: tuple[int, ...], kind: str = "single", *, low: bool = False) -> tuple[float, str]:
        """The peer's best median over thread counts and waiting policies, and which that is."""
        found = [(self.median(metric, PEER, t, kind, passive), f"{PEER}, {t} thread{'s' * (t > 1)}{', passive' * passive}") for t in threads for passive in (False, True)]
        found = [(value, name) for value, name in found if value == value]
        return (min if low else max)(found, default=(float("nan"), PEER))


def at_least(metric: str, value: float, unit: str, baseline: str, baseline_value: float, target: float | None) -> Figure:
    """More is better."""
    ratio = value / baseline_value
    return Figure(metric, value, unit, baseline, baseline_value, ratio, None if target is None else f">= {target:g}", None if target is None else ratio >= target)


def less(metric: str, value: float, unit: str, baseline: str, baseline_value: float) -> Figure:
    """Less is better; the ratio says how many times less."""
    return Figure(metric, value, unit, baseline, baseline_value, baseline_value / value)


def figures(m: Measured) -> list[Figure]:
    """Every row of the table, whatever was measured."""
    rows = [*_llm(m), *_memory(m), *_bandwidth(m), *_shared(m), *_block(m)]
    return [row for row in rows if row.value == row.value and row.baseline_value == row.baseline_value]


def _llm(m: Measured) -> Iterator[Figure]:
    one, name = m.best("decode", (1,))
    yield at_least("decode, 1 thread", m.median("decode", OURS, 1), "tokens/s", name, one, 1.5)
    both, name = m.best("decode", (1, 2))
    yield at_least("decode, 2 threads", m.median("decode", OURS, 2), "tokens/s", name, both, 1.5)
    for threads, target in ((1, 1.5), (2, 1.3)):
        peer, name = m.best("prefill", (threads,))
        yield at_least(f"prefill of 512 tokens, {_threads(threads)}", m.median("prefill", OURS, threads), "tokens/s", name, peer, target)
    for threads in (1, 2):
        peer, name = m.best("ttft_s", (threads,), low=True)
        yield less(f"first token of a prompt of 128, {_threads(threads)}", m.median("ttft_s", OURS, threads), "s", name, peer)
    for threads in (1, 2):
        peer, name = m.best("batch_decode", (threads,), "batch")
        yield at_least(f"decode of 8 sequences, {_threads(threads)}", m.median("batch_decode", OURS, threads, "batch"), "tokens/s", name, peer, 1.5)


def _memory(m: Measured) -> Iterator[Figure]:
    ours, (peer, name) = m.median("peak_bytes", OURS, 1), m.best("peak_bytes", (1,), low=True)
    ratio = ours / peer
    yield Figure("peak resident memory", ours, "bytes", name, peer, ratio, "<= 1.3", ratio <= 1.3)
    ours, (peer, name) = m.median("load_s", OURS, 1), m.best("load_s", (1,), low=True)
    yield less("load", ours, "s", name, peer)


def _bandwidth(m: Measured) -> Iterator[Figure]:
    """Bytes that decode must read a second, beside what the memory gives."""
    for threads in (1, 2):
        stream = m.median("stream", "numpy", threads, "stream")
        read = m.median("decode", OURS, threads) * m.weight_bytes
        yield at_least(f"weights read in decode, {_threads(threads)}", read, "bytes/s", "stream of this machine", stream, 0.6)


def _shared(m: Measured) -> Iterator[Figure]:
    busy = [value for job, rounds in m.samples.items() if job.hog and job.engine == OURS for s in rounds for value in s["decode"]]
    if busy:
        yield at_least("decode, 2 threads, one core busy", median(busy), "tokens/s", "our 1 thread, idle machine", m.median("decode", OURS, 1), 0.6)


def _block(m: Measured) -> Iterator[Figure]:
    for threads in (1, 2):
        ours = m.median("seconds", OURS, threads, "block")
        for peer in ("torch.compile", "eager"):
            yield less(f"float32 Llama block of 128 rows, {_threads(threads)}", ours, "s", f"{peer}, {_threads(threads)}", m.median("seconds", peer, threads, "block"))


def _threads(count: int) -> str:
    return f"{count} thread{'s' * (count > 1)}"
