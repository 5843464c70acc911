package longrun.reference;

/**
 * A layer around which its input is carried: y = x + f(x), dx = dy + f'(x)ᵀ dy.
 *
 * @param inner f, as wide at its output as at its input
 */
record Residual(Layer inner) implements Layer {
  @Override
  public double[][] forward(double[][] x) {
    return sum(x, inner.forward(x));
  }

  @Override
  public double[][] backward(double[][] x, double[][] dy) {
    return sum(dy, inner.backward(x, dy));
  }

  private static double[][] sum(double[][] left, double[][] right) {
    double[][] sum = new double[left.length][];
    for (int position = 0; position < left.length; position++) {
      sum[position] = left[position].clone();
      for (int i = 0; i < sum[position].length; i++) {
        sum[position][i] += right[position][i];
      }
    }
    return sum;
  }
}
