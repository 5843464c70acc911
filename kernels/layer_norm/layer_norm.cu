// Layer normalisation over each row.
//
// Computes  out = (in - mean) / sqrt(variance + 1e-5) * scale + shift, the variance being the mean squared deviation;
//           statistics = (mean, 1 / sqrt(variance + 1e-5))
// Shapes    out           [rows, columns]  fp32, row-major, padded, out
//           statistics    [rows, 2]        fp32, row-major, not padded, out
//           in            [rows, columns]  fp32, row-major, padded, in
//           scale, shift  [columns]        fp32, padded, in
//           columns from 1
// Mapping   grid (blocks of all jobs, slots), 256 threads; a block does 8 rows, a warp each; columns as in row.cuh.
// Memory    no shared memory; 16-byte loads and stores. Of a row the first 512 columns are read once.
// Numerics  fp32. The row's first value is taken off before anything is summed, so that a mean that is large beside the
//           deviations costs no accuracy: differences of neighbouring floats are exact. Sums: a lane's columns in
//           order, four at a time, then a tree over the warp. Tolerance: (columns / 128 + 24) * 2^-24, one rounding for
//           each step of the longest chain of sums and 24 for the rest, of (1 + |n|) * |scale| * (1 + reach) + |shift|,
//           n being the normalized value and reach the largest distance from the first value in standard deviations;
//           the mean statistic is rounded once more.
// Twin      longrun.plan.Operation.LayerNorm; launched by longrun.cuda.LayerNormCalls, checked by
//           longrun.verify.LayerNormCases
#include "row.cuh"

namespace longrun {

namespace {

__device__ inline float4 minus(float4 a, float b) { return {a.x - b, a.y - b, a.z - b, a.w - b}; }

__device__ inline float4 scaled_and_shifted(float4 a, float factor, float4 scale, float4 shift) {
  return {fmaf(a.x * factor, scale.x, shift.x), fmaf(a.y * factor, scale.y, shift.y),
          fmaf(a.z * factor, scale.z, shift.z), fmaf(a.w * factor, scale.w, shift.w)};
}

__device__ inline float squares(float4 a) { return fmaf(a.x, a.x, a.y * a.y) + fmaf(a.z, a.z, a.w * a.w); }

__device__ inline void normalize(const LayerNormJob& job, int row, int lane, const Slots& slots) {
  constexpr float EPSILON = 1e-5f;
  const int columns = job.columns;
  const float* in = in_slot(job.in, slots) + (long long)row * job.inStride;
  const float first = in[0];
  Kept kept;
  load_kept(kept, in, columns, lane);

  float sum = 0.0f;
  for_columns(kept, in, columns, lane, [&](int column, float4 x) {
    sum += sum4(without_padding(minus(x, first), column, columns));
  });
  const float offset = warp_sum(sum) / columns;  // of the mean from the first value

  float deviations = 0.0f;
  for_columns(kept, in, columns, lane, [&](int column, float4 x) {
    deviations += squares(without_padding(minus(minus(x, first), offset), column, columns));
  });
  const float inverse = 1.0f / sqrtf(warp_sum(deviations) / columns + EPSILON);

  const float* scale = in_slot(job.scale, slots);
  const float* shift = in_slot(job.shift, slots);
  float* out = in_slot(job.out, slots) + (long long)row * job.outStride;
  for_columns(kept, in, columns, lane, [&](int column, float4 x) {
    const float4 result =
        scaled_and_shifted(minus(minus(x, first), offset), inverse, load4(scale + column), load4(shift + column));
    store4(out + column, without_padding(result, column, columns));
  });
  if (lane == 0) {
    float* statistics = in_slot(job.statistics, slots) + (long long)row * job.statisticsStride;
    statistics[0] = first + offset;
    statistics[1] = inverse;
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256) layer_norm(const LayerNormParameters p) {
  if (idle(p.slots)) {
    return;
  }
  const LayerNormJob& job = p.job[find_job(p)];
  const int row = ((int)blockIdx.x - job.firstBlock) * 8 + (int)threadIdx.x / WARP;
  if (row < row_count(job.rows, p.slots)) {
    normalize(job, row, (int)threadIdx.x % WARP, p.slots);
  }
}

}  // namespace longrun
