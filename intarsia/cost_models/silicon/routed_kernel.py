"""The compiled loops of `routed.py`."""

from __future__ import annotations

import math

from intarsia.loops import RealRows, Reals, WholeRows, Wholes, long_entry, part


@part
def dealt(tokens: int, experts: int, top_k: int, counts: Wholes) -> None:
    """Tokens of each expert, dealt out in strides; few tokens are spread over a stride."""
    stride = (experts + top_k - 1) // top_k
    for expert in range(experts):
        counts[expert] = 0
    if tokens < stride:
        for token in range(tokens):
            for choice in range(top_k):
                counts[int(token * stride / tokens + choice * stride) % experts] += 1
    else:
        for expert in range(experts):
            for choice in range(top_k):
                first = (expert - choice * stride) % experts
                if first < tokens:
                    counts[expert] += (tokens - 1 - first) // experts + 1


@part
def even_out(counts: Wholes, ep: int, local: int, left: int, most: int) -> None:
    """Adds `left` tokens to the experts that have least (takes -`left` from those that have most), one for each group in turn."""
    step = 1 if left > 0 else -1
    left = abs(left)
    moved = True
    while left > 0 and moved:
        moved = False
        for group in range(ep):
            at = group * local
            for expert in range(group * local, (group + 1) * local):
                if step * counts[expert] < step * counts[at]:
                    at = expert
            free = counts[at] < most if step > 0 else counts[at] > 0
            if left > 0 and free:
                counts[at] += step
                left -= 1
                moved = True


@part
def drawn(tokens: int, experts: int, top_k: int, ep: int, power: float, uniform: Reals, counts: Wholes) -> None:
    """Tokens of each expert, drawn from a power law: shares, whole numbers of at most one for each token, and the right sum."""
    many = tokens * top_k > experts
    one = 1.0 - power
    low = 1.0 if many else math.exp(one * math.log(0.01))
    high = math.exp(one * math.log(0.8 * tokens)) if many else math.exp(one * math.log(2.0))
    total = 0.0
    for expert in range(experts):
        total += math.exp(math.log((high - low) * uniform[expert] + low) / one)
    over, given = 0, 0
    for expert in range(experts):
        share = math.exp(math.log((high - low) * uniform[expert] + low) / one) / total
        wanted = int(share * tokens * top_k + 0.5)
        counts[expert] = min(wanted, tokens)
        over += wanted - min(wanted, tokens)
        given += wanted
    even_out(counts, ep, experts // ep, over, tokens)
    even_out(counts, ep, experts // ep, tokens * top_k - given, tokens)


@part
def busiest(counts: Wholes, ep: int, local: int) -> int:
    """The first expert of the group that got most."""
    best, most = 0, -1
    for group in range(ep):
        rows = 0
        for expert in range(group * local, (group + 1) * local):
            rows += counts[expert]
        if rows > most:
            best, most = group * local, rows
    return best


@part
def add_up(counts: Wholes, first: int, local: int, blocks: Wholes, draws: int, found: Reals) -> None:
    """Rows, touched experts, the longest one's rows and tiles of a group, each one at least, a draw's part of their mean."""
    rows, touched, longest = 0, 0, 0
    for expert in range(first, first + local):
        rows += counts[expert]
        touched += 1 if counts[expert] > 0 else 0
        longest = max(longest, counts[expert])
    found[0] += max(rows, 1) / draws
    found[1] += max(touched, 1) / draws
    found[2] += max(longest, 1) / draws
    for block in range(len(blocks)):
        tiles = 0
        for expert in range(first, first + local):
            tiles += (counts[expert] + blocks[block] - 1) // blocks[block]
        found[3 + block] += max(tiles, 1) / draws


@long_entry
def fill(cases: WholeRows, power: float, uniform: RealRows, blocks: Wholes, counts: Wholes, found: RealRows) -> None:
    """For cases [n, (tokens, experts, top-k, groups)]: rows, touched experts, the longest one's rows, and tiles, of the first or of the busiest group, on average.
    `counts` has room for all experts."""
    for case in range(len(cases)):
        tokens, experts, top_k = cases[case, 0], cases[case, 1], cases[case, 2]
        ep = min(cases[case, 3], experts)
        local = experts // ep
        if power > 0.0:
            for draw in range(uniform.shape[0]):
                drawn(tokens, experts, top_k, ep, power, uniform[draw], counts)
                add_up(counts, busiest(counts, ep, local), local, blocks, uniform.shape[0], found[case])
        else:
            dealt(tokens, experts, top_k, counts)
            add_up(counts, 0, local, blocks, 1, found[case])
