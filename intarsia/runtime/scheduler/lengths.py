"""Lengths of answers that ended, and what they say of one that has not."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Lengths:
    """The last `window` lengths, in tokens."""

    window: int
    _recent: deque[int] = field(default_factory=deque)
    _sorted: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._sorted)

    def add(self, tokens: int) -> None:
        self._recent.append(tokens)
        insort(self._sorted, tokens)
        if len(self._recent) > self.window:
            del self._sorted[bisect_right(self._sorted, self._recent.popleft()) - 1]

    def above(self, tokens: int, quantile: float) -> int:
        """The quantile (in [0, 1)) of those lengths that are greater than `tokens`; 0 when none is."""
        first = bisect_right(self._sorted, tokens)
        longer = len(self._sorted) - first
        return self._sorted[first + int(quantile * longer)] if longer else 0
