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
   * Central differences {@code (f(w + h) − f(w − h)) / 2h}, one element of w at a time. For values
   * near 1 in double, h = 1e-6 leaves an error near 1e-10: h² times the third derivative from the
   * curvature, 1e-16 / h from rounding.
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
