// Gradients of layer normalisation with respect to scale and shift, over one split of the rows.
//
// Computes  for every split s, over its rows r from s * rowsPerSplit on, with n = (in - mean) * inverse,
//             partial[s, 0] = sum_r outGradient[r] * n[r],  partial[s, 1] = sum_r outGradient[r]
//           zero for a split without rows.
// Shapes    partial      [splits, 2, partialStride]  fp32, row-major, padded, out
//           outGradient  [rows, columns]             fp32, row-major, padded, in
//           in           [rows, columns]             fp32, row-major, padded, in
//           statistics   [rows, 2]                   fp32, row-major, not padded, in: mean, inverse
//           any number of rows, columns from 1
// Mapping   grid (splits of all jobs, slots), 256 threads; a block does one split, 128 columns after the other. Of
//           those columns a lane has 4 neighbours; where there are 64 columns or fewer, a warp holds several rows at
//           once. The block's warps, and the rows that each holds, take turns over the split's rows.
// Memory    8 KiB of shared memory for the warps' sums; 16-byte loads and stores.
// Numerics  fp32, fused multiply-adds. Every n-th row in order, n being the rows that the block holds at once; a tree
//           over the rows of a warp; then the warps in order. The order depends on the columns and rowsPerSplit alone.
//           No atomics. Tolerance: (rowsPerSplit / 8 + 24) * 2^-24, one rounding for each step of the longest chain of
//           sums and 24 for the rest, of the sum of the magnitudes of the terms, n being what the statistics make of
//           it.
// Twin      longrun.plan.Operation.LayerNormWeightGradient; launched by longrun.cuda.LayerNormCalls, checked by
//           longrun.verify.LayerNormCases
#include "../common/vector4.cuh"

namespace longrun {

namespace {

constexpr int WARPS = 8;
constexpr int COLUMNS_AT_ONCE = 4 * WARP;
// Rows that a lane has in flight.
constexpr int ROWS_AHEAD = 4;

// What each warp summed: outGradient * n, outGradient.
struct alignas(16) WarpSums {
  float of[WARPS][2][COLUMNS_AT_ONCE];
};

// sum + gradient * (x - mean) * inverse
__device__ inline float4 add_normalized(float4 sum, float4 gradient, float4 x, float mean, float inverse) {
  return {fmaf(gradient.x, (x.x - mean) * inverse, sum.x), fmaf(gradient.y, (x.y - mean) * inverse, sum.y),
          fmaf(gradient.z, (x.z - mean) * inverse, sum.z), fmaf(gradient.w, (x.w - mean) * inverse, sum.w)};
}

struct WeightSums {
  float4 scale;
  float4 shift;
};

// The rows `from`, `from` + step, ... below `to`, in four columns from `column` on.
__device__ inline WeightSums sum_rows(const LayerNormWeightGradientJob& job, int from, int to, int step, int column,
                                      const Slots& slots) {
  const float* outGradients = in_slot(job.outGradient, slots) + column;
  const float* in = in_slot(job.in, slots) + column;
  const float* statistics = in_slot(job.statistics, slots);
  WeightSums sums = {zero4(), zero4()};
  for (int first = from; first < to; first += ROWS_AHEAD * step) {
    float4 gradient[ROWS_AHEAD];
    float4 x[ROWS_AHEAD];
    float mean[ROWS_AHEAD];
    float inverse[ROWS_AHEAD];
#pragma unroll
    for (int i = 0; i < ROWS_AHEAD; ++i) {
      const long long row = first + i * step;
      if (row < to) {
        gradient[i] = load4(outGradients + row * job.outGradientStride);
        x[i] = load4(in + row * job.inStride);
        mean[i] = statistics[row * job.statisticsStride];
        inverse[i] = statistics[row * job.statisticsStride + 1];
      }
    }
#pragma unroll
    for (int i = 0; i < ROWS_AHEAD; ++i) {
      if (first + i * step < to) {
        sums.scale = add_normalized(sums.scale, gradient[i], x[i], mean[i], inverse[i]);
        sums.shift = add4(sums.shift, gradient[i]);
      }
    }
  }
  return sums;
}

__device__ inline void weight_gradient(const LayerNormWeightGradientJob& job, int split, const Slots& slots,
                                       WarpSums& shared) {
  const int lane = (int)threadIdx.x % WARP;
  const int warp = (int)threadIdx.x / WARP;
  const int from = split * job.rowsPerSplit;
  const int to = min(from + job.rowsPerSplit, row_count(job.rows, slots));
  float* partial = in_slot(job.partial, slots) + 2LL * split * job.partialStride;
  for (int first = 0; first < job.columns; first += COLUMNS_AT_ONCE) {
    const int vectors = min(padded(job.columns) - first, COLUMNS_AT_ONCE) / 4;
    int rowLanes = 1;
    while (rowLanes < vectors) {
      rowLanes *= 2;
    }
    const int rowsOfWarp = WARP / rowLanes;
    const int inBlock = lane % rowLanes * 4;
    WeightSums sums = {zero4(), zero4()};
    if (first + inBlock < job.columns) {
      sums = sum_rows(job, from + warp * rowsOfWarp + lane / rowLanes, to, WARPS * rowsOfWarp, first + inBlock, slots);
    }
    sums.scale = sum_apart4(sums.scale, rowLanes);
    sums.shift = sum_apart4(sums.shift, rowLanes);
    if (lane < rowLanes) {
      store4(&shared.of[warp][0][inBlock], sums.scale);
      store4(&shared.of[warp][1][inBlock], sums.shift);
    }
    __syncthreads();
    if (warp < 2 && lane < vectors) {
      float4 total = zero4();
#pragma unroll
      for (int i = 0; i < WARPS; ++i) {
        total = add4(total, load4(&shared.of[i][warp][4 * lane]));
      }
      const int column = first + 4 * lane;
      store4(partial + (long long)warp * job.partialStride + column, without_padding(total, column, job.columns));
    }
    __syncthreads();
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256)
    layer_norm_weight_gradient(const LayerNormWeightGradientParameters p) {
  SHARED(WarpSums, shared);
  if (idle(p.slots)) {
    return;
  }
  const LayerNormWeightGradientJob& job = p.job[find_job(p)];
  const int split = (int)blockIdx.x - job.firstBlock;
  if (split < job.splits) {
    weight_gradient(job, split, p.slots, shared);
  }
}

}  // namespace longrun
