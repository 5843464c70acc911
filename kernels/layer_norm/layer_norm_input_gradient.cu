// Gradient of layer normalisation with respect to its input.
//
// Computes  with n = (in - mean) * inverse and h = outGradient * scale,
//             inGradient = addend + inverse * (h - mean(h) - n * mean(h * n)), the means over the row
// Shapes    inGradient   [rows, columns]  fp32, row-major, padded, out (may be the addend)
//           addend       [rows, columns]  fp32, row-major, padded, in; null: zero
//           outGradient  [rows, columns]  fp32, row-major, padded, in
//           in           [rows, columns]  fp32, row-major, padded, in
//           scale        [columns]        fp32, padded, in
//           statistics   [rows, 2]        fp32, row-major, not padded, in: mean, inverse
//           columns from 1
// Mapping   grid (blocks of all jobs, slots), 256 threads; a block does 8 rows, a warp each; columns as in row.cuh.
// Memory    no shared memory; 16-byte loads and stores. Of a row the first 512 columns are read once.
// Numerics  fp32. Sums: a lane's columns in order, four at a time, then a tree over the warp; the addend last.
//           Tolerance: (columns / 128 + 24) * 2^-24, one rounding for each step of the longest chain of sums and 24 for
//           the rest, of inverse * (|h| + mean |h| + |n| * mean |h * n|) + |addend|, n being what the statistics make
//           of it: their own rounding is the forward pass's.
// Twin      longrun.plan.Operation.LayerNormInputGradient; launched by longrun.cuda.LayerNormCalls, checked by
//           longrun.verify.LayerNormCases
#include "row.cuh"

namespace longrun {

namespace {

__device__ inline float4 product(float4 a, float4 b) { return {a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w}; }

__device__ inline float4 normalized(float4 x, float mean, float inverse) {
  return {(x.x - mean) * inverse, (x.y - mean) * inverse, (x.z - mean) * inverse, (x.w - mean) * inverse};
}

// (h - meanOfGradient - n * meanOfProducts) * inverse
__device__ inline float4 centred(float4 h, float4 n, float meanOfGradient, float meanOfProducts, float inverse) {
  return {fmaf(-n.x, meanOfProducts, h.x - meanOfGradient) * inverse,
          fmaf(-n.y, meanOfProducts, h.y - meanOfGradient) * inverse,
          fmaf(-n.z, meanOfProducts, h.z - meanOfGradient) * inverse,
          fmaf(-n.w, meanOfProducts, h.w - meanOfGradient) * inverse};
}

__device__ inline void input_gradient(const LayerNormInputGradientJob& job, int row, int lane, const Slots& slots) {
  const int columns = job.columns;
  const float* outGradient = in_slot(job.outGradient, slots) + (long long)row * job.outGradientStride;
  const float* in = in_slot(job.in, slots) + (long long)row * job.inStride;
  const float* scale = in_slot(job.scale, slots);
  const float* statistics = in_slot(job.statistics, slots) + (long long)row * job.statisticsStride;
  const float mean = statistics[0];
  const float inverse = statistics[1];
  Kept inputs;
  load_kept(inputs, in, columns, lane);
  // outGradient * scale; beyond the kept columns the product is made anew.
  Kept gradients;
  load_kept(gradients, outGradient, columns, lane);
#pragma unroll
  for (int i = 0; i < KEPT; ++i) {
    const int column = i * COLUMNS_AT_ONCE + 4 * lane;
    if (column < columns) {
      gradients.at[i] = without_padding(product(gradients.at[i], load4(scale + column)), column, columns);
    }
  }
  const auto scaled = [&](int column) {
    return without_padding(product(load4(outGradient + column), load4(scale + column)), column, columns);
  };

  float sum = 0.0f;
  float products = 0.0f;
  const auto add = [&](float4 h, float4 x) {
    sum += sum4(h);
    products += sum4(product(h, normalized(x, mean, inverse)));
  };
#pragma unroll
  for (int i = 0; i < KEPT; ++i) {
    if (i * COLUMNS_AT_ONCE < columns) {
      add(gradients.at[i], inputs.at[i]);
    }
  }
  for (int column = KEPT * COLUMNS_AT_ONCE + 4 * lane; column < columns; column += COLUMNS_AT_ONCE) {
    add(scaled(column), load4(in + column));
  }
  const float meanOfGradient = warp_sum(sum) / columns;
  const float meanOfProducts = warp_sum(products) / columns;

  float* inGradient = in_slot(job.inGradient, slots) + (long long)row * job.inGradientStride;
  const float* addend = in_slot(job.addend, slots);
  if (addend != nullptr) {
    addend += (long long)row * job.addendStride;
  }
  const auto write = [&](int column, float4 h, float4 x) {
    float4 result = centred(h, normalized(x, mean, inverse), meanOfGradient, meanOfProducts, inverse);
    if (addend != nullptr) {
      result = add4(result, load4(addend + column));
    }
    store4(inGradient + column, without_padding(result, column, columns));
  };
#pragma unroll
  for (int i = 0; i < KEPT; ++i) {
    const int column = i * COLUMNS_AT_ONCE + 4 * lane;
    if (column < columns) {
      write(column, gradients.at[i], inputs.at[i]);
    }
  }
  for (int column = KEPT * COLUMNS_AT_ONCE + 4 * lane; column < columns; column += COLUMNS_AT_ONCE) {
    write(column, scaled(column), load4(in + column));
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256) layer_norm_input_gradient(const LayerNormInputGradientParameters p) {
  if (idle(p.slots)) {
    return;
  }
  const LayerNormInputGradientJob& job = p.job[find_job(p)];
  const int row = ((int)blockIdx.x - job.firstBlock) * 8 + (int)threadIdx.x / WARP;
  if (row < row_count(job.rows, p.slots)) {
    input_gradient(job, row, (int)threadIdx.x % WARP, p.slots);
  }
}

}  // namespace longrun
