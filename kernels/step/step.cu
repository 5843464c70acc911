// Computes: which slots take a step, and the scalars of their steps. Both kernels first end a step that is pending: it
//   counts unless its loss was not finite, and the run has diverged if its loss or a parameter was not finite.
//   step_begin, STEP_TRAIN: active slots that have not diverged begin a step (running = 1, pending = 1, flags cleared);
//   STEP_PEEK: active slots run, without a step that would end. Both set the batch (longrun.engine.BatchOrder) and the
//   scalars (longrun.config.OptimizerConfig.learningRateAt, longrun.cpu.UpdateKernel, longrun.cpu.GrokfastKernel) of
//   update step + 1. Every slot's `running` is written. step_end: running = 0 for every slot.
// Shapes: active int [slots]: in; control: in / out; running int [slots]: out
// Mapping: grid (ceil(slots / 32), 1), 32 threads; a thread is a slot.
// Memory: no shared memory.
// Numerics: scalars in double, rounded to float. beta^step by squaring: products alone, so the bits are the same on
//   every machine. Its error is below step * beta^step * 2^-52, and that of 1 - beta^step below 2^-51 / (1 - beta),
//   relative: where beta <= 0.9999 the rounded scalar differs from that of an exact power in less than 1 step of 10^4,
//   by one rounding. Integers exact.
// Twin: longrun.cuda.StepCalls launches them, longrun.verify.StepCases tests them, longrun.cpu.Stepper does the
//   same.
#include "../common/device.cuh"

namespace longrun {
namespace {

__device__ inline int slot_of_thread() { return blockIdx.x * WARP + threadIdx.x; }

// blockIdx.y is no slot here.
__device__ inline Control& control_of(int slot, const StepParameters& p) {
  return *(Control*)((char*)p.control + 4 * p.slots.stride * slot);
}

__device__ inline void end_step(Control& control) {
  if (control.pending != 0) {
    if (control.lossNotFinite == 0) {
      ++control.step;
    }
    control.diverged = control.lossNotFinite != 0 || control.parameterNotFinite != 0 ? 1 : 0;
    control.pending = 0;
  }
}

// Both powers at once: neither waits for the other.
__device__ inline void powers(double first, double second, long long exponent, double& firstPower,
                              double& secondPower) {
  firstPower = 1.0;
  secondPower = 1.0;
  while (exponent > 0) {
    if ((exponent & 1) != 0) {
      firstPower *= first;
      secondPower *= second;
    }
    first *= first;
    second *= second;
    exponent >>= 1;
  }
}

__device__ inline void set_batch(Control& control, const StepParameters& p) {
  int stepsPerEpoch = (p.trainExamples + p.batchExamples - 1) / p.batchExamples;
  long long epoch = control.step / stepsPerEpoch;
  int first = (int)(control.step - epoch * stepsPerEpoch) * p.batchExamples;
  int left = p.trainExamples - first;
  control.examples = left < p.batchExamples ? left : p.batchExamples;
  control.firstExample = first;
  control.epochOfStep = (int)epoch;
  control.epochStarts = control.epoch != epoch ? 1 : 0;
}

__device__ inline void set_scalars(Control& control) {
  long long step = control.step + 1;
  double rate = control.learningRate;
  if (step < control.warmupSteps) {
    rate *= (double)step / (double)control.warmupSteps;
  }
  double power1;
  double power2;
  powers(control.beta1, control.beta2, step, power1, power2);
  bool coupled = control.coupledDecay != 0;
  bool first = step == 1;
  control.keep = coupled ? 1.0f : (float)(1.0 - rate * control.weightDecay);
  control.decay = coupled ? (float)control.weightDecay : 0.0f;
  control.stepSize = (float)(rate / (1.0 - power1));
  control.rootCorrection = (float)(1.0 / sqrt(1.0 - power2));
  control.emaKeep = first ? 0.0f : (float)control.emaAlpha;
  control.emaTake = first ? 1.0f : (float)(1.0 - control.emaAlpha);
}

}  // namespace
}  // namespace longrun

extern "C" __global__ void step_begin(longrun::StepParameters p) {
  using namespace longrun;
  int slot = slot_of_thread();
  if (slot >= p.slotCount) {
    return;
  }
  if (p.slots.active[slot] == 0) {
    p.running[slot] = 0;
    return;
  }
  Control& control = control_of(slot, p);
  end_step(control);
  bool train = p.mode == STEP_TRAIN;
  bool runs = !train || control.diverged == 0;
  p.running[slot] = runs ? 1 : 0;
  if (!runs) {
    return;
  }
  if (train) {
    control.pending = 1;
    control.lossNotFinite = 0;
    control.parameterNotFinite = 0;
  }
  set_batch(control, p);
  set_scalars(control);
}

extern "C" __global__ void step_end(longrun::StepParameters p) {
  using namespace longrun;
  int slot = slot_of_thread();
  if (slot >= p.slotCount) {
    return;
  }
  if (p.slots.active[slot] != 0) {
    end_step(control_of(slot, p));
  }
  p.running[slot] = 0;
}
