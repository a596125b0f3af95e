"""What replicas of a pool have in common: how fast they are, laid out for compiled code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from intarsia.cost_models.serving.step_kernels import Curves, curves
from intarsia.planner.simulate.kernels import Stack

if TYPE_CHECKING:
    from intarsia.planner.simulate.serving import Replica


@dataclass(frozen=True)
class Speeds:
    """The curves of a replica's steps, those of a pipeline's stages one above the other (None: there is none), and seconds that one more prompt token takes."""

    curves: Curves
    stack: Stack | None
    prefill_s: float

    @staticmethod
    def of(replica: Replica) -> Speeds:
        chunk = int(replica.parameters.get("max_batch_tokens", 2048))
        prefill_s = float(replica.table.mixed_seconds(chunk, 0, 0, 0, 1)) / chunk
        return Speeds(curves(replica.table), _stack(replica) if replica.lanes > 1 else None, prefill_s)


def _stack(replica: Replica) -> Stack:
    """The stages' curves; one set where all are alike."""
    stages = replica.stages()
    alike = all(stage.table is stages[0].table for stage in stages)
    each = [curves(stage.table) for stage in (stages[:1] if alike else stages)]
    dense, experts, send, logits, decode, prefill = (np.stack(found) for found in zip(*(one[:6] for one in each), strict=True))
    watts = np.array([stage.table.span_watts * stage.table.devices / len(stages) for stage in stages])
    launches, floors, captured = (np.array([getattr(one, name) for one in each], np.float64) for name in ("launch_s", "floor_s", "captured"))
    return Stack(dense, experts, send, logits, decode, prefill, *each[0][6:10], launches, floors, captured, np.array([stage.share for stage in stages]), watts)
