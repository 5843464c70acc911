// Gradient of attention as far as it is local to the reading row: of its scores and of its query.
//
// Computes  for every row r and head h, over positions t < length, with g[t] = outGradient[h] . v_t[h] and the
//           probabilities p of the forward pass,
//             scoreGradient[h * length + t] = p[t] * (g[t] - sum_u p[u] * g[u]) * scale
//             queryGradient[h] = sum_t scoreGradient[h * length + t] * k_t[h]
// Shapes    scoreGradient  [rows, heads * length]  fp32, row-major, not padded, out
//           queryGradient  [rows, heads * dHead]   fp32, row-major, padded, out
//           outGradient    [rows, heads * dHead]   fp32, row-major, padded, in
//           probabilities  [rows, heads * length]  fp32, row-major, not padded, in
//           keys, values   Source[length]          rows of heads * dHead fp32, padded, in
//           any length, heads and dHead from 1
// Mapping   grid (blocks of all jobs, slots), 256 threads; a block does 8 (row, head) pairs, a warp each, pair = row *
//           heads + head; lanes as in attention.cu. The last head's warp clears the padding of the query gradient.
// Memory    no shared memory; 16-byte loads where dHead is a multiple of 4, else 4-byte loads. Beyond 32 positions g
//           waits in the row of score gradients, where each is read by the lane that wrote it.
// Numerics  fp32. outGradient . v: a lane's columns in order by fused multiply-adds, then a tree over the lanes. sum p
//           * g: every 32nd in order, then a tree over the warp. queryGradient: positions that share lanes in order,
//           then a tree. The order depends on dHead and length alone. Tolerance: (dHead / 32 + length + 24) * 2^-24,
//           one rounding for each step of the longest chain of sums and 24 for the rest, of the sum of the magnitudes
//           of all terms.
// Twin      longrun.plan.Operation.AttentionGradient; launched by longrun.cuda.AttentionCalls, checked by
//           longrun.verify.AttentionCases
#include "head.cuh"

namespace longrun {

namespace {

template <class Shape>
__device__ void attend_gradient(const AttentionGradientJob& job, int row, int head, const Lane& lane,
                                const Slots& slots) {
  const int length = job.length;
  const bool kept = length <= WARP;  // one position in each lane; otherwise g waits in memory
  const int* batch = in_slot(job.batch, slots);
  const int entry = batch == nullptr ? row : batch[row];
  const int headColumn = head * job.dHead;
  const float* outGradient = in_slot(job.outGradient, slots) + (long long)row * job.outGradientStride + headColumn;
  const float* probabilities =
      in_slot(job.probabilities, slots) + (long long)row * job.probabilityStride + head * length;
  float* scoreGradient = in_slot(job.scoreGradient, slots) + (long long)row * job.scoreStride + head * length;

  const HeadRows values = {job.values, row, entry, headColumn, job.dHead};
  float gradient = 0.0f;
  float probability = 0.0f;
  float mean = 0.0f;
  for (int first = 0; first < length; first += WARP) {
    const int position = first + lane.number;
    gradient = dots<Shape>(outGradient, values, first, min(length - first, WARP), lane, slots);
    if (position < length) {
      probability = probabilities[position];
      mean = fmaf(probability, gradient, mean);
      if (!kept) {
        scoreGradient[position] = gradient;
      }
    }
  }
  mean = warp_sum(mean);

  float weight = 0.0f;
  for (int position = lane.number; position < length; position += WARP) {
    if (!kept) {
      gradient = scoreGradient[position];
      probability = probabilities[position];
    }
    weight = probability * (gradient - mean) * job.scale;
    scoreGradient[position] = weight;
  }

  const HeadRows keys = {job.keys, row, entry, headColumn, job.dHead};
  float* queryGradient = in_slot(job.queryGradient, slots) + (long long)row * job.queryGradientStride;
  for (int block = 0; block < job.dHead; block += Shape::COLUMNS) {
    const int column = block + first_column<Shape>(lane);
    float sum[Shape::FLOATS];
    set_zero(sum);
    for (int first = 0; first < length; first += WARP) {
      if (!kept) {
        weight = first + lane.number < length ? scoreGradient[first + lane.number] : 0.0f;
      }
      combine<Shape>(sum, weight, keys, first, min(length - first, WARP), column, lane, slots);
    }
    sum_over_rows<Shape>(sum);
    if (row_in_warp<Shape>(lane) == 0) {
      store_row<Shape>(queryGradient + headColumn, sum, column, job.dHead);
    }
  }
  if (head == job.heads - 1) {
    clear_padding(queryGradient, job.heads * job.dHead, lane);
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256, 4) attention_gradient(const AttentionGradientParameters p) {
  if (idle(p.slots)) {
    return;
  }
  const AttentionGradientJob& job = p.job[find_job(p)];
  const Lane lane = this_lane();
  const int pair = ((int)blockIdx.x - job.firstBlock) * 8 + lane.warp;
  const int row = pair / job.heads;
  const int head = pair - row * job.heads;
  if (row >= row_count(job.rows, p.slots)) {
    return;
  }
  with_head_shape(job.dHead, [&](auto shape) { attend_gradient<decltype(shape)>(job, row, head, lane, p.slots); });
}

}  // namespace longrun
