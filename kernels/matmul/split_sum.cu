// Adds what the splits of a weight's gradient have summed.
//
// Computes   out[i] = partial[0][i] + partial[1][i] + ... for every job of a launch and every active slot.
// Shapes     out      [floats]           out
//            partial  splits x [floats]  in, splitFloats apart; all on 16 bytes, floats a multiple of 4
// Mapping    grid (blocks of 1024 floats of all jobs, slots); a thread of 256 adds 4 floats, reading 8 splits ahead.
// Memory     no shared memory.
// Numerics   One chain of additions in fp32 in the order of the splits: at most (splits - 1) * 2^-24 of the sum of
//            magnitudes.
// Twin       longrun.cuda.MatmulCalls; longrun.verify.WeightGradientCases
#include "tile.cuh"

namespace longrun {

namespace {

__device__ inline void split_sum(const SplitSumParameters& p) {
  if (idle(p.slots)) {
    return;
  }
  constexpr int BLOCK_FLOATS = 1024;
  const SplitSumJob& job = p.job[find_job(p)];
  const int i = ((int)blockIdx.x - job.firstBlock) * BLOCK_FLOATS + 4 * (int)threadIdx.x;
  if (i >= job.floats) {
    return;
  }
  const float* from = in_slot(job.partial, p.slots) + i;
  float4 sum = load4(from);
#pragma unroll 8
  for (int split = 1; split < job.splits; ++split) {
    sum = add4(sum, load4(from + (long long)split * job.splitFloats));
  }
  store4(in_slot(job.out, p.slots) + i, sum);
}

}  // namespace

}  // namespace longrun

extern "C" __global__ __launch_bounds__(256) void split_sum(const longrun::SplitSumParameters p) {
  longrun::split_sum(p);
}
