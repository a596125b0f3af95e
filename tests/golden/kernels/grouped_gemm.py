"""grouped_gemm_bf16_experts8_topk2_n4096_k4096, made by Intarsia. Launch grouped_gemm[(ctas,)](arguments, **CONSTANTS, **OPTIONS) with any number of CTAs."""

import triton
import triton.language as tl

CONSTANTS = {'N': 4096, 'K': 4096, 'EXPERTS': 8, 'TOP_K': 2, 'TILE_M': 64, 'TILE_N': 128, 'TILE_K': 64, 'GROUP_M': 8, 'BLOCK': 8}
OPTIONS = {'num_warps': 4, 'num_stages': 3, 'maxnreg': 255}
CTAS = 0


@triton.jit
def grouped_gemm(a, b, offsets, order, c, N: tl.constexpr, K: tl.constexpr, EXPERTS: tl.constexpr, TOP_K: tl.constexpr,
                 TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, GROUP_M: tl.constexpr, BLOCK: tl.constexpr):
    """Each expert's rows by its own b[EXPERTS, N, K]^T; places take the rows that order names, and c has a row a place. A tile of c a piece of work."""
    tiles_n: tl.constexpr = (N + TILE_N - 1) // TILE_N
    e = tl.arange(0, BLOCK)
    begins = tl.load(offsets + e, mask=e < EXPERTS, other=0)
    ends = tl.load(offsets + e + 1, mask=e < EXPERTS, other=0)
    upto = tl.cumsum((ends - begins + TILE_M - 1) // TILE_M, 0)  # tiles of rows of the experts so far
    for tile in range(tl.program_id(0), tl.max(upto, 0) * tiles_n, tl.num_programs(0)):
        expert = tl.sum((upto * tiles_n <= tile).to(tl.int32), 0)
        before = tl.max(tl.where(upto * tiles_n <= tile, upto, 0), 0)
        begin = tl.load(offsets + expert)
        end = tl.load(offsets + expert + 1)
        # Neighbours share an expert's weights: tiles go down GROUP_M rows of tiles before they go right.
        own = tile - before * tiles_n
        first = own // (GROUP_M * tiles_n) * GROUP_M
        height = tl.minimum((end - begin + TILE_M - 1) // TILE_M - first, GROUP_M)
        within = own % (GROUP_M * tiles_n)
        m = begin + (first + within % height) * TILE_M + tl.arange(0, TILE_M)
        n = within // height * TILE_N + tl.arange(0, TILE_N)
        k = tl.arange(0, TILE_K)
        pair = tl.load(order + m, mask=m < end, other=0)
        a_tile = a + tl.cast(pair // TOP_K, tl.int64)[:, None] * K + k[None, :]
        b_tile = b + (tl.cast(expert, tl.int64) * N + n)[None, :] * K + k[:, None]
        sums = tl.zeros((TILE_M, TILE_N), tl.float32)
        for start in range(0, K, TILE_K):
            left = tl.load(a_tile + start, mask=(m < end)[:, None], other=0.0)
            right = tl.load(b_tile + start)
            sums = tl.dot(left, right, sums)
        at = tl.cast(m, tl.int64)[:, None] * N + n[None, :]
        tl.store(c + at, sums.to(c.dtype.element_ty), mask=(m < end)[:, None])
