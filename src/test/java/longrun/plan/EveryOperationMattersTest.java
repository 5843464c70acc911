package longrun.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.Positional;
import longrun.config.RunConfig;
import longrun.model.Model;
import longrun.model.Tensors;
import longrun.task.Dataset;
import longrun.task.Split;
import longrun.testing.Closeness;
import longrun.testing.SmallRuns;
import longrun.testing.Tolerance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.AssertionFailedError;

/**
 * A plan without any one of its operations gives other gradients, or none: no operation is idle,
 * and the comparison of gradients notices every one that is missing.
 */
class EveryOperationMattersTest {
  private static final Tolerance TOLERANCE = new Tolerance(1e-11, 1e-2);

  static Stream<ModelConfig> models() {
    List<ModelConfig> models = new ArrayList<>();
    for (Normalization normalization : Normalization.values()) {
      models.add(
          new ModelConfig.Transformer(
              2,
              6,
              2,
              3,
              7,
              Activation.GELU,
              normalization,
              Positional.LEARNED,
              true,
              true,
              true,
              true,
              Initialization.NORMAL_FAN_IN,
              1.0));
    }
    models.add(
        new ModelConfig.Mlp(
            List.of(5, 4), true, Activation.GELU, Initialization.UNIFORM_FAN_IN, 1.0));
    return models.stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void itsAbsenceIsNoticed(ModelConfig config) {
    Dataset dataset = SmallRuns.addition(7, 49);
    Model model = Model.of(config, dataset);
    Split split = SmallRuns.split(dataset, 1);
    RunConfig run =
        SmallRuns.config(config, SmallRuns.adamw(), Loss.CROSS_ENTROPY, OptionalInt.empty(), 0);
    Plan plan = Planner.plan(Cohort.of(run, dataset, model, split.train().length));
    Tensors parameters = SmallRuns.initialState(model, 3, false).parameters();
    Tensors whole = gradients(plan, parameters, dataset, split);
    List<Operation> operations = new ArrayList<>(plan.forward());
    operations.addAll(plan.backward());
    operations.addAll(plan.parameterGradients());
    assertTrue(operations.size() > 8, () -> "operations=" + operations);
    for (Operation left : operations) {
      Plan maimed = without(plan, left);
      assertEquals(
          operations.size() - 1,
          maimed.forward().size() + maimed.backward().size() + maimed.parameterGradients().size());
      assertTrue(
          differs(whole, maimed, parameters, dataset, split),
          () -> "nothing changes without " + left);
    }
  }

  private static boolean differs(
      Tensors whole, Plan maimed, Tensors parameters, Dataset dataset, Split split) {
    try {
      Tensors gradients = gradients(maimed, parameters, dataset, split);
      Closeness.assertNormsClose("maimed", whole, gradients, TOLERANCE);
      return false;
    } catch (AssertionFailedError | IllegalStateException e) {
      // Other numbers, or a parameter without a gradient.
      return true;
    }
  }

  private static Tensors gradients(Plan plan, Tensors parameters, Dataset dataset, Split split) {
    return new PlanInterpreter(plan, parameters, dataset.answers(), split.train()).gradients();
  }

  private static Plan without(Plan plan, Operation left) {
    return new Plan(
        plan.cohort(),
        plan.boundaries(),
        plan.buffers(),
        without(plan.forward(), left),
        plan.loss(),
        without(plan.backward(), left),
        without(plan.parameterGradients(), left));
  }

  private static List<Operation> without(List<Operation> operations, Operation left) {
    return operations.stream().filter(operation -> !operation.equals(left)).toList();
  }
}
