package longrun.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.config.Positional;
import longrun.config.RunConfig;
import longrun.engine.Engine;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Model;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.plan.Cohort;
import longrun.reference.ReferenceEngine;
import longrun.task.Dataset;
import longrun.task.Split;
import longrun.verify.NormError;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every planned engine is held to: its fp32 gradients against naive float64 ones over every
 * model option, over awkward widths, and over batches that make positions shared or not.
 */
public abstract class EngineAgainstReference {
  /** The engine that is judged. */
  protected abstract Engine engine();

  /** Another fp32 engine, which has been judged by the tolerances alone. */
  protected Optional<Engine> yardstick() {
    return Optional.empty();
  }

  /**
   * Gradients in relative norm. Tensors whose gradient is far below the others' (key biases: 0 in
   * theory) are judged by the floor. Most cases are within 1e-6; squares through three layers
   * without normalisation come to 5e-5 in fp32.
   */
  private static final Tolerance GRADIENTS = new Tolerance(1e-4, 1e-2);

  /** Two orders of the same sums differ in their rounding errors by about that much. */
  private static final double TIMES_THE_YARDSTICK = 6;

  private static final Tolerance UPDATE = new Tolerance(5e-5, 1e-2);

  record Case(
      String name,
      Dataset dataset,
      ModelConfig model,
      Loss loss,
      OptionalInt batch,
      OptimizerConfig optimizer) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> transformers() {
    List<Case> cases = new ArrayList<>();
    int number = 0;
    for (Normalization normalization : Normalization.values()) {
      for (Activation activation : Activation.values()) {
        for (Positional positional : Positional.values()) {
          for (int layers = 1; layers <= 3; layers++) {
            boolean odd = number % 2 == 0;
            Loss loss = Loss.values()[number % 3];
            // A batch of 7 leaves nothing shared but the equals sign; one of 5 not even operands.
            int[] batches = {0, 20, 7, 3};
            int batch = batches[number % 4];
            int[] widths = {6, 9, 31, 33};
            int dModel = widths[number / 2 % 4];
            int dHead = 1 + number % 9;
            ModelConfig.Transformer model =
                new ModelConfig.Transformer(
                    layers,
                    dModel,
                    1 + number % 3,
                    dHead,
                    5 + 7 * (number % 5),
                    activation,
                    normalization,
                    positional,
                    odd,
                    !odd,
                    number % 4 < 2,
                    number % 5 < 3,
                    Initialization.NORMAL_FAN_IN,
                    1.0);
            String name =
                layers
                    + " layers, "
                    + normalization
                    + ", "
                    + activation
                    + ", "
                    + positional
                    + ", batch "
                    + batch
                    + ", d_model "
                    + dModel
                    + ", d_head "
                    + dHead
                    + ", "
                    + loss;
            cases.add(
                new Case(
                    name,
                    SmallRuns.addition(7, number % 7 == 0 ? 30 : 49),
                    model,
                    loss,
                    batch == 0 ? OptionalInt.empty() : OptionalInt.of(batch),
                    SmallRuns.adamw()));
            number++;
          }
        }
      }
    }
    return cases.stream();
  }

  /** Heads as wide as the published ones, which engines may treat apart from narrow ones. */
  static Stream<Case> wideHeads() {
    return Stream.of(16, 32, 40, 64)
        .map(
            dHead ->
                new Case(
                    "d_head " + dHead,
                    SmallRuns.addition(7, 49),
                    new ModelConfig.Transformer(
                        2,
                        24,
                        2,
                        dHead,
                        19,
                        Activation.RELU,
                        Normalization.POST,
                        Positional.LEARNED,
                        true,
                        true,
                        false,
                        false,
                        Initialization.NORMAL_FAN_IN,
                        1.0),
                    Loss.CROSS_ENTROPY,
                    OptionalInt.of(20),
                    SmallRuns.adamw()));
  }

