"""attention_prefill_bf16_heads32_kvheads8_headdim96_f8e4m3_window4096, made by Intarsia. Launch attention_prefill[(ctas,)](arguments, **CONSTANTS, **OPTIONS) with any number of CTAs."""

import triton
import triton.language as tl

CONSTANTS = {'HEADS': 32, 'KV_HEADS': 8, 'DIM': 96, 'PAGE': 16, 'SCALE': 0.10206207261596575, 'KEYS': 64, 'BLOCK_DIM': 128, 'ROWS': 128}
OPTIONS = {'num_warps': 8, 'num_stages': 2, 'maxnreg': 255}
CTAS = 0


@triton.jit
def attention_prefill(q, k_cache, v_cache, page_table, sequence_table, k_scale, v_scale, out, sequences, pages, longest,
                      HEADS: tl.constexpr, KV_HEADS: tl.constexpr, DIM: tl.constexpr, PAGE: tl.constexpr, SCALE: tl.constexpr,
                      ROWS: tl.constexpr, KEYS: tl.constexpr, BLOCK_DIM: tl.constexpr):
    """Causal attention of chunks of prompts, whose keys lie in the pages already. A piece of work: ROWS rows of a head of a sequence; longest is the most rows of any.

    k_cache, v_cache[pages, KV_HEADS, PAGE, DIM]; sequence_table[sequences, 3]: first row, rows, tokens in the cache before the step.
    """
    d = tl.arange(0, BLOCK_DIM)
    slot = tl.arange(0, KEYS)
    tiles = tl.cdiv(longest, ROWS)
    for item in range(tl.program_id(0), sequences * tiles * HEADS, tl.num_programs(0)):
        head = item % HEADS
        tile = tiles - 1 - item // HEADS % tiles  # the last tiles see most keys: they come first
        sequence = item // (HEADS * tiles)
        first = tl.load(sequence_table + sequence * 3)
        rows = tl.load(sequence_table + sequence * 3 + 1)
        before = tl.load(sequence_table + sequence * 3 + 2)
        m = tile * ROWS + tl.arange(0, ROWS)
        position = before + m
        # A tile beyond this sequence's rows sees no keys and stores nothing.
        end = tl.where(tile * ROWS < rows, before + tl.minimum((tile + 1) * ROWS, rows), 0)
        begin = tl.maximum(before + tile * ROWS - 4095, 0) // KEYS * KEYS
        at_row = (tl.cast(first, tl.int64) + m) * (HEADS * DIM) + head * DIM
        query = tl.load(q + at_row[:, None] + d[None, :], mask=(m < rows)[:, None] & (d < DIM)[None, :], other=0.0)
        largest = tl.full((ROWS,), float("-inf"), tl.float32)
        total = tl.zeros((ROWS,), tl.float32)
        sums = tl.zeros((ROWS, BLOCK_DIM), tl.float32)
        for start in range(begin, end, KEYS):
            token = start + slot
            page = tl.load(page_table + sequence * pages + token // PAGE, mask=token < end, other=0)
            at = ((tl.cast(page, tl.int64) * KV_HEADS + head // (HEADS // KV_HEADS)) * PAGE + token % PAGE) * DIM
            key = tl.load(k_cache + at[:, None] + d[None, :], mask=(token < end)[:, None] & (d < DIM)[None, :], other=0.0)
            scores = tl.dot(query, tl.trans(key.to(q.dtype.element_ty))) * (SCALE * 1.4426950408889634 * k_scale)
            behind = position[:, None] - token[None, :]
            scores = tl.where((behind >= 0) & (behind < 4096), scores, float("-inf"))
            larger = tl.maximum(largest, tl.max(scores, 1))
            shift = tl.where(larger > float("-inf"), larger, 0.0)  # of a row that sees none of these keys
            fade = tl.exp2(largest - shift)
            chance = tl.exp2(scores - shift[:, None])
            value = tl.load(v_cache + at[:, None] + d[None, :], mask=(token < end)[:, None] & (d < DIM)[None, :], other=0.0)
            total = total * fade + tl.sum(chance, 1)
            sums = tl.dot(chance.to(q.dtype.element_ty), value.to(q.dtype.element_ty), sums * fade[:, None])
            largest = larger
        result = sums / total[:, None] * v_scale
        tl.store(out + at_row[:, None] + d[None, :], result.to(out.dtype.element_ty), mask=(m < rows)[:, None] & (d < DIM)[None, :])
