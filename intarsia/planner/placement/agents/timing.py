"""Seconds of a variant's prompts and answers by length, from a few prices: planning asks for them at many lengths."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from intarsia.cost_models import tasks
from intarsia.planner.variants import Variant

FIRST = 64
"""Lengths at which prompts are priced: 1, this, and each twice the one before; straight between them."""


@dataclass
class Timing:
    """One variant with its most threads. `prefill` and `decode` give seconds of a request."""

    variant: Variant
    threads: int
    _prompts: dict[int, float] = field(default_factory=dict)
    _steps: dict[float, float] = field(default_factory=dict)

    def prefill(self, length: float, phase: str = "prefill") -> float:
        """A prompt of `length` tokens, in chunks as the policy has them; for an encoder, one text."""
        length = max(length, 1.0)
        if length <= FIRST:
            low, high = 1, FIRST
        else:
            low = FIRST << max(0, math.ceil(math.log2(length / FIRST)) - 1)
            high = 2 * low
        return float(np.interp(length, [low, high], [self._prompt(low, phase), self._prompt(high, phase)]))

    def _prompt(self, length: int, phase: str) -> float:
        if length not in self._prompts:
            setup, chunk = self.variant.setup(self.threads), self.variant.policy.max_batch_tokens
            self._prompts[length] = tasks.prefill(self.variant.costs, setup, float(length), chunk, phase).seconds
        return self._prompts[length]

    def decode(self, prompt: float, output: float) -> float:
        """An answer of `output` tokens among the variant's usual batch, each step at the middle of the answer (as tasks.decode has it)."""
        return self._step(prompt + output / 2) * max(output - 1, 0.0)

    def _step(self, context: float) -> float:
        """A step's seconds grow in a straight line with the context."""
        ends = 0.0, float(max(self.variant.policy.context, 1))
        low, high = (self._price(end) for end in ends)
        return low + (high - low) * context / ends[1]

    def _price(self, context: float) -> float:
        if context not in self._steps:
            self._steps[context] = tasks.decode_step(self.variant.costs, self.variant.setup(self.threads), context, self.variant.batch).seconds
        return self._steps[context]
