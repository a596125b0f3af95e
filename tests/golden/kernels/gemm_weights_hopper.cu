// gemm_weights_hopper_bf16_ctas132_n4096_k4096_tilen256_group32, made by Intarsia. Launch with 384 threads, 196928 bytes of dynamic shared memory, 256 bytes of scratch memory a CTA, and any number of CTAs up to 132.
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
typedef unsigned long long word64;

__device__ __forceinline__ unsigned in_shared(const void* place) { return static_cast<unsigned>(__cvta_generic_to_shared(place)); }

// Barriers in shared memory (mbarrier): a phase is over when so many arrived and all announced bytes are there. A new one's phase before the first counts as over, with parity 1.
__device__ __forceinline__ void barrier_begin(unsigned barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}
__device__ __forceinline__ void barriers_begun() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
__device__ __forceinline__ void arrive(unsigned barrier) { asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory"); }
__device__ __forceinline__ void arrive_and_announce(unsigned barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
__device__ __forceinline__ void await(unsigned barrier, unsigned parity) {
  asm volatile(
      "{\n.reg .pred over;\nAGAIN:\nmbarrier.try_wait.parity.shared::cta.b64 over, [%0], %1;\n@!over bra.uni AGAIN;\n}" ::"r"(barrier), "r"(parity) : "memory");
}

// Barriers of some of the CTA's warps, by number (0 is __syncthreads'): to wait, and to be waited for.
__device__ __forceinline__ void meet(int number, int threads) { asm volatile("bar.sync %0, %1;" ::"r"(number), "r"(threads) : "memory"); }
__device__ __forceinline__ void let_go(int number, int threads) { asm volatile("bar.arrive %0, %1;" ::"r"(number), "r"(threads) : "memory"); }

// A warpgroup has so many registers a thread from here on.
template <int COUNT> __device__ __forceinline__ void fewer_registers() { asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(COUNT)); }
template <int COUNT> __device__ __forceinline__ void more_registers() { asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(COUNT)); }

// What threads wrote to shared memory may be read by tensor cores and the copy engine.
__device__ __forceinline__ void written_for_engines() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Tensor maps. A warp makes one of a matrix [rows, width] whose boxes have rows of 128 bytes, in 128 bytes of shared memory, and puts it into global memory.
// TYPE: PTX's number of an element's type (0: 8 bits, 6: f16, 10: bf16).
template <int TYPE>
__device__ __forceinline__ void make_map(word64 map, unsigned draft, const void* matrix, int width, int rows, word64 row_bytes, int box_width, int box_rows) {
  const int lane = threadIdx.x % 32;
  asm volatile("st.shared::cta.b32 [%0], 0;" ::"r"(draft + 4 * lane) : "memory");
  __syncwarp();
  if (lane == 0) {
    const word64 at = draft;
    asm volatile("tensormap.replace.tile.global_address.shared::cta.b1024.b64 [%0], %1;" ::"l"(at), "l"(matrix) : "memory");
    asm volatile("tensormap.replace.tile.rank.shared::cta.b1024.b32 [%0], 1;" ::"l"(at) : "memory");
    asm volatile("tensormap.replace.tile.box_dim.shared::cta.b1024.b32 [%0], 0, %1;" ::"l"(at), "r"(box_width) : "memory");
    asm volatile("tensormap.replace.tile.box_dim.shared::cta.b1024.b32 [%0], 1, %1;" ::"l"(at), "r"(box_rows) : "memory");
    asm volatile("tensormap.replace.tile.global_dim.shared::cta.b1024.b32 [%0], 0, %1;" ::"l"(at), "r"(width) : "memory");
    asm volatile("tensormap.replace.tile.global_dim.shared::cta.b1024.b32 [%0], 1, %1;" ::"l"(at), "r"(rows) : "memory");
    asm volatile("tensormap.replace.tile.global_stride.shared::cta.b1024.b64 [%0], 0, %1;" ::"l"(at), "l"(row_bytes) : "memory");
    asm volatile("tensormap.replace.tile.element_stride.shared::cta.b1024.b32 [%0], 0, %1;" ::"l"(at), "r"(1) : "memory");
    asm volatile("tensormap.replace.tile.element_stride.shared::cta.b1024.b32 [%0], 1, %1;" ::"l"(at), "r"(1) : "memory");
    asm volatile("tensormap.replace.tile.elemtype.shared::cta.b1024.b32 [%0], %1;" ::"l"(at), "n"(TYPE) : "memory");
    asm volatile("tensormap.replace.tile.swizzle_mode.shared::cta.b1024.b32 [%0], 3;" ::"l"(at) : "memory");
  }
  __syncwarp();
  const word64 at = draft;
  asm volatile("tensormap.cp_fenceproxy.global.shared::cta.tensormap::generic.release.gpu.sync.aligned [%0], [%1], 128;" ::"l"(map), "l"(at) : "memory");
  asm volatile("fence.proxy.tensormap::generic.acquire.gpu [%0], 128;" ::"l"(map) : "memory");
}
// A box from column x and row y on comes to `to` in shared memory, zeros where the matrix ends, and its bytes are counted by the barrier.
__device__ __forceinline__ void fetch(unsigned to, word64 map, unsigned barrier, int x, int y) {
  asm volatile("cp.async.bulk.tensor.2d.shared::cta.global.mbarrier::complete_tx::bytes [%0], [%1, { %3, %4}], [%2];" ::"r"(to), "l"(map), "r"(barrier), "r"(x), "r"(y) : "memory");
}

