package longrun.train;

import longrun.engine.RunState;
import longrun.model.Tensor;
import longrun.model.Tensors;

/** Looks for NaN and infinity. */
final class FiniteCheck {
  private FiniteCheck() {}

  /** Whether a run could go on from the state. */
  static boolean isFinite(RunState state) {
    return isFinite(state.parameters())
        && isFinite(state.firstMoment())
        && isFinite(state.secondMoment())
        && state.gradientEma().map(FiniteCheck::isFinite).orElse(true);
  }

  /** Index of the first value that is not finite; -1 if all are. */
  static int firstNonFinite(double[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isFinite(Tensors tensors) {
    for (Tensor tensor : tensors.asMap().values()) {
      if (firstNonFinite(tensor.values()) >= 0) {
        return false;
      }
    }
    return true;
  }
}
