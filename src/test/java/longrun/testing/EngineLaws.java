package longrun.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.OptimizerKind;
import longrun.config.Positional;
import longrun.config.RunConfig;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bits depend on the run alone: not on slots, interruption or being looked at. */
public abstract class EngineLaws {
  /** The engine that is judged. */
  protected abstract Engine engine();

  private static final Dataset DATASET = SmallRuns.addition(11, 121);
  private static final int RUNS = 5;
  private static final int STEPS = 12;

  private static final ModelConfig.Transformer CONFIG =
      new ModelConfig.Transformer(
          2,
          33,
          3,
          11,
          40,
          Activation.GELU,
          Normalization.POST,
          Positional.LEARNED,
          true,
          true,
          true,
          true,
          Initialization.NORMAL_FAN_IN,
          1);
  private static final Model MODEL = Model.of(CONFIG, DATASET);

  private static Run run(int number) {
    return run(number, OptionalInt.of(16));
  }

  private static Run run(int number, OptionalInt batch) {
    double[] rates = {1e-2, 3e-3, 1e-3, 0.05, 2e-2};
    double[] decays = {0.1, 1, 0, 0.5, 0.3};
    RunConfig config =
        SmallRuns.config(
            CONFIG,
            SmallRuns.withGrokfast(
                SmallRuns.optimizer(OptimizerKind.ADAMW, rates[number], decays[number], number),
                0.9,
                1.5,
                true),
            Loss.CROSS_ENTROPY,
            batch,
            number);
    Split split = SmallRuns.split(DATASET, 1);
    return new Run(config, split, DATASET.answers());
  }

  private static RunState initial(int number) {
    return SmallRuns.initialState(MODEL, 100 + number, true);
  }

  private Session open(int slots) {
    return open(slots, run(0));
  }

  private Session open(int slots, Run any) {
    return engine()
        .open(Cohort.of(any.config(), DATASET, MODEL, any.split().train().length), slots);
  }

  protected final RunState alone(int number) {
    try (Session session = open(1)) {
      session.load(0, run(number), initial(number));
      session.advance(STEPS);
      return session.save(0);
    }
  }

  protected static void assertSameState(String what, RunState expected, RunState actual) {
    assertEquals(expected.step(), actual.step(), what);
    Closeness.assertSameBits(what, expected.parameters(), actual.parameters());
    Closeness.assertSameBits(what, expected.firstMoment(), actual.firstMoment());
    Closeness.assertSameBits(what, expected.secondMoment(), actual.secondMoment());
    Closeness.assertSameBits(
        what, expected.gradientEma().orElseThrow(), actual.gradientEma().orElseThrow());
  }

  @Test
  void batchedIsAloneWhateverTheOrderOfSlots() {
    int[][] orders = {{0, 1, 2, 3, 4}, {3, 0, 4, 2, 1}};
    List<RunState> alone = new ArrayList<>();
    for (int number = 0; number < RUNS; number++) {
      alone.add(alone(number));
    }
    for (int[] order : orders) {
      try (Session session = open(RUNS + 1)) {
        for (int slot = 0; slot < RUNS; slot++) {
          session.load(slot, run(order[slot]), initial(order[slot]));
        }
        session.advance(5);
        session.evaluate();
        session.advance(STEPS - 5);
        for (int slot = 0; slot < RUNS; slot++) {
          assertSameState("slot " + slot, alone.get(order[slot]), session.save(slot));
        }
      }
    }
  }

  @Test
  void aSlotThatDivergesChangesNoNeighbour() {
    RunState good = alone(1);
    Map<String, Tensor> broken = new LinkedHashMap<>(initial(0).parameters().asMap());
    Tensor embedding = broken.get("embed.W_E");
    double[] values = embedding.values().clone();
    values[7] = Double.NaN;
    broken.put("embed.W_E", new Tensor(embedding.shape(), values));
    RunState poisoned = SmallRuns.stateAt(0, MODEL, new Tensors(broken), true);
    try (Session session = open(3)) {
      session.load(0, run(0), poisoned);
      session.load(1, run(1), initial(1));
      session.load(2, run(2), poisoned);
      session.advance(STEPS);
      List<Evaluation> seen = session.evaluate();
      assertTrue(seen.get(0).diverged() && seen.get(2).diverged());
      assertFalse(seen.get(1).diverged());
      assertEquals(0, seen.get(0).step());
      assertSameState("neighbour", good, session.save(1));
    }
  }

  @Test
  void interruptedIsUninterruptedAtEveryStep() {
    RunState whole = alone(3);
    for (int at = 0; at < STEPS; at++) {
      RunState middle;
      try (Session session = open(1)) {
        session.load(0, run(3), initial(3));
        session.advance(at);
        middle = session.save(0);
      }
      try (Session session = open(2)) {
        session.load(1, run(3), middle);
        session.advance(STEPS - at);
        assertSameState("interrupted at " + at, whole, session.save(1));
      }
    }
  }

  @Test
  void evaluatingAndAskingForGradientsChangesNothing() {
    RunState expected = alone(2);
    try (Session session = open(1)) {
      session.load(0, run(2), initial(2));
      for (int step = 0; step < STEPS; step++) {
        session.evaluate();
        session.gradients(0);
        session.advance(1);
      }
      assertSameState("watched", expected, session.save(0));
    }
  }

  /** Batches of the whole training set, of one example, and with a last one that is smaller. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 37})
  void runsComeAndGoWhileOthersTrain(int batchExamples) {
    OptionalInt batch = batchExamples == 0 ? OptionalInt.empty() : OptionalInt.of(batchExamples);
    List<RunState> alone = new ArrayList<>();
    Tensors gradients;
    try (Session session = open(1, run(0, batch))) {
      session.load(0, run(0, batch), initial(0));
      session.advance(STEPS);
      alone.add(session.save(0));
      gradients = session.gradients(0);
      session.load(0, run(1, batch), initial(1));
      session.advance(STEPS);
      alone.add(session.save(0));
    }
    try (Session session = open(3, run(0, batch))) {
      session.load(2, run(0, batch), initial(0));
      session.advance(5);
      session.gradients(2);
      session.load(0, run(1, batch), initial(1));
      session.load(1, run(2, batch), initial(2));
      session.advance(2);
      session.evaluate();
      RunState middle = session.save(2);
      session.gradients(1);
      session.unload(2);
      session.advance(3);
      session.load(1, run(0, batch), middle);
      session.advance(5);
      assertSameState("moved to another slot", alone.get(0), session.save(1));
      session.gradients(0);
      session.evaluate();
      Closeness.assertSameBits("gradients", gradients, session.gradients(1));
      session.advance(2);
      assertSameState("loaded later", alone.get(1), session.save(0));
    }
  }
}
