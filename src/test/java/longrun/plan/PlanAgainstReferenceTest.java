package longrun.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.ModularOperation;
import longrun.config.Normalization;
import longrun.config.PermutationOperation;
import longrun.config.Positional;
import longrun.config.RunConfig;
import longrun.config.SequenceFormat;
import longrun.config.TaskConfig;
import longrun.engine.BatchOrder;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Model;
import longrun.model.Tensors;
import longrun.reference.ReferenceEngine;
import longrun.task.Dataset;
import longrun.task.Datasets;
import longrun.task.Split;
import longrun.testing.Closeness;
import longrun.testing.SmallRuns;
import longrun.testing.Tolerance;
import longrun.verify.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Planning is exact: planned gradients, executed in float64 by {@link PlanInterpreter}, are those
 * of the reference engine, which computes every position of every example and knows no plan.
 */
class PlanAgainstReferenceTest {
  /**
   * In relative norm. The floor is for key biases, whose gradient is 0 in theory and rounding noise
   * here and there.
   */
  private static final Tolerance TOLERANCE = new Tolerance(1e-11, 1e-2);

  private static final Tolerance GOLDEN_TOLERANCE = new Tolerance(1e-10, 1e-3);

  static final List<String> GOLDENS = Golden.NAMES;

  /** What is planned; a batch of 0 is the whole training set. */
  record Case(String name, Dataset dataset, ModelConfig model, Loss loss, int batch, long step) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** Every normalization, activation, position, depth, format and batch; the rest in turns. */
  static Stream<Case> transformers() {
    List<Case> cases = new ArrayList<>();
    int number = 0;
    for (Normalization normalization : Normalization.values()) {
      for (Activation activation : Activation.values()) {
        for (Positional positional : Positional.values()) {
          for (int layers = 1; layers <= 3; layers++) {
            for (SequenceFormat format : SequenceFormat.values()) {
              // Over p = 7: prefixes shared where they can be; nothing but the equals sign is; not
              // even that.
              for (int batch : new int[] {0, 20, 7, 3, 1}) {
                // Steps through all combinations, since 13 has no divisor in common with 2, 3 or 4.
                int turn = 13 * number++ + layers;
                ModelConfig.Transformer model =
                    new ModelConfig.Transformer(
                        layers,
                        4 + turn % 3,
                        1 + turn % 2,
                        2 + turn % 4,
                        5,
                        activation,
                        normalization,
                        positional,
                        turn / 2 % 2 == 0,
                        turn / 4 % 2 == 0,
                        turn / 8 % 2 == 0,
                        turn / 16 % 2 == 0,
                        Initialization.NORMAL_FAN_IN,
                        1.0);
                Loss loss = List.of(Loss.values()).get(turn / 2 % 3);
                cases.add(
                    new Case(
                        describe(model, loss, format, batch),
                        modular(7, format),
                        model,
                        loss,
                        batch,
                        // The last step of the first epoch is a batch with what is left.
                        batch == 20 ? 1 : 0));
              }
            }
          }
        }
      }
    }
    return cases.stream();
  }

  private static String describe(
      ModelConfig.Transformer model, Loss loss, SequenceFormat format, int batch) {
    return format.text() + " batch " + batch + ", " + loss + ", " + model;
  }

  static Stream<Case> permutations() {
    List<Case> cases = new ArrayList<>();
    for (PermutationOperation operation : PermutationOperation.values()) {
      for (SequenceFormat format : SequenceFormat.values()) {
        for (int batch : new int[] {0, 5}) {
          int layers = 1 + cases.size() % 3;
          Normalization normalization = List.of(Normalization.values()).get(cases.size() % 3);
          Dataset dataset =
              Datasets.of(new TaskConfig.Permutation(operation, 3, format, 0.5, 0, 0));
          cases.add(transformer(dataset, layers, normalization, batch));
        }
      }
    }
    Dataset fourThings =
        Datasets.of(
            new TaskConfig.Permutation(
                PermutationOperation.COMPOSE, 4, SequenceFormat.A_OP_B_EQUALS, 0.5, 0, 0));
    for (int batch : new int[] {0, 100, 24, 10}) {
      cases.add(
          transformer(fourThings, 2, List.of(Normalization.values()).get(cases.size() % 3), batch));
    }
    return cases.stream();
  }

