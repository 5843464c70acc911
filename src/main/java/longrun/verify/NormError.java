package longrun.verify;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import longrun.model.Tensor;
import longrun.model.Tensors;

/**
 * How far tensors are from what they should be, in relative Euclidean norm. For a tensor of n
 * elements with the root mean square {@code rms(tensor) = ‖expected‖ / √n}, among tensors whose
 * overall root mean square is {@code rms(all)}:
 *
 * <pre>
 *   ‖actual − expected‖ / (√n · max(rms(tensor), floor · rms(all)))
 * </pre>
 *
 * <p>The floor is for what cancels: attention's key bias, say, has a gradient of exactly 0 in
 * theory and of rounding errors in any arithmetic; nothing is relatively close to that.
 */
public final class NormError {
  private NormError() {}

  /** The largest error over all tensors; NaN if any is. */
  public static double largest(Tensors expected, Tensors actual, double floor) {
    double absolute = floor * rootMeanSquare(expected.asMap().values());
    double largest = 0;
    for (Map.Entry<String, Tensor> entry : expected.asMap().entrySet()) {
      double[] wanted = entry.getValue().values();
      double scale = Math.max(rootMeanSquare(List.of(entry.getValue())), absolute);
      double distance = distance(wanted, actual.get(entry.getKey()).values());
      double error = distance / (Math.sqrt(wanted.length) * scale);
      largest = Double.isNaN(error) ? error : Math.max(largest, error);
    }
    return largest;
  }

  /** √(Σ x² / n) over all elements. */
  public static double rootMeanSquare(Collection<Tensor> tensors) {
    double squares = 0;
    long elements = 0;
    for (Tensor tensor : tensors) {
      for (double value : tensor.values()) {
        squares += value * value;
      }
      elements += tensor.values().length;
    }
    return Math.sqrt(squares / elements);
  }

  /** ‖actual − expected‖. */
  public static double distance(double[] expected, double[] actual) {
    double squares = 0;
    for (int i = 0; i < expected.length; i++) {
      squares += (actual[i] - expected[i]) * (actual[i] - expected[i]);
    }
    return Math.sqrt(squares);
  }
}