  static Stream<Case> mlps() {
    List<Case> cases = new ArrayList<>();
    int number = 0;
    for (Activation activation : Activation.values()) {
      for (List<Integer> hidden :
          List.of(List.of(1), List.of(33), List.of(31, 8), List.of(5, 64, 3))) {
        for (Loss loss : Loss.values()) {
          OptimizerConfig base =
              SmallRuns.optimizer(OptimizerKind.values()[number % 2], 0.01, 0.3, number % 3);
          cases.add(
              new Case(
                  hidden + ", " + activation + ", " + loss,
                  SmallRuns.addition(7, 49),
                  new ModelConfig.Mlp(
                      hidden, number % 2 == 0, activation, Initialization.UNIFORM_FAN_IN, 1.0),
                  loss,
                  number % 3 == 0 ? OptionalInt.of(9) : OptionalInt.empty(),
                  // Never on the single unit of case 0: what is orthogonal to one number is noise.
                  number % 4 == 0 ? SmallRuns.withGrokfast(base, 0.9, 2, number % 8 == 4) : base));
          number++;
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource({"transformers", "wideHeads", "mlps"})
  void gradientsAndOneUpdate(Case c) {
    EnginePair engines = new EnginePair(new ReferenceEngine(), engine());
    RunState state = state(c);
    Result expected = result(engines.expected(), c, state);
    Optional<Result> yardstick = yardstick().map(engine -> result(engine, c, state));
    Result actual = result(engines.actual(), c, state);
    assertClose("gradients", expected, actual, yardstick, Result::gradients, GRADIENTS);
    assertClose("parameters", expected, actual, yardstick, Result::parameters, UPDATE);
    assertClose("m", expected, actual, yardstick, Result::firstMoment, UPDATE);
    assertClose("v", expected, actual, yardstick, Result::secondMoment, UPDATE);
  }

  /**
   * Within the tolerance, or where cancellation makes a case worse than that in any fp32, within a
   * few times of what the yardstick is off by.
   */
  private static void assertClose(
      String what,
      Result expected,
      Result actual,
      Optional<Result> yardstick,
      Function<Result, Tensors> part,
      Tolerance tolerance) {
    double usual =
        yardstick
            .map(
                other ->
                    NormError.largest(part.apply(expected), part.apply(other), tolerance.floor()))
            .orElse(0.0);
    Closeness.assertNormsClose(
        what,
        part.apply(expected),
        part.apply(actual),
        new Tolerance(
            Math.max(tolerance.relative(), TIMES_THE_YARDSTICK * usual), tolerance.floor()));
  }

  private record Result(
      Tensors gradients, Tensors parameters, Tensors firstMoment, Tensors secondMoment) {}

  private static RunState state(Case c) {
    Model model = Model.of(c.model, c.dataset);
    RunState initial = SmallRuns.initialState(model, 11, c.optimizer.grokfastEma().isPresent());
    // Moments of ordinary size: from zero moments Adam would turn the rounding noise of a gradient
    // that is 0 in theory into a whole step. Step 5 lies within an epoch for every batch size.
    return new RunState(
        5,
        initial.parameters(),
        uniform(model, 1, -0.1),
        uniform(model, 2, 0.01),
        initial.gradientEma().map(ema -> uniform(model, 3, -0.05)));
  }

  private static Result result(Engine engine, Case c, RunState state) {
    Model model = Model.of(c.model, c.dataset);
    Split split = SmallRuns.split(c.dataset, 1);
    RunConfig config = SmallRuns.config(c.model, c.optimizer, c.loss, c.batch, 5);
    Cohort cohort = Cohort.of(config, c.dataset, model, split.train().length);
    try (Session session = engine.open(cohort, 1)) {
      session.load(0, new Run(config, split, c.dataset.answers()), state);
      Tensors gradients = session.gradients(0);
      session.advance(1);
      RunState after = session.save(0);
      return new Result(gradients, after.parameters(), after.firstMoment(), after.secondMoment());
    }
  }

  /** Uniform in [low, 0.1), rounded to floats so that both engines start from the same numbers. */
  private static Tensors uniform(Model model, long seed, double low) {
    Random random = new Random(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (ParameterSpec spec : model.parameters()) {
      double[] values = new double[spec.elements()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (low + (0.1 - low) * random.nextDouble());
      }
      tensors.put(spec.name(), new Tensor(spec.shape(), values));
    }
    return new Tensors(tensors);
  }
}
