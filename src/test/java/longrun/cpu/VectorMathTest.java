package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** Elementary functions against double precision. */
class VectorMathTest {
  @Test
  void expIsWithinTwoUnitsInTheLastPlace() {
    for (float x = -87; x < 88; x += 0.0137f) {
      double exact = Math.exp(x);
      float vector = lane(VectorMath::exp, x);
      double error = Math.abs(vector - exact) / Math.ulp((float) exact);
      assertTrue(error <= 2, "x=" + x + " error in ulp=" + error);
      assertEquals(vector, VectorMath.exp(x), "scalar and vector differ at x=" + x);
    }
  }

  @Test
  void expClampsAndKeepsNan() {
    assertEquals(VectorMath.exp(-87f), VectorMath.exp(-1e30f));
    assertEquals(VectorMath.exp(-87f), VectorMath.exp(Float.NEGATIVE_INFINITY));
    assertTrue(Float.isNaN(VectorMath.exp(Float.NaN)));
    assertTrue(Float.isNaN(lane(VectorMath::exp, Float.NaN)));
    assertEquals(1f, VectorMath.exp(0f));
  }

  @Test
  void sumUsesOneTree() {
    float[] values = {1e8f, 1, -1e8f, 1, 3, 5, 7, 11};
    float expected =
        ((values[0] + values[4]) + (values[2] + values[6]))
            + ((values[1] + values[5]) + (values[3] + values[7]));
    assertEquals(
        expected,
        VectorMath.sum(FloatVector.fromArray(VectorMath.SPECIES, values, 0), new float[8]));
  }

  private static float lane(UnaryOperator<FloatVector> function, float x) {
    float[] out = new float[8];
    function.apply(FloatVector.broadcast(VectorMath.SPECIES, x)).intoArray(out, 0);
    return out[3];
  }
}