  /** Datasets whose positions take other numbers of values than those of a table of pairs. */
  static Stream<Case> oddDatasets() {
    List<Case> cases = new ArrayList<>();
    for (Dataset dataset :
        List.of(
            OddDatasets.constantFirstToken(5),
            OddDatasets.repeatedExamples(5),
            OddDatasets.lastTokenDecides(5))) {
      for (int layers = 1; layers <= 3; layers++) {
        for (int batch : new int[] {0, 6, 5, 2}) {
          Normalization normalization = List.of(Normalization.values()).get(cases.size() % 3);
          cases.add(transformer(dataset, layers, normalization, batch));
        }
      }
    }
    return cases.stream();
  }

  private static Case transformer(
      Dataset dataset, int layers, Normalization normalization, int batch) {
    ModelConfig.Transformer model =
        new ModelConfig.Transformer(
            layers,
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
            1.0);
    String name = dataset.name() + ", " + layers + " layers, " + normalization + ", " + batch;
    return new Case(name, dataset, model, Loss.CROSS_ENTROPY, batch, 0);
  }

  static Stream<Case> mlps() {
    List<Case> cases = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      for (List<Integer> hidden :
          List.of(List.of(1), List.of(6), List.of(5, 3), List.of(4, 6, 3))) {
        for (Loss loss : Loss.values()) {
          for (boolean bias : new boolean[] {false, true}) {
            int batch = cases.size() % 3 == 0 ? 9 : 0;
            cases.add(
                new Case(
                    hidden + ", " + activation + ", " + loss + ", bias " + bias + ", " + batch,
                    modular(7, SequenceFormat.A_B_EQUALS),
                    new ModelConfig.Mlp(hidden, bias, activation, Initialization.UNIFORM_FAN_IN, 1),
                    loss,
                    batch,
                    0));
          }
        }
      }
    }
    return cases.stream();
  }

  private static Dataset modular(int modulus, SequenceFormat format) {
    return Datasets.of(
        new TaskConfig.Modular(ModularOperation.X2_PLUS_Y, modulus, format, 0.5, 0, 0));
  }

  @ParameterizedTest
  @MethodSource({"transformers", "permutations", "oddDatasets", "mlps"})
  void gradientsAreThoseOfTheReference(Case c) {
    Model model = Model.of(c.model, c.dataset);
    Split split = SmallRuns.split(c.dataset, 1);
    OptionalInt batchSize = c.batch == 0 ? OptionalInt.empty() : OptionalInt.of(c.batch);
    RunConfig config =
        SmallRuns.config(c.model, SmallRuns.adamw(), c.loss, batchSize, c.name.hashCode());
    Cohort cohort = Cohort.of(config, c.dataset, model, split.train().length);
    RunState initial = SmallRuns.initialState(model, 11, false);
    Tensors parameters = initial.parameters();
    int[] labels = c.dataset.answers();
    Tensors expected;
    try (Session session = new ReferenceEngine().open(cohort, 1)) {
      session.load(
          0, new Run(config, split, labels), SmallRuns.stateAt(c.step, model, parameters, false));
      expected = session.gradients(0);
    }
    int[] batch = batch(config, cohort, split, c.step);
    Tensors actual =
        new PlanInterpreter(Planner.plan(cohort), parameters, labels, batch).gradients();
    Closeness.assertNormsClose("gradients", expected, actual, TOLERANCE);
  }

  private static int[] batch(RunConfig config, Cohort cohort, Split split, long step) {
    if (cohort.fullBatch()) {
      return split.train();
    }
    int[] positions = new int[cohort.batchExamples()];
    int count =
        new BatchOrder(config.training().seed(), split.train().length, cohort.batchExamples())
            .batch(step, positions);
    return Arrays.stream(positions).limit(count).map(position -> split.train()[position]).toArray();
  }

  @ParameterizedTest
  @FieldSource("GOLDENS")
  void gradientsAreThoseOfPyTorch(String name) {
    Golden golden = Golden.load(name);
    Tensors actual =
        new PlanInterpreter(
                Planner.plan(golden.cohort()),
                golden.initialParameters(),
                golden.run().labels(),
                golden.split().train())
            .gradients();
    Closeness.assertNormsClose(name, golden.gradientsAtInit(), actual, GOLDEN_TOLERANCE);
  }

  @Test
  void aBatchThatIsNotFullIsAmongTheCases() {
    Case short20 = transformers().filter(c -> c.batch == 20).findFirst().orElseThrow();
    Split split = SmallRuns.split(short20.dataset, 1);
    int stepsPerEpoch = Math.ceilDiv(split.train().length, 20);
    assertArrayEquals(
        new int[] {2, 13},
        new int[] {stepsPerEpoch, split.train().length - 20},
        "49 examples, 33 of them train: step 1 has what is left");
  }
}
