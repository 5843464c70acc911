package longrun.testing;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import longrun.model.Tensor;
import longrun.model.Tensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the tests: what has to fail fails, and says where. */
class ClosenessTest {
  private static final Tolerance TOLERANCE = new Tolerance(1e-6, 1e-3);

  @Test
  void passesWithinTheTolerance() {
    Tensors expected = tensors(1, 2, 3, -4);
    Tensors actual = tensors(1 + 0.9e-6, 2, 3, -4 - 3.9e-6);
    assertDoesNotThrow(() -> Closeness.assertElementsClose("x", expected, actual, TOLERANCE));
    assertDoesNotThrow(() -> Closeness.assertNormsClose("x", expected, actual, TOLERANCE));
    assertDoesNotThrow(() -> Closeness.assertClose("x", 2, 2 + 1.9e-6, 1e-6));
  }

  @ParameterizedTest
  @ValueSource(
      doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 3.1, -3, 0})
  void refusesAWrongValueAndNamesIt(double wrong) {
    Tensors expected = tensors(1, 2, 3, -4);
    Tensors actual = tensors(1, 2, wrong, -4);
    String where = "blocks.0.W[1, 0] expected=3.0 actual=" + wrong;
    assertFails(where, () -> Closeness.assertElementsClose("step 7", expected, actual, TOLERANCE));
    assertFails(where, () -> Closeness.assertNormsClose("step 7", expected, actual, TOLERANCE));
    assertFails("blocks.0.W[1, 0]", () -> Closeness.assertSameBits("x", expected, actual));
    assertFails(
        "loss expected=3.0 actual=" + wrong, () -> Closeness.assertClose("loss", 3, wrong, 1e-6));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void refusesExpectedValuesThatAreNotFinite(double expectedValue) {
    Tensors expected = tensors(1, expectedValue, 3, -4);
    Tensors actual = tensors(1, expectedValue, 3, -4);
    assertFails(
        "blocks.0.W[0, ", () -> Closeness.assertElementsClose("x", expected, actual, TOLERANCE));
    assertFails(
        "blocks.0.W[0, ", () -> Closeness.assertNormsClose("x", expected, actual, TOLERANCE));
    assertFails("x", () -> Closeness.assertClose("x", expectedValue, expectedValue, 1e-6));
    assertFails("x", () -> Closeness.assertClose("x", 1, Double.NaN, 1e-6));
  }

  @Test
  void namesTheFirstOfSeveral() {
    Tensors expected = tensors(1, 2, 3, -4);
    assertFails(
        "blocks.0.W[0, 1] expected=2.0 actual=2.5",
        () ->
            Closeness.assertElementsClose(
                "x", expected, tensors(1, 2.5, Double.NaN, 9), TOLERANCE));
  }

  /** The tensor's root mean square is 2. */
  @Test
  void holdsSmallElementsToTheirTensorsScale() {
    Tensors expected = tensors(1e-12, 2, -2, Math.sqrt(8));
    Tensors near = tensors(1.9e-6, 2, -2, Math.sqrt(8));
    Tensors far = tensors(2.1e-6, 2, -2, Math.sqrt(8));
    Tolerance noFloor = new Tolerance(1e-6, 0);
    assertDoesNotThrow(() -> Closeness.assertElementsClose("x", expected, near, noFloor));
    assertFails(
        "blocks.0.W[0, 0] expected=1.0E-12",
        () -> Closeness.assertElementsClose("x", expected, far, noFloor));
  }

  @Test
  void holdsSmallTensorsToTheFloorAlone() {
    Tensors expected = pair(new double[] {1e-12}, new double[] {1, 1});
    Tensors near = pair(new double[] {5e-10}, new double[] {1, 1});
    Tensors far = pair(new double[] {2e-9}, new double[] {1, 1});
    Tolerance noFloor = new Tolerance(1e-6, 0);
    assertDoesNotThrow(() -> Closeness.assertNormsClose("x", expected, near, TOLERANCE));
    assertDoesNotThrow(() -> Closeness.assertElementsClose("x", expected, near, TOLERANCE));
    assertFails("first[0]", () -> Closeness.assertNormsClose("x", expected, far, TOLERANCE));
    assertFails("first[0]", () -> Closeness.assertElementsClose("x", expected, far, TOLERANCE));
    assertFails("first[0]", () -> Closeness.assertNormsClose("x", expected, near, noFloor));
    assertFails("first[0]", () -> Closeness.assertElementsClose("x", expected, near, noFloor));
  }

  @Test
  void refusesOtherShapesAndNames() {
    Tensors expected = pair(new double[] {1}, new double[] {1, 1});
    Tensors longer = pair(new double[] {1, 1}, new double[] {1, 1});
    Tensors missing = new Tensors(Map.of("first", new Tensor(List.of(1), new double[] {1})));
    Tensors nothing = new Tensors(Map.of());
    for (Tensors actual : List.of(longer, missing, nothing)) {
      assertFails("x: ", () -> Closeness.assertElementsClose("x", expected, actual, TOLERANCE));
      assertFails("x: ", () -> Closeness.assertNormsClose("x", expected, actual, TOLERANCE));
      assertFails("x: ", () -> Closeness.assertSameBits("x", expected, actual));
    }
    assertFails(
        "first expected shape=[1] but found [2]",
        () -> Closeness.assertElementsClose("x", expected, longer, TOLERANCE));
    assertFails(
        "there is nothing to compare",
        () -> Closeness.assertElementsClose("x", nothing, nothing, TOLERANCE));
  }

  @Test
  void bitsTellMinusZeroFromZeroAndLetANaNEqualItself() {
    assertFails(
        "blocks.0.W[0, 0]",
        () -> Closeness.assertSameBits("x", tensors(0.0, 1, 1, 1), tensors(-0.0, 1, 1, 1)));
    assertDoesNotThrow(
        () ->
            Closeness.assertSameBits(
                "x", tensors(Double.NaN, 1, 1, 1), tensors(Double.NaN, 1, 1, 1)));
  }

  @Test
  void reportsTheLargestErrors() {
    Tensors expected = pair(new double[] {2}, new double[] {3, 4});
    Tensors actual = pair(new double[] {2.2}, new double[] {3, 4.5});
    assertEquals(0.125, Closeness.largestElementError(expected, actual, 0), 1e-15);
    assertEquals(0.1, Closeness.largestNormError(expected, actual, 0), 1e-15);
  }

  @Test
  void refusesTolerancesThatAllowEverything() {
    assertThrows(IllegalArgumentException.class, () -> new Tolerance(Double.NaN, 0));
    assertThrows(IllegalArgumentException.class, () -> new Tolerance(1, 0));
    assertThrows(IllegalArgumentException.class, () -> new Tolerance(0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Tolerance(1e-6, Double.NaN));
  }

  private static Tensors tensors(double... values) {
    return new Tensors(Map.of("blocks.0.W", new Tensor(List.of(2, 2), values)));
  }

  private static Tensors pair(double[] first, double[] second) {
    Map<String, Tensor> byName = new LinkedHashMap<>();
    byName.put("first", new Tensor(List.of(first.length), first));
    byName.put("second", new Tensor(List.of(second.length), second));
    return new Tensors(byName);
  }

  private static void assertFails(String expectedInMessage, Executable comparison) {
    AssertionError failure = assertThrows(AssertionError.class, comparison);
    assertTrue(failure.getMessage().contains(expectedInMessage), failure.getMessage());
  }
}
