package longrun.reference;

/**
 * Layer normalisation of every row (Ba, Kiros and Hinton 2016), with the biased variance.
 *
 * <pre>
 *   μ = mean(x)      σ = sqrt(mean((x − μ)²) + 1e-5)      x̂ = (x − μ) / σ
 *   y = w · x̂ + b
 *
 *   g  = w · dy
 *   dx = (g − mean(g) − x̂ · mean(g · x̂)) / σ
 *   dw += dy · x̂
 *   db += dy
 * </pre>
 *
 * @param weight [width]
 * @param bias [width]
 */
record LayerNormalization(Parameter weight, Parameter bias, int width) implements Layer {
  private static final double EPSILON = 1e-5;

  @Override
  public double[][] forward(double[][] x) {
    double[][] y = new double[x.length][width];
    for (int position = 0; position < x.length; position++) {
      double[] normalized = normalize(x[position]);
      for (int i = 0; i < width; i++) {
        y[position][i] = weight.value(i) * normalized[i] + bias.value(i);
      }
    }
    return y;
  }

  @Override
  public double[][] backward(double[][] x, double[][] dy) {
    double[][] dx = new double[x.length][width];
    for (int position = 0; position < x.length; position++) {
      double[] normalized = normalize(x[position]);
      double deviation = deviation(x[position], mean(x[position]));
      double meanG = 0;
      double meanGNormalized = 0;
      for (int i = 0; i < width; i++) {
        double g = weight.value(i) * dy[position][i];
        meanG += g / width;
        meanGNormalized += g * normalized[i] / width;
      }
      for (int i = 0; i < width; i++) {
        double g = weight.value(i) * dy[position][i];
        dx[position][i] = (g - meanG - normalized[i] * meanGNormalized) / deviation;
        weight.addGradient(i, dy[position][i] * normalized[i]);
        bias.addGradient(i, dy[position][i]);
      }
    }
    return dx;
  }

  private double[] normalize(double[] row) {
    double mean = mean(row);
    double deviation = deviation(row, mean);
    double[] normalized = new double[width];
    for (int i = 0; i < width; i++) {
      normalized[i] = (row[i] - mean) / deviation;
    }
    return normalized;
  }

  private double mean(double[] row) {
    double sum = 0;
    for (int i = 0; i < width; i++) {
      sum += row[i];
    }
    return sum / width;
  }

  private double deviation(double[] row, double mean) {
    double squares = 0;
    for (int i = 0; i < width; i++) {
      squares += (row[i] - mean) * (row[i] - mean);
    }
    return Math.sqrt(squares / width + EPSILON);
  }
}
