package longrun.testing;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import longrun.model.Tensor;
import longrun.model.Tensors;

/** Gradients from values alone. */
public final class FiniteDifferences {
  private FiniteDifferences() {}

  /**
   * Central differences {@code (f(w + h) − f(w − h)) / 2h}, one element of w at a time. In double
   * with h = 1e-5 times a value near 1 the error is near 1e-10: h² from the third derivative,
   * 1e-16/h from rounding.
   *
   * @param f reads the tensors handed to it and keeps nothing
   * @param at w; unchanged afterwards
   * @param h above 0
   */
  public static Tensors gradient(ToDoubleFunction<Tensors> f, Tensors at, double h) {
    Map<String, Tensor> gradient = new LinkedHashMap<>();
    at.asMap()
        .forEach(
            (name, tensor) -> {
              double[] w = tensor.values();
              double[] differences = new double[w.length];
              for (int i = 0; i < w.length; i++) {
                double here = w[i];
                w[i] = here + h;
                double above = f.applyAsDouble(at);
                w[i] = here - h;
                double below = f.applyAsDouble(at);
                w[i] = here;
                differences[i] = (above - below) / ((here + h) - (here - h));
              }
              gradient.put(name, new Tensor(tensor.shape(), differences));
            });
    return new Tensors(gradient);
  }
}
