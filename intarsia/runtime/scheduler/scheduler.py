"""The two queues around a policy. The runtime drives it with the real clock; the simulator drives the same object with another.

    scheduler.add(request, now)
    while scheduler.busy:
        batch = scheduler.step(now)           # decide; take and give pages; move requests between the queues
        ...                                   # run the chunks
        scheduler.advance(batch)              # their tokens are in the KV cache
        for chunk in batch.chunks:            # the caller says what came out
            if chunk.last: chunk.request.generated += 1 ... or scheduler.finish(chunk.request, now)

Who knows what comes out may run a batch `1 + scheduler.steady(batch, most)` times, and `advance` by that many at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from intarsia.errors import InputError
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.kv_tiers import PEER
from intarsia.runtime.scheduler.policy import Policy
from intarsia.runtime.scheduler.request import Batch, Chunk, Request

IMAGE_TOKENS = 8192
"""Of an iteration that encodes images beside other work, of one request at least."""


class Scheduler:
    """`waiting` (first to be admitted first) and `running` (oldest first) requests over one page pool. Not thread-safe.

    Where images are encoded for others to prefill (`encodes`), requests with images wait in `images`, which no policy sees, and leave when theirs are encoded.
    """

    __slots__ = ("encodes", "images", "kv", "named", "policy", "running", "waiting")

    def __init__(self, policy: Policy, kv: PagePool) -> None:
        self.policy, self.kv = policy, kv
        self.waiting: deque[Request] = deque()
        self.running: list[Request] = []
        self.images: deque[Request] = deque()
        self.encodes = False
        self.named = False  # a request has come whose leading blocks others may share

    @property
    def busy(self) -> bool:
        return bool(self.running or self.waiting or self.images)

    def add(self, request: Request, now: float | None = None) -> None:
        """Queue a request, by default at its arrival. Raises InputError for one that the KV cache could never hold."""
        self.check(request)
        self.waiting.append(request)
        self.named = self.named or bool(request.prefix)
        self.policy.added(request, request.arrival if now is None else now)

    def check(self, request: Request) -> None:
        """Raises InputError for a request that the KV cache could never hold. Safe to call from any thread."""
        if self.kv.needed(max(request.most, request.known)) > self.kv.pages:
            raise InputError(
                f"the request may need {request.most} tokens of KV cache, which holds {self.kv.pages * self.kv.page_tokens}",
                mend="shorten the prompt, lower max_tokens, or plan with more memory",
            )

    def step(self, now: float) -> Batch:
        """Decide one iteration, and move the requests it admits and preempts."""
        kv, waiting = self.kv, self.waiting
        if kv.held or kv.sending:
            kv.expire(now)
        batch = self.policy.schedule(now, waiting, self.running, kv)
        for request in batch.preempted:
            self.running.remove(request)
            waiting.appendleft(request)
        for request in batch.admitted:
            if waiting[0] is request:
                waiting.popleft()
            else:
                waiting.remove(request)
            self.running.append(request)
        if kv.tiers.moves or kv.held or kv.sending:
            batch = batch._replace(moves=kv.tiers.moves, until=min(batch.until, kv.expiry))
            kv.tiers.moves = []
        return batch._replace(encodes=self._next_images()) if self.images else batch

    def _next_images(self) -> list[Request]:
        """The oldest requests whose images an iteration encodes; they stay in the queue until they leave."""
        chosen: list[Request] = []
        left = IMAGE_TOKENS
        for request in self.images:
            left -= request.hints.encode_tokens
            if chosen and left < 0:
                break
            chosen.append(request)
        return chosen

    def steady(self, batch: Batch, most: int) -> int:
        """How many more times (at most `most`) a batch just decided can run before the policy must be asked, if nothing arrives or ends until then."""
        if batch.preempted or batch.moves or batch.encodes or not batch.chunks:
            return 0
        repeats = _alike(batch.chunks, most)
        if repeats > 0:
            repeats = min(repeats, self.policy.steady(batch, self.waiting, self.running, self.kv))
        if repeats > 0 and self.named and self.kv.contested(batch.chunks):
            repeats = min(repeats, self.kv.until_commit(batch.chunks))
        return self.kv.room(batch.chunks, repeats) if repeats > 0 else 0

    def advance(self, batch: Batch, times: int = 1) -> None:
        """The batch has run, `times` times over: its tokens are in the KV cache, and what others may share of them is known."""
        kv, size = self.kv, self.kv.page_tokens
        for request, _, tokens, _, group, groups in batch.chunks:
            if group + 1 < groups:
                continue
            computed = request.computed = request.computed + tokens * times
            if times > 1 and computed > len(request.pages) * size:
                kv.grow(request.pages, computed)
        if self.named:
            for request, _, _, _, group, groups in batch.chunks:
                if len(request.blocks) < len(request.prefix) and group + 1 == groups:
                    kv.commit(request)
        for request in batch.encodes:
            request.encoded = True

    def finish(self, request: Request, now: float) -> None:
        """A running request has ended: free its pages, or keep them for its session's next turn, as the policy says."""
        self.policy.finished(request, now)
        seconds = self.policy.hold_s(request, now) if request.hints.session else 0.0
        if seconds > 0:
            self.kv.hold(request, now + seconds)
        else:
            self.kv.drop(request)
        self.running.remove(request)

    def remove(self, request: Request, now: float = 0.0) -> None:
        """Forget a request that is cancelled, wherever it is, and free its pages."""
        self.policy.finished(request, now)
        self._leave(request)

    def send(self, request: Request, until: float = 0.0) -> None:
        """Let a request go to another scheduler (`receive`), with what it has computed. Its pages are freed here, or at `until`, when they are copied."""
        tokens = request.computed
        if request not in self.images:
            self.policy.moved(request)
        if until:
            self.kv.send(request, until)
        self._leave(request)
        request.stored, request.tier, request.computed = tokens, PEER, 0

    def receive(self, request: Request, now: float) -> None:
        """Queue a request that another scheduler sent; when it is admitted, its KV cache is taken as here."""
        self.check(request)
        if self.encodes and request.hints.encode_tokens and not request.encoded:
            self.images.append(request)
            return
        self.waiting.append(request)
        self.named = self.named or bool(request.prefix)
        self.policy.added(request, now)

    def _leave(self, request: Request) -> None:
        self.kv.drop(request)
        (self.running if request in self.running else self.images if request in self.images else self.waiting).remove(request)


def _alike(chunks: Sequence[Chunk], most: int) -> int:
    """How many more iterations, at most, all chunks could go on with as many tokens, as decodes or without reaching the end of what is known."""
    for request, start, tokens, last, _, groups in chunks:
        if tokens == 1 and last and groups == 1:
            continue
        if last or groups > 1:
            return 0
        most = min(most, (request.prompt + request.generated - start - tokens - 1) // tokens)
    return most
