"""Replays requests on a bundle in real time, in a process of its own, so that nothing else of the program takes its time or memory.

Prompts are random tokens, answers are greedy and as long as the trace's (the end of text is ignored), so that the work is what the simulator counts.
Between steps, while the clock stands, kernels are measured (interludes.py).
"""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intarsia.compiler.bench.interludes import Burst, Interludes, Stopwatch, kernels_of
from intarsia.compiler.bench.noting import Noting, Taken
from intarsia.errors import IntarsiaError, RuntimeFailure
from intarsia.ir.workload import Request

if TYPE_CHECKING:
    from intarsia.runtime.decoder import Decoder
    from intarsia.runtime.engine import DriverFactory
    from intarsia.runtime.requests import Handle

POLL_S = 0.05
WARM_UP = (160, 8)
"""Prompt and output of the requests that come before the clock starts: code, weights and caches are touched once."""


@dataclass(frozen=True)
class Answered:
    """One request of a replay: its place in the load, and seconds from the replay's start when it was due, sent, first worked on, and had its first and last token."""

    place: int
    due: float
    sent: float
    start: float
    first: float
    end: float


@dataclass(frozen=True)
class Replay:
    """What came of a replay: of all requests, or of those that were done when it was interrupted. `scheduler` is the runtime's in words, `steps` are those it took,
    `bursts` the kernels that were measured between them.
    """

    scheduler: str
    answered: tuple[Answered, ...]
    complete: bool
    steps: tuple[Taken, ...] = ()
    bursts: tuple[Burst, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What the other process is told: the keys of the probes to run between steps (none: nothing is measured), on `probe_threads` threads."""

    bundle: Path
    model: str
    requests: tuple[Request, ...]
    threads: int | None = None
    seed: int = 0
    probes: tuple[str, ...] = ()
    probe_threads: int = 1


def scheduler_facts(scheduler: Any) -> str:
    """A scheduler in words: its class, its policy with all parameters, and its KV cache."""
    kv, policy = scheduler.kv, scheduler.policy
    return f"{type(scheduler).__module__}.{type(scheduler).__name__}, {type(policy).__module__}.{policy!r}, {kv.pages} pages of {kv.page_tokens} tokens"


def replay(asked: Asked, progress: Callable[[int], None] = lambda _: None) -> Replay:
    """Replay in another process; `progress` is told how many requests are done. When interrupted, gives what there is.

    Raises RuntimeFailure where the process ends without an answer, and what it raised.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, asked), daemon=True)
    process.start()
    there.close()
    try:
        return _watch(here, progress)
    finally:
        process.join(timeout=10)
        if process.is_alive():
            process.terminate()


def _watch(pipe: Connection, progress: Callable[[int], None]) -> Replay:
    """Until the answer comes; an interrupt asks for what there is."""
    while True:
        try:
            found = pipe.recv()
            if isinstance(found, BaseException):
                raise found
            progress(len(found.answered) if isinstance(found, Replay) else found)
            if isinstance(found, Replay):
                return found
        except KeyboardInterrupt:
            pipe.send("stop")
        except EOFError:
            raise RuntimeFailure("the process that replays ended without an answer", mend="is there enough memory?") from None


# In the other process.


def _serve(pipe: Connection, asked: Asked) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says when to stop
    from intarsia import runtime
    from intarsia.runtime.engine import own_driver

    clock = Stopwatch()
    try:
        with kernels_of(asked.probes, asked.probe_threads) as kernels:
            between = Interludes(kernels, asked.probes, asked.probe_threads, clock, asked.seed) if kernels is not None else None
            driver = partial(_noting, own_driver, clock, between)
            with runtime.load(asked.bundle, threads=asked.threads, driver=driver) as engine:
                pipe.send(_replayed(pipe, asked, engine.decoder(asked.model), between))
    except IntarsiaError as error:
        pipe.send(error)


def _noting(make: DriverFactory, clock: Stopwatch, between: Interludes | None, directory: Path, entry: dict[str, Any], threads: int | None) -> Noting:
    """A model's own driver, with interludes after its steps where there are any."""
    driver = make(directory, entry, threads)
    return Noting(driver, clock, between.after) if between is not None else Noting(driver, clock)


def _replayed(pipe: Connection, asked: Asked, decoder: Decoder, between: Interludes | None) -> Replay:
    prompts = _prompts(asked.requests, decoder.vocab, asked.seed)
    _warm_up(decoder, prompts[0])
    noting, scheduler = decoder.driver, decoder.loop.scheduler
    assert isinstance(noting, Noting)
    noting.scheduler = scheduler
    if between is not None:
        between.begin()
    started, handles = _submit(pipe, decoder, asked.requests, prompts)
    answered = tuple(_answered(place, asked.requests[place], handle, started) for place, handle in enumerate(handles) if handle.done)
    bursts = [replace(burst, at=burst.at - started) for burst in (between.bursts if between is not None else ())]
    return Replay(scheduler_facts(scheduler), answered, _all_done(asked.requests, handles), noting.since(started), tuple(bursts))


def _prompts(requests: Sequence[Request], vocab: int, seed: int) -> list[list[int]]:
    rng = random.Random(seed)
    return [[rng.randrange(vocab) for _ in range(request.prompt_tokens)] for request in requests]


def _warm_up(decoder: Decoder, prompt: list[int]) -> None:
    rows, output = WARM_UP
    tokens = (prompt * (1 + rows // len(prompt)))[: min(rows, decoder.context - output)]
    for handle in [_send(decoder, tokens, output) for _ in range(2)]:
        handle.result()


def _send(decoder: Decoder, prompt: list[int], output: int) -> Handle:
    from intarsia.runtime.requests import Options

    return decoder.submit(prompt, Options(max_tokens=output, ignore_eos=True))


def _submit(pipe: Connection, decoder: Decoder, requests: Sequence[Request], prompts: list[list[int]]) -> tuple[float, list[Handle]]:
    """Send each request when it is due, and wait for all; gives the start on the runtime's clock. Ends early when told to stop."""
    handles: list[Handle] = []
    started = decoder.clock()
    while not _all_done(requests, handles):
        now = decoder.clock() - started
        while len(handles) < len(requests) and requests[len(handles)].arrival_s <= now:
            handles.append(_send(decoder, prompts[len(handles)], requests[len(handles)].output_tokens))
        pipe.send(sum(handle.done for handle in handles))
        if pipe.poll(0):
            break
        wait = requests[len(handles)].arrival_s - (decoder.clock() - started) if len(handles) < len(requests) else POLL_S
        time.sleep(min(max(wait, 0.0), POLL_S))
    return started, handles


def _all_done(requests: Sequence[Request], handles: list[Handle]) -> bool:
    return len(handles) == len(requests) and all(handle.done for handle in handles)


def _answered(place: int, request: Request, handle: Handle, started: float) -> Answered:
    """Times of a finished request."""
    timings, sent = handle.result().timings, handle.submitted_s - started
    return Answered(place, request.arrival_s, sent, sent + timings.queue_s, sent + timings.ttft_s, sent + timings.total_s)
