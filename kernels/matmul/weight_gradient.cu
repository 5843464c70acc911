// Gradient of a weight and its bias over the rows of a batch, fp32, the rows cut into splits.
//
// Computes   for split s, over rows r in [s * rowsPerSplit, (s + 1) * rowsPerSplit) that the step has:
//            partial[s][k, n] = sum_r in[r, k] * outGradient[r, n];  biasPartial[s][n] = sum_r outGradient[r, n]
//            A split without rows is zero. split_sum adds the splits.
// Shapes     R rows in this step, K = weightRows, N = columns; float, row-major, rows padded with zeros to 4 floats and
//            starting on 16 bytes:
//            partial      splits x [K, N]  out; the padding is written as zero
//            biasPartial  splits x [N]     out, or null
//            in           [R, K]           in
//            outGradient  [R, N]           in
// Mapping    grid (splits x row tiles x column tiles of all jobs, slots); a block of 128 threads computes 64 x 64 of
//            one split, a warp 32 x 32, a thread 8 x 4. Rows go 16 at a time. Blocks of the first row tile sum the
//            bias.
// Memory     24,576 bytes of shared memory: three steps of rows, filled by asynchronous copies of 16 bytes. Both
//            operands lie as they come: the summed index is their row. Registers allow 5 blocks on a multiprocessor.
// Numerics   Each sum is one chain of fmaf over r ascending from 0. Error: at most (rows + 1) * 2^-24 * sum_r |in|
//            |outGradient|. The bias is 8 chains of additions, each over every 8th row ascending, added in order.
// Twin       longrun.cuda.MatmulCalls; longrun.verify.WeightGradientCases
#include "gradient.cuh"

namespace longrun {

namespace {

struct alignas(16) GradientShared {
  static constexpr int OPERAND = DEPTH * GRADIENT_TILE;
  static constexpr int STAGE = 2 * OPERAND;
  static constexpr int STAGES = 3;
  float floats[STAGES * STAGE];
};

// sum[i][j] += over 4 rows of the batch, ascending; a and b point at this thread's first row and column of the tile.
__device__ inline void multiply_rows(float (&sum)[8][4], const float* a, const float* b) {
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    const float4 rows[2] = {load4(a + k * GRADIENT_TILE), load4(a + k * GRADIENT_TILE + 16)};
    const float4 columns = load4(b + k * GRADIENT_TILE);
#pragma unroll
    for (int i = 0; i < 8; ++i) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        sum[i][j] = fmaf(component(rows[i / 4], i % 4), component(columns, j), sum[i][j]);
      }
    }
  }
}

__device__ inline void weight_gradient(const WeightGradientParameters& p, float* shared) {
  if (idle(p.slots)) {
    return;
  }
  constexpr int STAGES = GradientShared::STAGES;
  constexpr int STAGE = GradientShared::STAGE;
  constexpr int OUT_GRADIENT = GradientShared::OPERAND;
  using Side = Operand<GRADIENT_TILE, ALONG_TILE>;
  const WeightGradientJob& job = p.job[find_job(p)];
  const GradientTile tile(job, p.slots);
  const int thread = (int)threadIdx.x;
  Side in(in_slot(job.in, p.slots) + (long long)tile.begin * job.inStride, job.inStride, tile.firstRow,
          job.weightRows);
  Side outGradient(in_slot(job.outGradient, p.slots) + (long long)tile.begin * job.outGradientStride,
                   job.outGradientStride, tile.firstColumn, job.columns);
  AsyncCopies copies;
#pragma unroll
  for (int stage = 0; stage < STAGES - 1; ++stage) {
    in.copy(copies, shared + stage * STAGE, thread, tile.rows - stage * DEPTH);
    outGradient.copy(copies, shared + stage * STAGE + OUT_GRADIENT, thread, tile.rows - stage * DEPTH);
    copies.commit();
  }

  float sum[8][4];
#pragma unroll
  for (int i = 0; i < 8; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      sum[i][j] = 0.0f;
    }
  }
  float4 biasSum = zero4();
  const bool sumsBias = tile.sums_bias();
  const int row = warp_row(thread) + 4 * thread_row(thread);
  const int column = warp_column<GRADIENT_TILE>(thread) + 4 * thread_column(thread);
  int stage = 0;  // in use, in floats; the one before it in the ring is filled meanwhile
  for (int left = tile.rows; left > 0; left -= DEPTH) {
    copies.wait<STAGES - 2>();
    __syncthreads();
    float* fill = shared + (stage == 0 ? (STAGES - 1) * STAGE : stage - STAGE);
    in.copy(copies, fill, thread, left - (STAGES - 1) * DEPTH);
    outGradient.copy(copies, fill + OUT_GRADIENT, thread, left - (STAGES - 1) * DEPTH);
    copies.commit();
    const float* a = shared + stage + row;
    const float* b = shared + stage + OUT_GRADIENT + column;
    if (left >= DEPTH) {
#pragma unroll
      for (int chunk = 0; chunk < DEPTH / 4; ++chunk) {
        multiply_rows(sum, a + 4 * GRADIENT_TILE * chunk, b + 4 * GRADIENT_TILE * chunk);
      }
    } else {
#pragma unroll 1
      for (int chunk = 0; 4 * chunk < left; ++chunk) {
        multiply_rows(sum, a + 4 * GRADIENT_TILE * chunk, b + 4 * GRADIENT_TILE * chunk);
      }
    }
    if (sumsBias) {
      const float* own = shared + stage + OUT_GRADIENT + Side::place(thread);
      biasSum = add4(add4(biasSum, load4(own)), load4(own + Side::APART));
    }
    stage = stage == (STAGES - 1) * STAGE ? 0 : stage + STAGE;
  }

#pragma unroll
  for (int i = 0; i < 8; ++i) {
    tile.write(p.slots, row + i / 4 * 16 + i % 4, column, make_float4(sum[i][0], sum[i][1], sum[i][2], sum[i][3]));
  }
  if (sumsBias) {
    copies.wait<0>();
    __syncthreads();
    write_bias(tile, p.slots, biasSum, shared);
  }
}

}  // namespace

}  // namespace longrun

extern "C" __global__ __launch_bounds__(128, 5) void weight_gradient(const longrun::WeightGradientParameters p) {
  SHARED(longrun::GradientShared, shared);
  longrun::weight_gradient(p, shared.floats);
}
