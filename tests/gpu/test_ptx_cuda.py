"""What NVRTC makes of CUDA C++, of many kinds, against NumPy: arithmetic, library functions, shared and local memory, atomics, warps, asynchronous copies, wgmma without TMA."""

from __future__ import annotations

from functools import cache

import ml_dtypes
import numpy as np
import pytest

from intarsia.codegen.cuda import nvrtc
from intarsia.codegen.verify.ptx import KernelFault, emulate
from intarsia.codegen.verify.ptx.mutants import mutants
from intarsia.errors import MissingDependency, UnsupportedError


@cache
def ptx(text: str, architecture: str) -> str:
    try:
        return nvrtc.compile_text(text, "kernel.cu", architecture)[0]
    except MissingDependency as error:
        pytest.skip(str(error))


def launch(text: str, grid: object, block: object, *arguments: object, architecture: str = "sm_80", **options: object) -> None:
    emulate(ptx(text, architecture), None, grid, block, list(arguments), **options)  # type: ignore[arg-type]


FUNCTIONS = {
    "expf(x)": np.exp, "exp2f(x)": np.exp2, "logf(fabsf(x) + 0.1f)": lambda x: np.log(np.abs(x) + np.float32(0.1)), "sinf(x)": np.sin, "cosf(100.0f * x)": lambda x: np.cos(np.float32(100) * x), "tanhf(x)": np.tanh,
    "sqrtf(fabsf(x))": lambda x: np.sqrt(np.abs(x)), "rsqrtf(x * x + 1)": lambda x: 1 / np.sqrt(x * x + 1), "1.0f / (1.0f + expf(-x))": lambda x: 1 / (1 + np.exp(-x)), "erff(x)": None, "powf(fabsf(x) + 0.5f, 1.7f)": lambda x: (np.abs(x) + 0.5) ** 1.7,
    "rintf(3 * x)": lambda x: np.rint(3 * x), "floorf(x) + ceilf(x) + truncf(x)": lambda x: np.floor(x) + np.ceil(x) + np.trunc(x), "fmaf(x, x, -x)": lambda x: x * x - x, "fminf(fmaxf(x, -1.0f), 1.0f)": lambda x: np.clip(x, -1, 1),
    "fmodf(10 * x, 3.0f)": lambda x: np.fmod(10 * x, 3), "(float)((double)x * x / 3.0)": lambda x: x.astype(np.float64) ** 2 / 3, "__bfloat162float(__float2bfloat16(x))": lambda x: x.astype(ml_dtypes.bfloat16).astype(np.float32),
    "__half2float(__hmul(__float2half(x), __float2half(3.0f)))": lambda x: (x.astype(np.float16) * np.float16(3)).astype(np.float32), "__int2float_rn(__float2int_rz(100 * x))": lambda x: np.trunc(100 * x), "copysignf(2.0f, x)": lambda x: np.copysign(2, x),
}  # fmt: skip


def test_functions_of_floats():
    body = "".join(f"out[n * {place} + i] = {function};\n" for place, function in enumerate(FUNCTIONS))
    text = f"#include <cuda_bf16.h>\n#include <cuda_fp16.h>\nextern \"C\" __global__ void f(const float* in, float* out, int n) {{ int i = blockIdx.x * blockDim.x + threadIdx.x; if (i >= n) return; float x = in[i];\n{body}}}"
    x = (np.random.default_rng(0).standard_normal(100) * 3).astype(np.float32)
    out = np.zeros((len(FUNCTIONS), 100), np.float32)
    launch(text, 2, 64, x, out, 100)
    for row, (function, reference) in zip(out, FUNCTIONS.items(), strict=True):
        wanted = [__import__("math").erf(v) for v in x] if reference is None else reference(x)
        assert np.allclose(row, wanted, rtol=1e-5, atol=1e-5), function