// An operand of a warpgroup's product: rows of 128 bytes, swizzled as bulk copies leave them, eight rows a block of 1,024 bytes. 32 bytes further along the rows is 2 more.
__device__ __forceinline__ word64 operand(unsigned place) { return (static_cast<word64>(1) << 62) | (static_cast<word64>(64) << 32) | (1 << 16) | ((place & 0x3ffff) >> 4); }
// The same where rows lie along the inner side of a product: rows of 64 16-bit numbers, those of the next 64 columns `span` bytes further. 16 rows further is 128 more.
__device__ __forceinline__ word64 operand_across(unsigned place, unsigned span) { return (operand(place) & ~(static_cast<word64>(0x3fff) << 16)) | (static_cast<word64>(span >> 4) << 16); }

// Waits until no more than LEFT groups of products are under way; from here on these registers may be read.
template <int LEFT, int COUNT> __device__ __forceinline__ void settle(float (&sums)[COUNT]) {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(LEFT) : "memory");
#pragma unroll
  for (int i = 0; i < COUNT; i++) asm volatile("" : "+f"(sums[i])::"memory");
}
template <int COUNT> __device__ __forceinline__ void settle(unsigned (&words)[COUNT]) {
#pragma unroll
  for (int i = 0; i < COUNT; i++) asm volatile("" : "+r"(words[i])::"memory");
}

// Four lanes that hold word j of row i each, lane j, i = 0 to 3, hold row j instead, and the other way round.
__device__ __forceinline__ void turn(unsigned (&words)[4], int lane) {
#pragma unroll
  for (int far = 1; far < 4; far *= 2) {
    const bool odd = lane & far;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      if (i & far) continue;
      const unsigned other = __shfl_xor_sync(0xffffffffu, odd ? words[i] : words[i + far], far);
      (odd ? words[i] : words[i + far]) = other;
    }
  }
}

constexpr int N = 4096, K = 4096, TILE_M = 128, TILE_N = 256, GROUP_M = 8, STAGES = 4, THREADS = 384;
constexpr int GROUPS = 2, SPAN = 256, TALL = TILE_M / GROUPS / 64, ACROSS = TILE_N / SPAN;  // a warpgroup has TALL x ACROSS blocks of 64 x SPAN sums
constexpr int STEP = 64, STEPS = (K + STEP - 1) / STEP, ROW = 128, TILES_N = (N + TILE_N - 1) / TILE_N;  // a stage holds rows of ROW bytes, STEP numbers
constexpr int A_BYTES = TILE_M * ROW, STAGE = A_BYTES + TILE_N * ROW, MAPS = STAGES * STAGE, FULL = MAPS + 256, EMPTY = FULL + 8 * STAGES;

struct Tile {
  int top, edge;
};
// Neighbours share rows of a and of b: tiles go down GROUP_M rows of tiles before they go right.
__device__ __forceinline__ Tile tile_of(int number, int tiles_m) {
  const int first = number / (GROUP_M * TILES_N) * GROUP_M, within = number % (GROUP_M * TILES_N), height = min(tiles_m - first, GROUP_M);
  return {(first + within % height) * TILE_M, within / height * TILE_N};
}
struct Place {
  int stage;
  unsigned parity;
  __device__ __forceinline__ void next() {
    if (++stage == STAGES) stage = 0, parity ^= 1;
  }
};

