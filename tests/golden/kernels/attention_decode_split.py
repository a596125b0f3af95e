"""attention_decode_bf16_heads32_kvheads8_headdim128_splits8, made by Intarsia. Launch attention_decode[(ctas,)](arguments, **CONSTANTS, **OPTIONS) with any number of CTAs."""

import triton
import triton.language as tl

CONSTANTS = {'HEADS': 32, 'KV_HEADS': 8, 'DIM': 128, 'PAGE': 16, 'SCALE': 0.08838834764831845, 'KEYS': 64, 'BLOCK_DIM': 128, 'SPLITS': 8, 'GROUP': 16}
OPTIONS = {'num_warps': 4, 'num_stages': 2, 'maxnreg': 255}
CTAS = 0


@triton.jit
def attention_decode(q, k_cache, v_cache, page_table, sequence_table, partial, summary, sequences, pages,
                     HEADS: tl.constexpr, KV_HEADS: tl.constexpr, DIM: tl.constexpr, PAGE: tl.constexpr, SPLITS: tl.constexpr, SCALE: tl.constexpr,
                     GROUP: tl.constexpr, KEYS: tl.constexpr, BLOCK_DIM: tl.constexpr):
    """Attention of one row a sequence over its pages. A piece of work: one split of the KV head of a sequence, with the query heads that share it.

    k_cache, v_cache[pages, KV_HEADS, PAGE, DIM]; sequence_table[sequences, 3]: first row, rows, tokens in the cache before the step.
    """
    group: tl.constexpr = HEADS // KV_HEADS
    g = tl.arange(0, GROUP)
    d = tl.arange(0, BLOCK_DIM)
    slot = tl.arange(0, KEYS)
    for item in range(tl.program_id(0), sequences * KV_HEADS * SPLITS, tl.num_programs(0)):
        head = item // SPLITS % KV_HEADS
        sequence = item // (SPLITS * KV_HEADS)
        row = tl.cast(tl.load(sequence_table + sequence * 3), tl.int64)
        length = tl.load(sequence_table + sequence * 3 + 2) + 1
        oldest = 0
        split = item % SPLITS
        share = tl.cdiv(tl.cdiv(length - oldest, SPLITS), KEYS) * KEYS
        begin = oldest + split * share
        end = tl.minimum(begin + share, length)
        heads = head * group + g
        query = tl.load(q + row * (HEADS * DIM) + heads[:, None] * DIM + d[None, :], mask=(g < group)[:, None], other=0.0)
        largest = tl.full((GROUP,), float("-inf"), tl.float32)
        total = tl.zeros((GROUP,), tl.float32)
        sums = tl.zeros((GROUP, BLOCK_DIM), tl.float32)
        for start in range(begin, end, KEYS):
            token = start + slot
            seen = token < end
            page = tl.load(page_table + sequence * pages + token // PAGE, mask=seen, other=0)
            at = ((tl.cast(page, tl.int64) * KV_HEADS + head) * PAGE + token % PAGE) * DIM
            key = tl.load(k_cache + at[:, None] + d[None, :], mask=seen[:, None], other=0.0)
            scores = tl.dot(query, tl.trans(key)) * (SCALE * 1.4426950408889634)
            scores = tl.where(seen[None, :], scores, float("-inf"))
            larger = tl.maximum(largest, tl.max(scores, 1))
            fade = tl.exp2(largest - larger)
            chance = tl.exp2(scores - larger[:, None])
            value = tl.load(v_cache + at[:, None] + d[None, :], mask=seen[:, None], other=0.0)
            total = total * fade + tl.sum(chance, 1)
            sums = tl.dot(chance.to(q.dtype.element_ty), value, sums * fade[:, None])
            largest = larger
        # A split without tokens weighs nothing: attention_combine sees its largest score of -inf.
        total = tl.where(total > 0.0, total, 1.0)
        place = (tl.cast(sequence, tl.int64) * HEADS + heads) * SPLITS + split
        tl.store(partial + place[:, None] * DIM + d[None, :], sums / total[:, None], mask=(g < group)[:, None])
        tl.store(summary + place, largest + tl.log2(total), mask=g < group)