def test_integers():
    text = """extern "C" __global__ void f(const int* a, const int* b, long long* out, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i >= n) return; int x = a[i], y = b[i]; unsigned u = x;
    long long s = x / y; s = s * 31 + x % y; s = s * 31 + (long long)x * y; s = s * 31 + (u >> 3) + (x >> 3); s = s * 31 + __mulhi(x, y); s = s * 31 + __popc(u) + __clz(x) + __ffs(x); s = s * 31 + u / 7u + u % 10u;
    s = s * 31 + min(x, y) + max(x, y) + abs(x); s = s * 31 + __brev(u) + __byte_perm(x, y, 0x3715); s = s * 31 + (short)x + (signed char)y + (unsigned char)x; s = s * 31 + __funnelshift_l(x, y, 5);
    s = s * 31 + (((long long)x << 32) + y) / (y | 1) + (unsigned long long)(s ^ x) % 1000003ull; out[i] = s; }"""
    rng = np.random.default_rng(1)
    a, b = rng.integers(-(2**31), 2**31, 200).astype(np.int32), rng.integers(-1000, 1000, 200).astype(np.int32)
    b[b == 0] = 7
    out = np.zeros(200, np.int64)
    launch(text, 4, 64, a, b, out, 200)
    assert out.tolist() == [_integers(int(x), int(y)) for x, y in zip(a, b, strict=True)]