constexpr int EACH = TILE_N / 64, AHEAD = 2;  // halves of runs that a thread widens in a step, and steps for which it has loaded them

// Half of a run of 64 weights: of 32 bytes, byte j holds weight j in its low half and weight 32 + j in its high one, both plus 8; a scale for each half of a byte.
struct Packed {
  uint4 words;
  unsigned scales;
  __device__ __forceinline__ void load(const uint4* b, const __nv_bfloat16* of, unsigned row, int run, int half, bool there) {
    words = make_uint4(0, 0, 0, 0);
    scales = 0;  // what isn't there weighs nothing
    if (!there) return;
    // The next runs of the row come to L2 with it.
    asm volatile("ld.global.nc.L2::128B.v4.u32 { %0, %1, %2, %3}, [%4];" : "=r"(words.x), "=r"(words.y), "=r"(words.z), "=r"(words.w) : "l"(b + (row * STEPS + run) * 2 + half));
    scales = reinterpret_cast<const unsigned*>(of)[row * STEPS + run];
  }
  // Two numbers in a word's low bytes: 128 plus 0 to 15, of which 128 + 8 is taken.
  __device__ __forceinline__ static unsigned widened(unsigned halves, int pick, Pair scale) {
    const unsigned whole = __byte_perm(halves, 0x43004300u, pick), zero = 0x43004300u | 0x00080008u;
    const Pair value = __hmul2(__hsub2(reinterpret_cast<const Pair&>(whole), reinterpret_cast<const Pair&>(zero)), scale);
    return reinterpret_cast<const unsigned&>(value);
  }
  // To a row of 128 bytes, eight numbers a word of 128 bits, swizzled as bulk copies leave them.
  __device__ __forceinline__ void widen_to(unsigned char* row, int half, int swizzle) const {
#pragma unroll
    for (int high = 0; high < 2; high++) {
      const unsigned scale = __byte_perm(scales, 0, high ? 0x3232 : 0x1010);
      const Pair& by = reinterpret_cast<const Pair&>(scale);
#pragma unroll
      for (int i = 0; i < 2; i++) {
        const unsigned left = (i ? words.z : words.x) >> 4 * high & 0x0f0f0f0fu, right = (i ? words.w : words.y) >> 4 * high & 0x0f0f0f0fu;
        *reinterpret_cast<uint4*>(row + (((high * 4 + half * 2 + i) ^ swizzle) << 4)) = make_uint4(widened(left, 0x5150, by), widened(left, 0x5352, by), widened(right, 0x5150, by), widened(right, 0x5352, by));
      }
    }
  }
};

