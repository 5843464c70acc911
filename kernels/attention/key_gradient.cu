// Gradients of key and value rows: sums over every row that attended to them.
//
// Computes  for every row r and head h, over the sets of readers and over their readers i of row r, with q_i the
//           reader's query row and a = h * length + keyPosition of the set,
//             keyGradient[r, h] = sum_i scoreGradient[i, a] * q_i[h]
//             valueGradient[r, h] = sum_i probabilities[i, a] * outGradient[i, h]
//           zero where nobody reads.
// Shapes    keyGradient, valueGradient     [rows, heads * dHead]     fp32, row-major, padded, out
//           readers                        KeyReader[readerSets]     each with
//             scoreGradient, probabilities [readers, heads * length] fp32, row-major, not padded, in
//             outGradient                  [readers, heads * dHead]  fp32, row-major, padded, in
//             query                        Source                    rows of heads * dHead fp32, padded, in
//             lists                        ReaderLists               int, in
//           any number of readers and of sets, heads and dHead from 1
// Mapping   grid (blocks of all jobs, slots), 256 threads. own = 0: a block for each (row, head), block = row * heads +
//           head; the readers of each set are cut into 8 slices (readers.cuh), one for each warp. A warp looks up 32
//           readers at a time, one in each lane, then loads the rows of several at once (head.cuh). own = 1: a warp for
//           each (row, head), pair = row * heads + head; the sets are spread over the warp as readers are above. The
//           last head's block or warp clears the padding.
// Memory    8 KiB of shared memory for the slices' sums; 16-byte loads where dHead is a multiple of 4, else 4-byte
//           loads.
// Numerics  fp32, fused multiply-adds. In a slice every n-th reader in order, n being the rows that a warp holds at
//           once, set after set, then a tree over those n; then the slices in order. The order depends on dHead and the
//           lists alone. No atomics. Tolerance: (readers / 8 + 24) * 2^-24, one rounding for each step of the longest
//           chain of sums and 24 for the rest, of the sum of the magnitudes of the terms.
// Twin      longrun.plan.Operation.KeyGradient; launched by longrun.cuda.AttentionCalls, checked by
//           longrun.verify.AttentionCases
#include "../common/readers.cuh"
#include "head.cuh"

