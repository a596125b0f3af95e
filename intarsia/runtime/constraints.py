"""Choosing among given answers: the one with the greatest summed log-probability, found by branch and bound.

A partial sum is an upper bound of its choice's total, because log-probabilities are never positive. So the choice with the
best first token is scored to its end, and others only as long as they may still win: with distinct first tokens and a clear
answer, one choice is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from intarsia.runtime.sampling import Floats


@dataclass
class ChoiceScores:
    """`totals[i]` sums the log-probabilities of the first `scored[i]` tokens of `choices[i]` (each at least one token)."""

    choices: list[list[int]]
    totals: list[float] = field(default_factory=list)
    scored: list[int] = field(default_factory=list)
    best: int | None = None

    def start(self, log_probabilities: Floats) -> None:
        """The log-probabilities after the prompt: they score every choice's first token."""
        self.totals = [float(log_probabilities[tokens[0]]) for tokens in self.choices]
        self.scored = [1] * len(self.choices)
        for choice in range(len(self.choices)):
            self._settle(choice)

    def extend(self, choice: int, log_probabilities: Floats) -> None:
        """The log-probabilities after the tokens of `choice` scored so far."""
        self.totals[choice] += float(log_probabilities[self.choices[choice][self.scored[choice]]])
        self.scored[choice] += 1
        self._settle(choice)

    def open(self, choice: int) -> bool:
        """Whether `choice` is unfinished and may still beat the best finished one."""
        limit = -math.inf if self.best is None else self.totals[self.best]
        return self.scored[choice] < len(self.choices[choice]) and self.totals[choice] > limit

    def next(self) -> int | None:
        """The open choice with the highest bound, or None when `best` has won."""
        candidates = [choice for choice in range(len(self.choices)) if self.open(choice)]
        return max(candidates, key=self.totals.__getitem__, default=None)

    def _settle(self, choice: int) -> None:
        if self.scored[choice] == len(self.choices[choice]) and (self.best is None or self.totals[choice] > self.totals[self.best]):
            self.best = choice
