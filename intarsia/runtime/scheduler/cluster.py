"""What policies of a whole cluster see and decide: which replica takes a request, which requests move, and which stages a replica serves.

Clock-free like the policies of one replica: whoever drives several schedulers asks them, and does what they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple, Protocol

from intarsia.runtime.scheduler.request import Request
from intarsia.runtime.scheduler.scheduler import Scheduler

Looks = Literal["none", "load", "cache", "all"]
ENCODE, PREFILL, DECODE = "encode", "prefill", "decode"
ALL_STAGES = frozenset({ENCODE, PREFILL, DECODE})


class Replica(NamedTuple):
    """One replica: its place in the cluster's list, its scheduler, the stages it serves, and what its clock says of its speed.

    `prefill_s`: seconds that one more prompt token takes; `step_s`: seconds of an iteration of its present decodes (0: unknown). `unseen`: tokens that have come out since the
    scheduler was last told. `away_s`: where models share devices, seconds until its turn and its weights may come, and
    of other models' work there.
    """

    number: int
    scheduler: Scheduler
    stages: frozenset[str] = ALL_STAGES
    prefill_s: float = 0.0
    step_s: float = 0.0
    unseen: int = 0
    away_s: float = 0.0

    def tokens(self) -> int:
        """Known tokens of requests waiting and running, computed or not, and those of images that wait to be encoded."""
        scheduler = self.scheduler
        here = sum([request.prompt + request.generated for request in scheduler.running]) + sum([request.prompt + request.generated for request in scheduler.waiting])
        return here + self.unseen + (sum([request.hints.encode_tokens for request in scheduler.images]) if scheduler.images else 0)

    def queued_tokens(self) -> int:
        """Known tokens that have yet to be computed, of requests waiting and running."""
        found = 0
        for request in self.scheduler.waiting:
            found += request.prompt + request.generated - request.stored
        for request in self.scheduler.running:
            if (missing := request.prompt + request.generated - request.computed) > 1:
                found += missing
        return found


class Migration(NamedTuple):
    """A running request goes on elsewhere. Its KV cache is copied while it still decodes; it stands still for the last step's tokens alone."""

    request: Request
    source: int
    target: int


class Switch(NamedTuple):
    """From now on the replica gets work of these stages; what it has is finished where it is."""

    number: int
    stages: frozenset[str]


class Router(Protocol):
    """Chooses the replica of a request, looking at none of what replicas hold at that moment, at their load alone (numbers of requests and tokens), at their load and what they
    have cached, or at their speed too."""

    looks: ClassVar[Looks]

    def route(self, request: Request, replicas: Sequence[Replica], now: float) -> int: ...


class Rescheduler(Protocol):
    """Moves running requests between replicas, asked every `period_s` seconds."""

    @property
    def period_s(self) -> float: ...

    def migrate(self, replicas: Sequence[Replica], now: float) -> list[Migration]: ...


class RoleSwitcher(Protocol):
    """Changes which stages replicas serve, asked every `period_s` seconds."""

    @property
    def period_s(self) -> float: ...

    def switch(self, replicas: Sequence[Replica], now: float) -> list[Switch]: ...
