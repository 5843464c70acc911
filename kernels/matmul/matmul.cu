// Matrix products over rows, fp32, with everything fused that is elementwise.
//
// Computes   nn: out[r, n] = activation(sum_k in[r, k] * weight[k, n] + bias[n] + addend[r, n] + residual row of r [n])
//            nt: out[r, n] = addend[r, n] + (sum_k in[r, k] * weight[n, k]) * activation'(saved[r, n])
//            for every job of a launch and every active slot.
// Shapes     R rows in this step, N = columns, K = depth; all float, row-major, rows padded with zeros to 4 floats
//            and starting on 16 bytes:
//            out            [R, N]  out; the padding is written as zero; rows beyond R are not touched
//            preActivation  [R, N]  out, or null (nn): the activation's argument
//            in             [R, K]  in
//            weight         [K, N]  in (nn); [N, K] (nt)
//            bias           [N]     in, or null (nn)
//            addend, saved  [R, N]  in, or null; the addend may be out itself
//            residual       sources of the rows that are added, or null (nn)
// Mapping    grid (row tiles x column tiles of all jobs, slots); a block computes 64 x 64 (128 threads) or 128 x 128
//            (256 threads) of out, a warp 32 x 32 or 32 x 64, a thread 8 x 4 or 8 x 8. k goes 16 at a time (tile.cuh
//            says how operands lie in shared memory).
// Memory     26,112 bytes of shared memory (64 x 64: three steps of k) or 34,816 (128 x 128: two steps), filled by
//            asynchronous copies of 16 bytes; later they hold the sums on their way out (epilogue.cuh). Registers allow
//            4 blocks of the small tile on a multiprocessor and 2 of the large one: 16 warps either way, 128 registers
//            each, of which the large tile needs all for its 64 sums, 32 values of `in` and 8 of the weight.
// Numerics   Each sum is one chain of fmaf over k ascending from 0, the same whatever the tile, the slot and the
//            launch; then, rounded one after the other: + bias, + addend, + residual, activation (nn); * derivative,
//            addend + (nt). Error of a sum: at most (K + 1) * 2^-24 * sum_k |in| |weight|, each later operation half a
//            unit in the last place of its result.
// Twin       longrun.cuda.MatmulCalls; longrun.verify.MatmulCases
#include "epilogue.cuh"

