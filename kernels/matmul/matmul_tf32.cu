// Matrix products over rows with operands rounded to tf32, on tensor cores, with everything fused that is elementwise.
//
// Computes   what matmul.cu computes, from rounded operands of the sum; bias, addend, residual and saved are not
//            rounded.
// Shapes     as in matmul.cu.
// Mapping    grid and tiles as in matmul.cu: 64 x 64 (128 threads) or 128 x 128 (256 threads) a block, 32 x 32 or 32 x
//            64 a warp, in tiles of 16 x 8 with depth 8. k goes 16 at a time (fragments.cuh says who takes what).
// Memory     17,408 or 33,792 bytes of shared memory: two steps of k, later the sums on their way out (epilogue.cuh).
//            Operands pass through registers, where they are rounded once, and not by each warp that reads them.
//            Registers allow 5 blocks of the small tile on a multiprocessor (20 warps) and 2 of the large one (16).
// Numerics   Operands are rounded to nearest, 11 significant bits (to_tf32), so a product of two is off by at most
//            2 * 2^-11 + 2^-22 of itself. Products are exact in mma and are added to float sums, 8 k of every 16 at a
//            time, k ascending in steps of 16, the same in both tiles; tensor cores may cut off where a float addition
//            would round, at most 2^-23 of the sum of magnitudes per addition. Error of a sum: at most
//            (2^-10 + 2^-22 + (K + 16) * 2^-23) * sum_k |in| |weight|; for operands of random sign it grows with
//            sqrt(K). What follows the sum is as in matmul.cu.
// Twin       longrun.cuda.MatmulCalls; longrun.verify.MatmulCases
#include "epilogue.cuh"
#include "fragments.cuh"

