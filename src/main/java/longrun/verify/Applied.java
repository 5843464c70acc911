package longrun.verify;

import longrun.cuda.KernelParameters;
import org.apache.commons.numbers.gamma.Erfc;

/** What a kernel applies to each of its sums. */
enum Applied {
  NONE(KernelParameters.ACTIVATION_NONE),
  RELU(KernelParameters.ACTIVATION_RELU),
  GELU(KernelParameters.ACTIVATION_GELU),
  SQUARE(KernelParameters.ACTIVATION_SQUARE);

  private final int code;

  Applied(int code) {
    this.code = code;
  }

  /** The kernels' number of it. */
  int code() {
    return code;
  }

  /** Whether two correct programs have the same bits. */
  boolean isExact() {
    return this != GELU;
  }

  double at(double x) {
    return switch (this) {
      case NONE -> x;
      case RELU -> Math.max(x, 0);
      case GELU -> x * normalCdf(x);
      case SQUARE -> x * x;
    };
  }

  /** The derivative, from what the forward pass keeps: the result for ReLU, else the argument. */
  double derivative(double saved) {
    return switch (this) {
      case NONE -> 1;
      case RELU -> saved > 0 ? 1 : 0;
      case GELU ->
          normalCdf(saved) + saved * Math.exp(-0.5 * saved * saved) / Math.sqrt(2 * Math.PI);
      case SQUARE -> 2 * saved;
    };
  }

  /** How much of an argument's error, and of its own rounding, the result may have. */
  double scale(double x, double magnitude) {
    return switch (this) {
      case NONE, RELU -> magnitude;
      // The derivative is at most 1.13.
      case GELU -> 2 * magnitude + Math.abs(x);
      case SQUARE -> 2 * Math.abs(x) * magnitude + x * x;
    };
  }

  private static double normalCdf(double x) {
    return 0.5 * Erfc.value(-x / Math.sqrt(2));
  }
}
