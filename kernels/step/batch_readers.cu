// Computes: the batch of the step in progress, and for each table who reads which row: readers of row r, by their
//   number in the batch, ascending, are readers[starts[r]] .. readers[starts[r + 1] - 1]. The batch is
//   order[firstExample + i], i < examples, of the training set; where order is null, the training set as it stands, and
//   then nothing of the step in progress is read. Sets control->epoch where there is an order.
// Shapes: train int [trainExamples], order int [trainExamples] or null, tables BatchTable [tableCount] with
//   table int [dataset examples]: in
//   batch int [examples], starts int [rows + 1], readers int [examples] of each table: out
//   control: in; its epoch: out
// Mapping: grid (tableCount + 1, slots), 256 threads; a block is a table, the last one writes batch and epoch. A stable
//   counting sort over windows of 256 rows: a warp has an eighth of the batch, in order, and counts its readers of each
//   row; a scan in the order (row, warp) turns counts into places; each warp then places its readers. Within 32 readers
//   the ones of the same row find each other by a ballot over each bit of the row.
// Memory: 8224 shared bytes.
// Numerics: integers, exact. No atomics: the order does not depend on who comes first.
// Twin: longrun.cuda.StepCalls launches it, longrun.verify.BatchCases tests it, longrun.cpu.ReaderLists does the
//   same.
//
// Blocks of a launch run in any order, so none reads what another writes: each finds the examples by itself, not in
// `batch`, and none but the last touches control->epoch, which was compared in step_begin and is so again in the next.
#include "../common/device.cuh"

namespace longrun {
namespace {

constexpr int READER_WARPS = 8;
constexpr int READER_THREADS = READER_WARPS * WARP;
constexpr int WINDOW_ROWS = READER_THREADS;  // a thread scans a row

using Counts = int[READER_WARPS][WINDOW_ROWS];
using WarpTotals = int[READER_WARPS];

// Dataset numbers of the batch.
struct Batch {
  const int* train;
  const int* order;  // from the batch's first example on, or null
  int examples;

  __device__ inline int operator[](int reader) const { return train[order == nullptr ? reader : order[reader]]; }
};

__device__ inline Batch batch_of(const BatchParameters& p, const Control& control) {
  if (p.order == nullptr) {
    return {in_slot(p.train, p.slots), nullptr, p.trainExamples};
  }
  return {in_slot(p.train, p.slots), in_slot(p.order, p.slots) + control.firstExample, control.examples};
}

// The lanes that have the same row; `row` is below WINDOW_ROWS, or WINDOW_ROWS for a lane that has none.
__device__ inline unsigned same_row(int row) {
  unsigned same = WHOLE_WARP;
#pragma unroll
  for (int bit = 1; bit <= WINDOW_ROWS; bit *= 2) {
    unsigned set = __ballot_sync(WHOLE_WARP, (row & bit) != 0);
    same &= (row & bit) != 0 ? set : ~set;
  }
  return same;
}

// A warp's pass over its readers of a window of rows, 32 at a time: moves places[row] on by one for each reader of the
// row. Where `readers` is not null, leaves each reader at the place of its row as it found it.
__device__ inline void pass(const Batch& batch, const int* table, int firstRow, int* places, int* readers) {
  int lane = threadIdx.x % WARP;
  int warp = threadIdx.x / WARP;
  int slice = (batch.examples + READER_WARPS - 1) / READER_WARPS;
  int begin = warp * slice;
  int end = begin + slice < batch.examples ? begin + slice : batch.examples;
  for (int first = begin; first < end; first += WARP) {
    int reader = first + lane;
    int row = reader < end ? table[batch[reader]] - firstRow : -1;
    bool within = row >= 0 && row < WINDOW_ROWS;
    unsigned same = same_row(within ? row : WINDOW_ROWS);
    int before = __popc(same & ((1u << lane) - 1));
    int place = within ? places[row] + before : 0;
    __syncwarp();  // all have read their row's place
    if (within && (same >> lane) == 1) {
      places[row] = place + 1;  // the last of the row's readers
    }
    __syncwarp();
    if (within && readers != nullptr) {
      readers[place] = reader;
    }
  }
}

// The sum of the values of all threads before this one; all is the sum over the block.
__device__ inline int sum_before(int value, WarpTotals& totals, int& all) {
  int lane = threadIdx.x % WARP;
  int warp = threadIdx.x / WARP;
  int sum = value;
#pragma unroll
  for (int distance = 1; distance < WARP; distance *= 2) {
    int other = __shfl_up_sync(WHOLE_WARP, sum, distance);
    sum += lane >= distance ? other : 0;
  }
  if (lane == WARP - 1) {
    totals[warp] = sum;
  }
  __syncthreads();
  int before = sum - value;
  all = 0;
#pragma unroll
  for (int i = 0; i < READER_WARPS; ++i) {
    before += i < warp ? totals[i] : 0;
    all += totals[i];
  }
  return before;
}

// A thread's row: turns its counts into places, warp by warp, after those of all rows before; its first place. `all` is
// the number of readers of the window.
__device__ inline int place_row(Counts& counts, WarpTotals& totals, int place, int& all) {
  int row = threadIdx.x;
  int own = 0;
#pragma unroll
  for (int warp = 0; warp < READER_WARPS; ++warp) {
    own += counts[warp][row];
  }
  int start = place + sum_before(own, totals, all);
  int next = start;
#pragma unroll
  for (int warp = 0; warp < READER_WARPS; ++warp) {
    int count = counts[warp][row];
    counts[warp][row] = next;
    next += count;
  }
  return start;
}

}  // namespace
}  // namespace longrun

extern "C" __global__ void batch_readers(longrun::BatchParameters p) {
  using namespace longrun;
  SHARED(Counts, counts);
  SHARED(WarpTotals, totals);
  if (idle(p.slots)) {
    return;
  }
  Control* control = in_slot(p.control, p.slots);
  Batch batch = batch_of(p, *control);
  int thread = threadIdx.x;
  if ((int)blockIdx.x == p.tableCount) {
    int* numbers = in_slot(p.batch, p.slots);
    for (int reader = thread; reader < batch.examples; reader += READER_THREADS) {
      numbers[reader] = batch[reader];
    }
    if (thread == 0 && p.order != nullptr) {
      control->epoch = control->epochOfStep;
    }
    return;
  }
  BatchTable table = p.tables[blockIdx.x];
  int* starts = in_slot(table.starts, p.slots);
  int* readers = in_slot(table.readers, p.slots);
  int* own = counts[thread / WARP];
  int place = 0;
  for (int firstRow = 0; firstRow < table.rows; firstRow += WINDOW_ROWS) {
#pragma unroll
    for (int warp = 0; warp < READER_WARPS; ++warp) {
      counts[warp][thread] = 0;
    }
    __syncthreads();
    pass(batch, table.table, firstRow, own, nullptr);
    __syncthreads();
    int all;
    int start = place_row(counts, totals, place, all);
    if (firstRow + thread < table.rows) {
      starts[firstRow + thread] = start;
    }
    place += all;
    __syncthreads();
    pass(batch, table.table, firstRow, own, readers);
    __syncthreads();
  }
  if (thread == 0) {
    starts[table.rows] = place;
  }
}
