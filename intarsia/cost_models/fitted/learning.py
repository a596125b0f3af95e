"""Learning forests from samples, and what they get wrong on devices that were left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from intarsia.cost_models.fitted.features import seen
from intarsia.cost_models.fitted.growing import Growth, grow
from intarsia.cost_models.fitted.samples import Sample
from intarsia.cost_models.fitted.trees import Trees
from intarsia.cost_models.ops import Array

FAMILIES = {
    "A100-80GB-SXM": "Ampere", "H100-SXM": "Hopper", "H200": "Hopper", "B200": "Blackwell", "B300": "Blackwell", "GB200": "Blackwell", "GB300": "Blackwell", "L40S": "Ada",
    "RTX-PRO-6000": "Blackwell RTX", "Arc-Pro-B60": "Xe2",
}  # fmt: skip
"""Devices of one die, or of one design of core."""


@dataclass(frozen=True)
class Lesson:
    """A sample as the trees see it: features [n, features], the logarithm of measured seconds over the analytic model's."""

    sample: Sample
    rows: Array
    wanted: Array

    @property
    def device(self) -> str:
        return self.sample.device.name


@dataclass(frozen=True)
class Judged:
    """Logarithms of predicted over measured seconds of a sample that its forest never saw, fitted and analytic."""

    sample: Sample
    fitted: Array
    analytic: Array


def lesson(sample: Sample) -> Lesson:
    """What trees learn of a sample: features, and the logarithm of measured seconds over the analytic model's."""
    features = seen(sample.op, sample.device, sample.framework)
    return Lesson(sample, features.rows, np.log(sample.seconds / features.base))


def learn(known: Sequence[Lesson], growth: Growth, seed: int) -> Trees:
    """One forest from all lessons, each slice weighing what it has rows."""
    return grow(np.concatenate([one.rows for one in known]), np.concatenate([one.wanted for one in known]), growth, seed)


def left_out(known: Sequence[Lesson], growth: Growth, seed: int, *, families: bool = False, judged: Sequence[Lesson] = ()) -> Iterator[Judged]:
    """Every device in turn predicted by a forest that saw none of its rows, or none of its whole family's. `judged` are predicted and never learnt from."""

    def whose(one: Lesson) -> str:
        return FAMILIES.get(one.device, one.device) if families else one.device

    for group in dict.fromkeys(whose(one) for one in known):
        others = [one for one in known if whose(one) != group]
        if others:
            forest = learn(others, growth, seed)
            for one in [*known, *judged]:
                if whose(one) == group:
                    yield Judged(one.sample, forest.predict(one.rows) - one.wanted, -one.wanted)