namespace longrun {

namespace {

// Steps of DEPTH in flight or in use: a small tile computes for less time per step, and needs to ask further ahead.
template <int TILE>
__device__ constexpr int stages() {
  return TILE == 64 ? 3 : 2;
}

template <int TILE>
struct alignas(16) MatmulShared {
  static constexpr int STAGE = 2 * operand_floats<TILE>();
  static constexpr int STAGES = stages<TILE>() * STAGE;
  float floats[STAGES > slab_floats<TILE>() ? STAGES : slab_floats<TILE>()];
};

// sum[i][j] += over 4 values of k, ascending; a and b point at this thread's first row and column of them.
template <int TILE, bool TRANSPOSED>
__device__ inline void multiply_chunk(float (&sum)[8][TILE / 16], const float* a, const float* b) {
  float4 rows[8];
#pragma unroll
  for (int i = 0; i < 8; ++i) {
    rows[i] = load4(a + row_offset(i / 4 * 16) + i % 4 * DEPTH);
  }
  if (TRANSPOSED) {
#pragma unroll
    for (int j = 0; j < TILE / 16; ++j) {
      const float4 column = load4(b + row_offset(j / 4 * 32) + j % 4 * DEPTH);
#pragma unroll
      for (int k = 0; k < 4; ++k) {
#pragma unroll
        for (int i = 0; i < 8; ++i) {
          sum[i][j] = fmaf(component(rows[i], k), component(column, k), sum[i][j]);
        }
      }
    }
  } else {
#pragma unroll
    for (int k = 0; k < 4; ++k) {
#pragma unroll
      for (int group = 0; group < TILE / 64; ++group) {
        const float4 columns = load4(b + k * TILE + group * 32);
#pragma unroll
        for (int i = 0; i < 8; ++i) {
#pragma unroll
          for (int j = 0; j < 4; ++j) {
            sum[i][4 * group + j] = fmaf(component(rows[i], k), component(columns, j), sum[i][4 * group + j]);
          }
        }
      }
    }
  }
}

// Puts this thread's sums of a slab where the epilogue finds them.
template <int TILE>
__device__ inline void put_sums(const float (&sum)[8][TILE / 16], int slab, float* shared, int thread) {
  constexpr int ROWS = 8 / slabs<TILE>();
  const int row = slab_row<TILE>(warp_row(thread)) + 4 * thread_row(thread);
  float* to = shared + row * slab_pitch<TILE>() + warp_column<TILE>(thread) + 4 * thread_column(thread);
#pragma unroll
  for (int i = 0; i < ROWS; ++i) {
    const float(&of)[TILE / 16] = sum[slab * ROWS + i];
#pragma unroll
    for (int group = 0; group < TILE / 64; ++group) {
      store4(to + (i / 4 * 16 + i % 4) * slab_pitch<TILE>() + group * 32,
             make_float4(of[4 * group], of[4 * group + 1], of[4 * group + 2], of[4 * group + 3]));
    }
  }
}

template <int TILE, bool TRANSPOSED>
__device__ inline void matmul(const MatmulParameters& p, float* shared) {
  if (idle(p.slots)) {
    return;
  }
  const MatmulJob& job = p.job[find_job(p)];
  const MatmulTile<TILE> tile(job, p.slots, (int)blockIdx.x);
  if (tile.empty()) {
    return;
  }
  constexpr int STAGES = stages<TILE>();
  constexpr int STAGE = MatmulShared<TILE>::STAGE;
  // A step without tests in between lets loads of one chunk pass the arithmetic of another. The large tile has no
  // registers for that, and its nn none even for unrolling the tests.
  constexpr bool WHOLE_STEPS = TILE == 64;
  [[maybe_unused]] constexpr int UNROLL = TILE == 128 && TRANSPOSED ? DEPTH / 4 : 1;
  constexpr int CHUNK_APART = TRANSPOSED ? 4 : 4 * TILE;  // floats of the weight in shared memory
  constexpr int WEIGHT = operand_floats<TILE>();
  Operand<TILE, ALONG_DEPTH> in(in_slot(job.in, p.slots), job.inStride, tile.firstRow, tile.rows);
  Operand<TILE, TRANSPOSED ? ALONG_DEPTH : ALONG_TILE> weight(in_slot(job.weight, p.slots), job.weightStride,
                                                              tile.firstColumn, job.columns);
  AsyncCopies copies;
#pragma unroll
  for (int stage = 0; stage < STAGES - 1; ++stage) {
    in.copy(copies, shared + stage * STAGE, (int)threadIdx.x, job.depth - stage * DEPTH);
    weight.copy(copies, shared + stage * STAGE + WEIGHT, (int)threadIdx.x, job.depth - stage * DEPTH);
    copies.commit();
  }

  float sum[8][TILE / 16];
#pragma unroll
  for (int i = 0; i < 8; ++i) {
#pragma unroll
    for (int j = 0; j < TILE / 16; ++j) {
      sum[i][j] = 0.0f;
    }
  }
  int stage = 0;  // in use, in floats; the one before it in the ring is filled meanwhile
  for (int left = job.depth; left > 0; left -= DEPTH) {
    copies.wait<STAGES - 2>();
    __syncthreads();
    float* fill = shared + (stage == 0 ? (STAGES - 1) * STAGE : stage - STAGE);
    const int thread = TILE == 64 ? (int)threadIdx.x : thread_anew();
    in.copy(copies, fill, thread, left - (STAGES - 1) * DEPTH);
    weight.copy(copies, fill + WEIGHT, thread, left - (STAGES - 1) * DEPTH);
    copies.commit();
    const int column = warp_column<TILE>(thread) + 4 * thread_column(thread);
    const float* chunkA = shared + stage + row_offset(warp_row(thread) + 4 * thread_row(thread));
    const float* chunkB = shared + stage + WEIGHT + (TRANSPOSED ? row_offset(column) : column);
    stage = stage == (STAGES - 1) * STAGE ? 0 : stage + STAGE;
    if (WHOLE_STEPS && left >= DEPTH) {
#pragma unroll
      for (int chunk = 0; chunk < DEPTH / 4; ++chunk) {
        multiply_chunk<TILE, TRANSPOSED>(sum, chunkA + 4 * chunk, chunkB + CHUNK_APART * chunk);
      }
    } else {
#pragma unroll(UNROLL)
      for (int chunk = 0; chunk < DEPTH / 4; ++chunk) {
        if (4 * chunk < left) {
          multiply_chunk<TILE, TRANSPOSED>(sum, chunkA + 4 * chunk, chunkB + CHUNK_APART * chunk);
        }
      }
    }
  }

  const MatmulTile<TILE> done(job, p.slots, block_anew());
  const int thread = thread_anew();
  const Epilogue<TILE, TRANSPOSED> epilogue(job, p.slots, done.rows, done.firstRow, done.firstColumn);
  copies.wait<0>();
  constexpr int SLABS = slabs<TILE>();
#pragma unroll
  for (int slab = 0; slab < SLABS; ++slab) {
    __syncthreads();
    put_sums<TILE>(sum, slab, shared, thread);
    __syncthreads();
    epilogue.write(shared, slab);
  }
}

}  // namespace

}  // namespace longrun

extern "C" __global__ __launch_bounds__(128, 4) void matmul_nn_64(const longrun::MatmulParameters p) {
  SHARED(longrun::MatmulShared<64>, shared);
  longrun::matmul<64, false>(p, shared.floats);
}

extern "C" __global__ __launch_bounds__(128, 4) void matmul_nt_64(const longrun::MatmulParameters p) {
  SHARED(longrun::MatmulShared<64>, shared);
  longrun::matmul<64, true>(p, shared.floats);
}

extern "C" __global__ __launch_bounds__(256, 2) void matmul_nn_128(const longrun::MatmulParameters p) {
  SHARED(longrun::MatmulShared<128>, shared);
  longrun::matmul<128, false>(p, shared.floats);
}

extern "C" __global__ __launch_bounds__(256, 2) void matmul_nt_128(const longrun::MatmulParameters p) {
  SHARED(longrun::MatmulShared<128>, shared);
  longrun::matmul<128, true>(p, shared.floats);
}
