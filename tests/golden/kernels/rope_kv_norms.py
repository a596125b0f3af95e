"""rope_kv_bf16_heads32_kvheads8_headdim128_qknorm, made by Intarsia. Launch rope_kv[(ctas,)](arguments, **CONSTANTS, **OPTIONS) with any number of CTAs."""

import triton
import triton.language as tl

CONSTANTS = {'HEADS': 32, 'KV_HEADS': 8, 'DIM': 128, 'PAGE': 16, 'TILE': 8, 'BLOCK_HALF': 64, 'EPS': 1e-05}
OPTIONS = {'num_warps': 4, 'num_stages': 1, 'maxnreg': 255}
CTAS = 0


@triton.jit
def rope_kv(x, positions, slots, angles, q_norm, k_norm, q, k_cache, v_cache, rows,
            HEADS: tl.constexpr, KV_HEADS: tl.constexpr, DIM: tl.constexpr, PAGE: tl.constexpr, EPS: tl.constexpr, TILE: tl.constexpr, BLOCK_HALF: tl.constexpr):
    """Splits rows q|k|v, normalises the heads of q and k, rotates q and k, and writes k and v into their slots of the paged cache. TILE heads of a row are a piece of work.

    k_cache, v_cache[pages, KV_HEADS, PAGE, DIM]; slots[rows]: page x PAGE + place in it, or -1 for a row that isn't kept; angles[positions, DIM]: cosines, then sines.
    """
    half: tl.constexpr = DIM // 2
    q_pieces: tl.constexpr = (HEADS + TILE - 1) // TILE
    k_pieces: tl.constexpr = (KV_HEADS + TILE - 1) // TILE
    pieces: tl.constexpr = q_pieces + 2 * k_pieces
    i = tl.arange(0, BLOCK_HALF)
    for item in range(tl.program_id(0), rows * pieces, tl.num_programs(0)):
        row = tl.cast(item // pieces, tl.int64)
        piece = item % pieces
        start = row * ((HEADS + 2 * KV_HEADS) * DIM)
        position = tl.cast(tl.load(positions + row), tl.int64)
        cosine = tl.load(angles + position * DIM + i, mask=i < half, other=0.0)
        sine = tl.load(angles + position * DIM + half + i, mask=i < half, other=0.0)
        slot = tl.load(slots + row)
        if piece < q_pieces:
            head = piece * TILE + tl.arange(0, TILE)
            inside = (head < HEADS)[:, None] & (i < half)[None, :]
            at = start + head * DIM
            first = tl.load(x + at[:, None] + (i)[None, :], mask=inside, other=0.0).to(tl.float32)
            second = tl.load(x + at[:, None] + (half + i)[None, :], mask=inside, other=0.0).to(tl.float32)
            factor = 1.0 / tl.sqrt((tl.sum(first * first, 1) + tl.sum(second * second, 1)) / DIM + EPS)
            first = first * factor[:, None] * tl.load(q_norm + (i), mask=i < half, other=0.0).to(tl.float32)[None, :]
            second = second * factor[:, None] * tl.load(q_norm + (half + i), mask=i < half, other=0.0).to(tl.float32)[None, :]
            first, second = first * cosine[None, :] - second * sine[None, :], second * cosine[None, :] + first * sine[None, :]

            to = row * (HEADS * DIM) + head * DIM
            tl.store(q + to[:, None] + (i)[None, :], first.to(q.dtype.element_ty), mask=inside)
            tl.store(q + to[:, None] + (half + i)[None, :], second.to(q.dtype.element_ty), mask=inside)
        else:
            head = (piece - q_pieces) % k_pieces * TILE + tl.arange(0, TILE)
            inside = (head < KV_HEADS)[:, None] & (i < half)[None, :]
            to = ((tl.cast(slot // PAGE, tl.int64) * KV_HEADS + head) * PAGE + slot % PAGE) * DIM
            if piece < q_pieces + k_pieces:
                at = start + (HEADS + head) * DIM
                first = tl.load(x + at[:, None] + (i)[None, :], mask=inside, other=0.0).to(tl.float32)
                second = tl.load(x + at[:, None] + (half + i)[None, :], mask=inside, other=0.0).to(tl.float32)
                factor = 1.0 / tl.sqrt((tl.sum(first * first, 1) + tl.sum(second * second, 1)) / DIM + EPS)
                first = first * factor[:, None] * tl.load(k_norm + (i), mask=i < half, other=0.0).to(tl.float32)[None, :]
                second = second * factor[:, None] * tl.load(k_norm + (half + i), mask=i < half, other=0.0).to(tl.float32)[None, :]
                first, second = first * cosine[None, :] - second * sine[None, :], second * cosine[None, :] + first * sine[None, :]

                tl.store(k_cache + to[:, None] + (i)[None, :], (first).to(k_cache.dtype.element_ty), mask=inside & (slot >= 0))
                tl.store(k_cache + to[:, None] + (half + i)[None, :], (second).to(k_cache.dtype.element_ty), mask=inside & (slot >= 0))
            else:
                at = start + (HEADS + KV_HEADS + head) * DIM
                for part in tl.static_range(2):
                    value = tl.load(x + at[:, None] + (part * half + i)[None, :], mask=inside, other=0.0).to(tl.float32)
                    tl.store(v_cache + to[:, None] + (part * half + i)[None, :], (value).to(v_cache.dtype.element_ty), mask=inside & (slot >= 0))
