"""The compiled loop of `moe.tuned`."""

from __future__ import annotations

from intarsia.loops import Reals, Wholes, entry

SLOWER = 1.5


@entry
def slower(ends: Wholes, tp: Wholes, ep: Wholes, kinds: Wholes, widths: Reals, skewed: Wholes, seconds: Reals, slow: Wholes) -> None:
    """Set `slow` to 1 for rows that take over SLOWER times as long as another one of their case that has at least their work. `ends`: of the cases, whose rows lie together, the
    quickest first."""
    first = 0
    for case in range(len(ends)):
        for a in range(first, ends[case]):
            for b in range(first, a):
                if seconds[a] <= SLOWER * seconds[b]:
                    break
                more = tp[b] <= tp[a] and ep[b] <= ep[a] and (kinds[a] == kinds[b] or widths[b] > widths[a])
                if more and (skewed[a] == skewed[b] or (skewed[a] and not skewed[b] and ep[b] == 1)):
                    slow[a] = 1
                    break
        first = ends[case]
