// Attention of one query position: softmax over the keys that a row finds, and the mix of their values.
//
// Computes  for every row r and head h, over positions t < length,
//             s[t] = scale * q[h] . k_t[h],  p[h * length + t] = softmax(s)[t],  out[h] = sum_t p[t] * v_t[h]
// Shapes    out            [rows, heads * dHead]   fp32, row-major, padded, out
//           probabilities  [rows, heads * length]  fp32, row-major, not padded, out
//           query          Source                  rows of heads * dHead fp32, padded, in
//           keys, values   Source[length]          rows of heads * dHead fp32, padded, in
//           any length, heads and dHead from 1
// Mapping   grid (blocks of all jobs, slots), 256 threads; a block does 8 (row, head) pairs, a warp each, pair = row *
//           heads + head. In a warp a few lanes hold a row of the head (head.cuh), so that several positions are loaded
//           at once; scores then lie one in each lane, 32 positions at a time. The last head's warp clears the padding.
// Memory    no shared memory; 16-byte loads where dHead is a multiple of 4, else 4-byte loads. Beyond 32 positions the
//           scores wait in the row of probabilities, where each is read by the lane that wrote it.
// Numerics  fp32. q . k: a lane's columns in order by fused multiply-adds, then a tree over the lanes. The sum of
//           exponentials: every 32nd in order, then a tree over the warp. out: positions that share lanes in order,
//           then a tree. The order depends on dHead and length alone. The maximum is subtracted; a score that is not
//           finite makes the row's probabilities NaN. Tolerance: (dHead / 32 + length + 24) * 2^-24, one rounding for
//           each step of the longest chain of sums and 24 for the rest, of a probability, and of the sum of |p * v|,
//           both times 1 + twice the largest sum of |q_i * k_i| * scale: an error e in the scores is a factor of at
//           most exp(2 e) in a probability.
// Twin      longrun.plan.Operation.Attention; launched by longrun.cuda.AttentionCalls, checked by
//           longrun.verify.AttentionCases
#include "head.cuh"

namespace longrun {

namespace {

template <class Shape>
__device__ void attend(const AttentionJob& job, int row, int head, const Lane& lane, const Slots& slots) {
  const int length = job.length;
  const bool kept = length <= WARP;  // one score in each lane; otherwise they wait in memory
  const int* batch = in_slot(job.batch, slots);
  const int entry = batch == nullptr ? row : batch[row];
  const int queryRow = job.query.table == nullptr ? row : job.query.table[entry];
  const int headColumn = head * job.dHead;
  const float* query = in_slot(job.query.rows, slots) + (long long)queryRow * job.query.stride + headColumn;
  float* probabilities = in_slot(job.probabilities, slots) + (long long)row * job.probabilityStride + head * length;

  const HeadRows keys = {job.keys, row, entry, headColumn, job.dHead};
  float score = 0.0f;
  float largest = -INFINITY;
  for (int first = 0; first < length; first += WARP) {
    score = job.scale * dots<Shape>(query, keys, first, min(length - first, WARP), lane, slots);
    if (first + lane.number < length) {
      largest = fmaxf(largest, score);
      if (!kept) {
        probabilities[first + lane.number] = score;
      }
    }
  }
  largest = warp_max(largest);

  float weight = 0.0f;
  float sum = 0.0f;
  for (int position = lane.number; position < length; position += WARP) {
    if (!kept) {
      score = probabilities[position];
    }
    // fmaxf drops a NaN, and exp turns minus infinity into 0: the product brings both back.
    weight = fmaf(score, 0.0f, expf(score - largest));
    sum += weight;
    if (!kept) {
      probabilities[position] = weight;
    }
  }
  const float inverse = 1.0f / warp_sum(sum);
  for (int position = lane.number; position < length; position += WARP) {
    weight = (kept ? weight : probabilities[position]) * inverse;
    probabilities[position] = weight;
  }

  const HeadRows values = {job.values, row, entry, headColumn, job.dHead};
  float* out = in_slot(job.out, slots) + (long long)row * job.outStride;
  for (int block = 0; block < job.dHead; block += Shape::COLUMNS) {
    const int column = block + first_column<Shape>(lane);
    float mix[Shape::FLOATS];
    set_zero(mix);
    for (int first = 0; first < length; first += WARP) {
      if (!kept) {
        weight = first + lane.number < length ? probabilities[first + lane.number] : 0.0f;
      }
      combine<Shape>(mix, weight, values, first, min(length - first, WARP), column, lane, slots);
    }
    sum_over_rows<Shape>(mix);
    if (row_in_warp<Shape>(lane) == 0) {
      store_row<Shape>(out + headColumn, mix, column, job.dHead);
    }
  }
  if (head == job.heads - 1) {
    clear_padding(out, job.heads * job.dHead, lane);
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256, 4) attention(const AttentionParameters p) {
  if (idle(p.slots)) {
    return;
  }
  const AttentionJob& job = p.job[find_job(p)];
  const Lane lane = this_lane();
  const int pair = ((int)blockIdx.x - job.firstBlock) * 8 + lane.warp;
  const int row = pair / job.heads;
  const int head = pair - row * job.heads;
  if (row >= row_count(job.rows, p.slots)) {
    return;
  }
  with_head_shape(job.dHead, [&](auto shape) { attend<decltype(shape)>(job, row, head, lane, p.slots); });
}

}  // namespace longrun
