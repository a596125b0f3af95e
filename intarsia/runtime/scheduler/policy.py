"""The protocol of a scheduling policy, and the table of policies by name."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol

from intarsia.errors import InputError
from intarsia.runtime.kv_cache import PagePool
from intarsia.runtime.scheduler.request import Batch, Request

POLICIES = {"fcfs_chunked_prefill": "intarsia.runtime.scheduler.fcfs_chunked_prefill:FcfsChunkedPrefill"}
"""Name (as in `plan.deploy`) to module and class."""


class Policy(Protocol):
    """Decides one iteration.

    It takes pages from `kv` (`grow`) and gives them back (`evict`), but leaves both queues as they are: the Scheduler moves
    requests between them by what the Batch says. `running` is in order of admission, oldest first. `now` is in seconds.
    """

    def schedule(self, now: float, waiting: deque[Request], running: Sequence[Request], kv: PagePool) -> Batch: ...


def evict(request: Request, kv: PagePool) -> None:
    """Drop the request's KV cache; it will be computed again (preemption by recompute)."""
    kv.release(request.pages)
    request.computed = 0
    request.preemptions += 1


def make_policy(name: str, *, max_batch_tokens: int, max_sequences: int) -> Policy:
    """The policy called `name`. Raises InputError for an unknown name."""
    if name not in POLICIES:
        raise InputError(f"unknown scheduling policy {name!r}", mend=f"known are {', '.join(POLICIES)}")
    module, _, cls = POLICIES[name].partition(":")
    policy: Policy = getattr(import_module(module), cls)(max_batch_tokens, max_sequences)
    return policy
