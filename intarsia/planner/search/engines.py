"""Where simulations run: here, on several processes of this machine, or on a Ray cluster. Results come as they are finished."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from intarsia.errors import InputError, MissingDependency

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Job = TypeVar("Job")
Result = TypeVar("Result")
NAMES = ("processes", "serial", "ray")
_work: Callable[[Any], Any] | None = None


def run(engine: str, jobs: Iterator[Job], work: Callable[[Job], Result], workers: int = 0) -> Iterator[tuple[Job, Result]]:
    """(job, result) as results come. `jobs` is asked for the next one only when a worker is free, so it may leave out what results so far make needless.

    `workers` 0: one for each core (of the cluster). Raises InputError for an unknown engine, MissingDependency without ray.
    """
    if engine not in NAMES:
        raise InputError(f"there is no engine {engine!r}", mend=f"choose one of {', '.join(NAMES)}")
    if engine == "ray":
        return _ray(jobs, work, workers)
    workers = workers or len(os.sched_getaffinity(0))
    return _processes(jobs, work, workers) if engine == "processes" and workers > 1 else _serial(jobs, work)


def _serial(jobs: Iterator[Job], work: Callable[[Job], Result]) -> Iterator[tuple[Job, Result]]:
    for job in jobs:
        yield job, work(job)


def _processes(jobs: Iterator[Job], work: Callable[[Job], Result], workers: int) -> Iterator[tuple[Job, Result]]:
    """Forked workers, so that what has been priced so far is theirs too, and nothing of it is copied."""
    import multiprocessing
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

    global _work
    _work = work
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("fork"), initializer=_quiet) as pool:
        running: dict[Future[Result], Job] = {}
        try:
            while True:
                while len(running) < workers and (job := next(jobs, None)) is not None:
                    running[pool.submit(_run, job)] = job
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        finally:
            for future in running:
                future.cancel()
            _stop(pool)


def _stop(pool: ProcessPoolExecutor) -> None:
    """Ends workers that are still at it (an interrupted search waits for none)."""
    for process in list((pool._processes or {}).values()):
        process.terminate()


def _quiet() -> None:
    """An interrupt is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(job: Any) -> Any:
    assert _work is not None
    return _work(job)


def _ray(jobs: Iterator[Job], work: Callable[[Job], Result], workers: int) -> Iterator[tuple[Job, Result]]:
    """Tasks on the cluster that is at hand, or on one for these jobs."""
    with at_hand("ray"):
        import ray

        yield from _tasks(ray, jobs, work, workers or max(1, int(ray.cluster_resources().get("CPU", 1))))


@contextmanager
def at_hand(engine: str) -> Iterator[None]:
    """Ray's cluster, the one that RAY_ADDRESS names or one started here, for all simulations of a search; other engines need nothing. Raises MissingDependency without ray."""
    if engine != "ray":
        yield
        return
    try:
        import ray
    except ImportError:
        raise MissingDependency("ray is not installed", mend="pip install 'intarsia[ray]'") from None
    if ray.is_initialized():
        yield
        return
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # workers import what is imported here
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR", runtime_env={"env_vars": {"PYTHONPATH": path}})
    try:
        yield
    finally:
        ray.shutdown()


def _tasks(ray: Any, jobs: Iterator[Job], work: Callable[[Job], Result], workers: int) -> Iterator[tuple[Job, Result]]:
    shared, remote = ray.put(work), ray.remote(num_cpus=1)(_call)
    running: dict[Any, Job] = {}
    while True:
        while len(running) < workers and (job := next(jobs, None)) is not None:
            running[remote.remote(shared, job)] = job
        if not running:
            return
        done, _ = ray.wait(list(running), num_returns=1)
        for reference in done:
            yield running.pop(reference), ray.get(reference)


def _call(work: Callable[[Any], Any], job: Any) -> Any:
    return work(job)
