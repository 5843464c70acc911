// Sums over readers: gradients of looked-up parameters, of rows that took part in a residual path, of shared queries.
//
// Computes  out[r] = (accumulate ? out[r] : 0) + sum over terms and over their readers i of row r of rows[i]
//           Who reads a row is said by lists; a term with a fixed row has all its readers there and none elsewhere.
// Shapes    out    [rows, columns]     fp32, row-major, padded, out or accumulate
//           terms  SumTerm[termCount]  each with rows [readers, columns], fp32, row-major, padded, in; lists, int, in
//           any number of readers and of terms, columns from 1
// Mapping   grid (blocks of all jobs, slots), 256 threads. own = 0: a block for each (row, stripe), block = row *
//           stripes + stripe; the stripes cut the columns into equal parts of at most 128. The readers of each term are
//           cut into 8 slices (readers.cuh), one for each warp. A lane does 4 neighbouring columns; where a stripe has
//           64 columns or fewer, the warp holds several rows at once: more stripes than needed make few rows with many
//           readers quicker. own = 1: 8 rows, a warp each; every term has one reader, of the row's number (no lists, no
//           fixed row).
// Memory    4 KiB of shared memory for the slices' sums; 16-byte loads and stores.
// Numerics  fp32. own = 0: in a slice every n-th reader in order, n being the rows that a warp holds at once, term
//           after term, then a tree over those n; then out and the slices in order. own = 1: out and the terms in
//           order. The order depends on the columns, the stripes and the lists alone. No atomics. Padding is written as
//           zero. Tolerance: (readers / 8 + 24) * 2^-24, one rounding for each step of the longest chain of sums and 24
//           for the rest, of the sum of the magnitudes of the terms.
// Twin      longrun.plan.Operation.ReaderSum and longrun.plan.Operation.LookupGradient; launched by
//           longrun.cuda.EmbeddingCalls, checked by longrun.verify.EmbeddingCases
#include "../common/readers.cuh"
#include "../common/vector4.cuh"

namespace longrun {

namespace {

constexpr int STRIPE = 4 * WARP;
// Rows that a lane has in flight.
constexpr int ROWS_AHEAD = 8;
// The same, where it has one of each term.
constexpr int TERMS_AHEAD = 4;

struct alignas(16) SliceSums {
  float of[SLICES][STRIPE];
};

__device__ inline Readers readers_of(const SumTerm& term, int row, const Slots& slots) {
  if (term.fixedRow < 0) {
    return readers_of(term.lists, row, slots);
  }
  return {nullptr, 0, row == term.fixedRow ? row_count(term.count, slots) : 0};
}

// Columns of a row that a block sums, and how its warps share them out.
struct Stripe {
  int lane;
  int lanes;   // that hold a row, a power of two; the warp holds WARP / lanes rows
  int first;   // column of the stripe
  int column;  // of the lane: its first of 4
  int end;     // columns, with padding, that the stripe ends before

