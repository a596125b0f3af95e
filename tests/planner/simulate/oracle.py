"""A second, slow simulation of one engine under FCFS with chunked prefill: plain Python over NumPy prices, no code shared with the simulator or the scheduler."""

from __future__ import annotations

from dataclasses import dataclass

from intarsia.cost_models.serving.shapes import Batch, Chunk, Step
from intarsia.cost_models.serving.step_table import StepTable


@dataclass
class Sequence:
    number: int
    arrival: float
    prompt: int
    output: int
    out: int = 0
    done: int = 0
    reserved: int = 0
    first: float = -1.0
    end: float = -1.0


def serve(jobs: list[tuple[float, int, int]], table: StepTable, pages: int, page: int, most_tokens: int, most_sequences: int) -> list[tuple[float, float]]:
    """(time of the first token, time of the last) of each (arrival, prompt, output)."""
    everything = [Sequence(n, *job) for n, job in enumerate(jobs)]
    coming, waiting, active, now = list(everything), list[Sequence](), list[Sequence](), 0.0
    while coming or waiting or active:
        if not waiting and not active:
            now = max(now, coming[0].arrival)
        while coming and coming[0].arrival <= now:
            waiting.append(coming.pop(0))
        free = pages - sum(s.reserved for s in active)
        thrown_out = False
        place = 0
        while place < len(active):
            s = active[place]
            more = -(-(s.prompt + s.out) // page) - s.reserved
            if more <= free:
                s.reserved, free, place = s.reserved + more, free - more, place + 1
                continue
            victim = active.pop()
            free, victim.reserved, victim.done, thrown_out = free + victim.reserved, 0, 0, True
            waiting.insert(0, victim)
        budget, share = most_tokens, {}
        for s in active:
            if s.prompt + s.out - s.done == 1 and budget:
                share[s.number], budget = 1, budget - 1
        for s in active:
            if s.prompt + s.out - s.done > 1 and budget:
                share[s.number] = min(budget, s.prompt + s.out - s.done)
                budget -= share[s.number]
        while waiting and not thrown_out and budget and len(active) < most_sequences:
            s = waiting[0]
            if -(-(s.prompt + s.out) // page) > free:
                break
            waiting.pop(0)
            s.reserved = -(-(s.prompt + s.out) // page)
            free -= s.reserved
            active.append(s)
            share[s.number] = min(budget, s.prompt + s.out)
            budget -= share[s.number]
        now += seconds(active, share, table)
        for s in list(active):
            s.done += share.get(s.number, 0)
            if share.get(s.number) and s.done == s.prompt + s.out:
                s.out += 1
                s.first = now if s.out == 1 else s.first
                if s.out == s.output:
                    s.end = now
                    active.remove(s)
    return [(s.first, s.end) for s in everything]


def seconds(active: list[Sequence], share: dict[int, int], table: StepTable) -> float:
    """Chunks of a step share one launch."""
    working = [s for s in active if share.get(s.number)]
    lone = [s for s in working if share[s.number] == 1 and s.done + 1 == s.prompt + s.out]
    rest = [s for s in working if s not in lone]
    decode = (Batch(len(lone), sum(s.done + 1 for s in lone) / len(lone)),) if lone else ()
    chunks = tuple(Chunk(share[s.number], s.done, last=s.done + share[s.number] == s.prompt + s.out) for s in rest)
    return table.seconds(Step(chunks, decode)) - table.launch_s * max(0, len(chunks) - 1)
