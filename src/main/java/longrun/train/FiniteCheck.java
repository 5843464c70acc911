package longrun.train;

import longrun.engine.RunState;
import longrun.model.Tensor;

/** Looks for NaN and infinity. */
final class FiniteCheck {
  private FiniteCheck() {}

  /**
   * Whether a run could go on from the state. An infinite second moment is no obstacle: a float
   * overflows there long before a parameter does, and merely holds that parameter still.
   */
  static boolean canGoOn(RunState state) {
    for (Tensor tensor : state.parameters().asMap().values()) {
      if (firstNonFinite(tensor.values()) >= 0) {
        return false;
      }
    }
    return true;
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
}
