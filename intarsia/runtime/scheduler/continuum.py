"""KV time to live over tool calls, with program-level first come, first served (Continuum, 2025, arXiv 2511.02230).

An agent's turn ends with a tool call, and the next turn needs the same context. Its KV cache stays in the pool for a time to live, so that a tool
that returns soon finds it there, and needs neither prefill nor a new place in the queue. Turns are served in the order in which their programs began.

The time to live is `ttl_s` where the tool's mean is at most `short_tool_s` (the paper's cold-start rule), and once a tool has been seen
`least_samples` times, the one that gains most: P(back in time) x (waiting and prefill saved) - seconds held x share of the pool x requests that wait.
The paper weighs with the engine's measured throughput; here `prefill_tokens_per_s` stands for it, and the mean wait is observed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.parameters import SEQUENCES, STEP_TOKENS, parameter
from intarsia.runtime.scheduler.parts import admit, best_first, fill, is_full, make_room, until_admitted
from intarsia.runtime.scheduler.policy import ALWAYS, Policy
from intarsia.runtime.scheduler.request import Batch, Request

KEPT_SAMPLES = 200
"""Durations remembered of each tool."""
MARGIN = 1.05
"""Over the duration of a past call: one just like it is back in time."""
NEWEST = 0.05
"""Weight of the newest wait in their mean."""


@dataclass
class Observed:
    """What was seen: seconds from a turn's end to the next one's arrival, by tool; ended turns as (time, tool, program's start); waits and load."""

    gaps: dict[str, deque[float]] = field(default_factory=dict)
    ended: dict[Hashable, tuple[float, str, float]] = field(default_factory=dict)
    since: dict[int, float] = field(default_factory=dict)
    wait_s: float = 0.0
    waiting: int = 0
    pages: int = 1

    def admitted(self, request: Request, now: float) -> None:
        """Its wait goes into the mean, unless it came back after a preemption."""
        if (since := self.since.pop(request.id, None)) is not None:
            self.wait_s += NEWEST * (now - since - self.wait_s)


@dataclass(frozen=True)
class Continuum(Policy):
    """Chunked prefill; the oldest agent program first, and its KV cache kept while a short tool runs."""

    max_batch_tokens: int = parameter(least=1, tries=STEP_TOKENS, help="tokens of an iteration")
    max_sequences: int = parameter(least=1, tries=SEQUENCES, help="sequences of an iteration")
    ttl_s: float = parameter(2.0, least=0.0, tries=(0.5, 1.0, 2.0, 4.0, 8.0), help="seconds that KV is held, while too little is known of a tool")
    short_tool_s: float = parameter(2.0, least=0.0, tries=(0.5, 1.0, 2.0, 4.0, 8.0), help="mean seconds of a tool up to which KV is then held")
    most_ttl_s: float = parameter(60.0, least=0.0, tries=(15.0, 60.0, 240.0), help="seconds that KV is held at most")
    least_samples: int = parameter(20, least=1, tries=(5, 20, 80), help="calls of a tool after which its durations decide")
    prefill_tokens_per_s: float = parameter(10000.0, least=1.0, help="how fast lost KV is computed again, to weigh it against memory held")
    _seen: Observed = field(init=False, default_factory=Observed, repr=False, compare=False)

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch:
        active = sorted(running, key=_program)
        self._give_way(kv, sum(max(0, kv.needed(request.known) - len(request.pages)) for request in active) if kv.held else 0)
        preempted = make_room(active, kv)
        chunks, budget = fill(active, self.max_batch_tokens)
        admitted: list[Request] = []
        if waiting and not preempted:
            admitted = admit(self._order(waiting, kv), self.max_sequences - len(active), budget, kv, chunks)
            if not chunks and kv.held:
                first = next(self._order(waiting, kv))
                self._give_way(kv, kv.needed(first.known), first.hints.session)
                admitted = admit([first], self.max_sequences, budget, kv, chunks)
        for request in admitted:
            self._seen.admitted(request, now)
        self._seen.waiting, self._seen.pages = len(waiting) - len(admitted), kv.pages
        return Batch(chunks, admitted, preempted)

    def _order(self, waiting: deque[Request], kv: PagePool) -> Iterator[Request]:
        """Those whose KV cache is held first, then the oldest program."""
        held = kv.held
        return best_first(waiting, lambda request: (request.hints.session not in held, _program(request)))

    def _give_way(self, kv: PagePool, pages: int, spared: Hashable = None) -> None:
        """Nobody's next turn is worth stopping what runs: give held pages up until so many are free, the youngest program's first, waiting turns' last."""
        ended = self._seen.ended
        while kv.free < pages and (others := [session for session in kv.held if session != spared]):
            kv.unhold(max(others, key=lambda session: ended[session][2] if session in ended else -1.0))

    def added(self, request: Request, now: float) -> None:
        self._seen.since[request.id] = now
        if (ended := self._seen.ended.pop(request.hints.session, None)) is not None:
            self._seen.gaps.setdefault(ended[1], deque(maxlen=KEPT_SAMPLES)).append(now - ended[0])

    def moved(self, request: Request) -> None:
        self._seen.since.pop(request.id, None)

    def finished(self, request: Request, now: float) -> None:
        self.moved(request)
        if _goes_on(request):
            self._seen.ended[request.hints.session] = (now, request.hints.tool, request.hints.program_arrival)

    def hold_s(self, request: Request, now: float) -> float:
        if not _goes_on(request):
            return 0.0
        gaps = self._seen.gaps.get(request.hints.tool, ())
        if len(gaps) >= self.least_samples:
            return min(self.most_ttl_s, self._best(sorted(gaps), request))
        mean = sum(gaps) / len(gaps) if gaps else request.hints.tool_s
        return min(self.most_ttl_s, self.ttl_s) if mean <= self.short_tool_s else 0.0

    def _best(self, gaps: Sequence[float], request: Request) -> float:
        """The time to live that gains most, among those after which one of the past calls had returned."""
        saved = self._seen.wait_s + request.computed / self.prefill_tokens_per_s
        price = len(request.pages) / self._seen.pages * self._seen.waiting
        best, best_gain, returned_s = 0.0, 0.0, 0.0
        for place, gap in enumerate(gaps):
            held_s = (returned_s + gap * (len(gaps) - place)) / len(gaps)
            gain = (place + 1) / len(gaps) * saved - held_s * price
            if gain > best_gain:
                best, best_gain = gap * MARGIN, gain
            returned_s += gap
        return best

    def steady(self, batch: Batch, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> int:
        """Until the first in line can be admitted; held pages that expire end the batch by its `until`."""
        if batch.admitted:
            return 0
        full = not waiting or is_full(batch.chunks, running, self.max_batch_tokens, self.max_sequences)
        return ALWAYS if full else until_admitted(next(self._order(waiting, kv)), batch.chunks, kv)


def _program(request: Request) -> float:
    """When its program began; a request of its own is its own program."""
    return request.hints.program_arrival if request.hints.session else request.arrival


def _goes_on(request: Request) -> bool:
    """Another turn of its program will come, as far as is known."""
    hints = request.hints
    return bool(hints.session) and (hints.turn + 1 < hints.turns if hints.turns else bool(hints.tool))
