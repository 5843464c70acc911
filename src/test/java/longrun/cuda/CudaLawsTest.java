package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.config.Positional;
import longrun.engine.Engine;
import longrun.engine.Evaluation;
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
import longrun.testing.EngineLaws;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bits depend on the run alone: not on neighbours, nor on the order in which threads run. */
class CudaLawsTest extends EngineLaws {
  private static final int LONG_STEPS = 200;
  private static final int RUNS = 5;
  private static final Dataset DATASET = SmallRuns.addition(7, 49);

  private static final ModelConfig.Transformer CONFIG =
      new ModelConfig.Transformer(
          1,
          16,
          2,
          8,
          16,
          Activation.RELU,
          Normalization.NONE,
          Positional.LEARNED,
          false,
          true,
          false,
          true,
          Initialization.NORMAL_FAN_IN,
          1);

  private static final Model MODEL = Model.of(CONFIG, DATASET);

  private static final Map<Integer, RunState> ALONE = new ConcurrentHashMap<>();

  private CudaContext context;

  @BeforeEach
  void open() {
    context = Emulator.openContext(false);
  }

  @AfterEach
  void close() {
    if (context != null) {
      context.close();
    }
  }

  @Override
  protected Engine engine() {
    return new CudaEngine(context);
  }

  /** Seeds, splits, learning rates and weight decays differ. */
  private static Run longRun(int number) {
    double[] rates = {1e-2, 3e-3, 1e-3, 5e-2, 2e-2};
    double[] decays = {0.1, 1, 0, 0.5, 0.3};
    OptimizerConfig optimizer =
        SmallRuns.optimizer(OptimizerKind.ADAMW, rates[number], decays[number], 5 * number);
    Split split = SmallRuns.split(DATASET, number % 3);
    // Every run of a cohort has as many training examples.
    int train = 32;
    Split even =
        new Split(
            java.util.Arrays.copyOf(split.train(), train),
            java.util.stream.IntStream.range(0, DATASET.examples())
                .filter(
                    e -> java.util.Arrays.stream(split.train()).limit(train).noneMatch(t -> t == e))
                .toArray());
    return new Run(
        SmallRuns.config(CONFIG, optimizer, Loss.CROSS_ENTROPY, OptionalInt.empty(), number),
        even,
        DATASET.answers());
  }

  private static Cohort cohort() {
    Run any = longRun(0);
    return Cohort.of(any.config(), DATASET, MODEL, any.split().train().length);
  }

  private static RunState initial(int number) {
    return SmallRuns.initialState(MODEL, 100 + number, false);
  }

  /** A run by itself, with the threads in their usual order; made once for all tests. */
  private RunState longAlone(int number) {
    return ALONE.computeIfAbsent(number, this::trainAlone);
  }

  private RunState trainAlone(int number) {
    try (Session session = engine().open(cohort(), 1)) {
      session.load(0, longRun(number), initial(number));
      session.advance(LONG_STEPS);
      return session.save(0);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void fiveSlotsAreFiveRunsWhateverTheOrderOfThreads(long seed) {
    List<RunState> alone = new ArrayList<>();
    for (int number = 0; number < RUNS; number++) {
      alone.add(longAlone(number));
    }
    assumeTrue(Emulator.isThere() || seed == 1, "a real device has its own order");
    if (Emulator.isThere()) {
      Emulator.setSeed(seed);
    }
    try (Session session = engine().open(cohort(), RUNS)) {
      for (int slot = 0; slot < RUNS; slot++) {
        session.load(slot, longRun(slot), initial(slot));
      }
      session.advance(LONG_STEPS);
      for (int slot = 0; slot < RUNS; slot++) {
        assertSameBits("slot " + slot, alone.get(slot), session.save(slot));
      }
    }
  }

  @Test
  void oneOfFiveDivergesAndTheOthersKeepTheirBits() {
    int bad = 2;
    try (Session session = engine().open(cohort(), RUNS)) {
      for (int slot = 0; slot < RUNS; slot++) {
        session.load(slot, longRun(slot), slot == bad ? exploding(slot) : initial(slot));
      }
      session.advance(LONG_STEPS);
      List<Evaluation> seen = session.evaluate();
      for (int slot = 0; slot < RUNS; slot++) {
        assertEquals(slot == bad, seen.get(slot).diverged(), "slot " + slot);
        if (slot != bad) {
          assertSameBits("slot " + slot, longAlone(slot), session.save(slot));
        }
      }
    }
  }

  /** Finite, but the first loss is not. */
  private static RunState exploding(int number) {
    RunState state = initial(number);
    var tensors = new java.util.LinkedHashMap<>(state.parameters().asMap());
    Tensor weight = tensors.get("unembed.W_U");
    double[] values = weight.values().clone();
    java.util.Arrays.fill(values, 1e38);
    tensors.put("unembed.W_U", new Tensor(weight.shape(), values));
    return new RunState(
        0, new Tensors(tensors), state.firstMoment(), state.secondMoment(), state.gradientEma());
  }

  private static void assertSameBits(String what, RunState expected, RunState actual) {
    assertEquals(expected.step(), actual.step(), what);
    Closeness.assertSameBits(what, expected.parameters(), actual.parameters());
    Closeness.assertSameBits(what, expected.firstMoment(), actual.firstMoment());
    Closeness.assertSameBits(what, expected.secondMoment(), actual.secondMoment());
  }
}
