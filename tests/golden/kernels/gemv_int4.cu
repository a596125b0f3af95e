// gemv_int4_bf16_n4096_k4096, made by Intarsia. Launch with 512 threads, 75776 bytes of dynamic shared memory and any number of CTAs.
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

typedef __nv_bfloat162 Pair;
constexpr int N = 4096, K = 4096, GROUP = 128, ROWS = 8, WARPS = 16, SLOTS = 16;
constexpr int RUNS = K / 64, BLOCKS = (RUNS + 3) / 4, TILES = (N + 15) / 16, LANES = 4 * ROWS;  // a run is 64 weights in 32 bytes, a block four of them
constexpr int WIDE = 20, SLOT = 8 * WIDE, MINE = (16 * ROWS + 32 * WARPS - 1) / (32 * WARPS);  // a warp's sums, of 8 rows, so far apart that lanes meet in no bank; results of a thread

// Of a lane: 16 bytes of each of two runs of two outputs, eight apart, and the scales of the runs' halves.
struct Weights {
  uint4 words[2][2];
  unsigned scales[2][2];
};
__device__ __forceinline__ Weights load(const uint4* b, const __nv_bfloat16* scales, int n, int run, int half) {
  Weights made;
#pragma unroll
  for (int low = 0; low < 2; low++) {
    const unsigned row = n + 8 * low;
#pragma unroll
    for (int far = 0; far < 2; far++) {
      const int at = run + 2 * far;
      made.words[low][far] = make_uint4(0, 0, 0, 0);
      made.scales[low][far] = 0;  // what isn't there weighs nothing
      if (at >= RUNS) continue;
      uint4& to = made.words[low][far];  // what is read next of the row comes to L2 with it
      asm volatile("ld.global.nc.L1::no_allocate.L2::256B.v4.u32 { %0, %1, %2, %3}, [%4];" : "=r"(to.x), "=r"(to.y), "=r"(to.z), "=r"(to.w) : "l"(b + (row * RUNS + at) * 2 + half));
      made.scales[low][far] = reinterpret_cast<const unsigned short*>(scales)[row * (K / GROUP) + at / (GROUP / 64)] * 0x10001u;
    }
  }
  return made;
}
// Two of a word's halves of bytes, 16 bits apart, as numbers: in the low bits of 128 they are 128 plus 0 to 15, of which 128 + 8 is taken.
__device__ __forceinline__ unsigned widened(unsigned word, unsigned mask, Pair scale) {
  const unsigned whole = (word & mask) | 0x43004300u, zero = 0x43004300u | 0x00080008u;
  const Pair value = __hmul2(__hsub2(reinterpret_cast<const Pair&>(whole), reinterpret_cast<const Pair&>(zero)), scale);
  return reinterpret_cast<const unsigned&>(value);
}
__device__ __forceinline__ void multiply(float (&sums)[4], unsigned a0, unsigned a1, unsigned a2, unsigned a3, unsigned b0, unsigned b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 { %0, %1, %2, %3}, { %4, %5, %6, %7}, { %8, %9}, { %0, %1, %2, %3};"
               : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

// c[rows, N] = a (b x scales)^T, few rows. A piece of work is 16 outputs of ROWS rows; warps share k, in blocks of 256, and keep their part of a for all of a CTA's pieces.
// Of 64 weights in 32 bytes, byte j holds weight j in its low half and weight 32 + j in its high one, both plus 8. The order of k within a product is that of the bytes of a lane.
extern "C" __global__ void __launch_bounds__(32 * WARPS, 1)
gemv_int4(const __nv_bfloat16* __restrict__ a, const uint4* __restrict__ b, const __nv_bfloat16* __restrict__ scales, __nv_bfloat16* __restrict__ c, int rows) {
  extern __shared__ uint4 shared[];  // of a, [BLOCKS, 8, LANES]: each lane reads what it wrote; then SLOTS warps' sums
  float* slots = reinterpret_cast<float*>(shared + BLOCKS * 8 * LANES);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, run = lane % 4 / 2, half = lane % 2;
  const unsigned mask = rows ? 0x000f000fu : 0;  // compilers would make a constant anew for each use
  for (int first = 0; first < rows; first += ROWS) {
    Weights next = load(b, scales, blockIdx.x * 16 + g, warp * 4 + run, half);
    for (int tile = blockIdx.x; tile < TILES; tile += gridDim.x) {
      float sums[2][4] = {};  // two, so that a product seldom waits for the one before
      for (int block = warp; block < BLOCKS; block += WARPS) {
        uint4* held = shared + block * 8 * LANES + lane;
        if (tile == blockIdx.x && g < ROWS) {
#pragma unroll
          for (int i = 0; i < 8; i++) {  // of two runs, the halves of their bytes, and each half's words 0 and 1, 2 and 3
            const int at = block * 4 + run + i / 4 * 2, k = at * 64 + i / 2 % 2 * 32 + half * 16 + i % 2 * 8;
            uint4 word = make_uint4(0, 0, 0, 0);
            if (at < RUNS && first + g < rows) word = reinterpret_cast<const uint4*>(a)[(static_cast<size_t>(first + g) * K + k) / 8];
            held[i * LANES] = make_uint4(__byte_perm(word.x, word.y, 0x5410), __byte_perm(word.x, word.y, 0x7632), __byte_perm(word.z, word.w, 0x5410), __byte_perm(word.z, word.w, 0x7632));
          }
        }
        const Weights now = next;
        const bool more = block + WARPS < BLOCKS;
        const int coming = more ? tile : tile + gridDim.x;
        if (coming < TILES) next = load(b, scales, coming * 16 + g, (more ? block + WARPS : warp) * 4 + run, half);
#pragma unroll
        for (int i = 0; i < 8; i++) {
          const uint4 word = g < ROWS ? held[i * LANES] : make_uint4(0, 0, 0, 0);
          unsigned scale[2];
#pragma unroll
          for (int low = 0; low < 2; low++) scale[low] = __byte_perm(now.scales[low][i / 4], 0, i / 2 % 2 ? 0x3232 : 0x1010);
#pragma unroll
          for (int part = 0; part < 2; part++) {
            unsigned left[4];
#pragma unroll
            for (int low = 0; low < 2; low++) {
              const uint4 whole = now.words[low][i / 4];
              const unsigned packed = (i % 2 ? part ? whole.w : whole.z : part ? whole.y : whole.x) >> (i / 2 % 2 * 4);
              left[low] = widened(packed, mask, reinterpret_cast<const Pair&>(scale[low]));
              left[low + 2] = widened(packed >> 8, mask, reinterpret_cast<const Pair&>(scale[low]));
            }
            multiply(sums[part], left[0], left[1], left[2], left[3], part ? word.z : word.x, part ? word.w : word.y);
          }
        }
      }
      float whole[MINE] = {};
      for (int round = 0; round < WARPS; round += SLOTS) {
        __syncthreads();  // what was there is read
        float* slot = slots + (warp - round) * SLOT;
#pragma unroll
        for (int i = 0; i < 4; i++)
          if (warp >= round && warp < round + SLOTS) slot[(lane % 4 * 2 + i % 2) * WIDE + g + i / 2 * 8] = sums[0][i] + sums[1][i];
        __syncthreads();
#pragma unroll
        for (int i = 0; i < MINE; i++) {
          const int mine = threadIdx.x + i * 32 * WARPS;
          for (int other = 0; mine < 16 * ROWS && other < min(SLOTS, WARPS - round); other++) whole[i] += slots[other * SLOT + mine / 16 * WIDE + mine % 16];
        }
      }
#pragma unroll
      for (int i = 0; i < MINE; i++) {
        const int mine = threadIdx.x + i * 32 * WARPS, row = first + mine / 16, n = tile * 16 + mine % 16;
        if (mine >= 16 * ROWS || row >= rows) continue;
        const size_t at = static_cast<size_t>(row) * N + n;
        store(c + at, whole[i]);
      }
    }
  }
}
