package longrun.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import longrun.engine.Engine;
import longrun.engine.Evaluation;
import longrun.engine.Session;
import longrun.model.Tensors;
import longrun.verify.Golden;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** An fp32 engine against PyTorch's float64: gradients to 1e-5 in relative norm, losses to 1e-5. */
public abstract class EngineGoldens {
  /** The engine that is judged. */
  protected abstract Engine engine();

  static final List<String> GOLDENS = Golden.NAMES;

  /**
   * The floor is for attention's key biases, whose gradient is exactly 0 in theory: what either
   * side has there is rounding noise.
   */
  private static final Tolerance GRADIENTS = new Tolerance(1e-5, 1e-2);

  @ParameterizedTest
  @FieldSource("GOLDENS")
  void gradientsAtTheStart(String name) {
    Golden golden = Golden.load(name);
    try (Session session = engine().open(golden.cohort(), 1)) {
      session.load(0, golden.run(), golden.initialState());
      Tensors gradients = session.gradients(0);
      Closeness.assertNormsClose(name, golden.gradientsAtInit(), gradients, GRADIENTS);
    }
  }

  @ParameterizedTest
  @FieldSource("GOLDENS")
  void lossesOverTwentySteps(String name) {
    Golden golden = Golden.load(name);
    try (Session session = engine().open(golden.cohort(), 1)) {
      session.load(0, golden.run(), golden.initialState());
      for (Golden.Row row : golden.rows()) {
        Evaluation seen = session.evaluate().getFirst();
        String at = name + " step " + row.step();
        assertEquals(row.step(), seen.step());
        Closeness.assertClose(at + " train loss", row.trainLoss(), seen.trainLoss(), 1e-5);
        Closeness.assertClose(
            at + " validation loss", row.validationLoss(), seen.validationLoss(), 1e-5);
        Closeness.assertClose(at + " weight norm", row.weightNorm(), seen.weightNorm(), 1e-5);
        assertEquals(row.trainAccuracy(), seen.trainAccuracy(), at);
        assertEquals(row.validationAccuracy(), seen.validationAccuracy(), at);
        session.advance(1);
      }
    }
  }
}
