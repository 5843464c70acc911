package longrun.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.config.Positional;
import longrun.engine.BatchOrder;
import longrun.engine.Evaluation;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Model;
import longrun.model.Tensors;
import longrun.plan.Cohort;
import longrun.task.Dataset;
import longrun.task.Split;
import longrun.testing.Closeness;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.Test;

/** What holds for any run: independence of slots, of interruption, of looking. */
class LawsTest {
  private static final Dataset DATASET = SmallRuns.addition(5, 15);
  private static final ModelConfig.Transformer CONFIG =
      new ModelConfig.Transformer(
          1,
          6,
          2,
          3,
          8,
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

  /** Ten training examples in batches of four, a Grokfast filter; all differ but in shape. */
  private static final List<Run> RUNS =
      List.of(run(0, 1e-2, 0.1, 0), run(1, 3e-3, 1.0, 1), run(2, 1e-3, 0, 2), run(3, 0.1, 0.5, 0));

  @Test
  void aSlotsBitsAreThoseOfTheRunAlone() {
    try (Session together = open(RUNS.size())) {
      for (int slot = 0; slot < RUNS.size(); slot++) {
        together.load(slot, RUNS.get(slot), initialState(slot));
      }
      together.advance(9);
      List<Evaluation> evaluations = together.evaluate();
      for (int slot = 0; slot < RUNS.size(); slot++) {
        try (Session alone = open(1)) {
          alone.load(0, RUNS.get(slot), initialState(slot));
          alone.advance(9);
          assertSameState(alone.save(0), together.save(slot));
          assertSameEvaluation(alone.evaluate().getFirst(), evaluations.get(slot));
        }
      }
    }
  }

  @Test
  void permutingSlotsPermutesResults() {
    int[] places = {2, 0, 3, 1};
    try (Session inOrder = open(4);
        Session permuted = open(4)) {
      for (int run = 0; run < 4; run++) {
        inOrder.load(run, RUNS.get(run), initialState(run));
        permuted.load(places[run], RUNS.get(run), initialState(run));
      }
      inOrder.advance(7);
      permuted.advance(7);
      for (int run = 0; run < 4; run++) {
        assertSameState(inOrder.save(run), permuted.save(places[run]));
        assertSameEvaluation(inOrder.evaluate().get(run), permuted.evaluate().get(places[run]));
      }
      assertNotEquals(inOrder.evaluate().get(0).trainLoss(), inOrder.evaluate().get(1).trainLoss());
    }
  }

  @Test
  void aNaNChangesNoNeighbour() {
    try (Session clean = open(2);
        Session spoilt = open(3)) {
      clean.load(0, RUNS.get(0), initialState(0));
      clean.load(1, RUNS.get(2), initialState(2));
      RunState broken = initialState(1);
      broken.parameters().get("blocks.0.mlp.W_in").values()[5] = Double.NaN;
      spoilt.load(0, RUNS.get(0), initialState(0));
      spoilt.load(1, RUNS.get(1), broken);
      spoilt.load(2, RUNS.get(2), initialState(2));
      clean.advance(8);
      spoilt.advance(8);
      assertSameState(clean.save(0), spoilt.save(0));
      assertSameState(clean.save(1), spoilt.save(2));
      List<Evaluation> evaluations = spoilt.evaluate();
      assertTrue(evaluations.get(1).diverged());
      assertEquals(0, evaluations.get(1).step());
      assertFalse(evaluations.get(0).diverged());
      assertFalse(evaluations.get(2).diverged());
      assertEquals(8, evaluations.get(2).step());
      assertSameState(broken, spoilt.save(1));
    }
  }

  /** Squared activations and a learning rate of 1e100: the first step ruins the parameters. */
  @Test
  void aRunThatExplodesStopsWhereItIs() {
    ModelConfig mlp =
        new ModelConfig.Mlp(List.of(4), false, Activation.SQUARE, Initialization.NORMAL_FAN_IN, 1);
    Model model = Model.of(mlp, DATASET);
    OptimizerConfig optimizer = SmallRuns.optimizer(OptimizerKind.ADAMW, 1e120, 0, 0);
    Run run =
        new Run(
            SmallRuns.config(mlp, optimizer, Loss.MSE, OptionalInt.empty(), 0),
            SmallRuns.split(DATASET, 0),
            DATASET.answers());
    try (Session session =
        new ReferenceEngine().open(Cohort.of(run.config(), DATASET, model, 10), 1)) {
      session.load(0, run, SmallRuns.initialState(model, 0, false));
      assertFalse(session.evaluate().getFirst().diverged());
      session.advance(1);
      RunState stopped = session.save(0);
      assertEquals(1, stopped.step());
      session.advance(5);
      assertTrue(session.evaluate().getFirst().diverged());
      assertSameState(stopped, session.save(0));
    }
  }

  @Test
  void interruptedIsUninterrupted() {
    for (int interruption = 0; interruption <= 8; interruption++) {
      try (Session whole = open(1);
          Session before = open(1);
          Session after = open(1)) {
        whole.load(0, RUNS.get(0), initialState(0));
        whole.advance(8);
        before.load(0, RUNS.get(0), initialState(0));
        before.advance(interruption);
        after.load(0, RUNS.get(0), before.save(0));
        after.advance(8 - interruption);
        assertSameState(whole.save(0), after.save(0));
        assertSameEvaluation(whole.evaluate().getFirst(), after.evaluate().getFirst());
      }
    }
  }

  @Test
  void lookingChangesNothing() {
    try (Session watched = open(1);
        Session alone = open(1)) {
      watched.load(0, RUNS.get(0), initialState(0));
      alone.load(0, RUNS.get(0), initialState(0));
      for (int step = 0; step < 6; step++) {
        var unused = watched.evaluate();
        Closeness.assertSameBits("gradients", watched.gradients(0), watched.gradients(0));
        watched.advance(1);
      }
      alone.advance(6);
      assertSameState(alone.save(0), watched.save(0));
    }
  }

  @Test
  void statesAreCopiedInAndOut() {
    try (Session session = open(1)) {
      RunState state = initialState(0);
      session.load(0, RUNS.get(0), state);
      state.parameters().get("embed.W_E").values()[0] = 99;
      assertSameState(initialState(0), session.save(0));
      session.save(0).parameters().get("embed.W_E").values()[0] = 99;
      session.gradients(0).get("embed.W_E").values()[0] = 99;
      assertSameState(initialState(0), session.save(0));
    }
  }

  @Test
  void anotherRunInTheSlotLeavesNoTrace() {
    try (Session used = open(1);
        Session fresh = open(1)) {
      used.load(0, RUNS.get(3), initialState(3));
      used.advance(5);
      used.load(0, RUNS.get(1), initialState(1));
      fresh.load(0, RUNS.get(1), initialState(1));
      used.advance(5);
      fresh.advance(5);
      assertSameState(fresh.save(0), used.save(0));
    }
  }

  @Test
  void emptySlotsAreSkipped() {
    try (Session session = open(3)) {
      assertEquals(3, session.slots());
      assertEquals(List.of(), session.evaluate());
      session.load(0, RUNS.get(0), initialState(0));
      session.load(2, RUNS.get(1), initialState(1));
      session.advance(1);
      assertEquals(List.of(0, 2), session.evaluate().stream().map(Evaluation::slot).toList());
      session.unload(0);
      session.advance(1);
      List<Evaluation> left = session.evaluate();
      assertEquals(1, left.size());
      assertEquals(2, left.getFirst().slot());
      assertEquals(2, left.getFirst().step());
    }
  }

  @Test
  void everythingValidatesOrNothingDoes() {
    int[] all = new int[DATASET.examples()];
    for (int i = 0; i < all.length; i++) {
      all[i] = i;
    }
    Run run = new Run(RUNS.get(0).config(), new Split(all, new int[0]), DATASET.answers());
    try (Session session =
        new ReferenceEngine().open(Cohort.of(run.config(), DATASET, MODEL, all.length), 1)) {
      session.load(0, run, initialState(0));
      session.advance(1);
      Evaluation evaluation = session.evaluate().getFirst();
      assertTrue(Double.isNaN(evaluation.validationLoss()));
      assertTrue(Double.isNaN(evaluation.validationAccuracy()));
      assertFalse(evaluation.diverged());
    }
  }

  /** With no decay, Adam's first step moves a weight by lr · g / (|g| + ε), lr after warm-up. */
  @Test
  void warmUpScalesTheFirstSteps() {
    OptimizerConfig warm = SmallRuns.optimizer(OptimizerKind.ADAMW, 0.02, 0, 4);
    Run run =
        new Run(
            SmallRuns.config(CONFIG, warm, Loss.CROSS_ENTROPY, OptionalInt.empty(), 0),
            SmallRuns.split(DATASET, 0),
            DATASET.answers());
    Cohort cohort = Cohort.of(run.config(), DATASET, MODEL, 10);
    try (Session session = new ReferenceEngine().open(cohort, 1)) {
      session.load(0, run, SmallRuns.initialState(MODEL, 0, false));
      List<Double> rates = new ArrayList<>(List.of(session.evaluate().getFirst().learningRate()));
      Tensors before = session.save(0).parameters();
      Tensors gradients = session.gradients(0);
      session.advance(1);
      Tensors after = session.save(0).parameters();
      for (int i = 0; i < 6; i++) {
        double g = gradients.get("unembed.W_U").values()[i];
        double moved = after.get("unembed.W_U").values()[i] - before.get("unembed.W_U").values()[i];
        Closeness.assertClose("W_U " + i, -0.005 * g / (Math.abs(g) + 1e-8), moved, 1e-10);
      }
      for (int step = 1; step <= 5; step++) {
        rates.add(session.evaluate().getFirst().learningRate());
        session.advance(1);
      }
      assertEquals(List.of(0.005, 0.005, 0.01, 0.015, 0.02, 0.02), rates);
    }
  }

  @Test
  void noisyLabelsAreTrainedOnAndScored() {
    Run clean = RUNS.get(0);
    int[] firstBatch = new int[4];
    assertEquals(4, new BatchOrder(0, 10, 4).batch(0, firstBatch));
    int trained = clean.split().train()[firstBatch[0]];
    int[] noisy = DATASET.answers();
    noisy[trained] = (noisy[trained] + 1) % 5;
    Run run = new Run(clean.config(), clean.split(), noisy);
    try (Session session = open(2)) {
      session.load(0, clean, initialState(0));
      session.load(1, run, initialState(0));
      List<Evaluation> evaluations = session.evaluate();
      assertNotEquals(evaluations.get(0).trainLoss(), evaluations.get(1).trainLoss());
      assertEquals(evaluations.get(0).validationLoss(), evaluations.get(1).validationLoss());
      assertFalse(
          Arrays.equals(
              session.gradients(0).get("unembed.W_U").values(),
              session.gradients(1).get("unembed.W_U").values()));
    }
  }

  private static Run run(long seed, double learningRate, double weightDecay, int remainder) {
    OptimizerConfig optimizer =
        SmallRuns.withGrokfast(
            SmallRuns.optimizer(OptimizerKind.ADAMW, learningRate, weightDecay, 3), 0.9, 2, false);
    return new Run(
        SmallRuns.config(CONFIG, optimizer, Loss.CROSS_ENTROPY, OptionalInt.of(4), seed),
        SmallRuns.split(DATASET, remainder),
        DATASET.answers());
  }

  private static Session open(int slots) {
    return new ReferenceEngine().open(Cohort.of(RUNS.get(0).config(), DATASET, MODEL, 10), slots);
  }

  private static RunState initialState(long seed) {
    return SmallRuns.initialState(MODEL, seed, true);
  }

  private static void assertSameState(RunState expected, RunState actual) {
    assertEquals(expected.step(), actual.step());
    Closeness.assertSameBits("parameters", expected.parameters(), actual.parameters());
    Closeness.assertSameBits("firstMoment", expected.firstMoment(), actual.firstMoment());
    Closeness.assertSameBits("secondMoment", expected.secondMoment(), actual.secondMoment());
    assertEquals(expected.gradientEma().isPresent(), actual.gradientEma().isPresent());
    if (expected.gradientEma().isPresent()) {
      Closeness.assertSameBits(
          "gradientEma", expected.gradientEma().get(), actual.gradientEma().get());
    }
  }

  /** Records compare doubles by their bits; only the slot may differ. */
  private static void assertSameEvaluation(Evaluation expected, Evaluation actual) {
    assertEquals(
        expected,
        new Evaluation(
            expected.slot(),
            actual.step(),
            actual.trainLoss(),
            actual.trainAccuracy(),
            actual.validationLoss(),
            actual.validationAccuracy(),
            actual.weightNorm(),
            actual.learningRate(),
            actual.diverged()));
  }
}
