package longrun.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.Positional;
import longrun.config.RunConfig;
import longrun.engine.BatchOrder;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Model;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.plan.Cohort;
import longrun.task.Dataset;
import longrun.task.Split;
import longrun.testing.Closeness;
import longrun.testing.FiniteDifferences;
import longrun.testing.SmallRuns;
import longrun.testing.Tolerance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gradients against central finite differences of the evaluated loss, for every model option and
 * every loss. ReLU has a kink at 0 that a difference must not straddle: seeds are fixed, and with
 * the step of 1e-6 none of these runs has an input so near to it.
 */
class GradientTest {
  private static final double H = 1e-6;
  private static final Tolerance TOLERANCE = new Tolerance(1e-6, 0.1);
  private static final Dataset DATASET = SmallRuns.addition(5, 7);

  /** Every combination, but for depth and biases: each case draws these. */
  static List<Arguments> transformers() {
    Random draw = new Random(1);
    List<Arguments> cases = new ArrayList<>();
    for (Normalization normalization : Normalization.values()) {
      for (Positional positional : Positional.values()) {
        for (Activation activation : Activation.values()) {
          for (Loss loss : Loss.values()) {
            for (boolean allTokens : new boolean[] {true, false}) {
              int layers = draw.nextInt(1, 3);
              int biases = draw.nextInt(8);
              ModelConfig model =
                  transformer(layers, normalization, positional, activation, allTokens, biases);
              cases.add(Arguments.of(model, loss));
            }
          }
        }
      }
    }
    return cases;
  }