namespace longrun {

namespace {

template <int TILE>
struct alignas(16) MatmulTf32Shared {
  static constexpr int OPERAND = DEPTH * TILE;
  static constexpr int STAGE = 2 * OPERAND;
  static constexpr int STAGES = 2 * STAGE;
  float floats[STAGES > slab_floats<TILE>() ? STAGES : slab_floats<TILE>()];
};

template <int TILE, bool TRANSPOSED>
struct SecondOperand {
  using Type = FragmentsAlongTile<TILE, SECOND>;
};
template <int TILE>
struct SecondOperand<TILE, true> {
  using Type = FragmentsAlongDepth<TILE, SECOND>;
};

// sum += over a step of DEPTH; a and b are the operands in shared memory.
template <int TILE, bool TRANSPOSED>
__device__ inline void multiply_step(float (&sum)[2][TILE / 16][4], const float* a, const float* b, int thread) {
  using First = FragmentsAlongDepth<TILE, FIRST>;
  using Second = typename SecondOperand<TILE, TRANSPOSED>::Type;
#pragma unroll(TILE == 64 ? 2 : 1)
  for (int half = 0; half < 2; ++half) {
    
    float4 rows[2];
#pragma unroll
    for (int tile = 0; tile < 2; ++tile) {
      rows[tile] = First::unit(a, warp_row(thread), tile, half, thread);
    }
#pragma unroll
    for (int j = 0; j < TILE / 32; ++j) {
      const float4 columns = Second::unit(b, warp_column<TILE>(thread), j, half, thread);
#pragma unroll
      for (int tile = 0; tile < 2; ++tile) {
        mma_tf32(sum[tile][2 * j], rows[tile], columns.x, columns.y);
        mma_tf32(sum[tile][2 * j + 1], rows[tile], columns.z, columns.w);
      }
    }
  }
}

// Puts this thread's sums of a slab where the epilogue finds them.
template <int TILE>
__device__ inline void put_sums(const float (&sum)[2][TILE / 16][4], int slab, float* shared, int thread) {
  constexpr int TILES = 2 / slabs<TILE>();
  const int row = slab_row<TILE>(warp_row(thread)) + mma_group(thread);
  float* to = shared + row * slab_pitch<TILE>() + warp_column<TILE>(thread) + 4 * mma_member(thread);
#pragma unroll
  for (int tile = 0; tile < TILES; ++tile) {
    const float(&of)[TILE / 16][4] = sum[slab * TILES + tile];
#pragma unroll
    for (int j = 0; j < TILE / 16; j += 4) {
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        store4(to + (16 * tile + e / 2 * 8) * slab_pitch<TILE>() + 8 * j + e % 2 * 16,
               make_float4(of[j][e], of[j + 1][e], of[j + 2][e], of[j + 3][e]));
      }
    }
  }
}

template <int TILE, bool TRANSPOSED>
__device__ inline void matmul_tf32(const MatmulParameters& p, float* shared) {
  if (idle(p.slots)) {
    return;
  }
  const MatmulJob& job = p.job[find_job(p)];
  const MatmulTile<TILE> tile(job, p.slots, (int)blockIdx.x);
  if (tile.empty()) {
    return;
  }
  constexpr int STAGE = MatmulTf32Shared<TILE>::STAGE;
  constexpr int WEIGHT = MatmulTf32Shared<TILE>::OPERAND;
  const int thread = (int)threadIdx.x;
  FragmentsAlongDepth<TILE, FIRST> in(in_slot(job.in, p.slots), job.inStride, tile.firstRow, tile.rows, thread);
  typename SecondOperand<TILE, TRANSPOSED>::Type weight(in_slot(job.weight, p.slots), job.weightStride,
                                                        tile.firstColumn, job.columns, thread);
  in.load(thread, job.depth);
  weight.load(thread, job.depth);
  in.store(shared, thread);
  weight.store(shared + WEIGHT, thread);
  __syncthreads();

  float sum[2][TILE / 16][4];
#pragma unroll
  for (int i = 0; i < 2; ++i) {
#pragma unroll
    for (int j = 0; j < TILE / 16; ++j) {
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        sum[i][j][e] = 0.0f;
      }
    }
  }
  int stage = 0;
  for (int left = job.depth; left > 0; left -= DEPTH) {
    if (left > DEPTH) {
      in.load(thread, left - DEPTH);
      weight.load(thread, left - DEPTH);
    }
    multiply_step<TILE, TRANSPOSED>(sum, shared + stage, shared + stage + WEIGHT, thread);
    stage = STAGE - stage;
    if (left > DEPTH) {
      in.store(shared + stage, thread);
      weight.store(shared + stage + WEIGHT, thread);
    }
    __syncthreads();
  }

  const MatmulTile<TILE> done(job, p.slots, block_anew());
  const Epilogue<TILE, TRANSPOSED> epilogue(job, p.slots, done.rows, done.firstRow, done.firstColumn);
  constexpr int SLABS = slabs<TILE>();
#pragma unroll
  for (int slab = 0; slab < SLABS; ++slab) {
    if (slab > 0) {
      __syncthreads();
    }
    put_sums<TILE>(sum, slab, shared, thread);
    __syncthreads();
    epilogue.write(shared, slab);
  }
}

}  // namespace

}  // namespace longrun

extern "C" __global__ __launch_bounds__(128, 5) void matmul_nn_tf32_64(const longrun::MatmulParameters p) {
  SHARED(longrun::MatmulTf32Shared<64>, shared);
  longrun::matmul_tf32<64, false>(p, shared.floats);
}

extern "C" __global__ __launch_bounds__(128, 5) void matmul_nt_tf32_64(const longrun::MatmulParameters p) {
  SHARED(longrun::MatmulTf32Shared<64>, shared);
  longrun::matmul_tf32<64, true>(p, shared.floats);
}

extern "C" __global__ __launch_bounds__(256, 2) void matmul_nn_tf32_128(const longrun::MatmulParameters p) {
  SHARED(longrun::MatmulTf32Shared<128>, shared);
  longrun::matmul_tf32<128, false>(p, shared.floats);
}

extern "C" __global__ __launch_bounds__(256, 2) void matmul_nt_tf32_128(const longrun::MatmulParameters p) {
  SHARED(longrun::MatmulTf32Shared<128>, shared);
  longrun::matmul_tf32<128, true>(p, shared.floats);
}
