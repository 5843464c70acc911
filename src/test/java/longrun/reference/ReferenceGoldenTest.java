package longrun.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import longrun.engine.Evaluation;
import longrun.engine.Session;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.testing.Closeness;
import longrun.testing.Tolerance;
import longrun.verify.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * The reference engine against PyTorch in float64, to 1e-10: every tensor in relative norm, every
 * element relative to the larger of itself and its tensor's root mean square, every loss and weight
 * norm relative to itself. Accuracies are the same.
 *
 * <p>One parameter alone comes anywhere near that limit: the keys' bias b_K. It adds the same
 * number to all scores of a query, which the softmax takes away again; its gradient is 0, and what
 * either program computes for it is rounding error, which Adam divides by ε = 1e-8. All other
 * parameters are held to 1e-12.
 */
class ReferenceGoldenTest {
  private static final double RELATIVE = 1e-10;
  private static final Tolerance TOLERANCE = new Tolerance(RELATIVE, 1e-3);
  private static final Tolerance BUT_FOR_KEY_BIASES = new Tolerance(1e-12, 1e-3);

  static final List<String> GOLDENS = Golden.NAMES;

  @ParameterizedTest
  @FieldSource("GOLDENS")
  void gradientsAgree(String name) {
    Golden golden = Golden.load(name);
    try (Session session = open(golden)) {
      assertAgree(name + " gradient", golden.gradientsAtInit(), session.gradients(0));
    }
  }

  /** What excuses b_K from 1e-12: both gradients are noise, 1e-13 of the others at most. */
  @Test
  void gradientsOfKeyBiasesAreRoundingErrors() {
    Golden golden = Golden.load("two_layer_pre_norm_biases");
    try (Session session = open(golden)) {
      for (Tensors gradients : List.of(golden.gradientsAtInit(), session.gradients(0))) {
        for (String block : List.of("blocks.0.attn.", "blocks.1.attn.")) {
          double noise = norm(gradients.get(block + "b_K"));
          double signal = norm(gradients.get(block + "b_Q"));
          assertTrue(noise <= 1e-13 * signal, block + " noise=" + noise + " signal=" + signal);
        }
      }
    }
  }

  @ParameterizedTest
  @FieldSource("GOLDENS")
  void parametersAgree(String name) {
    Golden golden = Golden.load(name);
    try (Session session = open(golden)) {
      session.advance(1);
      assertAgree(name + " step 1", golden.parametersAfter1(), session.save(0).parameters());
      session.advance(19);
      assertAgree(name + " step 20", golden.parametersAfter20(), session.save(0).parameters());
    }
  }

  @ParameterizedTest
  @FieldSource("GOLDENS")
  void evaluationsAgree(String name) {
    Golden golden = Golden.load(name);
    try (Session session = open(golden)) {
      for (Golden.Row row : golden.rows()) {
        Evaluation evaluation = session.evaluate().getFirst();
        String step = name + " step " + row.step() + " ";
        assertEquals(row.step(), evaluation.step());
        assertFalse(evaluation.diverged(), step);
        close(step + "train loss", row.trainLoss(), evaluation.trainLoss());
        close(step + "validation loss", row.validationLoss(), evaluation.validationLoss());
        close(step + "weight norm", row.weightNorm(), evaluation.weightNorm());
        assertEquals(row.trainAccuracy(), evaluation.trainAccuracy(), step);
        assertEquals(row.validationAccuracy(), evaluation.validationAccuracy(), step);
        session.advance(1);
      }
    }
  }

  private static Session open(Golden golden) {
    Session session = new ReferenceEngine().open(golden.cohort(), 1);
    session.load(0, golden.run(), golden.initialState());
    return session;
  }

  private static void assertAgree(String what, Tensors expected, Tensors actual) {
    Closeness.assertNormsClose(what, expected, actual, TOLERANCE);
    Closeness.assertElementsClose(what, expected, actual, TOLERANCE);
    Tensors expectedRest = withoutKeyBiases(expected);
    Tensors actualRest = withoutKeyBiases(actual);
    Closeness.assertNormsClose(what, expectedRest, actualRest, BUT_FOR_KEY_BIASES);
    Closeness.assertElementsClose(what, expectedRest, actualRest, BUT_FOR_KEY_BIASES);
  }

  private static Tensors withoutKeyBiases(Tensors tensors) {
    Map<String, Tensor> rest = new LinkedHashMap<>(tensors.asMap());
    rest.keySet().removeIf(name -> name.endsWith(".b_K"));
    return new Tensors(rest);
  }

  private static double norm(Tensor tensor) {
    double squares = 0;
    for (double value : tensor.values()) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  private static void close(String what, double expected, double actual) {
    Closeness.assertClose(what, expected, actual, RELATIVE);
  }
}
