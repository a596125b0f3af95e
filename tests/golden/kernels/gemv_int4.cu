// gemv_int4_bf16_n4096_k4096, made by Intarsia. Launch with 128 threads, 8192 bytes of dynamic shared memory and any number of CTAs.
#include <cuda_bf16.h>

__device__ __forceinline__ float2 widen(unsigned word) { return make_float2(__uint_as_float(word << 16), __uint_as_float(word & 0xffff0000u)); }
__device__ __forceinline__ unsigned narrow(float low, float high) {
  __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<unsigned*>(&pair);
}
__device__ __forceinline__ float widen(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ __forceinline__ void store(__nv_bfloat16* place, float value) { *place = __float2bfloat16_rn(value); }
// Eight 16-bit floats in a word of 128 bits.
__device__ __forceinline__ void widen(uint4 word, float* values) {
  const unsigned parts[4] = {word.x, word.y, word.z, word.w};
#pragma unroll
  for (int i = 0; i < 4; i++) {
    float2 pair = widen(parts[i]);
    values[2 * i] = pair.x;
    values[2 * i + 1] = pair.y;
  }
}

constexpr int N = 4096, K = 4096, GROUP = 128, ROWS = 1, WARPS = 4, HALF_RUNS = K / 32;

// c[rows, N] = a (b x scales)^T, few rows. A warp makes one output of ROWS rows; rows of a lie in shared memory.
// Of 64 weights in 32 bytes, byte j holds weight j in its low half and weight 32 + j in its high one, both plus 8.
extern "C" __global__ void __launch_bounds__(32 * WARPS)
gemv_int4(const __nv_bfloat16* __restrict__ a, const unsigned char* __restrict__ b, const __nv_bfloat16* __restrict__ scales, __nv_bfloat16* __restrict__ c, int rows) {
  extern __shared__ uint4 held[];  // [ROWS, K / 8]
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  for (int first = 0; first < rows; first += ROWS) {
    __syncthreads();
    for (int i = threadIdx.x; i < ROWS * K / 8; i += 32 * WARPS)
      held[i] = first + i / (K / 8) < rows ? reinterpret_cast<const uint4*>(a)[static_cast<size_t>(first) * (K / 8) + i] : make_uint4(0, 0, 0, 0);
    __syncthreads();
    for (int block = blockIdx.x; block < (N + WARPS - 1) / WARPS; block += gridDim.x) {
      const int n = block * WARPS + warp;
      if (n >= N) continue;
      float sums[ROWS] = {};
      for (int half = lane; half < HALF_RUNS; half += 32) {  // 16 bytes: half of a run's bytes, 16 weights of its first 32 and 16 of the others
        const uint4 packed = reinterpret_cast<const uint4*>(b)[static_cast<size_t>(n) * HALF_RUNS + half];
        const unsigned words[4] = {packed.x, packed.y, packed.z, packed.w};
        const int k = half / 2 * 64 + half % 2 * 16;
        const float low = widen(scales[static_cast<size_t>(n) * (K / GROUP) + k / GROUP]), high = widen(scales[static_cast<size_t>(n) * (K / GROUP) + (k + 32) / GROUP]);
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
          float of_low = 0.0f, of_high = 0.0f;
#pragma unroll
          for (int part = 0; part < 2; part++) {
            float left[8], right[8];
            widen(held[r * (K / 8) + k / 8 + part], left);
            widen(held[r * (K / 8) + (k + 32) / 8 + part], right);
#pragma unroll
            for (int i = 0; i < 8; i++) {
              const unsigned byte = words[part * 2 + i / 4] >> (i % 4 * 8);
              of_low += (static_cast<float>(byte & 15) - 8.0f) * left[i];
              of_high += (static_cast<float>(byte >> 4 & 15) - 8.0f) * right[i];
            }
          }
          sums[r] += of_low * low + of_high * high;
        }
      }
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
#pragma unroll
        for (int lanes = 16; lanes; lanes >>= 1) sums[r] += __shfl_xor_sync(0xffffffffu, sums[r], lanes);
        const size_t at = static_cast<size_t>(first + r) * N + n;
        if (lane == 0 && first + r < rows) store(c + at, sums[r]);
      }
    }
  }
}