def _wrap(x: int, bits: int) -> int:
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def _integers(x: int, y: int) -> int:
    """The same in Python, whose integers have no bounds: each `+` of ints wraps at 32 bits, of unsigned too."""
    u, div = x & 0xFFFFFFFF, lambda p, q: abs(p) // abs(q) * (1 if (p < 0) == (q < 0) else -1)
    s = div(x, y)
    s = _wrap(s * 31 + x - div(x, y) * y, 64)
    s = _wrap(s * 31 + x * y, 64)
    s = _wrap(_wrap(s * 31, 64) + (u >> 3) + (x >> 3), 64)
    s = _wrap(s * 31 + (x * y >> 32), 64)
    s = _wrap(s * 31 + u.bit_count() + 32 - u.bit_length() + ((u & -u).bit_length()), 64)
    s = _wrap(s * 31 + u // 7 + u % 10, 64)
    s = _wrap(_wrap(_wrap(s * 31 + min(x, y), 64) + max(x, y), 64) + _wrap(abs(x), 32), 64)
    octets = [(u | (y & 0xFFFFFFFF) << 32) >> 8 * i & 255 for i in range(8)]
    s = _wrap(s * 31 + int(f"{u:032b}"[::-1], 2) + (octets[5] | octets[1] << 8 | octets[7] << 16 | octets[3] << 24), 64)
    s = _wrap(s * 31 + _wrap(x, 16) + _wrap(y, 8) + (x & 255), 64)
    s = _wrap(s * 31 + (((y & 0xFFFFFFFF) << 32 | u) << 5 >> 32 & 0xFFFFFFFF), 64)
    return _wrap(s * 31 + div(_wrap((x << 32) + y, 64), y | 1) + ((s ^ x) & (2**64 - 1)) % 1000003, 64)


HISTOGRAM = """extern "C" __global__ void f(const unsigned char* in, int* counts, float* sums, int n) {
  __shared__ int mine[256]; __shared__ float total;
  for (int i = threadIdx.x; i < 256; i += blockDim.x) mine[i] = 0;
  if (threadIdx.x == 0) total = 0;
  __syncthreads();
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) { atomicAdd(&mine[in[i]], 1); atomicAdd(&total, (float)in[i]); }
  __syncthreads();
  for (int i = threadIdx.x; i < 256; i += blockDim.x) if (mine[i]) atomicAdd(&counts[i], mine[i]);
  if (threadIdx.x == 0) { atomicAdd(sums, total); atomicMax((int*)sums + 1, blockIdx.x); atomicCAS((int*)sums + 2, 0, 5); }
}"""


@pytest.mark.parametrize("grid", [1, 3])
def test_a_histogram_with_atomic_operations(grid):
    data = np.random.default_rng(2).integers(0, 256, 999).astype(np.uint8)
    counts, sums = np.zeros(256, np.int32), np.zeros(3, np.float32)
    launch(HISTOGRAM, grid, 96, data, counts, sums, 999)
    assert counts.tolist() == np.bincount(data, minlength=256).tolist() and sums[0] == data.sum() and sums.view(np.int32)[1:].tolist() == [grid - 1, 5]


@pytest.mark.parametrize("place", [0, 1])
def test_each_of_its_barriers_is_needed(place):
    """Of the histogram's three loops, each needs the one before to have ended everywhere."""
    mutant = list(mutants(ptx(HISTOGRAM, "sm_80"), ("dropped barrier",)))[place]
    data, counts, sums = np.zeros(999, np.uint8), np.zeros(256, np.int32), np.zeros(3, np.float32)
    with pytest.raises(KernelFault, match="race"):
        emulate(mutant.text, None, 2, 96, [data, counts, sums, 999])


def test_local_memory_branches_and_warps():
    text = """extern "C" __global__ void f(const int* in, int* out) {
      int lane = threadIdx.x & 31, kept[8]; for (int i = 0; i < 8; i++) kept[i] = in[threadIdx.x * 8 + i];
      for (int i = 1; i < 8; i++) { int v = kept[i], j = i; while (j > 0 && kept[j - 1] > v) { kept[j] = kept[j - 1]; j--; } kept[j] = v; }
      int chosen = kept[(threadIdx.x * 5 + in[0]) & 7]; unsigned odd = __ballot_sync(~0u, chosen & 1); int best = chosen;
      for (int o = 16; o; o /= 2) best = max(best, __shfl_xor_sync(~0u, best, o));
      out[threadIdx.x * 3] = chosen; out[threadIdx.x * 3 + 1] = __popc(odd & ((1u << lane) - 1)); out[threadIdx.x * 3 + 2] = __all_sync(~0u, chosen > 3) ? best : -best;
    }"""
    data, out = np.random.default_rng(3).integers(0, 1000, (64, 8)).astype(np.int32), np.zeros((64, 3), np.int32)
    launch(text, 1, 64, data, out)
    chosen = np.array([np.sort(row)[(t * 5 + data[0, 0]) & 7] for t, row in enumerate(data)])
    assert out[:, 0].tolist() == chosen.tolist()
    for warp in (slice(0, 32), slice(32, 64)):
        odd = chosen[warp] & 1
        assert out[warp, 1].tolist() == (np.cumsum(odd) - odd).tolist()
        assert set(out[warp, 2].tolist()) == {chosen[warp].max() if (chosen[warp] > 3).all() else -chosen[warp].max()}


PIPELINE = """#include <cuda_pipeline.h>
extern "C" __global__ void f(const float4* in, float4* out, int n) {
  extern __shared__ float4 stage[]; int t = threadIdx.x, w = blockDim.x;
  for (int s = 0; s < 2; s++) { if (s < n) __pipeline_memcpy_async(&stage[s * w + t], &in[s * w + t], 16); __pipeline_commit(); }
  for (int k = 0; k < n; k++) {
    __pipeline_wait_prior(1); __syncthreads();
    float4 a = stage[k % 3 * w + t], b = stage[k % 3 * w + (t + 40) % w];
    if (k + 2 < n) __pipeline_memcpy_async(&stage[(k + 2) % 3 * w + t], &in[(k + 2) * w + t], 16);
    __pipeline_commit();
    out[k * w + t] = make_float4(a.x + b.w, a.y + b.z, a.z + b.y, a.w + b.x);
  }
}"""


def _pipelined(text: str) -> np.ndarray:
    data = np.random.default_rng(4).standard_normal((7, 64, 4)).astype(np.float32)
    out = np.zeros_like(data)
    emulate(text, None, 1, 64, [data, out, 7], shared_bytes=3 * 64 * 16)
    return out - (data + np.roll(data, -40, 1)[:, :, ::-1])


def test_a_pipeline_of_copies():
    assert not _pipelined(ptx(PIPELINE, "sm_80")).any()
    for mutant in mutants(ptx(PIPELINE, "sm_80"), ("dropped barrier", "weakened wait")):
        with pytest.raises(KernelFault):
            _pipelined(mutant.text)


WGMMA = """typedef unsigned int u32; typedef unsigned long long u64;
__device__ u64 descriptor(u32 a) { return (u64)((a & 0x3FFFF) >> 4) | (1ull << 16) | (64ull << 32) | (1ull << 62); }
extern "C" __global__ void __launch_bounds__(128) f(const uint4* A, const uint4* B, float* C) {
  __shared__ __align__(1024) unsigned char a[8192], b[8192];
  for (int i = threadIdx.x; i < 512; i += 128) { int r = i / 8, c = i % 8, at = r * 128 + ((c ^ (r & 7)) << 4); *(uint4*)(a + at) = A[i]; *(uint4*)(b + at) = B[i]; }
  FENCE
  __syncthreads();
  float d[32]; for (int i = 0; i < 32; i++) d[i] = 0.f;
  u32 sa = (u32)__cvta_generic_to_shared(a), sb = (u32)__cvta_generic_to_shared(b);
  asm volatile("wgmma.fence.sync.aligned; PRODUCTS wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0;" : OUTPUTS : ADDRESSES : "memory");
  int w = threadIdx.x / 32, l = threadIdx.x % 32;
  for (int j = 0; j < 8; j++) for (int h = 0; h < 2; h++) *(float2*)(C + (w * 16 + l / 4 + h * 8) * 64 + j * 8 + l % 4 * 2) = make_float2(d[j * 4 + h * 2], d[j * 4 + h * 2 + 1]);
}"""
REGISTERS = ", ".join(f"%{i}" for i in range(32))
PRODUCTS = " ".join(f"wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {{{REGISTERS}}}, %{32 + 2 * k}, %{33 + 2 * k}, 1, 1, 1, 0, 0;" for k in range(4))
OUTPUTS = ", ".join(f'"+f"(d[{i}])' for i in range(32))
ADDRESSES = ", ".join(f'"l"(descriptor(sa + {32 * k})), "l"(descriptor(sb + {32 * k}))' for k in range(4))


@pytest.mark.parametrize("fence", ['asm volatile("fence.proxy.async.shared::cta;" ::: "memory");', ""])
def test_wgmma_in_cuda(fence):
    """A tile of 64 x 64 x 64, put into shared memory by ordinary stores."""
    rng = np.random.default_rng(5)
    a, b = (rng.standard_normal((64, 64)).astype(np.float32).astype(ml_dtypes.bfloat16) for _ in range(2))
    c = np.zeros((64, 64), np.float32)
    text = ptx(WGMMA.replace("FENCE", fence).replace("PRODUCTS", PRODUCTS).replace("OUTPUTS", OUTPUTS).replace("ADDRESSES", ADDRESSES), "sm_90a")
    if not fence:
        with pytest.raises(KernelFault, match="fence.proxy.async"):
            emulate(text, None, 1, 128, [a, b, c])
        return
    emulate(text, None, 1, 128, [a, b, c])
    assert np.allclose(c, a.astype(np.float64) @ b.astype(np.float64).T, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("body", "says"),
    [("__shared__ __align__(8) u64 b; asm volatile(\"{ .reg .b64 s; mbarrier.arrive.shared::cta.b64 s, [%0]; }\" :: \"r\"((u32)__cvta_generic_to_shared(&b)));", "mbarrier"), ("out[0] = twice(out[1]);", "call"), ("out[0] = (int)clock64();", "clock")],
)
def test_what_is_not_known_is_said(body, says):
    text = f'typedef unsigned long long u64; typedef unsigned int u32; __device__ __noinline__ int twice(int x) {{ asm volatile(""); return x + x; }}\nextern "C" __global__ void f(int* out) {{ {body} }}'
    with pytest.raises(UnsupportedError, match=says):
        launch(text, 1, 32, np.zeros(4, np.int32), architecture="sm_90a")
