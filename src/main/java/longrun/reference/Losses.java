package longrun.reference;

import longrun.config.Loss;

/**
 * Loss of one example and its derivative by the logits z, for the label y; C classes.
 *
 * <pre>
 *   cross_entropy   L = log Σ_c exp(z_c) − z_y
 *                   ∂L/∂z_c = p_c − [c = y]           with p = softmax(z)
 *
 *   mse             L = Σ_c (z_c − [c = y])² / C
 *                   ∂L/∂z_c = 2 (z_c − [c = y]) / C
 *
 *   stablemax       L = log Σ_c s(z_c) − log s(z_y)
 *                   s(z) = z + 1 for z ≥ 0, else 1/(1 − z)
 *                   ∂L/∂z_c = s'(z_c) / Σs − [c = y] s'(z_y) / s(z_y)
 * </pre>
 *
 * StableMax is Prieto et al. (2025). Where the label has nearly all of the probability, 1 − p_y is
 * computed as the sum of the other classes' shares, and a logarithm near 0 by log1p: losses and
 * gradients keep their relative accuracy however small they become.
 */
final class Losses {
  private Losses() {}

  static double value(Loss loss, double[] logits, int label) {
    return switch (loss) {
      case CROSS_ENTROPY -> crossEntropy(logits, label);
      case MSE -> squaredError(logits, label);
      case STABLEMAX -> stablemax(logits, label);
    };
  }

  /** Derivative of {@link #value} by every logit. */
  static double[] gradient(Loss loss, double[] logits, int label) {
    return switch (loss) {
      case CROSS_ENTROPY -> crossEntropyGradient(logits, label);
      case MSE -> squaredErrorGradient(logits, label);
      case STABLEMAX -> stablemaxGradient(logits, label);
    };
  }

  /**
   * Index of the largest logit, of the first among equals; −1 if a logit is NaN, so that such a row
   * is nobody's answer.
   */
  static int prediction(double[] logits) {
    int best = 0;
    for (int c = 0; c < logits.length; c++) {
      if (Double.isNaN(logits[c])) {
        return -1;
      }
      if (logits[c] > logits[best]) {
        best = c;
      }
    }
    return best;
  }

  private static double crossEntropy(double[] z, int label) {
    int top = largest(z);
    double others = 0;
    for (int c = 0; c < z.length; c++) {
      if (c != top) {
        others += StrictMath.exp(z[c] - z[top]);
      }
    }
    return z[top] - z[label] + StrictMath.log1p(others);
  }

  private static double[] crossEntropyGradient(double[] z, int label) {
    double largest = z[largest(z)];
    double[] gradient = new double[z.length];
    double sum = 0;
    for (int c = 0; c < z.length; c++) {
      gradient[c] = StrictMath.exp(z[c] - largest);
      sum += gradient[c];
    }
    double others = 0;
    for (int c = 0; c < z.length; c++) {
      gradient[c] /= sum;
      if (c != label) {
        others += gradient[c];
      }
    }
    gradient[label] = -others;
    return gradient;
  }

  private static double squaredError(double[] z, int label) {
    double sum = 0;
    for (int c = 0; c < z.length; c++) {
      double difference = z[c] - (c == label ? 1 : 0);
      sum += difference * difference;
    }
    return sum / z.length;
  }

  private static double[] squaredErrorGradient(double[] z, int label) {
    double[] gradient = new double[z.length];
    for (int c = 0; c < z.length; c++) {
      gradient[c] = 2 * (z[c] - (c == label ? 1 : 0)) / z.length;
    }
    return gradient;
  }

  private static double stablemax(double[] z, int label) {
    return StrictMath.log1p(othersShare(z, label) / share(z[label]));
  }

  private static double[] stablemaxGradient(double[] z, int label) {
    double others = othersShare(z, label);
    double sum = others + share(z[label]);
    double[] gradient = new double[z.length];
    for (int c = 0; c < z.length; c++) {
      gradient[c] = shareDerivative(z[c]) / sum;
    }
    // 1/Σs − 1/s_y, without the cancellation
    gradient[label] = -shareDerivative(z[label]) * (others / sum) / share(z[label]);
    return gradient;
  }

  /** Σ s(z_c) over the classes that are not the label. */
  private static double othersShare(double[] z, int label) {
    double sum = 0;
    for (int c = 0; c < z.length; c++) {
      if (c != label) {
        sum += share(z[c]);
      }
    }
    return sum;
  }

  private static double share(double z) {
    return z >= 0 ? z + 1 : 1 / (1 - z);
  }

  private static double shareDerivative(double z) {
    return z >= 0 ? 1 : 1 / ((1 - z) * (1 - z));
  }

  private static int largest(double[] z) {
    int largest = 0;
    for (int c = 1; c < z.length; c++) {
      if (z[c] > z[largest]) {
        largest = c;
      }
    }
    return largest;
  }
}
