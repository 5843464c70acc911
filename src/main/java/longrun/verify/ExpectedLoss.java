package longrun.verify;

import longrun.config.Loss;

/**
 * Loss of one example and its derivative by the logits, in double, from fp32 logits; the formulas
 * of {@link longrun.config.Loss}.
 */
final class ExpectedLoss {
  private ExpectedLoss() {}

  static double value(Loss loss, float[] logits, int label) {
    return switch (loss) {
      case CROSS_ENTROPY -> {
        double largest = largest(logits);
        double sum = 0;
        for (float z : logits) {
          sum += StrictMath.exp(z - largest);
        }
        yield StrictMath.log(sum) - (logits[label] - largest);
      }
      case MSE -> {
        double sum = 0;
        for (int column = 0; column < logits.length; column++) {
          double difference = logits[column] - (column == label ? 1.0 : 0.0);
          sum += difference * difference;
        }
        yield sum / logits.length;
      }
      case STABLEMAX -> StrictMath.log(stableSum(logits)) - StrictMath.log(stable(logits[label]));
    };
  }

  static double[] gradient(Loss loss, float[] logits, int label) {
    double[] gradient = new double[logits.length];
    switch (loss) {
      case CROSS_ENTROPY -> {
        double largest = largest(logits);
        double sum = 0;
        for (int column = 0; column < logits.length; column++) {
          gradient[column] = StrictMath.exp(logits[column] - largest);
          sum += gradient[column];
        }
        for (int column = 0; column < logits.length; column++) {
          gradient[column] = gradient[column] / sum - (column == label ? 1 : 0);
        }
      }
      case MSE -> {
        for (int column = 0; column < logits.length; column++) {
          double difference = logits[column] - (column == label ? 1.0 : 0.0);
          gradient[column] = 2 * difference / logits.length;
        }
      }
      case STABLEMAX -> {
        double sum = stableSum(logits);
        for (int column = 0; column < logits.length; column++) {
          gradient[column] = stableSlope(logits[column]) / sum;
        }
        gradient[label] -= stableSlope(logits[label]) / stable(logits[label]);
      }
    }
    return gradient;
  }

  /** Whether the label has the largest logit, the lowest index among equals; false with a NaN. */
  static boolean isLargest(float[] logits, int label) {
    for (int column = 0; column < logits.length; column++) {
      boolean below =
          column < label ? logits[column] < logits[label] : logits[column] <= logits[label];
      if (!below) {
        return false;
      }
    }
    return true;
  }

  private static double largest(float[] logits) {
    double largest = Double.NEGATIVE_INFINITY;
    for (float z : logits) {
      largest = Math.max(largest, z);
    }
    return largest;
  }

  private static double stableSum(float[] logits) {
    double sum = 0;
    for (float z : logits) {
      sum += stable(z);
    }
    return sum;
  }

  private static double stable(double z) {
    return z >= 0 ? z + 1 : 1 / (1 - z);
  }

  private static double stableSlope(double z) {
    return z >= 0 ? 1 : 1 / ((1 - z) * (1 - z));
  }
}
