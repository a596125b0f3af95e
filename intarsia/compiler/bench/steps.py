"""The steps of a replay (noting.py): what each was predicted to take, and whether the simulated scheduler makes the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from intarsia.compiler.bench.compare import Figures
from intarsia.compiler.bench.noting import Taken
from intarsia.compiler.bench.pace import USUAL, Pace
from intarsia.cost_models.serving.shapes import Batch, Chunk, Step
from intarsia.cost_models.serving.step_table import StepTable
from intarsia.errors import RuntimeFailure
from intarsia.ir.workload import Request as Asked
from intarsia.runtime.scheduler import Request, Scheduler

REST_S = 0.005
"""From one step's end to the next one's begin: with less, Python was at work between them; with more, nobody was."""


def shape(taken: Taken) -> Step:
    """A step as cost models speak of it: a sequence of one row that draws a token decodes; all that do count by their mean context."""
    decoding = [before + 1 for rows, before, drawn in taken.sequences if rows == 1 and drawn]
    chunks = tuple(Chunk(rows, before, last=drawn) for rows, before, drawn in taken.sequences if rows > 1 or not drawn)
    return Step(chunks, (Batch(len(decoding), sum(decoding) / len(decoding)),) if decoding else ())


def played(scheduler: Scheduler, asked: Sequence[Asked], taken: Iterable[Taken]) -> Figures:
    """What users would have seen had the simulated scheduler decided on the very steps that were taken, each as long as it was.

    Requests come to it when they came to the runtime's. Raises RuntimeFailure where it decides otherwise than the runtime's did.
    """
    requests = [Request(number, each.prompt_tokens, each.output_tokens, each.arrival_s) for number, each in enumerate(asked)]
    first: dict[int, float] = {}
    end: dict[int, float] = {}
    came = done = 0
    for number, step in enumerate(taken):
        while came < done + step.requests:
            scheduler.add(requests[came])
            came += 1
        batch = scheduler.step(step.begin)
        if sorted((chunk.tokens, chunk.start) for chunk in batch.chunks) != sorted((rows, before) for rows, before, _ in step.sequences):
            raise RuntimeFailure(f"the simulated scheduler decides on another batch than the runtime's at step {number} of a replay", mend="please report it")
        scheduler.advance(batch)
        for request in (chunk.request for chunk in batch.chunks if chunk.last):
            request.generated += 1
            first.setdefault(request.id, step.end)
            if request.generated == request.max_tokens:
                scheduler.finish(request, step.end)
                end[request.id], done = step.end, done + 1
    whole = sorted(end)
    columns = [(requests[i].arrival, first[i], end[i], float(requests[i].max_tokens)) for i in whole]
    return Figures.of(*np.array(columns).T) if columns else Figures(0.0, 0.0, np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class Sum:
    """Seconds of some steps, Python's between them included: taken, and predicted."""

    count: int = 0
    taken_s: float = 0.0
    predicted_s: float = 0.0

    def and_(self, taken_s: float, predicted_s: float) -> Sum:
        return Sum(self.count + 1, self.taken_s + taken_s, self.predicted_s + predicted_s)


def account(table: StepTable, taken: Sequence[Taken], pace: Pace = USUAL) -> dict[str, Sum]:
    """Steps with chunks of prompts, steps that only decode, and the first ones after a rest (in neither of those), without what is predicted for the rest itself."""
    sums = {"with prompts": Sum(), "decoding": Sum(), "after a rest": Sum()}
    before = -REST_S
    for step in taken:
        rested = step.begin - before >= REST_S
        kind = "after a rest" if rested else "with prompts" if shape(step).prefill else "decoding"
        sums[kind] = sums[kind].and_(step.end - (step.begin if rested else before), pace.at(step.begin) * table.seconds(shape(step)))
        before = step.end
    return sums
