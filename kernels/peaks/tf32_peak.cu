// As many products as the tensor cores take by the instruction that the other kernels use: what tf32 cannot exceed.
//
// Computes   In each warp PEAK_CHAINS chains of D = D + A * B, rounds * PEAK_MMA_STEPS long; chain c begins with c in
//            every element. What is written is the sum of the chains.
// Shapes     out       [blocks * 256, 4]     out: what a thread holds of D (mma_tf32 in ptx.cuh), the chains summed
//            operands  A [16, 8], B [8, 8]   in, rounded to tf32
// Mapping    grid (blocks, 1); 8 warps a block, each with chains of its own.
// Memory     no shared memory. Operands are read from memory, so that the compiler cannot know them; chains begin
//            apart, so that it cannot merge them; everything computed goes into what is written.
// Numerics   Products are exact in mma; an addition may cut off, at most 2^-23 of the sum of magnitudes. Exact where
//            operands and sums are small multiples of a power of two, as in the test.
//            On Hopper mma.sync does not reach the tensor cores' rate of the data sheet: that takes wgmma, which no
//            kernel here uses.
// Twin       longrun.cuda.DevicePeaks; longrun.verify.PeakCases
#include "../common/ptx.cuh"

namespace longrun {

namespace {

__device__ inline void tf32_peak(const PeakParameters& p) {
  constexpr int DEPTH = 8;
  constexpr int COLUMNS = 8;
  const int group = (int)threadIdx.x % WARP / 4;
  const int member = (int)threadIdx.x % 4;
  const float* first = p.operands;
  const float* second = p.operands + 16 * DEPTH;
  const float a[4] = {first[group * DEPTH + member], first[(group + 8) * DEPTH + member],
                      first[group * DEPTH + member + 4], first[(group + 8) * DEPTH + member + 4]};
  const float b[2] = {second[member * COLUMNS + group], second[(member + 4) * COLUMNS + group]};
  float d[PEAK_CHAINS][4];
#pragma unroll
  for (int chain = 0; chain < PEAK_CHAINS; ++chain) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      d[chain][i] = (float)chain;
    }
  }
#pragma unroll 1
  for (int round = 0; round < p.rounds; ++round) {
#pragma unroll
    for (int step = 0; step < PEAK_MMA_STEPS; ++step) {
#pragma unroll
      for (int chain = 0; chain < PEAK_CHAINS; ++chain) {
        mma_tf32(d[chain], a, b);
      }
    }
  }
  float4 sum = make_float4(d[0][0], d[0][1], d[0][2], d[0][3]);
#pragma unroll
  for (int chain = 1; chain < PEAK_CHAINS; ++chain) {
    sum.x += d[chain][0];
    sum.y += d[chain][1];
    sum.z += d[chain][2];
    sum.w += d[chain][3];
  }
  store4(p.out + 4 * ((int)blockIdx.x * PEAK_THREADS + (int)threadIdx.x), sum);
}

}  // namespace

}  // namespace longrun

extern "C" __global__ __launch_bounds__(256) void tf32_peak(const longrun::PeakParameters p) { longrun::tf32_peak(p); }
