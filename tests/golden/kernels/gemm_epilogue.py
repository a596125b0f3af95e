"""gemm_bf16_ctas100_n4096_k4000_bias_residual_gelu_tanh, made by Intarsia. Launch gemm[(ctas,)](arguments, **CONSTANTS, **OPTIONS) with any number of CTAs up to 100."""

import triton
import triton.language as tl

CONSTANTS = {'N': 4096, 'K': 4000, 'TILE_M': 128, 'TILE_N': 128, 'TILE_K': 64, 'GROUP_M': 8}
OPTIONS = {'num_warps': 8, 'num_stages': 3, 'maxnreg': 255}
CTAS = 100


@triton.jit
def gemm(a, b, bias, residual, c, rows, N: tl.constexpr, K: tl.constexpr,
         TILE_M: tl.constexpr, TILE_N: tl.constexpr, TILE_K: tl.constexpr, GROUP_M: tl.constexpr):
    """c[rows, N] = gelu_tanh(a b^T + bias) + residual; a[rows, K] and b[N, K], a tile of c a piece of work."""
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
            left = tl.load(a_tile + start, mask=(m < rows)[:, None] & (start + k < K)[None, :], other=0.0)
            right = tl.load(b_tile + start, mask=(start + k < K)[:, None], other=0.0)
            sums = tl.dot(left, right, sums)
        sums += tl.load(bias + n).to(tl.float32)[None, :]
        sums = sums / (1.0 + tl.exp(-1.5957691216057308 * (sums + 0.044715 * sums * sums * sums)))
        at = tl.cast(m, tl.int64)[:, None] * N + n[None, :]
        inside = (m < rows)[:, None]
        sums += tl.load(residual + at, mask=inside, other=0.0).to(tl.float32)
        tl.store(c + at, sums.to(c.dtype.element_ty), mask=inside)
