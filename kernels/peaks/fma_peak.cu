// As many fused multiply-adds as a multiprocessor can take: what fp32 cannot exceed.
//
// Computes   In each thread PEAK_CHAINS chains of x = x * factor + summand, rounds * PEAK_FMA_STEPS long; chain c of
//            thread t of the grid begins with PEAK_CHAINS * t + c. out[t] is the sum of the chains.
// Shapes     out       [blocks * 256]     out
//            operands  [factor, summand]  in
// Mapping    grid (blocks, 1); 256 threads, each with chains of its own. A multiply-add takes about 4 cycles, and a
//            scheduler begins one in each: 8 chains keep it busy even with a single warp.
// Memory     no shared memory. Operands are read from memory, so that the compiler cannot know them, and everything
//            computed goes into what is written, so that nothing can be left out.
// Numerics   A chain is exact to its definition, one rounding a step; the sum goes through the chains in order. The
//            same bits everywhere. |factor| < 1 keeps chains finite.
// Twin       longrun.cuda.DevicePeaks; longrun.verify.PeakCases
#include "../common/device.cuh"

namespace longrun {

namespace {

__device__ inline void fma_peak(const PeakParameters& p) {
  const float factor = p.operands[0];
  const float summand = p.operands[1];
  const int thread = (int)blockIdx.x * PEAK_THREADS + (int)threadIdx.x;
  float x[PEAK_CHAINS];
#pragma unroll
  for (int chain = 0; chain < PEAK_CHAINS; ++chain) {
    x[chain] = (float)(PEAK_CHAINS * thread + chain);
  }
#pragma unroll 1
  for (int round = 0; round < p.rounds; ++round) {
#pragma unroll
    for (int step = 0; step < PEAK_FMA_STEPS; ++step) {
#pragma unroll
      for (int chain = 0; chain < PEAK_CHAINS; ++chain) {
        x[chain] = fmaf(x[chain], factor, summand);
      }
    }
  }
  float sum = x[0];
#pragma unroll
  for (int chain = 1; chain < PEAK_CHAINS; ++chain) {
    sum += x[chain];
  }
  p.out[thread] = sum;
}

}  // namespace

}  // namespace longrun

extern "C" __global__ __launch_bounds__(256) void fma_peak(const longrun::PeakParameters p) { longrun::fma_peak(p); }
