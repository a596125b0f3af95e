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

__device__ __forceinline__ void multiply(float (&sums)[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 { %0, %1, %2, %3}, { %4, %5, %6, %7}, { %8, %9}, { %0, %1, %2, %3};"
               : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

constexpr int HEADS = 32, KV_HEADS = 8, DIM = 128, PAGE = 16, GROUP = HEADS / KV_HEADS, WARPS = 4, SPLITS = 1;
constexpr int TOKENS = 16, CHUNKS = DIM / 32, SPANS = DIM / 64, HALVES = 1, APART = DIM + 4;  // a warp's tokens at a time; of a row of numbers, pieces of 64 and of 128 bytes
typedef unsigned long long word64;

__device__ __forceinline__ uint4 fetch(const __nv_bfloat16* place, bool there) { return there ? *reinterpret_cast<const uint4*>(place) : make_uint4(0, 0, 0, 0); }
__device__ __forceinline__ unsigned part(const uint4& word, int i) { return i == 0 ? word.x : i == 1 ? word.y : i == 2 ? word.z : word.w; }

// Attention of one row a sequence over its pages; a KV head of a sequence, with the query heads that share it, a piece of work. Warps take 16 tokens each in turn.
// Caches are [pages, KV_HEADS, PAGE, DIM]; sequence_table[sequences, 3]: first row, rows, tokens in the cache before the step.
extern "C" __global__ void __launch_bounds__(32 * WARPS, 3)
attention_decode(const __nv_bfloat16* __restrict__ q, const __nv_bfloat16* __restrict__ k_cache, const __nv_bfloat16* __restrict__ v_cache, const int* __restrict__ page_table,
                 const int* __restrict__ sequence_table, __nv_bfloat16* __restrict__ out, int sequences, int pages) {
  __shared__ float largest_of[WARPS][GROUP], total_of[WARPS][GROUP];
  __shared__ __align__(16) float sums_of[WARPS][GROUP][APART];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, t = lane % 4;
  for (int item = blockIdx.x; item < sequences * KV_HEADS * SPLITS; item += gridDim.x) {
    const int sequence = item / (KV_HEADS * SPLITS), head = item / SPLITS % KV_HEADS;
    const word64 row = sequence_table[sequence * 3];
    const int length = sequence_table[sequence * 3 + 2] + 1;
    const int begin = 0, end = length;
    const int* numbers = page_table + static_cast<word64>(sequence) * pages;
    // A page number is loaded a round before the page.
    const auto number_of = [&](int start) { return start < end ? numbers[start / PAGE] : 0; };
    int page = number_of(begin + warp * TOKENS), coming = number_of(begin + (warp + WARPS) * TOKENS);
    const auto place = [&](int token) { return ((static_cast<word64>(page) * KV_HEADS + head) * PAGE + token % PAGE) * DIM; };
    // Of a lane: 16 bytes of each 64 of keys g and g + 8, and of each 128 of values 2 t, 2 t + 1, 2 t + 8 and 2 t + 9.
    uint4 query[HALVES][CHUNKS], key[2][CHUNKS], value[4][SPANS];
    const auto fetch_keys = [&](int start) {
#pragma unroll
      for (int low = 0; low < 2; low++) {
        const int token = start + low * 8 + g;
        const __nv_bfloat16* from = k_cache + place(token) + t * 8;
#pragma unroll
        for (int c = 0; c < CHUNKS; c++) key[low][c] = fetch(from + c * 32, token < end);
      }
    };
    const auto fetch_values = [&](int start) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        const int token = start + i / 2 * 8 + t * 2 + i % 2;
        const __nv_bfloat16* from = v_cache + place(token) + g * 8;
#pragma unroll
        for (int s = 0; s < SPANS; s++) value[i][s] = fetch(from + s * 64, token < end);
      }
    };
    fetch_keys(begin + warp * TOKENS);
    fetch_values(begin + warp * TOKENS);
    float largest[HALVES], total[HALVES] = {}, sums[HALVES][DIM / 16][4] = {};  // of heads 2 t and 2 t + 1, numbers 8 g to 8 g + 7 of each 64
#pragma unroll
    for (int half = 0; half < HALVES; half++) {
      largest[half] = __int_as_float(0xff800000);
#pragma unroll
      for (int c = 0; c < CHUNKS; c++) query[half][c] = fetch(q + (row * HEADS + head * GROUP + half * 8 + g) * DIM + c * 32 + t * 8, half * 8 + g < GROUP);
    }
    for (int start = begin + warp * TOKENS; start < end; start += WARPS * TOKENS) {
      float scores[2][4] = {};
#pragma unroll
      for (int c = 0; c < CHUNKS; c++)
#pragma unroll
        for (int low = 0; low < 2; low++) {
          const uint4 left = query[0][c], lower = make_uint4(0, 0, 0, 0), right = key[low][c];
          multiply(scores[low], left.x, lower.x, left.y, lower.y, right.x, right.y);
          multiply(scores[low], left.z, lower.z, left.w, lower.w, right.z, right.w);
        }
      const int next = start + WARPS * TOKENS;
      page = coming;
      coming = number_of(next + WARPS * TOKENS);
      fetch_keys(next);
      unsigned chances[HALVES][2];
#pragma unroll
      for (int half = 0; half < HALVES; half++) {
        float larger = largest[half];
#pragma unroll
        for (int i = 0; i < 4; i++) {
          float& score = scores[i / 2][half * 2 + i % 2];
          score = start + i / 2 * 8 + t * 2 + i % 2 < end ? score * 0.12751743082459868f : __int_as_float(0xff800000);
          larger = fmaxf(larger, score);
        }
        larger = fmaxf(larger, __shfl_xor_sync(0xffffffffu, larger, 1));
        larger = fmaxf(larger, __shfl_xor_sync(0xffffffffu, larger, 2));
        if (__any_sync(0xffffffffu, larger > largest[half])) {
          const float fade = exp2f(largest[half] - larger), left = __shfl_sync(0xffffffffu, fade, t * 8), right = __shfl_sync(0xffffffffu, fade, t * 8 + 4);
          total[half] *= fade;
#pragma unroll
          for (int d = 0; d < DIM / 16; d++)
#pragma unroll
            for (int i = 0; i < 4; i++) sums[half][d][i] *= i % 2 ? right : left;
          largest[half] = larger;
        }
#pragma unroll
        for (int low = 0; low < 2; low++) {
          const float left = exp2f(scores[low][half * 2] - larger), right = exp2f(scores[low][half * 2 + 1] - larger);
          total[half] += left + right;
          chances[half][low] = narrow(left, right);
        }
      }
#pragma unroll
      for (int s = 0; s < SPANS; s++)
#pragma unroll
        for (int i = 0; i < 4; i++) {  // values are the left operand: two of a lane's eight numbers at a time, of two pairs of tokens
          const unsigned first[2] = {part(value[0][s], i), part(value[1][s], i)}, second[2] = {part(value[2][s], i), part(value[3][s], i)};
#pragma unroll
          for (int half = 0; half < HALVES; half++)
            multiply(sums[half][s * 4 + i], __byte_perm(first[0], first[1], 0x5410), __byte_perm(first[0], first[1], 0x7632), __byte_perm(second[0], second[1], 0x5410),
                     __byte_perm(second[0], second[1], 0x7632), chances[half][0], chances[half][1]);
        }
      fetch_values(next);
    }
#pragma unroll
    for (int half = 0; half < HALVES; half++) {
      const int mine = half * 8 + g;
      total[half] += __shfl_xor_sync(0xffffffffu, total[half], 1);
      total[half] += __shfl_xor_sync(0xffffffffu, total[half], 2);
      if (t == 0 && mine < GROUP) {
        largest_of[warp][mine] = largest[half];
        total_of[warp][mine] = total[half];
      }
#pragma unroll
      for (int i = 0; i < SPANS * 4; i++) {  // of each of two heads, four numbers at a time
        const int which = half * 8 + t * 2 + i % 2, from = i / 4 * 4 + i / 2 % 2 * 2;
        const float(&near)[4] = sums[half][from], (&far)[4] = sums[half][from + 1];
        if (which < GROUP) *reinterpret_cast<float4*>(&sums_of[warp][which][i / 4 * 64 + g * 8 + i / 2 % 2 * 4]) = make_float4(near[i % 2], near[2 + i % 2], far[i % 2], far[2 + i % 2]);
      }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < GROUP * DIM / 2; i += 32 * WARPS) {
      const int mine = i / (DIM / 2), d = i % (DIM / 2) * 2;
      float peak = largest_of[0][mine], whole = 0.0f, left = 0.0f, right = 0.0f;
#pragma unroll
      for (int w = 1; w < WARPS; w++) peak = fmaxf(peak, largest_of[w][mine]);
#pragma unroll
      for (int w = 0; w < WARPS; w++) {
        const float weight = total_of[w][mine] > 0.0f ? exp2f(largest_of[w][mine] - peak) : 0.0f;  // none for a warp that saw no token
        whole += weight * total_of[w][mine];
        left += weight * sums_of[w][mine][d];
        right += weight * sums_of[w][mine][d + 1];
      }
      reinterpret_cast<unsigned*>(out)[((row * HEADS + head * GROUP + mine) * DIM + d) / 2] = narrow(left / whole, right / whole);
    }
    __syncthreads();  // what warps left is read before the next piece writes it
  }
}
