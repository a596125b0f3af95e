"""Dynamic disaggregation of prefill and decode, and of encode (xLLM, 2025, arXiv 2510.14686, sections 3.2 and 3.3).

Replicas hold no state that ties them to a stage, so their roles follow the load: when prompts would wait longer than their goal, the decode replica
with the least to do turns to prefill; when tokens come slower than their goal, or memory for them runs out, a prefill replica turns to decode.
Images are encoded beside prefill, beside decode, or apart, whichever leaves the busiest replica least to do.

The paper predicts times to first token with a fitted model; here `Replica` brings seconds for a token from the cost model. A replica that turns
finishes what it has, so the paper's pools in between (prefill to decode, decode to prefill) are its remaining work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from intarsia.errors import InputError
from intarsia.runtime.scheduler.cluster import DECODE, ENCODE, PREFILL, Replica, Switch
from intarsia.runtime.scheduler.parameters import Checked, parameter

BOTH = frozenset({PREFILL, DECODE})
Roles = dict[frozenset[str], int]
"""How many replicas serve which stages."""


@dataclass(frozen=True)
class Xllm(Checked):
    """Turns replicas between prefill and decode by the time that prompts wait and that tokens take."""

    ttft_s: float = parameter(least=0.0, help="goal for the first token")
    tpot_s: float = parameter(least=0.0, help="goal for each further token")
    period_s: float = parameter(1.0, least=0.0, help="seconds between decisions")
    margin: float = parameter(0.5, least=0.0, most=1.0, help="share of the goal for the first token that prompts may wait before replicas turn")
    low_memory: float = parameter(0.05, least=0.0, most=1.0, help="share of free pages below which decode is short of replicas")
    least: int = parameter(1, least=1, help="replicas that each stage keeps")

    def switch(self, replicas: Sequence[Replica], now: float) -> list[Switch]:
        """At most one replica turns in a period."""
        prefills = [replica for replica in replicas if replica.stages & BOTH == {PREFILL}]
        decodes = [replica for replica in replicas if replica.stages & BOTH == {DECODE}]
        wait_s = min((_wait_s(replica) for replica in prefills), default=0.0)
        if wait_s > self.margin * self.ttft_s and len(decodes) > self.least and not self._short(decodes):
            return [Switch(min(decodes, key=lambda replica: replica.scheduler.kv.used).number, _stages(prefills, PREFILL))]
        if self._short(decodes) and len(prefills) > self.least and wait_s <= self.margin * self.ttft_s:
            return [Switch(min(prefills, key=_wait_s).number, _stages(decodes, DECODE))]
        return []

    def _short(self, decodes: Sequence[Replica]) -> bool:
        """Each decode replica is slower than the goal, short of memory, or lets requests wait."""
        return all(replica.step_s > self.tpot_s or replica.scheduler.waiting or replica.scheduler.kv.free < self.low_memory * replica.scheduler.kv.pages for replica in decodes)


def _stages(others: Sequence[Replica], stage: str) -> frozenset[str]:
    """What a replica does that turns to a stage: as others there, images included."""
    return others[0].stages if others else frozenset({stage})


def _wait_s(replica: Replica) -> float:
    """Seconds until a prompt that came now would begin."""
    return replica.queued_tokens() * replica.prefill_s


def encode_roles(replicas: int, encode: float, prefill: float, decode: float) -> Roles:
    """How to share `replicas` out when the stages have that much work (in replicas kept busy), so that the busiest has least to do.

    Encode joins prefill, joins decode, or has replicas of its own; of equally good ways, the first. Raises InputError for fewer than two replicas.
    """
    if replicas < 2:
        raise InputError(f"disaggregation needs at least two replicas, found {replicas}")
    together, apart = {ENCODE, PREFILL}, {ENCODE, DECODE}
    ways: list[tuple[tuple[set[str], float], ...]] = [
        ((together, encode + prefill), ({DECODE}, decode)), (({PREFILL}, prefill), (apart, encode + decode)), (({ENCODE}, encode), ({PREFILL}, prefill), ({DECODE}, decode)),
    ]  # fmt: skip
    best: tuple[float, Roles] | None = None
    for way in ways:
        for counts in product(range(1, replicas), repeat=len(way)):
            if sum(counts) == replicas:
                busiest = max(work / count for (_, work), count in zip(way, counts, strict=True))
                if best is None or busiest < best[0] - 1e-12:
                    best = busiest, {frozenset(stages): count for (stages, _), count in zip(way, counts, strict=True)}
    assert best is not None
    return best[1]
