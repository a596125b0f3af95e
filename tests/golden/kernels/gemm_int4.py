"""gemm_weights_bf16_n4096_k4096, made by Intarsia. Launch gemm_weights[(ctas,)](arguments, **CONSTANTS, **OPTIONS) with any number of CTAs."""

import triton
import triton.language as tl

CONSTANTS = {'N': 4096, 'K': 4096, 'GROUP': 128, 'TILE_M': 64, 'TILE_N': 128, 'STEP': 32, 'GROUP_M': 8}
OPTIONS = {'num_warps': 4, 'num_stages': 3, 'maxnreg': 255}
CTAS = 0


@triton.jit
def gemm_weights(a, b, scales, c, rows, N: tl.constexpr, K: tl.constexpr, GROUP: tl.constexpr,
                 TILE_M: tl.constexpr, TILE_N: tl.constexpr, STEP: tl.constexpr, GROUP_M: tl.constexpr):
    """c[rows, N] = a (b x scales)^T; a[rows, K], b[N, K] of 4 bits, scales[N, K / GROUP]. Tiles are made transposed: weights widened in registers are the left operand.

    Of 64 weights in 32 bytes, byte j holds weight j in its low half and weight 32 + j in its high one, both plus 8.
    """
    tiles_n: tl.constexpr = (N + TILE_N - 1) // TILE_N
    tiles_m = tl.cdiv(rows, TILE_M)
    for tile in range(tl.program_id(0), tiles_m * tiles_n, tl.num_programs(0)):
        first = tile // (GROUP_M * tiles_n) * GROUP_M
        height = tl.minimum(tiles_m - first, GROUP_M)
        within = tile % (GROUP_M * tiles_n)
        m = (first + within % height) * TILE_M + tl.arange(0, TILE_M)
        n = (within // height) * TILE_N + tl.arange(0, TILE_N)
        k = tl.arange(0, STEP)
        a_tile = a + tl.cast(m, tl.int64)[None, :] * K + k[:, None]
        b_tile = b + tl.cast(n, tl.int64)[:, None] * (K // 2) + k[None, :]
        of_row = scales + tl.cast(n, tl.int64) * (K // GROUP)
        sums = tl.zeros((TILE_N, TILE_M), tl.float32)
        for start in range(0, K, 2 * STEP):
            packed = tl.load(b_tile + start // 2)
            low = ((packed & 15).to(tl.float32) - 8.0) * tl.load(of_row + start // GROUP).to(tl.float32)[:, None]
            high = ((packed >> 4).to(tl.float32) - 8.0) * tl.load(of_row + (start + STEP) // GROUP).to(tl.float32)[:, None]
            left = tl.load(a_tile + start, mask=(m < rows)[None, :], other=0.0)
            right = tl.load(a_tile + start + STEP, mask=(m < rows)[None, :], other=0.0)
            sums = tl.dot(low.to(a.dtype.element_ty), left, sums)
            sums = tl.dot(high.to(a.dtype.element_ty), right, sums)
        at = tl.cast(m, tl.int64)[None, :] * N + n[:, None]
        inside = (m < rows)[None, :]
        tl.store(c + at, sums.to(c.dtype.element_ty), mask=inside)
