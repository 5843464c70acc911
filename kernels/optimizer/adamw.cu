// Computes: one update of every parameter (longrun.config.OptimizerConfig; AdamW as PyTorch). In this order, with step
//   counted from 1 and the scalars that depend on it from step_begin:
//     Grokfast      g += lambda mu, mu the moving average (done by gradient_sums where sums is not null)
//     orthogonal    where sums is not null, for each tensor: s = w.g / (w.w + 1e-30), h = g - s w,
//                   g = h |g| / (|h| + 1e-30)
//     coupled       g += decay w
//     moments       m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2
//     update        w = keep w - stepSize m / (rootCorrection sqrt(v) + epsilon)
//   A slot whose loss was not finite is left as it is. control->parameterNotFinite becomes 1 if an element of w is
//   not finite.
// Shapes: chunks Chunk [chunks]; gradients float [all, padded]: in; sums double [chunks, 3] or null: in
//   parameters, firstMoment, secondMoment, gradientEma (or null) float [all, padded]: in / out. Padding stays zero, its
//   gradients being zero.
// Mapping: grid (chunks, slots), 256 threads; a block is a chunk, a thread 4 neighbouring elements. Where there are
//   sums, warp 0 of every block adds up those of its chunk's tensor, each time in the same order.
// Memory: 40 shared bytes. Chunks start on 16 bytes.
// Numerics: fp32, each operation rounded on its own but for g + decay w and g + lambda mu, which are fused: bit for bit
//   longrun.cpu.UpdateKernel and GrokfastKernel, given the same gradient and scalars. The projection: the chunks' own
//   projections (gradient_sums.cu) are orthogonal to their w, so |h|^2 = sum of |g - s_c w|^2 + (s - s_c)^2 w.w over
//   chunks c and |g|^2 the same with s = 0, sums of squares that cannot cancel. h is computed in double and rounded, as
//   on the cpu, whose |h| sums the rounded h: they agree to 1e-6 as long as h is more than the rounding of g - s w in
//   double, 1e-16 of g; below that both scale noise up to |g|.
// Twin: longrun.cuda.StepCalls launches it, longrun.verify.OptimizerCases tests it.
#include "update.cuh"

namespace longrun {
namespace {

constexpr double TINY = 1e-30;

// Of the step and of the chunk's tensor.
struct UpdateScalars {
  double share;  // s
  float rescale;
  float beta1;
  float beta2;
  float takeFirst;
  float takeSecond;
  float epsilon;
  float emaLambda;
  int unused;
};

// Warp 0 together: s and |g| / |h| of a tensor.
__device__ inline void project(const double* sums, int chunks, UpdateScalars& scalars) {
  int lane = threadIdx.x % WARP;
  double product = 0.0;
  double weight = 0.0;
  double whole = 0.0;
  for (int c = lane; c < chunks; c += WARP) {
    double share = sums[3 * c];
    double squares = sums[3 * c + 1];
    product = fma(share, squares, product);
    weight += squares;
    whole += fma(share * share, squares, sums[3 * c + 2]);
  }
  double share = warp_sum(product) / (warp_sum(weight) + TINY);
  double remainder = 0.0;
  for (int c = lane; c < chunks; c += WARP) {
    double off = share - sums[3 * c];
    remainder += fma(off * off, sums[3 * c + 1], sums[3 * c + 2]);
  }
  whole = warp_sum(whole);
  remainder = warp_sum(remainder);
  if (lane == 0) {
    scalars.share = share;
    scalars.rescale = (float)(sqrt(whole) / (sqrt(remainder) + TINY));
  }
}

}  // namespace
}  // namespace longrun

extern "C" __global__ void adamw(longrun::UpdateParameters p) {
  using namespace longrun;
  SHARED(UpdateScalars, scalars);
  Control* control = in_slot(p.control, p.slots);
  Chunk chunk = p.chunks[blockIdx.x];
  int lossNotFinite = control->lossNotFinite;  // loaded before the first branch, so that the loads overlap
  if (idle(p.slots) || lossNotFinite != 0) {
    return;
  }
  int element = 4 * (int)threadIdx.x;
  bool mine = element < chunk.floats;
  int start = chunk.start + element;
  Elements w = {};
  Elements g = {};
  Elements m = {};
  Elements v = {};
  Elements mu = {};
  bool filters = p.gradientEma != nullptr && p.sums == nullptr;
  if (mine) {
    g = load_elements(in_slot(p.gradients, p.slots) + start);
    w = load_elements(in_slot(p.parameters, p.slots) + start);
    m = load_elements(in_slot(p.firstMoment, p.slots) + start);
    v = load_elements(in_slot(p.secondMoment, p.slots) + start);
    if (filters) {
      mu = load_elements(in_slot(p.gradientEma, p.slots) + start);
    }
  }
  // Arithmetic in double is slow on many GPUs: a single warp does it, for all.
  if (threadIdx.x == WARP) {
    scalars.beta1 = (float)control->beta1;
    scalars.beta2 = (float)control->beta2;
    scalars.takeFirst = (float)(1.0 - control->beta1);
    scalars.takeSecond = (float)(1.0 - control->beta2);
    scalars.epsilon = (float)control->epsilon;
    scalars.emaLambda = (float)control->emaLambda;
  }
  if (p.sums != nullptr && threadIdx.x < WARP) {
    const double* sums = in_slot(p.sums, p.slots) + 3 * (long long)chunk.firstChunkOfTensor;
    project(sums, chunk.chunksOfTensor, scalars);
  }
  __syncthreads();
  if (!mine) {
    return;
  }
  if (filters) {
    filter(g, mu, control->emaKeep, control->emaTake, scalars.emaLambda);
    store_elements(in_slot(p.gradientEma, p.slots) + start, mu);
  }
  if (p.sums != nullptr) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      g.at[i] = (float)((double)g.at[i] - scalars.share * (double)w.at[i]) * scalars.rescale;
    }
  }
  float bad = 0.0f;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    float gradient = fmaf(w.at[i], control->decay, g.at[i]);
    m.at[i] = m.at[i] * scalars.beta1 + gradient * scalars.takeFirst;
    v.at[i] = v.at[i] * scalars.beta2 + gradient * gradient * scalars.takeSecond;
    float denominator = sqrtf(v.at[i]) * control->rootCorrection + scalars.epsilon;
    w.at[i] = w.at[i] * control->keep - m.at[i] * control->stepSize / denominator;
    bad += w.at[i] - w.at[i];  // 0 for a finite number, else NaN
  }
  store_elements(in_slot(p.firstMoment, p.slots) + start, m);
  store_elements(in_slot(p.secondMoment, p.slots) + start, v);
  store_elements(in_slot(p.parameters, p.slots) + start, w);
  if (bad != 0.0f) {
    control->parameterNotFinite = 1;  // all that write it write the same
  }
}
