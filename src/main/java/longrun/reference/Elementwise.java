package longrun.reference;

import longrun.config.Activation;
import org.apache.commons.numbers.gamma.Erfc;

/**
 * An activation function applied to every element.
 *
 * <pre>
 *   relu    max(0, x)     derivative 1 for x &gt; 0, else 0
 *   gelu    x · Φ(x)      derivative Φ(x) + x · φ(x)
 *   square  x²            derivative 2x
 * </pre>
 *
 * with Φ(x) = erfc(−x/√2)/2 the standard normal distribution function, which keeps its relative
 * accuracy for x ≪ 0 where (1 + erf(x/√2))/2 loses it, and φ(x) = exp(−x²/2)/√(2π) its density
 * (Hendrycks and Gimpel 2016). A NaN stays a NaN.
 */
record Elementwise(Activation activation) implements Layer {
  private static final double SQRT_2 = Math.sqrt(2);
  private static final double SQRT_2_PI = Math.sqrt(2 * Math.PI);

  @Override
  public double[][] forward(double[][] x) {
    double[][] y = new double[x.length][];
    for (int position = 0; position < x.length; position++) {
      y[position] = new double[x[position].length];
      for (int i = 0; i < y[position].length; i++) {
        y[position][i] = value(x[position][i]);
      }
    }
    return y;
  }

  @Override
  public double[][] backward(double[][] x, double[][] dy) {
    double[][] dx = new double[x.length][];
    for (int position = 0; position < x.length; position++) {
      dx[position] = new double[x[position].length];
      for (int i = 0; i < dx[position].length; i++) {
        dx[position][i] = derivative(x[position][i]) * dy[position][i];
      }
    }
    return dx;
  }

  double value(double x) {
    return switch (activation) {
      case RELU -> Math.max(0, x);
      case GELU -> x * normalDistribution(x);
      case SQUARE -> x * x;
    };
  }

  double derivative(double x) {
    return switch (activation) {
      case RELU -> x > 0 ? 1 : 0;
      case GELU -> normalDistribution(x) + x * normalDensity(x);
      case SQUARE -> 2 * x;
    };
  }

  private static double normalDistribution(double x) {
    return Erfc.value(-x / SQRT_2) / 2;
  }

  private static double normalDensity(double x) {
    return StrictMath.exp(-x * x / 2) / SQRT_2_PI;
  }
}