  static List<Arguments> mlps() {
    List<Arguments> cases = new ArrayList<>();
    for (List<Integer> hidden : List.of(List.<Integer>of(), List.of(5), List.of(4, 3))) {
      for (boolean bias : new boolean[] {true, false}) {
        for (Activation activation : Activation.values()) {
          for (Loss loss : Loss.values()) {
            cases.add(
                Arguments.of(
                    new ModelConfig.Mlp(hidden, bias, activation, Initialization.NORMAL_FAN_IN, 1),
                    loss));
          }
        }
      }
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource({"transformers", "mlps"})
  void gradientIsThatOfTheLoss(ModelConfig config, Loss loss) {
    assertGradientIsThatOfTheLoss(config, loss, DATASET.answers());
  }

  @Test
  void gradientIsThatOfTheLossWithNoisyLabels() {
    int[] noisy = DATASET.answers();
    noisy[0] = (noisy[0] + 1) % 5;
    noisy[3] = (noisy[3] + 4) % 5;
    for (ModelConfig config : List.of(smallTransformer(), smallMlp())) {
      assertGradientIsThatOfTheLoss(config, Loss.CROSS_ENTROPY, noisy);
    }
  }

  /** Seven training examples in batches of three: the third batch of every epoch holds one. */
  @Test
  void gradientIsThatOfEachBatch() {
    Split all = all(DATASET);
    Model model = Model.of(smallTransformer(), DATASET);
    RunConfig config = config(smallTransformer(), Loss.CROSS_ENTROPY, OptionalInt.of(3));
    Run run = new Run(config, all, DATASET.answers());
    BatchOrder order = new BatchOrder(config.training().seed(), 7, 3);
    List<Integer> sizes = new ArrayList<>();
    try (Session session = open(run, model)) {
      for (int step = 0; step < 6; step++) {
        int[] batch = new int[3];
        int[] examples = Arrays.copyOf(batch, order.batch(step, batch));
        for (int i = 0; i < examples.length; i++) {
          examples[i] = all.train()[batch[i]];
        }
        sizes.add(examples.length);
        Tensors parameters = SmallRuns.initialState(model, step, false).parameters();
        session.load(0, run, SmallRuns.stateAt(step, model, parameters, false));
        Run batchAlone =
            new Run(
                config(smallTransformer(), Loss.CROSS_ENTROPY, OptionalInt.empty()),
                new Split(examples, new int[0]),
                DATASET.answers());
        Closeness.assertElementsClose(
            "batch of step " + step,
            finiteDifferences(batchAlone, model, parameters),
            session.gradients(0),
            TOLERANCE);
      }
    }
    assertEquals(List.of(3, 3, 1, 3, 3, 1), sizes);
  }

  @Test
  void aPlantedWrongGradientIsCaughtAndNamed() {
    Model model = Model.of(smallTransformer(), DATASET);
    Run run = fullBatch(smallTransformer(), Loss.CROSS_ENTROPY, DATASET.answers());
    Tensors parameters = SmallRuns.initialState(model, 1, false).parameters();
    Tensors differences = finiteDifferences(run, model, parameters);
    Tensors right = gradients(run, model, parameters);
    for (String name : right.asMap().keySet()) {
      Map<String, Tensor> planted = new LinkedHashMap<>(right.asMap());
      double[] values = right.get(name).values().clone();
      int last = values.length - 1;
      values[last] += 1e-5 * (1 + Math.abs(values[last]));
      planted.put(name, new Tensor(right.get(name).shape(), values));
      AssertionError failure =
          assertThrows(
              AssertionError.class,
              () ->
                  Closeness.assertElementsClose(
                      "planted", differences, new Tensors(planted), TOLERANCE));
      List<String> coordinate =
          right.get(name).shape().stream().map(extent -> "" + (extent - 1)).toList();
      String where = "planted: " + name + "[" + String.join(", ", coordinate) + "]";
      assertTrue(failure.getMessage().startsWith(where), failure.getMessage());
    }
  }

  private static void assertGradientIsThatOfTheLoss(ModelConfig config, Loss loss, int[] labels) {
    Model model = Model.of(config, DATASET);
    Run run = fullBatch(config, loss, labels);
    Tensors parameters = SmallRuns.initialState(model, 7, false).parameters();
    Closeness.assertElementsClose(
        config + " " + loss,
        finiteDifferences(run, model, parameters),
        gradients(run, model, parameters),
        TOLERANCE);
  }

  private static Tensors gradients(Run run, Model model, Tensors parameters) {
    try (Session session = open(run, model)) {
      session.load(0, run, SmallRuns.stateAt(0, model, parameters, false));
      return session.gradients(0);
    }
  }

  /** Of the evaluated training loss of a full-batch run. */
  private static Tensors finiteDifferences(Run run, Model model, Tensors parameters) {
    try (Session session = open(run, model)) {
      return FiniteDifferences.gradient(
          moved -> {
            RunState state = SmallRuns.stateAt(0, model, moved, false);
            session.load(0, run, state);
            return session.evaluate().getFirst().trainLoss();
          },
          parameters,
          H);
    }
  }

  private static Session open(Run run, Model model) {
    Cohort cohort = Cohort.of(run.config(), DATASET, model, run.split().train().length);
    return new ReferenceEngine().open(cohort, 1);
  }

  private static Run fullBatch(ModelConfig model, Loss loss, int[] labels) {
    return new Run(config(model, loss, OptionalInt.empty()), all(DATASET), labels);
  }

  private static Split all(Dataset dataset) {
    int[] train = new int[dataset.examples()];
    for (int example = 0; example < train.length; example++) {
      train[example] = example;
    }
    return new Split(train, new int[0]);
  }

  private static RunConfig config(ModelConfig model, Loss loss, OptionalInt batchSize) {
    return SmallRuns.config(model, SmallRuns.adamw(), loss, batchSize, 11);
  }

  private static ModelConfig smallTransformer() {
    return transformer(1, Normalization.PRE, Positional.LEARNED, Activation.GELU, true, 7);
  }

  private static ModelConfig smallMlp() {
    return new ModelConfig.Mlp(List.of(5), true, Activation.GELU, Initialization.NORMAL_FAN_IN, 1);
  }

  private static ModelConfig transformer(
      int layers,
      Normalization normalization,
      Positional positional,
      Activation activation,
      boolean allTokens,
      int biases) {
    return new ModelConfig.Transformer(
        layers,
        4,
        2,
        3,
        5,
        activation,
        normalization,
        positional,
        (biases & 1) != 0,
        (biases & 2) != 0,
        (biases & 4) != 0,
        allTokens,
        Initialization.NORMAL_FAN_IN,
        1);
  }
}
