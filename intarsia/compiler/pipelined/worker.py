"""The process of one rank: a JSON request a line on standard input, a JSON reply a line on standard output.

    {"setup": {...}, "rank": 0, "meeting": "/tmp/..."}           first: what is run, and the file by which ranks find each other
    {"do": "operator", "operator", "rows", "share", "repeats", "before"} -> {"spans": [[begin, end], ...]}, each time after the operators `before`
    {"do": "pair", "first": {...}, "second": {...}}              -> {"seconds": [of the first, of the second]} while both run
    {"do": "handover", "operator", "rows", "repeats"}            -> {"step_s", "wake_s", "beside_s"}: from one task's end to the next one's begin, on the same lane, on another,
                                                                    and on another while the first goes on
    {"do": "cpu"}                                                -> {"seconds"}: processor time of this rank so far
    {"do": "run", "steps": [...], "period_us", "sequential", "repeats"} -> {"digest", "runs": [[[task, lane, begin, end], ...], ...]}

Begins and ends are seconds of the machine's monotonic clock, which all ranks share.

All ranks get the same requests and begin each measurement together.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intarsia.compiler.pipelined.rank import KINDS, Rank, Setup
from intarsia.errors import IntarsiaError, MissingDependency
from intarsia.runtime import slices
from intarsia.runtime.lanes import Task, carry_out

STEPS = 20
"""Shares are multiples of 1/20, so that those of tasks add up exactly."""


class Peers:
    """The other ranks, by torch.distributed with gloo; alone, there is nothing to do."""

    def __init__(self, ranks: int, rank: int, meeting: str) -> None:
        self.ranks = ranks
        if ranks == 1:
            return
        try:
            import torch
            import torch.distributed as dist
        except ImportError:
            raise MissingDependency("several ranks talk through torch.distributed", mend="pip install 'intarsia[torch]'") from None
        torch.set_num_threads(1)
        self._torch, self._dist = torch, dist
        with slices.short():  # gloo's own threads, which sleep until the other rank sends
            dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=ranks)

    def add_up(self, rows: NDArray[np.float32]) -> None:
        """The sum over all ranks, in place: of two, in whatever order, the same bits."""
        with slices.short():
            self._dist.all_reduce(self._torch.from_numpy(rows))

    def meet(self) -> None:
        if self.ranks > 1:
            self._dist.barrier()

    def leave(self) -> None:
        if self.ranks > 1:
            self._dist.destroy_process_group()


def own_cores(setup: Setup, rank: int) -> list[int]:
    """Keep this process, and all threads that it will start, on its part of the cores, as launchers of ranks do; gives them, none where the system can't or there are too few.

    Else the system lets two ranks share a core now and then while another one has nothing to do, and all ranks wait for the slower one at the next collective.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < setup.ranks * setup.threads:
        return []
    mine = cores[rank * setup.threads : (rank + 1) * setup.threads]
    os.sched_setaffinity(0, mine)
    return mine


