"""gemm_f8e4m3_n4096_k4096_bf16_block_tilek128, made by Intarsia. Launch gemm[(ctas,)](arguments, **CONSTANTS, **OPTIONS) with any number of CTAs."""

import triton
import triton.language as tl

CONSTANTS = {'N': 4096, 'K': 4096, 'TILE_M': 128, 'TILE_N': 128, 'TILE_K': 128, 'GROUP_M': 8}
OPTIONS = {'num_warps': 8, 'num_stages': 3, 'maxnreg': 255}
CTAS = 0


@triton.jit
def gemm(a, b, a_scale, b_scale, c, rows, N: tl.constexpr, K: tl.constexpr,
         TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, GROUP_M: tl.constexpr):
    """c[rows, N] = a b^T x scales; a[rows, K] and b[N, K], a tile of c a piece of work."""
    tiles_n: tl.constexpr = (N + TILE_N - 1) // TILE_N
    tiles_m = tl.cdiv(rows, TILE_M)
    for tile in range(tl.program_id(0), tiles_m * tiles_n, tl.num_programs(0)):
        # Neighbours share rows of a and of b: tiles go down GROUP_M rows of tiles before they go right.
        first = tile // (GROUP_M * tiles_n) * GROUP_M
        height = tl.minimum(tiles_m - first, GROUP_M)
        within = tile % (GROUP_M * tiles_n)
        m = (first + within % height) * TILE_M + tl.arange(0, TILE_M)
        n = (within // height) * TILE_N + tl.arange(0, TILE_N)
        k = tl.arange(0, TILE_K)
        a_tile = a + tl.cast(m, tl.int64)[:, None] * K + k[None, :]
        b_tile = b + tl.cast(n, tl.int64)[None, :] * K + k[:, None]
        sums = tl.zeros((TILE_M, TILE_N), tl.float32)
        for start in range(0, K, TILE_K):
            left = tl.load(a_tile + start, mask=(m < rows)[:, None], other=0.0)
            right = tl.load(b_tile + start)
            block = start // 128
            of_rows = tl.load(a_scale + tl.cast(m, tl.int64) * (K // 128) + block, mask=m < rows, other=0.0)
            of_columns = tl.load(b_scale + n // 128 * (K // 128) + block)
            sums += tl.dot(left, right) * of_rows[:, None] * of_columns[None, :]
        at = tl.cast(m, tl.int64)[:, None] * N + n[None, :]
        inside = (m < rows)[:, None]
        tl.store(c + at, sums.to(c.dtype.element_ty), mask=inside)
