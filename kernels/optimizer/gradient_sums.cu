// Computes: gradient_sums: the Grokfast filter, where there is one, in place of the gradient; then of each chunk of
//   parameters w and gradients g what adamw needs to project (longrun.cpu.OrthogonalKernel; Prieto et al. 2025):
//     s = w.g / w.w (0 where w is 0), w.w and |g - s w|^2.
//   weight_norm: of each chunk w.w.
// Shapes: chunks Chunk [chunks]; parameters float [all, padded]: in; gradients, gradientEma float [all, padded]: in /
//   out
//   sums double [chunks, 3] (gradient_sums), [chunks] (weight_norm): out
// Mapping: grid (chunks, slots), 256 threads; a block is a chunk, a thread 4 neighbouring elements.
// Memory: 200 shared bytes (gradient_sums), 64 (weight_norm). Chunks start on 16 bytes.
// Numerics: products of floats are exact in double, sums are double: 4 elements in order, then block_sum's tree; 11
//   roundings of 2^-53. With the usual sums w.g, w.w, g.g the norm of the projected gradient, g.g - (w.g)^2 / w.w,
//   cancels: all digits are lost where less than 1e-8 of the gradient is left, and rescaling then blows noise up. So
//   each chunk is projected by its own s and its remainder summed: the parts are orthogonal, and adamw puts the norm
//   together as a sum of squares (adamw.cu), as good as a second pass over the tensor. Tolerance 1e-14 of |w| |g| resp.
//   w.w, g.g.
// Twin: longrun.cuda.StepCalls launches them, longrun.verify.OptimizerCases tests them.
#include "update.cuh"

namespace longrun {
namespace {

using PairScratch = double[2][BLOCK_WARPS];
using SingleScratch = double[1][BLOCK_WARPS];

}  // namespace
}  // namespace longrun

extern "C" __global__ void gradient_sums(longrun::UpdateParameters p) {
  using namespace longrun;
  SHARED(PairScratch, pairScratch);
  SHARED(SingleScratch, singleScratch);
  SHARED(double, share);
  const Control* control = in_slot(p.control, p.slots);
  Chunk chunk = p.chunks[blockIdx.x];
  int lossNotFinite = control->lossNotFinite;  // loaded before the first branch, so that the loads overlap
  if (idle(p.slots) || lossNotFinite != 0) {
    return;  // a step that is not taken leaves the filter as it is
  }
  int element = 4 * (int)threadIdx.x;
  Elements g = {};
  Elements w = {};
  if (element < chunk.floats) {
    float* gradients = in_slot(p.gradients, p.slots) + chunk.start + element;
    g = load_elements(gradients);
    w = load_elements(in_slot(p.parameters, p.slots) + chunk.start + element);
    if (p.gradientEma != nullptr) {
      float* ema = in_slot(p.gradientEma, p.slots) + chunk.start + element;
      Elements mu = load_elements(ema);
      filter(g, mu, control->emaKeep, control->emaTake, (float)control->emaLambda);
      store_elements(ema, mu);
      store_elements(gradients, g);
    }
  }
  double products[2] = {0.0, 0.0};  // w.g, w.w
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    products[0] = fma((double)w.at[i], (double)g.at[i], products[0]);
    products[1] = fma((double)w.at[i], (double)w.at[i], products[1]);
  }
  block_sum(products, pairScratch);
  if (threadIdx.x == 0) {
    share = products[1] == 0.0 ? 0.0 : products[0] / products[1];
  }
  __syncthreads();
  double remainder[1] = {0.0};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    double left = (double)g.at[i] - share * (double)w.at[i];
    remainder[0] = fma(left, left, remainder[0]);
  }
  block_sum(remainder, singleScratch);
  if (threadIdx.x == 0) {
    double* sums = in_slot(p.sums, p.slots) + 3 * (long long)blockIdx.x;
    sums[0] = share;
    sums[1] = products[1];
    sums[2] = remainder[0];
  }
}

extern "C" __global__ void weight_norm(longrun::UpdateParameters p) {
  using namespace longrun;
  SHARED(SingleScratch, scratch);
  Chunk chunk = p.chunks[blockIdx.x];
  if (idle(p.slots)) {
    return;
  }
  int element = 4 * (int)threadIdx.x;
  double squares[1] = {0.0};
  if (element < chunk.floats) {
    Elements w = load_elements(in_slot(p.parameters, p.slots) + chunk.start + element);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      squares[0] = fma((double)w.at[i], (double)w.at[i], squares[0]);
    }
  }
  block_sum(squares, scratch);
  if (threadIdx.x == 0) {
    in_slot(p.sums, p.slots)[blockIdx.x] = squares[0];
  }
}
