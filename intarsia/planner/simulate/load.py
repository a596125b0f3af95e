"""What a simulation serves: jobs (requests with their true lengths), open or closed, alone or as turns of agent programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from intarsia.errors import InputError
from intarsia.ir.workload import Workload

NEVER = math.inf


@dataclass(frozen=True, slots=True)
class Job:
    """One request: `prompt` tokens in, `output` tokens out. Times are seconds.

    `arrival_s` counts from the start; a job that comes `after` another (its place in the list) arrives when that one has ended and its tool has run for
    the other's `tool_s`. `prefix`: hashes of leading blocks of the sequence, generated tokens included where known. Goals: `ttft_s`, `tpot_s`, `deadline_s`
    after the arrival for the last token, and `pause_s`, the longest wait between two tokens while others get theirs. `session`, `turn` of `turns`: the agent program
    that it belongs to. What a policy may know of the output beforehand: `limit` (0: its true length), and `expected`, `expected_most` (0: nothing).
    `image_tokens` have to be encoded first.
    """

    arrival_s: float
    prompt: int
    output: int
    prefix: tuple[int, ...] = ()
    kind: str = ""
    priority: int = 0
    ttft_s: float = NEVER
    tpot_s: float = NEVER
    deadline_s: float = NEVER
    session: Hashable = ""
    turn: int = 0
    turns: int = 0
    after: int = -1
    tool: str = ""
    tool_s: float = 0.0
    program_deadline_s: float = NEVER
    limit: int = 0
    expected: float = 0.0
    expected_most: float = 0.0
    image_tokens: int = 0
    model: str = ""
    pause_s: float = NEVER


@dataclass(frozen=True)
class Load:
    """Jobs in the order of their arrival. `users` above 0 makes a closed loop: each user sends the next job of the list `think_s` after the last answer, arrivals aside.
    With `patience_s`, they give up a job of which nothing has been computed for so long, and send it anew behind all others, as they do with one that missed its goals.

    `block_tokens`: tokens of a block that `Job.prefix` names; `left_out`: requests of the trace without prompt or output.
    """

    jobs: tuple[Job, ...]
    users: int = 0
    think_s: float = 0.0
    block_tokens: int = 0
    name: str = ""
    left_out: int = 0
    patience_s: float = NEVER

    def __post_init__(self) -> None:
        if not self.jobs:
            raise InputError("there is nothing to simulate: the load holds no request", mend="give a trace with requests, or a rate above zero for long enough")
        if self.users < 0 or not 0 <= self.think_s < NEVER:
            raise InputError(f"a closed loop needs users and a think time of zero or more, found {self.users} and {self.think_s}")
        if not self.patience_s > 0 or (self.again and not self.users):
            raise InputError(f"users of a closed loop have a patience above zero, found {self.patience_s} and {self.users} users", mend="give both, or neither")
        for place, job in enumerate(self.jobs):
            _check(place, job)

    @staticmethod
    def of(
        workload: Workload, *, ttft_s: float = NEVER, tpot_s: float = NEVER, deadline_s: float = NEVER, users: int = 0, image_tokens: Callable[[str], int] = lambda model: 0,
    ) -> Load:  # fmt: skip
        """A trace's requests, with goals for all (a request's own deadline comes before it); hashes of whole blocks are kept. `image_tokens`: of an image, by model.

        A session's requests follow each other: none is sent before its predecessor has ended and its tool has run.
        """
        jobs: list[Job] = []
        latest: dict[str, int] = {}
        for request in workload.requests:
            if request.prompt_tokens < 1 or request.output_tokens < 1:
                continue
            turn = jobs[latest[request.session]].turn + 1 if request.session in latest else 0
            whole = request.prefix_hashes[: request.prompt_tokens // workload.block_tokens] if workload.block_tokens else ()
            job = Job(
                request.arrival_s, request.prompt_tokens, request.output_tokens, whole, request.kind, request.priority, ttft_s, tpot_s, min(deadline_s, request.deadline_s),
                request.session, turn, tool=request.tool, tool_s=request.tool_s, image_tokens=request.images * image_tokens(request.model) if request.images else 0,
                model=request.model,
            )  # fmt: skip
            if request.session:
                job = replace(job, after=latest.get(request.session, -1))
                latest[request.session] = len(jobs)
            jobs.append(job)
        return Load(tuple(jobs), users, 0.0, workload.block_tokens, workload.name, len(workload) - len(jobs))

    @property
    def again(self) -> bool:
        """Jobs that miss their goals are sent again."""
        return self.patience_s < NEVER

    @property
    def longest(self) -> int:
        """Tokens of the longest sequence."""
        return max(job.prompt + job.output for job in self.jobs)


def _check(place: int, job: Job) -> None:
    if job.prompt < 1 or job.output < 1:
        raise InputError(f"needs at least one token of prompt and output, found {job.prompt} and {job.output}", where=f"job {place}")
    if not 0 <= job.arrival_s < NEVER or not 0 <= job.tool_s < NEVER:
        raise InputError(f"times must be finite and not negative, found arrival_s {job.arrival_s} and tool_s {job.tool_s}", where=f"job {place}")
    if job.after >= place:
        raise InputError(f"comes after job {job.after}, which isn't before it", where=f"job {place}", mend="order a program's turns")


def program(
    arrival_s: float, turns: Sequence[tuple[int, int, str, float]], *, session: Hashable, first: int,
    system: int = 0, shared: Hashable = "", block_tokens: int = 0, deadline_s: float = NEVER,
) -> list[Job]:  # fmt: skip
    """The jobs of an agent program that starts at `arrival_s`: turns of (new prompt tokens, output tokens, tool, tool seconds), each after all that came before.

    `first` is the place of its first job in the load. `system` tokens begin the first prompt, alike in all programs with the same `shared`. With `block_tokens`, jobs carry hashes.
    """
    jobs: list[Job] = []
    context = system
    for turn, (new, output, tool, tool_s) in enumerate(turns):
        prompt = context + new
        blocks = (prompt + output) // block_tokens if block_tokens else 0
        prefix = tuple(hash((shared, n)) if (n + 1) * block_tokens <= system else hash((session, n)) for n in range(blocks))
        after = first + turn - 1 if turn else -1
        jobs.append(Job(arrival_s, prompt, output, prefix, session=session, turn=turn, turns=len(turns), after=after, tool=tool, tool_s=tool_s, program_deadline_s=deadline_s))
        context = prompt + output
    return jobs
