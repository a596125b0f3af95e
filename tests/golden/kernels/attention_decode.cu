// attention_decode_bf16_heads32_kvheads8_headdim128, made by Intarsia. Launch with 128 threads and any number of CTAs.
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

constexpr int HEADS = 32, KV_HEADS = 8, DIM = 128, PAGE = 16, GROUP = HEADS / KV_HEADS;
constexpr int WARPS = 4, LANES = DIM / 8, TOKENS = 32 / LANES, TEAMS = WARPS * TOKENS;  // LANES lanes, a team, share a token

// Attention of one row a sequence over its pages; a KV head of a sequence, with the query heads that share it, a piece of work.
// Caches are [pages, KV_HEADS, PAGE, DIM]; sequence_table[sequences, 3]: first row, rows, tokens in the cache before the step.
extern "C" __global__ void __launch_bounds__(32 * WARPS)
attention_decode(const __nv_bfloat16* __restrict__ q, const __nv_bfloat16* __restrict__ k_cache, const __nv_bfloat16* __restrict__ v_cache, const int* __restrict__ page_table,
                 const int* __restrict__ sequence_table, __nv_bfloat16* __restrict__ out, int sequences, int pages) {
  __shared__ float largest_of[TEAMS][GROUP], total_of[TEAMS][GROUP], sums_of[TEAMS][GROUP][DIM];
  const int lane = threadIdx.x % LANES, team = threadIdx.x / LANES;
  const float scale = 0.12751743082459868f;
  for (int item = blockIdx.x; item < sequences * KV_HEADS; item += gridDim.x) {
    const int sequence = item / KV_HEADS, head = item % KV_HEADS;
    const size_t row = sequence_table[sequence * 3];
    const int length = sequence_table[sequence * 3 + 2] + 1;
    float query[GROUP][8], largest[GROUP], total[GROUP], sums[GROUP][8];
#pragma unroll
    for (int g = 0; g < GROUP; g++) {
      widen(*reinterpret_cast<const uint4*>(q + (row * HEADS + head * GROUP + g) * DIM + lane * 8), query[g]);
      largest[g] = __int_as_float(0xff800000);
      total[g] = 0.0f;
#pragma unroll
      for (int i = 0; i < 8; i++) sums[g][i] = 0.0f;
    }
    // Whole warps go round together: teams without a token help in the shuffles alone.
    for (int first = 0; first < length; first += TEAMS) {
      const int token = first + team;
      const bool seen = token < length;
      const size_t page = seen ? page_table[sequence * pages + token / PAGE] : 0;
      const size_t at = ((page * KV_HEADS + head) * PAGE + token % PAGE) * DIM + lane * 8;
      float key[8] = {}, value[8] = {};
      if (seen) {
        widen(*reinterpret_cast<const uint4*>(k_cache + at), key);
        widen(*reinterpret_cast<const uint4*>(v_cache + at), value);
      }
#pragma unroll
      for (int g = 0; g < GROUP; g++) {
        float score = 0.0f;
#pragma unroll
        for (int i = 0; i < 8; i++) score += query[g][i] * key[i];
#pragma unroll
        for (int lanes = LANES / 2; lanes; lanes >>= 1) score += __shfl_xor_sync(0xffffffffu, score, lanes);
        if (!seen) continue;
        const float larger = fmaxf(largest[g], score * scale);
        const float fade = exp2f(largest[g] - larger), chance = exp2f(score * scale - larger);
        total[g] = total[g] * fade + chance;
#pragma unroll
        for (int i = 0; i < 8; i++) sums[g][i] = sums[g][i] * fade + chance * value[i];
        largest[g] = larger;
      }
    }
#pragma unroll
    for (int g = 0; g < GROUP; g++) {
      if (lane == 0) {
        largest_of[team][g] = largest[g];
        total_of[team][g] = total[g];
      }
#pragma unroll
      for (int i = 0; i < 8; i++) sums_of[team][g][lane * 8 + i] = sums[g][i];
    }
    __syncthreads();
    for (int i = threadIdx.x; i < GROUP * DIM / 2; i += 32 * WARPS) {
      const int g = i / (DIM / 2), d = i % (DIM / 2) * 2;
      float peak = largest_of[0][g], whole = 0.0f, low = 0.0f, high = 0.0f;
      for (int t = 1; t < TEAMS; t++) peak = fmaxf(peak, largest_of[t][g]);
      for (int t = 0; t < TEAMS; t++) {
        const float weight = exp2f(largest_of[t][g] - peak);  // 0 for a team that saw no token
        whole += weight * total_of[t][g];
        low += weight * sums_of[t][g][d];
        high += weight * sums_of[t][g][d + 1];
      }
      reinterpret_cast<unsigned*>(out)[((row * HEADS + head * GROUP + g) * DIM + d) / 2] = narrow(low / whole, high / whole);
    }
    __syncthreads();  // what teams left is read before the next item writes it
  }
}
