// Computes: what an evaluation reports of each slot. score adds the losses and the right answers of one batch to
//   record[slot].loss[part] and .correct[part], or starts them with that batch. record fills in the rest: the sum of
//   squares of the parameters from weight_norm's chunks, the step, whether the run has diverged.
// Shapes: losses float [examples], correct int [examples], examples int, sums double [chunkCount], control: in
//   record [slots]: in / out
// Mapping: grid (1, slots), 256 threads; thread t adds elements t, t + 256, ...
// Memory: 96 shared bytes (score), 64 (record).
// Numerics: sums in double: each thread's elements in ascending order, then a tree over the threads (block_sum.cuh).
//   The order depends on the number of elements only. Within n roundings of 2^-53, n the elements.
// Twin: longrun.cuda.StepCalls launches them, longrun.verify.ScoreCases tests them.
#include "../common/block_sum.cuh"

namespace longrun {
namespace {

constexpr int SCORE_THREADS = BLOCK_WARPS * WARP;
using DoubleScratch = double[1][BLOCK_WARPS];
using IntScratch = int[1][BLOCK_WARPS];

}  // namespace
}  // namespace longrun

extern "C" __global__ void score(longrun::ScoreParameters p) {
  using namespace longrun;
  SHARED(DoubleScratch, lossScratch);
  SHARED(IntScratch, correctScratch);
  if (idle(p.slots)) {
    return;
  }
  const float* losses = in_slot(p.losses, p.slots);
  const int* correct = in_slot(p.correct, p.slots);
  int examples = *in_slot(p.examples, p.slots);
  double loss[1] = {0.0};
  int right[1] = {0};
  for (int i = threadIdx.x; i < examples; i += SCORE_THREADS) {
    loss[0] += losses[i];
    right[0] += correct[i];
  }
  block_sum(loss, lossScratch);
  block_sum(right, correctScratch);
  if (threadIdx.x == 0) {
    EvaluationRecord& result = p.record[blockIdx.y];
    result.loss[p.part] = (p.first != 0 ? 0.0 : result.loss[p.part]) + loss[0];
    result.correct[p.part] = (p.first != 0 ? 0 : result.correct[p.part]) + right[0];
  }
}

extern "C" __global__ void record(longrun::RecordParameters p) {
  using namespace longrun;
  SHARED(DoubleScratch, scratch);
  if (idle(p.slots)) {
    return;
  }
  const double* sums = in_slot(p.sums, p.slots);
  double squares[1] = {0.0};
  for (int i = threadIdx.x; i < p.chunkCount; i += SCORE_THREADS) {
    squares[0] += sums[i];
  }
  block_sum(squares, scratch);
  if (threadIdx.x == 0) {
    const Control* control = in_slot(p.control, p.slots);
    EvaluationRecord& result = p.record[blockIdx.y];
    result.squaredWeightNorm = squares[0];
    result.step = control->step;
    result.diverged = control->diverged;
  }
}
