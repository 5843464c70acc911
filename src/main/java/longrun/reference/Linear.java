package longrun.reference;

import java.util.Optional;

/**
 * An affine map of every row.
 *
 * <pre>
 *   y[o]     = Σ_i x[i] · W[i, o] + b[o]
 *
 *   dx[i]    = Σ_o dy[o] · W[i, o]
 *   dW[i, o] += x[i] · dy[o]
 *   db[o]    += dy[o]
 * </pre>
 *
 * @param weight [in, out]
 * @param bias [out], or none
 */
record Linear(Parameter weight, Optional<Parameter> bias, int in, int out) implements Layer {

  @Override
  public double[][] forward(double[][] x) {
    double[][] y = new double[x.length][out];
    for (int position = 0; position < x.length; position++) {
      for (int i = 0; i < in; i++) {
        for (int o = 0; o < out; o++) {
          y[position][o] += x[position][i] * weight.value(i * out + o);
        }
      }
      if (bias.isPresent()) {
        for (int o = 0; o < out; o++) {
          y[position][o] += bias.get().value(o);
        }
      }
    }
    return y;
  }

  @Override
  public double[][] backward(double[][] x, double[][] dy) {
    double[][] dx = new double[x.length][in];
    for (int position = 0; position < x.length; position++) {
      for (int i = 0; i < in; i++) {
        for (int o = 0; o < out; o++) {
          dx[position][i] += dy[position][o] * weight.value(i * out + o);
          weight.addGradient(i * out + o, x[position][i] * dy[position][o]);
        }
      }
      if (bias.isPresent()) {
        for (int o = 0; o < out; o++) {
          bias.get().addGradient(o, dy[position][o]);
        }
      }
    }
    return dx;
  }
}