namespace longrun {

namespace {

// Steps of rows whose loads are in flight together.
constexpr int READINGS_AHEAD = 4;

// What each slice summed: for keys, for values.
struct alignas(16) SliceSums {
  float of[SLICES][2][4 * WARP];
};

// What a reader adds: score * its query row and probability * its outGradient row.
struct Reading {
  int reader;
  int queryRow;
  float score;
  float probability;
};

constexpr Reading NOTHING = {0, 0, 0.0f, 0.0f};

__device__ inline Reading read(const KeyReader& set, int reader, int head, const Slots& slots) {
  const int at = head * set.length + set.keyPosition;
  return {reader, row_of(set.query, reader, in_slot(set.batch, slots)),
          in_slot(set.scoreGradient, slots)[(long long)reader * set.scoreStride + at],
          in_slot(set.probabilities, slots)[(long long)reader * set.probabilityStride + at]};
}

// A head's key and value gradients while they are summed.
template <class Shape>
struct HeadSums {
  float key[Shape::FLOATS];
  float value[Shape::FLOATS];
};

// Adds the readers of one set, in the columns of the head from `column` on. What the next readers are is looked up
// while the rows of these are on their way.
template <class Shape>
__device__ inline void add_readers(HeadSums<Shape>& sums, const KeyReader& set, const Readers& readers,
                                   const KeyGradientJob& job, int head, int column, const Lane& lane,
                                   const Slots& slots) {
  const bool inHead = column < job.dHead;
  const float* query = in_slot(set.query.rows, slots) + head * job.dHead + column;
  const float* outGradient = in_slot(set.outGradient, slots) + head * job.dHead + column;
  const int queryStride = set.query.stride;
  const int outGradientStride = set.outGradientStride;
  int from = readers.from + lane.number;
  Reading mine = from < readers.to ? read(set, readers.at(from), head, slots) : NOTHING;
  from += WARP;
  int following = from < readers.to ? readers.at(from) : 0;
  for (int count = readers.to - readers.from; count > 0; count -= WARP) {
    const Reading next = from < readers.to ? read(set, following, head, slots) : NOTHING;
    from += WARP;
    following = from < readers.to ? readers.at(from) : 0;
    for (int step = 0; step < min(count, WARP); step += READINGS_AHEAD * Shape::ROWS) {
      float queries[READINGS_AHEAD][Shape::FLOATS];
      float gradients[READINGS_AHEAD][Shape::FLOATS];
#pragma unroll
      for (int i = 0; i < READINGS_AHEAD; ++i) {
        const int reading = step + i * Shape::ROWS + row_in_warp<Shape>(lane);
        const long long queryRow = __shfl_sync(WHOLE_WARP, mine.queryRow, reading);
        const long long reader = __shfl_sync(WHOLE_WARP, mine.reader, reading);
        load_row<Shape>(queries[i], query + queryRow * queryStride, inHead && reading < count);
        load_row<Shape>(gradients[i], outGradient + reader * outGradientStride, inHead && reading < count);
      }
#pragma unroll
      for (int i = 0; i < READINGS_AHEAD; ++i) {
        const int reading = step + i * Shape::ROWS + row_in_warp<Shape>(lane);
        add_scaled(sums.key, __shfl_sync(WHOLE_WARP, mine.score, reading), queries[i]);
        add_scaled(sums.value, __shfl_sync(WHOLE_WARP, mine.probability, reading), gradients[i]);
      }
    }
    mine = next;
  }
}

__device__ inline float* key_gradient_at(const KeyGradientJob& job, int row, int head, const Slots& slots) {
  return in_slot(job.keyGradient, slots) + (long long)row * job.keyStride + head * job.dHead;
}

__device__ inline float* value_gradient_at(const KeyGradientJob& job, int row, int head, const Slots& slots) {
  return in_slot(job.valueGradient, slots) + (long long)row * job.valueStride + head * job.dHead;
}

// One (row, head) for a block.
template <class Shape>
__device__ inline void sum_by_block(const KeyGradientJob& job, int row, int head, const Lane& lane, const Slots& slots,
                                    SliceSums& slices) {
  for (int block = 0; block < job.dHead; block += Shape::COLUMNS) {
    const int inBlock = first_column<Shape>(lane);
    HeadSums<Shape> sums;
    set_zero(sums.key);
    set_zero(sums.value);
    for (int i = 0; i < job.readerSets; ++i) {
      const KeyReader& set = job.readers[i];
      add_readers(sums, set, slice_of(readers_of(set.lists, row, slots), lane.warp), job, head, block + inBlock, lane,
                  slots);
    }
    sum_over_rows<Shape>(sums.key);
    sum_over_rows<Shape>(sums.value);
    if (row_in_warp<Shape>(lane) == 0) {
      store_row<Shape>(slices.of[lane.warp][0], sums.key, inBlock, Shape::COLUMNS);
      store_row<Shape>(slices.of[lane.warp][1], sums.value, inBlock, Shape::COLUMNS);
    }
    __syncthreads();
    const int which = (int)threadIdx.x / Shape::COLUMNS;
    const int column = (int)threadIdx.x % Shape::COLUMNS;
    if (which < 2 && block + column < job.dHead) {
      float sum = 0.0f;
#pragma unroll
      for (int slice = 0; slice < SLICES; ++slice) {
        sum += slices.of[slice][which][column];
      }
      float* to = which == 0 ? key_gradient_at(job, row, head, slots) : value_gradient_at(job, row, head, slots);
      to[block + column] = sum;
    }
    __syncthreads();
  }
}

// One (row, head) for a warp; every set has one reader, of the row's number.
template <class Shape>
__device__ inline void sum_by_warp(const KeyGradientJob& job, int row, int head, const Lane& lane, const Slots& slots) {
  for (int block = 0; block < job.dHead; block += Shape::COLUMNS) {
    const int column = block + first_column<Shape>(lane);
    HeadSums<Shape> sums;
    set_zero(sums.key);
    set_zero(sums.value);
    for (int i = row_in_warp<Shape>(lane); i < job.readerSets; i += Shape::ROWS) {
      const KeyReader& set = job.readers[i];
      const Reading reading = read(set, row, head, slots);
      const float* query =
          in_slot(set.query.rows, slots) + (long long)reading.queryRow * set.query.stride + head * job.dHead;
      const float* outGradient =
          in_slot(set.outGradient, slots) + (long long)row * set.outGradientStride + head * job.dHead;
      float columns[Shape::FLOATS];
      load_row<Shape>(columns, query + column, column < job.dHead);
      add_scaled(sums.key, reading.score, columns);
      load_row<Shape>(columns, outGradient + column, column < job.dHead);
      add_scaled(sums.value, reading.probability, columns);
    }
    sum_over_rows<Shape>(sums.key);
    sum_over_rows<Shape>(sums.value);
    if (row_in_warp<Shape>(lane) == 0) {
      store_row<Shape>(key_gradient_at(job, row, head, slots), sums.key, column, job.dHead);
      store_row<Shape>(value_gradient_at(job, row, head, slots), sums.value, column, job.dHead);
    }
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256, 2) key_gradient(const KeyGradientParameters p) {
  SHARED(SliceSums, slices);
  if (idle(p.slots)) {
    return;
  }
  const KeyGradientJob& job = p.job[find_job(p)];
  const Lane lane = this_lane();
  const int pair = job.own ? ((int)blockIdx.x - job.firstBlock) * 8 + lane.warp : (int)blockIdx.x - job.firstBlock;
  const int row = pair / job.heads;
  const int head = pair - row * job.heads;
  if (row >= row_count(job.rows, p.slots)) {
    return;
  }
  with_head_shape(job.dHead, [&](auto shape) {
    using Shape = decltype(shape);
    if (job.own) {
      sum_by_warp<Shape>(job, row, head, lane, p.slots);
    } else {
      sum_by_block<Shape>(job, row, head, lane, p.slots, slices);
    }
  });
  if (head == job.heads - 1 && (job.own || lane.warp == 0)) {
    const int columns = job.heads * job.dHead;
    clear_padding(key_gradient_at(job, row, 0, p.slots), columns, lane);
    clear_padding(value_gradient_at(job, row, 0, p.slots), columns, lane);
  }
}

}  // namespace longrun
