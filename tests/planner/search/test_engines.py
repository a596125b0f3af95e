"""Where simulations run: every engine gives the same results, asks for jobs lazily, and leaves no worker behind."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from intarsia.errors import InputError, MissingDependency
from intarsia.planner.search import engines


@dataclass(frozen=True)
class Square:
    """Work with something of its own to carry along."""

    offset: int

    def __call__(self, job: int) -> tuple[int, int]:
        return job * job + self.offset, os.getpid()


def test_processes_and_this_one_agree() -> None:
    here = dict(engines.run("serial", iter(range(20)), Square(3)))
    there = dict(engines.run("processes", iter(range(20)), Square(3), workers=2))
    assert {job: value for job, (value, _) in here.items()} == {job: value for job, (value, _) in there.items()} == {job: job * job + 3 for job in range(20)}
    assert {pid for _, pid in here.values()} == {os.getpid()}
    assert os.getpid() not in {pid for _, pid in there.values()}
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_jobs_are_asked_for_when_a_worker_is_free(engine: str) -> None:
    """So that results so far may make the next job needless."""
    asked: list[int] = []
    done: list[int] = []

    def jobs() -> Iterator[int]:
        for job in range(10):
            asked.append(job)
            assert len(asked) - len(done) <= 2
            yield job

    for job, _ in engines.run(engine, jobs(), Square(0), workers=2):
        done.append(job)
    assert sorted(done) == list(range(10))


def test_an_interrupt_ends_the_workers() -> None:
    running = engines.run("processes", iter(range(100)), Square(0), workers=2)
    next(running)
    running.close()
    assert not multiprocessing.active_children()


def test_a_failing_job_says_so() -> None:
    with pytest.raises(ZeroDivisionError):
        list(engines.run("processes", iter([1, 0]), _inverse, workers=2))


def _inverse(job: int) -> float:
    return 1 / job


def test_unknown_engines_are_refused() -> None:
    with pytest.raises(InputError, match="no engine 'slurm'"):
        engines.run("slurm", iter([1]), Square(0))


@pytest.mark.skipif(importlib.util.find_spec("ray") is not None, reason="ray is installed")
def test_without_ray() -> None:
    with pytest.raises(MissingDependency, match="ray"):
        list(engines.run("ray", iter([1]), Square(0)))


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed (extra: ray)")
def test_a_ray_cluster() -> None:
    """A real one, on this machine: other processes, the same results."""
    found = dict(engines.run("ray", iter(range(8)), Square(5), workers=2))
    assert {job: value for job, (value, _) in found.items()} == {job: job * job + 5 for job in range(8)}
    assert os.getpid() not in {pid for _, pid in found.values()}
