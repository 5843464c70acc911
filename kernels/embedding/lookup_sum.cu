// Embeddings, and an MLP's first layer over one-hot inputs: a sum of looked-up rows.
//
// Computes  out[r] = activation(sum over lookups, in order, of the row that each finds for r)
// Shapes    out            [rows, columns]      fp32, row-major, padded, out
//           preActivation  [rows, columns]      fp32, row-major, padded, out; null: not kept
//           lookups        Lookup[lookupCount]  rows of `columns` fp32, padded, in
//           any number of lookups and columns from 1
// Mapping   grid (blocks of all jobs, slots), 256 threads; a block does 8 rows, a warp each. A lane does 4 neighbouring
//           columns, then those 128 further on. Lanes beyond the row's padded columns do nothing: a row is read once
//           and its lookups are few, so there is nothing to spread over them.
// Memory    no shared memory; 16-byte loads and stores. Rows are loaded LOOKUPS_AHEAD at a time.
// Numerics  fp32, lookups in order. Padding is written as zero whatever the rows hold there. Tolerance: (lookups + 16)
//           * 2^-24 of the sum of the magnitudes, times the activation's derivative, plus the result.
// Twin      longrun.plan.Operation.LookupSum; launched by longrun.cuda.EmbeddingCalls, checked by
//           longrun.verify.EmbeddingCases
#include "../common/activation.cuh"
#include "../common/vector4.cuh"

namespace longrun {

namespace {

constexpr int LOOKUPS_AHEAD = 4;

// Where a lookup's row begins; `entry` is of its table.
__device__ inline const float* looked_up(const Lookup& lookup, int entry, const Slots& slots) {
  const float* rows = lookup.perSlot ? in_slot(lookup.rows, slots) : lookup.rows;
  return lookup.table == nullptr ? rows : rows + (long long)lookup.table[entry] * lookup.stride;
}

__device__ inline float4 activate4(float4 x, int activation) {
  return {activate(x.x, activation), activate(x.y, activation), activate(x.z, activation), activate(x.w, activation)};
}

__device__ inline void sum_lookups(const LookupSumJob& job, int row, int lane, const Slots& slots) {
  const int* batch = in_slot(job.batch, slots);
  const int entry = batch == nullptr ? row : batch[row];
  float* out = in_slot(job.out, slots) + (long long)row * job.outStride;
  for (int column = 4 * lane; column < job.columns; column += 4 * WARP) {
    float4 sum = zero4();
    for (int first = 0; first < job.lookupCount; first += LOOKUPS_AHEAD) {
      float4 rows[LOOKUPS_AHEAD];
#pragma unroll
      for (int i = 0; i < LOOKUPS_AHEAD; ++i) {
        if (first + i < job.lookupCount) {
          rows[i] = load4(looked_up(job.lookups[first + i], entry, slots) + column);
        }
      }
#pragma unroll
      for (int i = 0; i < LOOKUPS_AHEAD; ++i) {
        if (first + i < job.lookupCount) {
          sum = add4(sum, rows[i]);
        }
      }
    }
    sum = without_padding(sum, column, job.columns);
    if (job.preActivation != nullptr) {
      store4(in_slot(job.preActivation, slots) + (long long)row * job.preActivationStride + column, sum);
    }
    store4(out + column, activate4(sum, job.activation));
  }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(256) lookup_sum(const LookupSumParameters p) {
  if (idle(p.slots)) {
    return;
  }
  const LookupSumJob& job = p.job[find_job(p)];
  const int row = ((int)blockIdx.x - job.firstBlock) * 8 + (int)threadIdx.x / WARP;
  if (row < row_count(job.rows, p.slots)) {
    sum_lookups(job, row, (int)threadIdx.x % WARP, p.slots);
  }
}

}  // namespace longrun
