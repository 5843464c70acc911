// Gradient of a weight and its bias over the rows of a batch, with operands rounded to tf32, on tensor cores.
//
// Computes   what weight_gradient.cu computes; the weight's gradient from rounded operands, the bias's from the given
//            ones.
// Shapes     as in weight_gradient.cu.
// Mapping    as in weight_gradient.cu: 64 x 64 of one split a block of 128 threads, 32 x 32 a warp, in tiles of 16 x 8
//            with depth 8. Rows go 16 at a time (fragments.cuh says who takes what).
// Memory     16,384 bytes of shared memory: two steps of rows. Operands pass through registers, where they are rounded
//            once. Registers allow 5 blocks on a multiprocessor.
// Numerics   As in matmul_tf32.cu with rows in place of k. Error: at most
//            (2^-10 + 2^-22 + (rows + 16) * 2^-23) * sum_r |in| |outGradient|.
//            The bias is 8 chains of additions in fp32, each over two of every 16 rows ascending, added in order.
// Twin       longrun.cuda.MatmulCalls; longrun.verify.WeightGradientCases
#include "fragments.cuh"
#include "gradient.cuh"

namespace longrun {

namespace {

struct alignas(16) GradientTf32Shared {
  static constexpr int OPERAND = DEPTH * GRADIENT_TILE;
  static constexpr int STAGE = 2 * OPERAND;
  float floats[2 * STAGE];
};

// sum += over a step of DEPTH rows of the batch; a and b are the operands in shared memory.
__device__ inline void multiply_rows(float (&sum)[2][4][4], const float* a, const float* b, int thread) {
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float4 rows[2];
#pragma unroll
    for (int tile = 0; tile < 2; ++tile) {
      rows[tile] = FragmentsAlongTile<GRADIENT_TILE, FIRST>::unit(a, warp_row(thread), tile, half, thread);
    }
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      const float4 columns =
          FragmentsAlongTile<GRADIENT_TILE, SECOND>::unit(b, warp_column<GRADIENT_TILE>(thread), j, half, thread);
#pragma unroll
      for (int tile = 0; tile < 2; ++tile) {
        mma_tf32(sum[tile][2 * j], rows[tile], columns.x, columns.y);
        mma_tf32(sum[tile][2 * j + 1], rows[tile], columns.z, columns.w);
      }
    }
  }
}

__device__ inline void weight_gradient_tf32(const WeightGradientParameters& p, float* shared) {
  if (idle(p.slots)) {
    return;
  }
  constexpr int STAGE = GradientTf32Shared::STAGE;
  constexpr int OUT_GRADIENT = GradientTf32Shared::OPERAND;
  const WeightGradientJob& job = p.job[find_job(p)];
  const GradientTile tile(job, p.slots);
  const int thread = (int)threadIdx.x;
  FragmentsAlongTile<GRADIENT_TILE, FIRST> in(in_slot(job.in, p.slots) + (long long)tile.begin * job.inStride,
                                              job.inStride, tile.firstRow, job.weightRows, thread);
  FragmentsAlongTile<GRADIENT_TILE, SECOND> outGradient(
      in_slot(job.outGradient, p.slots) + (long long)tile.begin * job.outGradientStride, job.outGradientStride,
      tile.firstColumn, job.columns, thread);

  float sum[2][4][4];
#pragma unroll
  for (int i = 0; i < 2; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        sum[i][j][e] = 0.0f;
      }
    }
  }
  float4 biasSum = zero4();
  const bool sumsBias = tile.sums_bias();
  in.load(thread, tile.rows);
  outGradient.load(thread, tile.rows);
  int stage = 0;
  for (int left = tile.rows; left > 0; left -= DEPTH) {
    in.store(shared + stage, thread);
    outGradient.store(shared + stage + OUT_GRADIENT, thread);
    if (sumsBias) {
      biasSum = add4(add4(biasSum, outGradient.chunks.value[0]), outGradient.chunks.value[1]);
    }
    __syncthreads();
    in.load(thread, left - DEPTH);
    outGradient.load(thread, left - DEPTH);
    multiply_rows(sum, shared + stage, shared + stage + OUT_GRADIENT, thread);
    stage = STAGE - stage;
  }

  const int row = warp_row(thread) + 4 * mma_chunk(mma_group(thread));
  const int column = warp_column<GRADIENT_TILE>(thread) + 4 * mma_member(thread);
#pragma unroll
  for (int i = 0; i < 2; ++i) {
#pragma unroll
    for (int e = 0; e < 4; ++e) {
      tile.write(p.slots, row + 2 * i + e / 2, column + e % 2 * 16,
                 make_float4(sum[i][0][e], sum[i][1][e], sum[i][2][e], sum[i][3][e]));
    }
  }
  if (sumsBias) {
    __syncthreads();
    write_bias(tile, p.slots, biasSum, shared);
  }
}

}  // namespace

}  // namespace longrun

extern "C" __global__ __launch_bounds__(128, 5) void weight_gradient_tf32(const longrun::WeightGradientParameters p) {
  SHARED(longrun::GradientTf32Shared, shared);
  longrun::weight_gradient_tf32(p, shared.floats);
}
