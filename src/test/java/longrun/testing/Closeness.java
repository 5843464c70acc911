package longrun.testing;

import java.util.List;
import java.util.Map;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.verify.NormError;
import org.opentest4j.AssertionFailedError;

/**
 * Comparisons that pass only where a difference is at most the tolerance, so that a NaN on either
 * side, or an infinity, fails. A failure names the tensor and its first bad coordinate, with both
 * values.
 */
public final class Closeness {
  private Closeness() {}

  /** Two numbers: {@code |actual − expected| ≤ relative · |expected|}. */
  public static void assertClose(String what, double expected, double actual, double relative) {
    double allowed = relative * Math.abs(expected);
    if (!(Math.abs(actual - expected) <= allowed)) {
      throw new AssertionFailedError(describe(what, expected, actual, allowed), expected, actual);
    }
  }

  /** Every element by itself; see {@link Tolerance}. */
  public static void assertElementsClose(
      String what, Tensors expected, Tensors actual, Tolerance tolerance) {
    checkShapes(what, expected, actual);
    double floor = tolerance.floor() * NormError.rootMeanSquare(expected.asMap().values());
    for (String name : expected.asMap().keySet()) {
      Tensor wanted = expected.get(name);
      double[] given = actual.get(name).values();
      double scale = Math.max(NormError.rootMeanSquare(List.of(wanted)), floor);
      for (int i = 0; i < given.length; i++) {
        double value = wanted.values()[i];
        double allowed = tolerance.relative() * Math.max(Math.abs(value), scale);
        if (!(Math.abs(given[i] - value) <= allowed)) {
          throw new AssertionFailedError(
              describe(what + ": " + coordinate(name, wanted, i), value, given[i], allowed));
        }
      }
    }
  }

  /** Every tensor in Euclidean norm; see {@link Tolerance}. */
  public static void assertNormsClose(
      String what, Tensors expected, Tensors actual, Tolerance tolerance) {
    checkShapes(what, expected, actual);
    double floor = tolerance.floor() * NormError.rootMeanSquare(expected.asMap().values());
    for (String name : expected.asMap().keySet()) {
      Tensor wanted = expected.get(name);
      double[] given = actual.get(name).values();
      double rootElements = Math.sqrt(given.length);
      double scale = Math.max(NormError.rootMeanSquare(List.of(wanted)), floor);
      double allowed = tolerance.relative() * rootElements * scale;
      double distance = NormError.distance(wanted.values(), given);
      if (!(distance <= allowed)) {
        int i = firstBeyond(allowed / rootElements, wanted.values(), given);
        throw new AssertionFailedError(
            describe(
                    what + ": " + coordinate(name, wanted, i),
                    wanted.values()[i],
                    given[i],
                    allowed / rootElements)
                + "; the tensor's |difference|="
                + distance
                + " in norm, allowed "
                + allowed);
      }
    }
  }

  /** Every element has the same bits; a NaN equals itself. */
  public static void assertSameBits(String what, Tensors expected, Tensors actual) {
    checkShapes(what, expected, actual);
    for (String name : expected.asMap().keySet()) {
      Tensor wanted = expected.get(name);
      double[] given = actual.get(name).values();
      for (int i = 0; i < given.length; i++) {
        if (Double.doubleToRawLongBits(wanted.values()[i])
            != Double.doubleToRawLongBits(given[i])) {
          throw new AssertionFailedError(
              what
                  + ": "
                  + coordinate(name, wanted, i)
                  + " differs in its bits: expected="
                  + wanted.values()[i]
                  + " actual="
                  + given[i]);
        }
      }
    }
  }

  /** The smallest relative tolerance at which {@link #assertNormsClose} would pass; or NaN. */
  public static double largestNormError(Tensors expected, Tensors actual, double floor) {
    return NormError.largest(expected, actual, floor);
  }

  /** The smallest relative tolerance at which {@link #assertElementsClose} would pass; or NaN. */
  public static double largestElementError(Tensors expected, Tensors actual, double floor) {
    double absolute = floor * NormError.rootMeanSquare(expected.asMap().values());
    double largest = 0;
    for (Map.Entry<String, Tensor> entry : expected.asMap().entrySet()) {
      double[] wanted = entry.getValue().values();
      double[] given = actual.get(entry.getKey()).values();
      double scale = Math.max(NormError.rootMeanSquare(List.of(entry.getValue())), absolute);
      for (int i = 0; i < wanted.length; i++) {
        double difference = Math.abs(given[i] - wanted[i]);
        largest = Math.max(largest, difference / Math.max(Math.abs(wanted[i]), scale));
      }
    }
    return largest;
  }

  private static void checkShapes(String what, Tensors expected, Tensors actual) {
    if (expected.asMap().isEmpty()) {
      throw new AssertionFailedError(what + ": there is nothing to compare");
    }
    if (!expected.asMap().keySet().equals(actual.asMap().keySet())) {
      throw new AssertionFailedError(
          what
              + ": expected tensors "
              + expected.asMap().keySet()
              + " but found "
              + actual.asMap().keySet());
    }
    for (Map.Entry<String, Tensor> entry : expected.asMap().entrySet()) {
      List<Integer> wanted = entry.getValue().shape();
      List<Integer> given = actual.get(entry.getKey()).shape();
      if (!wanted.equals(given)) {
        throw new AssertionFailedError(
            what + ": " + entry.getKey() + " expected shape=" + wanted + " but found " + given);
      }
    }
  }

  private static String describe(String what, double expected, double actual, double allowed) {
    return what
        + " expected="
        + expected
        + " actual="
        + actual
        + " |difference|="
        + Math.abs(actual - expected)
        + " allowed="
        + allowed;
  }

  /** {@code name[i, j, k]} of an element of a row-major tensor. */
  private static String coordinate(String name, Tensor tensor, int element) {
    StringBuilder indices = new StringBuilder();
    int rest = element;
    for (int axis = tensor.shape().size() - 1; axis >= 0; axis--) {
      int extent = tensor.shape().get(axis);
      indices.insert(0, (axis > 0 ? ", " : "") + rest % extent);
      rest /= extent;
    }
    return name + "[" + indices + "]";
  }

  private static int firstBeyond(double allowed, double[] expected, double[] actual) {
    int worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs(actual[i] - expected[i]);
      if (!(difference <= allowed)) {
        return i;
      }
      if (difference > Math.abs(actual[worst] - expected[worst])) {
        worst = i;
      }
    }
    return worst;
  }
}