class Worker:
    """Answers requests."""

    def __init__(self, setup: Setup, rank: int, meeting: str) -> None:
        self.setup, self.peers = setup, Peers(setup.ranks, rank, meeting)
        self.rank = Rank(setup, rank, self.peers.add_up if setup.ranks > 1 else None)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        answers: dict[str, Callable[..., dict[str, Any]]] = {"operator": self.operator, "pair": self.pair, "handover": self.handover, "cpu": self.cpu, "run": self.run}
        return answers[request.pop("do")](**request)

    def operator(self, operator: str, rows: int, share: float, repeats: int, before: Sequence[str] = ()) -> dict[str, Any]:
        """An operator on the first `rows` sequences with nothing beside it on this rank; ranks meet, run what comes before it since the last collective, and then it. A thread
        that has slept just now gets more of a core that others want too, so what went before counts.
        """
        once = self._once(operator, 0, rows, share)
        first = [self._once(name, 0, rows, 1.0) for name in before]
        once(0)
        spans = []
        for number in range(repeats):
            self.peers.meet()
            for each in first:
                each(number)
            began = time.perf_counter()
            once(number)
            spans.append([began, time.perf_counter()])
        return {"spans": spans}

    def handover(self, operator: str, rows: int, repeats: int) -> dict[str, Any]:
        """Tasks that run an operator, one after the other: on one lane, and each on another lane than the one before, whose thread has computed and then slept.
        Last on a lane that sleeps until each of another one's tasks is over, while that one goes on computing on the same core."""
        found, once = {}, self._once(operator, 0, rows, 1.0)
        for key, lanes in (("step_s", ["compute"]), ("wake_s", ["compute", "memory"])):
            tasks = [Task(str(i), lanes[i % len(lanes)], 0, (str(i - 1),) if i else (), lambda: once(0)) for i in range(repeats)]
            self.peers.meet()
            spans = carry_out(tasks, STEPS)
            found[key] = sum(after.start - before.end for before, after in itertools.pairwise(spans)) / (repeats - 1)
        working = [Task(f"work {i}", "compute", 0, (), lambda: once(0)) for i in range(repeats + 1)]
        waiting = [Task(f"woken {i}", "network", 0, (f"work {i}",), lambda: None) for i in range(repeats)]
        self.peers.meet()
        times = {span.name: span for span in carry_out([*working, *waiting], STEPS)}
        found["beside_s"] = sum(times[f"woken {i}"].start - times[f"work {i}"].end for i in range(repeats)) / repeats
        return found

    def _once(self, operator: str, first: int, rows: int, share: float) -> Callable[[int], None]:
        threads = self.setup.threads_of(share)
        return lambda number: self.rank.run(operator, first, rows, number % self.setup.layers, threads)

    def pair(self, first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
        """Mean seconds of two operators while the other runs as well: each goes on a given number of times, and what lies where both ran counts."""
        ends: list[list[float]] = [[], []]
        loops = []
        for number, (mine, place) in enumerate(((first, 0), (second, self.setup.rows // 2))):
            loops.append(threading.Thread(target=self._loop, args=(mine, place, ends[number])))
        self.peers.meet()
        for loop in loops:
            loop.start()
        for loop in loops:
            loop.join()
        begin, end = max(each[0] for each in ends), min(each[-1] for each in ends)
        return {"seconds": [_mean_step([time for time in each if begin <= time <= end]) or _mean_step(each) for each in ends]}

    def _loop(self, what: dict[str, Any], place: int, ends: list[float]) -> None:
        once = self._once(what["operator"], place, what["rows"], what["share"])
        for number in range(what["times"]):
            once(number)
            ends.append(time.perf_counter())

    def run(self, steps: list[dict[str, Any]], period_us: float, sequential: bool, repeats: int) -> dict[str, Any]:
        """A schedule through all layers, `repeats` times from the same inputs."""
        groups = sorted({(step["first"], step["rows"]) for step in steps})
        tasks = self._tasks(steps, period_us, sequential)
        runs = []
        for _ in range(repeats):
            for first, rows in groups:
                self.rank.reset(first, rows)
            self.peers.meet()
            runs.append([[span.name, span.lane, span.start, span.end] for span in carry_out(tasks, STEPS)])
        return {"digest": self.rank.digest(groups), "runs": runs}

    def cpu(self) -> dict[str, Any]:
        return {"seconds": time.process_time()}

    def _tasks(self, steps: list[dict[str, Any]], period_us: float, sequential: bool) -> list[Task]:
        """Every nano-batch of every layer, lanes in the order of their begins."""
        every = sorted(((layer, step) for layer in range(self.setup.layers) for step in steps), key=lambda pair: (pair[0] * period_us + pair[1]["start_us"], pair[0]))
        return [self._task(step, layer, sequential) for layer, step in every]

    def _task(self, step: dict[str, Any], layer: int, sequential: bool) -> Task:
        waits = [f"{name}@{layer}" for name in step["wait"]] + [f"{name}@{layer - 1}" for name in step["wait_previous"] if layer]
        once = self._once(step["operator"], step["first"], step["rows"], step["share"])
        return Task(f"{step['name']}@{layer}", "all" if sequential else KINDS[step["operator"]], round(step["share"] * STEPS), tuple(waits), lambda: once(layer))

    def close(self) -> None:
        self.rank.close()
        self.peers.leave()


def _mean_step(times: list[float]) -> float:
    """Seconds from one time to the next; zero where there are too few."""
    return (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else 0.0


def main() -> None:
    """Serve until standard input ends. Native libraries may print; replies go to a copy of standard output that they don't know."""
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    worker: Worker | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if worker is None:
                setup = Setup(**request["setup"])
                own_cores(setup, request["rank"])
                worker = Worker(setup, request["rank"], request["meeting"])
                reply: dict[str, Any] = {"kv_bytes": worker.rank.kv_bytes}
            else:
                reply = worker.answer(request)
        except IntarsiaError as error:
            reply = {"error": str(error)}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)
    if worker is not None:
        worker.close()


if __name__ == "__main__":
    main()
