"""moe_route_f32_experts256_topk8_sigmoid_bias_groups8_topgroups4, made by Intarsia. Launch moe_route[(ctas,)](arguments, **CONSTANTS, **OPTIONS) with any number of CTAs."""

import triton
import triton.language as tl

CONSTANTS = {'EXPERTS': 256, 'TOP_K': 8, 'BLOCK': 256, 'BLOCK_TOP': 8}
OPTIONS = {'num_warps': 1, 'num_stages': 1, 'maxnreg': 255}
CTAS = 0


@triton.jit
def moe_route(logits, bias, weights, experts, rows, EXPERTS: tl.constexpr, TOP_K: tl.constexpr, BLOCK: tl.constexpr, BLOCK_TOP: tl.constexpr):
    """The TOP_K experts of each row, best first, and their weights; a row a piece of work."""
    expert = tl.arange(0, BLOCK)
    place = tl.arange(0, BLOCK_TOP)
    for row in range(tl.program_id(0), rows, tl.num_programs(0)):
        start = tl.cast(row, tl.int64)
        value = tl.load(logits + start * EXPERTS + expert).to(tl.float32)
        scores = 1.0 / (1.0 + tl.exp(-value))
        choice = scores + tl.load(bias + expert).to(tl.float32)
        # Only experts of the best groups may be chosen.
        table = tl.reshape(choice, (8, 32))
        group = tl.arange(0, 8)
        best = tl.max(table, 1)
        column = tl.arange(0, 32)
        leader = tl.min(tl.where(table == best[:, None], column[None, :], 256), 1)
        best += tl.max(tl.where(column[None, :] == leader[:, None], float("-inf"), table), 1)
        allowed = group < 0
        for _ in tl.static_range(4):
            rest = tl.where(allowed, float("-inf"), best)
            winner = tl.min(tl.where(rest == tl.max(rest, 0), group, 8), 0)
            allowed = allowed | (group == winner)
        choice = tl.reshape(tl.where(allowed[:, None], table, float("-inf")), (BLOCK,))
        chosen = tl.zeros((BLOCK_TOP,), tl.int32)
        weight = tl.zeros((BLOCK_TOP,), tl.float32)
        for n in tl.static_range(TOP_K):
            winner = tl.min(tl.where(choice == tl.max(choice, 0), expert, EXPERTS), 0)
            chosen = tl.where(place == n, winner, chosen)
            weight = tl.where(place == n, tl.sum(tl.where(expert == winner, scores, 0.0), 0), weight)
            choice = tl.where(expert == winner, float("-inf"), choice)
        tl.store(weights + start * TOP_K + place, weight, mask=place < TOP_K)
        tl.store(experts + start * TOP_K + place, chosen, mask=place < TOP_K)
