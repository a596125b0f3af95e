"""Goodput under imprecise information (JITServe, 2025, arXiv 2504.20068).

Requests have goals of their own: first and further tokens in time, the whole answer in time, or a program of several requests in time; how long
answers get is not known. An upper bound on the length (a hint, else a high quantile of those past answers of the class that were longer than this
one is by now) gives the work that is left, and so whether a request can still make its goal, and for how long it can be put off. Who runs is
chosen anew in frames of `frame_s`, and whenever a request comes or goes: first those that would soon be too late, then those with time to spare,
each by goodput for the work left, and last those whose goal is lost. A running request that is not chosen keeps its KV cache while pages last.

Unlike the paper, bounds are quantiles of past lengths, not of a regression forest over prompts; requests of like length are not grouped, as steps
here cost the sum of their contexts; speeds are parameters (a cost model knows them), not measured. Goodput counts requests, weighted by
1 + priority. `patience_s` past its goal a request goes first, so that none starves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.lengths import Lengths
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import best_first, fill, make_room, prefill, swap_or_evict
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import NEVER, Batch, Chunk, Request

WINDOW = 1000
"""Answers remembered of each class."""
URGENT_FRAMES = 2.0
"""A request is urgent when it could be put off for fewer frames than these."""
TYPICAL = 0.5
"""Quantile of past lengths that says what is typical."""
URGENT, IN_TIME, LATE = range(3)


@dataclass
class Frame:
    """The present frame: the order of those chosen, by id; which of them are urgent; when it ends; whether somebody came or went.

    `due`: when turns of programs are; `begun`: when first tokens were to come; `past`: lengths by class.
    """

    places: dict[int, int] = field(default_factory=dict)
    urgent: set[int] = field(default_factory=set)
    ends: float = 0.0
    stale: bool = True
    due: dict[int, float] = field(default_factory=dict)
    begun: dict[int, float] = field(default_factory=dict)
    past: dict[str, Lengths] = field(default_factory=dict)


@dataclass(frozen=True)
class JitServe(Policy):
    """Chunked prefill; requests that can still make their goals first, most goodput for the work left, chosen anew each frame."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")
    frame_s: float = parameter(1.0, least=0.0, tries=(0.25, 0.5, 1.0, 2.0), help="seconds between choices")
    quantile: float = parameter(0.9, least=0.0, most=0.999, tries=(0.75, 0.9, 0.97), help="of past lengths, taken as the most that a request will generate")
    token_s: float = parameter(0.03, least=1e-9, help="seconds that a generated token takes")
    prefill_tokens_per_s: float = parameter(10000.0, least=1.0, help="how fast prompts are computed")
    patience_s: float = parameter(300.0, least=0.0, help="seconds past its goal after which a request goes first")
    _frame: Frame = field(init=False, default_factory=Frame, repr=False, compare=False)

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        contended = bool(waiting) or len(running) > self.max_sequences
        if self._frame.stale or (contended and now >= self._frame.ends):
            self._choose(now, [*running, *waiting], kv)
        places = self._frame.places
        active = sorted(running, key=lambda request: (places.get(request.id, NEVER), request.arrival, request.id))
        preempted = make_room(active, kv, swap_or_evict(kv))
        chosen = [request for request in active if request.id in places]
        chunks, budget = fill(chosen, self.max_batch_tokens)
        admitted = self._admit(now, waiting, active, preempted, budget, kv, chunks) if waiting and budget else []
        return Batch(chunks, admitted, preempted, until=self._frame.ends if contended else NEVER)

    def _choose(self, now: float, requests: Sequence[Request], kv: PagePool) -> None:
        """The best requests that places and pages suffice for."""
        frame, pages = self._frame, kv.pages
        frame.places, frame.urgent, frame.ends, frame.stale = {}, set(), now + self.frame_s, False
        for request in best_first(requests, lambda request: self._rank(request, now)):
            if len(frame.places) == self.max_sequences:
                return
            if (needed := kv.needed(request.known)) <= pages:
                pages -= needed
                frame.places[request.id] = len(frame.places)
                if self._rank(request, now)[0] == URGENT:
                    frame.urgent.add(request.id)

    def _admit(self, now: float, waiting: deque[Request], active: list[Request], preempted: list[Request], budget: int, kv: PagePool, chunks: list[Chunk]) -> list[Request]:
        """Chosen requests that wait, best first; running ones that were not chosen give up their pages to urgent ones, or where nothing runs."""
        places, admitted = self._frame.places, list[Request]()
        for request in sorted((request for request in waiting if request.id in places), key=lambda request: places[request.id]):
            while not kv.admit(request):
                if not active or active[-1].id in places or (chunks and request.id not in self._frame.urgent):
                    return admitted
                victim = active.pop()
                swap_or_evict(kv)(victim)
                preempted.append(victim)
            admitted.append(request)
            self._frame.begun.setdefault(request.id, now + (request.known - request.computed) / self.prefill_tokens_per_s)
            budget -= prefill(request, budget, chunks)
            if not budget:
                break
        return admitted

    def _rank(self, request: Request, now: float) -> tuple[int, bool, float]:
        """Group, then work for goodput: least first; only what is urgent goes before what runs.

        A goal is lost when even a typical length would be late; it is urgent when the longest likely one soon may be.
        """
        typical, bound = self._length(request, TYPICAL), self._length(request, self.quantile)
        missing = request.known - request.computed
        prefill_s = missing / self.prefill_tokens_per_s if missing > 1 else 0.0
        work_s, most_s = (prefill_s + (tokens - request.generated) * self.token_s for tokens in (typical, bound))
        hints = request.hints
        begun = self._frame.begun.get(request.id, now + prefill_s)
        begin_by = request.arrival + hints.ttft_s - now - prefill_s if not request.generated else NEVER
        end_by = min(self._frame.due.get(request.id, NEVER), hints.deadline) - now
        least_s = min(end_by - work_s, begun + typical * hints.tpot_s - now - work_s, begin_by)
        slack_s = min(end_by - most_s, begun + (request.generated + 1) * hints.tpot_s - now, begin_by)
        if least_s < -self.patience_s:
            return URGENT, False, request.arrival - now
        group = LATE if least_s < 0 else URGENT if slack_s < URGENT_FRAMES * self.frame_s else IN_TIME
        return group, group != URGENT and not request.pages, work_s / max(1 + request.priority, 0.1)

    def _length(self, request: Request, quantile: float) -> int:
        """Tokens that the request will generate, by a quantile of those longer than it has by now; one more than it has, at least."""
        hints, limit = request.hints, max(request.max_tokens, request.generated + 1)
        hint = int(hints.output_most if quantile > TYPICAL else hints.output)
        if hint > request.generated:
            return min(limit, hint)
        past = self._frame.past.get(hints.kind)
        return min(limit, (past.above(request.generated, quantile) if past else 0) or limit)

    def added(self, request: Request, now: float) -> None:
        """A turn's share of what is left to its program is as much as that of each turn to come."""
        self._frame.stale = True
        hints = request.hints
        if hints.program_deadline < NEVER:
            self._frame.due[request.id] = now + (hints.program_deadline - now) / max(hints.turns - hints.turn, 1)

    def finished(self, request: Request, now: float) -> None:
        self.moved(request)
        if request.generated:
            self._frame.past.setdefault(request.hints.kind, Lengths(WINDOW)).add(request.generated)

    def moved(self, request: Request) -> None:
        self._frame.stale = True
        self._frame.due.pop(request.id, None)
        self._frame.begun.pop(request.id, None)

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """Until the frame ends (`until`), or blocks are computed that may let a chosen request in."""
        if batch.admitted:
            return 0
        places = self._frame.places
        full = sum(chunk.tokens for chunk in batch.chunks) >= self.max_batch_tokens or not any(request.id in places for request in waiting)
        return ALWAYS if full else kv.until_commit(batch.chunks)
