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


def lessons(samples: Sequence[Sample]) -> list[Lesson]:
    found = []
    for sample in samples:
        features = seen(sample.op, sample.device, sample.framework)
        found.append(Lesson(sample, features.rows, np.log(sample.seconds / features.base)))
    return found


def learn(known: Sequence[Lesson], growth: Growth, seed: int) -> Trees:
    """One forest from all lessons, each slice weighing what it has rows."""
    return grow(np.concatenate([lesson.rows for lesson in known]), np.concatenate([lesson.wanted for lesson in known]), growth, seed)


def left_out(known: Sequence[Lesson], growth: Growth, seed: int, *, families: bool = False) -> Iterator[Judged]:
    """Every device in turn predicted by a forest that saw none of its rows, or none of its whole family's."""
    names = list(dict.fromkeys(lesson.device for lesson in known))
    groups = list(dict.fromkeys(FAMILIES.get(name, name) for name in names)) if families else names
    for group in groups:
        held = [lesson for lesson in known if group == (FAMILIES.get(lesson.device, lesson.device) if families else lesson.device)]
        others = [lesson for lesson in known if not any(lesson is one for one in held)]
        if others:
            forest = learn(others, growth, seed)
            for lesson in held:
                yield Judged(lesson.sample, forest.predict(lesson.rows) - lesson.wanted, -lesson.wanted)
