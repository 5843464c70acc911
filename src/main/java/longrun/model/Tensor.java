package longrun.model;

import java.util.List;

/**
 * A named shape with values, row-major. Values are doubles whatever the engine computes in: every
 * float is a double exactly, so nothing is lost on the way through.
 *
 * <p>The array is shared, not copied: its owner decides whether it may change.
 */
public record Tensor(List<Integer> shape, double[] values) {
  public Tensor {
    shape = List.copyOf(shape);
    long elements = 1;
    for (int extent : shape) {
      elements = Math.multiplyExact(elements, (long) extent);
    }
    if (elements != values.length) {
      throw new IllegalArgumentException("shape=" + shape + " values.length=" + values.length);
    }
  }
}
