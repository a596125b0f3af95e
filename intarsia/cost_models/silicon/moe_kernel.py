"""The compiled loop of `moe.tuned`."""

from __future__ import annotations

from intarsia.loops import Reals, Wholes, entry

SLOWER = 1.5


@entry
def slower(ends: Wholes, order: Wholes, tp: Wholes, ep: Wholes, kinds: Wholes, widths: Reals, skewed: Wholes, seconds: Reals, slow: Wholes) -> None:
    """Set `slow` to 1 for rows that take over SLOWER times as long as another one of their case that has at least their work. `ends`: of the cases, in `order` of the rows."""
    first = 0
    for case in range(len(ends)):
        for i in range(first, ends[case]):
            a = order[i]
            for j in range(first, ends[case]):
                b = order[j]
                more = tp[b] <= tp[a] and ep[b] <= ep[a] and (kinds[a] == kinds[b] or widths[b] > widths[a])
                if seconds[a] > SLOWER * seconds[b] and more and (skewed[a] == skewed[b] or (skewed[a] and not skewed[b] and ep[b] == 1)):
                    slow[a] = 1
                    break
        first = ends[case]
