"""Urgency queues for multi-stage agents (HexGen-Flow, 2025, arXiv 2505.05286, section 4.2).

A workflow's goal is shared out over its stages by what they are expected to take, so each request has a budget of its own; the most urgent runs
first: the one whose budget, less what it has waited and what it will take, is smallest. Requests of stages with much still to come are urgent
early, and those with time to spare make way.

Stages' expected tokens are those that ended requests of the same turn took. The order within one replica is here; the paper's dispatch over
unlike replicas is a router's business. As budgets do not change while a request waits, the order is that of the latest start times.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import admit, best_first, fill, is_full, make_room, until_admitted
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import NEVER, Batch, Request


@dataclass(frozen=True)
class HexGenFlow(Policy):
    """Chunked prefill; the request that is latest for its share of its workflow's goal first."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")
    token_s: float = parameter(0.03, least=0.0, help="seconds that a generated token takes, to turn lengths into times")
    prefill_tokens_per_s: float = parameter(10000.0, least=1.0, help="how fast prompts are computed")
    goal_s: float = parameter(60.0, least=0.0, tries=(15.0, 30.0, 60.0, 120.0), help="goal of workflows that state none")
    _takes: dict[int, list[float]] = field(init=False, default_factory=dict, repr=False, compare=False)
    _latest: dict[int, float] = field(init=False, default_factory=dict, repr=False, compare=False)

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        active = list(running)
        preempted = make_room(active, kv)
        chunks, budget = fill(active, self.max_batch_tokens)
        admitted: list[Request] = []
        if waiting and not preempted:
            admitted = admit(best_first(waiting, self._key), self.max_sequences - len(active), budget, kv, chunks)
        return Batch(chunks, admitted, preempted)

    def _key(self, request: Request) -> tuple[bool, float]:
        """Preempted requests first, as all that they have is wasted otherwise; then the latest start time."""
        return not request.preemptions, self._latest[request.id]

    def added(self, request: Request, now: float) -> None:
        hints = request.hints
        left = max(hints.turns - hints.turn, 1)
        own = self._own_s(request)
        later = sum(self._mean_s(turn, own) for turn in range(hints.turn + 1, hints.turn + left))
        goal = min(hints.program_deadline, hints.deadline)
        if goal == NEVER:
            goal = (hints.program_arrival if hints.session else request.arrival) + self.goal_s
        budget = (goal - now) * own / max(own + later, 1e-9)
        self._latest[request.id] = now + budget - own

    def finished(self, request: Request, now: float) -> None:
        if request.generated and request.id in self._latest:
            total = self._takes.setdefault(request.hints.turn, [0.0, 0.0])
            total[0] += 1
            total[1] += self._seconds(request.prompt, request.generated)
        self.moved(request)

    def moved(self, request: Request) -> None:
        self._latest.pop(request.id, None)

    def _own_s(self, request: Request) -> float:
        return self._seconds(request.prompt, request.hints.output) if request.hints.output else self._mean_s(request.hints.turn, self._seconds(request.prompt, request.max_tokens))

    def _mean_s(self, turn: int, unknown: float) -> float:
        """What requests of that turn took so far; `unknown` when there were none."""
        count, total = self._takes.get(turn, (0.0, 0.0))
        return total / count if count else unknown

    def _seconds(self, prompt: float, output: float) -> float:
        return prompt / self.prefill_tokens_per_s + output * self.token_s

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        full = not waiting or is_full(batch.chunks, running, self.max_batch_tokens, self.max_sequences)
        return ALWAYS if full else until_admitted(next(best_first(waiting, self._key)), batch.chunks, kv)
