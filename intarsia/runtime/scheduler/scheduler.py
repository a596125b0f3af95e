"""The two queues around a policy. The runtime drives it with the real clock; a simulator may drive the same object with another.

    scheduler.add(request)
    while scheduler.busy:
        batch = scheduler.step(now)           # decide; take and give pages; move requests between the queues
        ...                                   # run the chunks
        scheduler.advance(batch)              # their tokens are in the KV cache
        for chunk in batch.chunks:            # the caller says what came out
            if chunk.last: chunk.request.generated += 1 ... or scheduler.remove(chunk.request)
"""

from __future__ import annotations

from collections import deque

from intarsia.errors import InputError
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.policy import Policy
from intarsia.runtime.scheduler.request import Batch, Request


class Scheduler:
    """`waiting` (first to be admitted first) and `running` (oldest first) requests over one page pool. Not thread-safe."""

    __slots__ = ("kv", "policy", "running", "waiting")

    def __init__(self, policy: Policy, kv: PagePool) -> None:
        self.policy, self.kv = policy, kv
        self.waiting: deque[Request] = deque()
        self.running: list[Request] = []

    @property
    def busy(self) -> bool:
        return bool(self.running or self.waiting)

    def add(self, request: Request) -> None:
        """Queue a request. Raises InputError for one that the KV cache could never hold."""
        self.check(request)
        self.waiting.append(request)

    def check(self, request: Request) -> None:
        """Raises InputError for a request that the KV cache could never hold. Safe to call from any thread."""
        if self.kv.needed(max(request.most, request.known)) > self.kv.pages:
            raise InputError(
                f"the request may need {request.most} tokens of KV cache, which holds {self.kv.pages * self.kv.page_tokens}",
                mend="shorten the prompt, lower max_tokens, or plan with more memory",
            )

    def step(self, now: float) -> Batch:
        """Decide one iteration, and move the requests it admits and preempts."""
        batch = self.policy.schedule(now, self.waiting, self.running, self.kv)
        for request in batch.preempted:
            self.running.remove(request)
            self.waiting.appendleft(request)
        for request in batch.admitted:
            self.waiting.remove(request)
            self.running.append(request)
        return batch

    @staticmethod
    def advance(batch: Batch) -> None:
        """The batch has run: its tokens are in the KV cache."""
        for request, _, tokens, _ in batch.chunks:
            request.computed += tokens

    def remove(self, request: Request) -> None:
        """Forget a request that is finished or cancelled, wherever it is, and free its pages."""
        self.kv.release(request.pages)
        (self.running if request in self.running else self.waiting).remove(request)