  __device__ bool present() const { return column < end; }
};

// Stripes are of equal width, a multiple of 4 and at most STRIPE columns.
__device__ inline Stripe stripe_of(const ReaderSumJob& job, int stripe) {
  const int vectors = padded(job.columns) / 4;
  const int width = (vectors + job.stripes - 1) / job.stripes;
  int lanes = 1;
  while (lanes < width) {
    lanes *= 2;
  }
  const int lane = (int)threadIdx.x % WARP;
  const int first = 4 * width * stripe;
  return {lane, lanes, first, first + 4 * (lane % lanes), 4 * min(width * (stripe + 1), vectors)};
}

// Adds this warp's readers of one term. The next readers are looked up while the rows of these are on their way.
__device__ inline float4 add_readers(float4 sum, const SumTerm& term, const Readers& readers, const Stripe& stripe,
                                     const Slots& slots) {
  const float* rows = in_slot(term.rows, slots) + stripe.column;
  const int stride = term.stride;
  const int rowsAtOnce = WARP / stripe.lanes;
  const int rowInWarp = stripe.lane / stripe.lanes;
  int from = readers.from + stripe.lane;
  int mine = from < readers.to ? readers.at(from) : 0;
  for (int count = readers.to - readers.from; count > 0; count -= WARP) {
    from += WARP;
    const int next = from < readers.to ? readers.at(from) : 0;
    for (int step = 0; step < min(count, WARP); step += ROWS_AHEAD * rowsAtOnce) {
      float4 row[ROWS_AHEAD];
#pragma unroll
      for (int i = 0; i < ROWS_AHEAD; ++i) {
        const int reading = step + i * rowsAtOnce + rowInWarp;
        const long long reader = __shfl_sync(WHOLE_WARP, mine, reading & (WARP - 1));
        const bool present = reading < min(count, WARP) && stripe.present();
        row[i] = present ? load4(rows + reader * stride) : zero4();
      }
#pragma unroll
      for (int i = 0; i < ROWS_AHEAD; ++i) {
        sum = add4(sum, row[i]);
      }
    }
    mine = next;
  }
  return sum;
}

// One (row, stripe) for a block.
__device__ inline void sum_by_block(const ReaderSumJob& job, int row, const Stripe& stripe, const Slots& slots,
                                    SliceSums& slices) {
  const int warp = (int)threadIdx.x / WARP;
  float4 sum = zero4();
  for (int i = 0; i < job.termCount; ++i) {
    const SumTerm& term = job.terms[i];
    sum = add_readers(sum, term, slice_of(readers_of(term, row, slots), warp), stripe, slots);
  }
  sum = sum_apart4(sum, stripe.lanes);
  if (stripe.lane < stripe.lanes) {
    store4(&slices.of[warp][stripe.column - stripe.first], sum);
  }
  __syncthreads();
  if (warp == 0 && stripe.lane < stripe.lanes && stripe.present()) {
    float* out = in_slot(job.out, slots) + (long long)row * job.outStride + stripe.column;
    float4 total = job.accumulate ? load4(out) : zero4();
#pragma unroll
    for (int slice = 0; slice < SLICES; ++slice) {
      total = add4(total, load4(&slices.of[slice][stripe.column - stripe.first]));
    }
    store4(out, without_padding(total, stripe.column, job.columns));
  }
}

// One row for a warp.
__device__ inline void sum_by_warp(const ReaderSumJob& job, int row, const Slots& slots) {
  float* out = in_slot(job.out, slots) + (long long)row * job.outStride;
  for (int column = (int)threadIdx.x % WARP * 4; column < job.columns; column += STRIPE) {
    float4 total = job.accumulate ? load4(out + column) : zero4();
    for (int first = 0; first < job.termCount; first += TERMS_AHEAD) {
      float4 rows[TERMS_AHEAD];
#pragma unroll
      for (int i = 0; i < TERMS_AHEAD; ++i) {
        if (first + i < job.termCount) {
          const SumTerm& term = job.terms[first + i];
          rows[i] = load4(in_slot(term.rows, slots) + (long long)row * term.stride + column);
        }
      }
#pragma unroll
      for (int i = 0; i < TERMS_AHEAD; ++i) {
        if (first + i < job.termCount) {
          total = add4(total, rows[i]);
        }
      }
    }
    store4(out + column, without_padding(total, column, job.columns));
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256, 3) reader_sum(const ReaderSumParameters p) {
  SHARED(SliceSums, slices);
  if (idle(p.slots)) {
    return;
  }
  const ReaderSumJob& job = p.job[find_job(p)];
  const int block = (int)blockIdx.x - job.firstBlock;
  const int row = job.own ? block * 8 + (int)threadIdx.x / WARP : block / job.stripes;
  if (row >= row_count(job.rows, p.slots)) {
    return;
  }
  if (job.own) {
    sum_by_warp(job, row, p.slots);
  } else {
    sum_by_block(job, row, stripe_of(job, block - row * job.stripes), p.slots, slices);
  }
}

}  // namespace longrun