__device__ __forceinline__ void multiply(float (&sums)[128], word64 a, word64 b, bool keep) {
  asm volatile(
      "{\n.reg .b64 a, b;\n.reg .pred keep, always;\n"
      "setp.ne.b32 keep, %130, 0;\nsetp.eq.b32 always, %130, %130;\n"
      "wgmma.fence.sync.aligned;\n"
      "add.u64 a, %128, 0;\n"
      "add.u64 b, %129, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, a, b, keep, 1, 1, 0, 0;\n"
      "add.u64 a, %128, 2;\n"
      "add.u64 b, %129, 2;\n"
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, a, b, always, 1, 1, 0, 0;\n"
      "add.u64 a, %128, 4;\n"
      "add.u64 b, %129, 4;\n"
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, a, b, always, 1, 1, 0, 0;\n"
      "add.u64 a, %128, 6;\n"
      "add.u64 b, %129, 6;\n"
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, a, b, always, 1, 1, 0, 0;\n"
      "wgmma.commit_group.sync.aligned;\n}"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]), "+f"(sums[4]), "+f"(sums[5]), "+f"(sums[6]), "+f"(sums[7]), "+f"(sums[8]), "+f"(sums[9]), "+f"(sums[10]), "+f"(sums[11]), "+f"(sums[12]), "+f"(sums[13]), "+f"(sums[14]), "+f"(sums[15]), "+f"(sums[16]), "+f"(sums[17]), "+f"(sums[18]), "+f"(sums[19]), "+f"(sums[20]), "+f"(sums[21]), "+f"(sums[22]), "+f"(sums[23]), "+f"(sums[24]), "+f"(sums[25]), "+f"(sums[26]), "+f"(sums[27]), "+f"(sums[28]), "+f"(sums[29]), "+f"(sums[30]), "+f"(sums[31]), "+f"(sums[32]), "+f"(sums[33]), "+f"(sums[34]), "+f"(sums[35]), "+f"(sums[36]), "+f"(sums[37]), "+f"(sums[38]), "+f"(sums[39]), "+f"(sums[40]), "+f"(sums[41]), "+f"(sums[42]), "+f"(sums[43]), "+f"(sums[44]), "+f"(sums[45]), "+f"(sums[46]), "+f"(sums[47]), "+f"(sums[48]), "+f"(sums[49]), "+f"(sums[50]), "+f"(sums[51]), "+f"(sums[52]), "+f"(sums[53]), "+f"(sums[54]), "+f"(sums[55]), "+f"(sums[56]), "+f"(sums[57]), "+f"(sums[58]), "+f"(sums[59]), "+f"(sums[60]), "+f"(sums[61]), "+f"(sums[62]), "+f"(sums[63]), "+f"(sums[64]), "+f"(sums[65]), "+f"(sums[66]), "+f"(sums[67]), "+f"(sums[68]), "+f"(sums[69]), "+f"(sums[70]), "+f"(sums[71]), "+f"(sums[72]), "+f"(sums[73]), "+f"(sums[74]), "+f"(sums[75]), "+f"(sums[76]), "+f"(sums[77]), "+f"(sums[78]), "+f"(sums[79]), "+f"(sums[80]), "+f"(sums[81]), "+f"(sums[82]), "+f"(sums[83]), "+f"(sums[84]), "+f"(sums[85]), "+f"(sums[86]), "+f"(sums[87]), "+f"(sums[88]), "+f"(sums[89]), "+f"(sums[90]), "+f"(sums[91]), "+f"(sums[92]), "+f"(sums[93]), "+f"(sums[94]), "+f"(sums[95]), "+f"(sums[96]), "+f"(sums[97]), "+f"(sums[98]), "+f"(sums[99]), "+f"(sums[100]), "+f"(sums[101]), "+f"(sums[102]), "+f"(sums[103]), "+f"(sums[104]), "+f"(sums[105]), "+f"(sums[106]), "+f"(sums[107]), "+f"(sums[108]), "+f"(sums[109]), "+f"(sums[110]), "+f"(sums[111]), "+f"(sums[112]), "+f"(sums[113]), "+f"(sums[114]), "+f"(sums[115]), "+f"(sums[116]), "+f"(sums[117]), "+f"(sums[118]), "+f"(sums[119]), "+f"(sums[120]), "+f"(sums[121]), "+f"(sums[122]), "+f"(sums[123]), "+f"(sums[124]), "+f"(sums[125]), "+f"(sums[126]), "+f"(sums[127])
      : "l"(a), "l"(b), "r"(static_cast<int>(keep)));
}

// c[rows, N] = a (b x scales)^T; a[rows, K] and b[N, K], a tile of c a piece of work. Four warps widen b, of which one fetches a, GROUPS warpgroups multiply.
extern "C" __global__ void __launch_bounds__(THREADS, 1)
gemm_weights_hopper(const void* __restrict__ a, const uint4* __restrict__ b, const __nv_bfloat16* __restrict__ scales, uint4* c, int rows, unsigned char* scratch, void*) {
  extern __shared__ __align__(1024) unsigned char shared[];
  const unsigned base = in_shared(shared), full = base + FULL, empty = base + EMPTY;
  const int lane = threadIdx.x % 32, warp = __shfl_sync(0xffffffffu, threadIdx.x / 32, 0), tiles_m = (rows + TILE_M - 1) / TILE_M;
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < STAGES; stage++) {
      barrier_begin(full + 8 * stage, 5);
      barrier_begin(empty + 8 * stage, 4 * GROUPS);
    }
    barriers_begun();
  }
  __syncthreads();
  Place place = {0, 0};
  if (warp >= 4 * GROUPS) {
    fewer_registers<88>();
    // A lane of one warp fetches a; all four widen b, which they load some steps ahead: 16 rows a warp, half of the lanes for each half of their runs.
    const word64 map = reinterpret_cast<word64>(scratch) + 256 * blockIdx.x;
    if (warp == 4 * GROUPS) make_map<10>(map, base + MAPS, a, K, rows, 8192ull, STEP, TILE_M);
    const int mine = (threadIdx.x - 128 * GROUPS) / 32 * 16 + lane % 16, half = lane / 16, tiles = tiles_m * TILES_N;
    int ahead = blockIdx.x, ahead_step = 0;
    const auto bring = [&](Packed (&to)[EACH]) {
#pragma unroll
      for (int i = 0; i < EACH; i++) {
        const unsigned row = tile_of(min(ahead, tiles - 1), tiles_m).edge + mine + 64 * i;
        to[i].load(b, scales, row, ahead_step, half, ahead < tiles && row < N);
      }
      if (++ahead_step == STEPS) ahead_step = 0, ahead += gridDim.x;
    };
    Packed next[AHEAD][EACH];
#pragma unroll
    for (int i = 0; i < AHEAD; i++) bring(next[i]);
    for (int number = blockIdx.x; number < tiles; number += gridDim.x) {
      const int top = tile_of(number, tiles_m).top;
      for (int step = 0; step < STEPS; step++, place.next()) {
        Packed now[EACH];
#pragma unroll
        for (int i = 0; i < EACH; i++) {
          now[i] = next[0][i];
#pragma unroll
          for (int far = 1; far < AHEAD; far++) next[far - 1][i] = next[far][i];
        }
        bring(next[AHEAD - 1]);
        const unsigned there = full + 8 * place.stage;
        unsigned char* to = shared + place.stage * STAGE + A_BYTES;
        await(empty + 8 * place.stage, place.parity ^ 1);
        if (threadIdx.x == 128 * GROUPS) {
          arrive_and_announce(there, A_BYTES);
          fetch(base + place.stage * STAGE, map, there, step * STEP, top);
        }
#pragma unroll
        for (int i = 0; i < EACH; i++) now[i].widen_to(to + (mine + 64 * i) * ROW, half, mine % 8);
        written_for_engines();
        __syncwarp();
        if (lane == 0) arrive(there);
      }
    }
  } else {
    more_registers<208>();
    const int group = warp / 4;
    for (int number = blockIdx.x; number < tiles_m * TILES_N; number += gridDim.x) {
      const Tile tile = tile_of(number, tiles_m);
      const int row = tile.top + group * (TILE_M / GROUPS) + warp % 4 * 16 + lane / 4;  // a lane's sums lie in this row and eight further down, of each 64
      float sums[TALL][ACROSS][SPAN / 2];
      for (int step = 0; step < STEPS; step++, place.next()) {
        await(full + 8 * place.stage, place.parity);
        const unsigned at = base + place.stage * STAGE, of_group = at + group * (TILE_M / GROUPS) * ROW;
#pragma unroll
        for (int t = 0; t < TALL; t++)
#pragma unroll
          for (int x = 0; x < ACROSS; x++) multiply(sums[t][x], operand(of_group + t * 64 * ROW), operand(at + A_BYTES + x * SPAN * ROW), step > 0);
        // The stage before is free once its products are done; this one's go on.
        asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(TALL * ACROSS) : "memory");
        if (lane == 0 && step > 0) arrive(empty + 8 * ((place.stage + STAGES - 1) % STAGES));
      }
#pragma unroll
      for (int t = 0; t < TALL; t++)
#pragma unroll
        for (int x = 0; x < ACROSS; x++) settle<0>(sums[t][x]);
      if (lane == 0) arrive(empty + 8 * ((place.stage + STAGES - 1) % STAGES));
#pragma unroll
      for (int t = 0; t < TALL; t++) {
#pragma unroll
        for (int x = 0; x < ACROSS; x++) {
#pragma unroll
          for (int low = 0; low < 2; low++) {
            const int m = row + t * 64 + low * 8;
#pragma unroll
            for (int piece = 0; piece < SPAN / 32; piece++) {
              // A lane has two numbers of each of four words of 128 bits; it loads and stores one of these words, which is turned before and after.
              const int n = tile.edge + x * SPAN + piece * 32 + lane % 4 * 8;
              const size_t at = (static_cast<size_t>(m) * N + n) / 8;
              const bool inside = m < rows;
              unsigned words[4];
#pragma unroll
              for (int i = 0; i < 4; i++) {
                const float* pair = &sums[t][x][(piece * 4 + i) * 4 + low * 2];
                float left = pair[0], right = pair[1];
                words[i] = narrow(left, right);
              }
              turn(words, lane);
              if (inside) c[at] = make_uint4(words[0], words[1], words[2], words[3]);
            }
          }
        }
      }
    }
  }
}
