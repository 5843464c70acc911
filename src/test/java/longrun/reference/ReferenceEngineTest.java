package longrun.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.Precision;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.engine.UnsupportedCohortException;
import longrun.model.Model;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.plan.Cohort;
import longrun.task.Dataset;
import longrun.task.Split;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What the engine says it is, and what it refuses. */
class ReferenceEngineTest {
  private static final Dataset DATASET = SmallRuns.addition(5, 15);
  private static final ModelConfig CONFIG =
      new ModelConfig.Mlp(List.of(4), false, Activation.RELU, Initialization.NORMAL_FAN_IN, 1);
  private static final Model MODEL = Model.of(CONFIG, DATASET);
  private static final Run RUN =
      new Run(
          SmallRuns.config(CONFIG, SmallRuns.adamw(), Loss.CROSS_ENTROPY, OptionalInt.empty(), 0),
          SmallRuns.split(DATASET, 0),
          DATASET.answers());
  private static final Cohort COHORT = Cohort.of(RUN.config(), DATASET, MODEL, 10);

  private final Session session = new ReferenceEngine().open(COHORT, 2);

  @AfterEach
  void close() {
    session.close();
  }

  @Test
  void introducesItself() {
    ReferenceEngine engine = new ReferenceEngine();
    assertEquals("reference", engine.name());
    assertEquals(64, engine.parameterBits());
    assertTrue(engine.description().contains("float64"), engine.description());
  }

  @Test
  void refusesReducedPrecision() {
    for (Precision precision : List.of(Precision.TF32, Precision.BF16)) {
      Cohort cohort =
          new Cohort(DATASET, MODEL, Loss.CROSS_ENTROPY, precision, 10, 10, true, false, false);
      UnsupportedCohortException refusal =
          assertThrows(
              UnsupportedCohortException.class, () -> new ReferenceEngine().open(cohort, 1));
      assertTrue(refusal.getMessage().contains("set training.precision to fp32"));
    }
  }

  @Test
  void refusesSlotsThatAreNotThere() {
    RunState state = state();
    assertSays("slots=0", () -> new ReferenceEngine().open(COHORT, 0));
    assertSays("slot=2 slots=2", () -> session.load(2, RUN, state));
    assertSays("slot=-1", () -> session.unload(-1));
    assertSays("slot=1 is empty", () -> session.save(1));
    assertSays("slot=0 is empty", () -> session.gradients(0));
    assertSays("steps=-1", () -> session.advance(-1));
  }

  @Test
  void refusesToGoOnAfterItIsClosed() {
    session.load(0, RUN, state());
    session.close();
    assertSays("closed", () -> session.advance(1));
    assertSays("closed", session::evaluate);
    assertSays("closed", () -> session.save(0));
    assertSays("closed", () -> session.load(0, RUN, state()));
  }

  @Test
  void refusesARunOfAnotherCohort() {
    Run minibatch =
        new Run(
            SmallRuns.config(CONFIG, SmallRuns.adamw(), Loss.CROSS_ENTROPY, OptionalInt.of(4), 0),
            RUN.split(),
            RUN.labels());
    assertSays("not of this session's cohort", () -> session.load(0, minibatch, state()));
    Run smaller = new Run(RUN.config(), new Split(new int[] {1, 2}, new int[] {0}), RUN.labels());
    assertSays("trainExamples=2", () -> session.load(0, smaller, state()));
    ModelConfig wider =
        new ModelConfig.Mlp(List.of(9), false, Activation.RELU, Initialization.NORMAL_FAN_IN, 1);
    Run other =
        new Run(
            SmallRuns.config(wider, SmallRuns.adamw(), Loss.CROSS_ENTROPY, OptionalInt.empty(), 0),
            RUN.split(),
            RUN.labels());
    assertSays("hidden=[9]", () -> session.load(0, other, state()));
  }

  @Test
  void refusesLabelsAndExamplesOutOfRange() {
    int[] labels = RUN.labels().clone();
    labels[7] = 5;
    assertSays(
        "labels[7]=5 answers=5",
        () -> session.load(0, new Run(RUN.config(), RUN.split(), labels), state()));
    assertSays(
        "labels.length=3 examples=15",
        () -> session.load(0, new Run(RUN.config(), RUN.split(), new int[3]), state()));
    int[] train = RUN.split().train().clone();
    train[4] = 15;
    assertSays(
        "split.train[4]=15 examples=15",
        () ->
            session.load(
                0, new Run(RUN.config(), new Split(train, new int[0]), RUN.labels()), state()));
  }

  @Test
  void refusesAStateOfAnotherModel() {
    RunState state = state();
    Map<String, Tensor> reshaped = new LinkedHashMap<>(state.secondMoment().asMap());
    reshaped.put("layers.1.W", new Tensor(List.of(5, 4), new double[20]));
    assertSays(
        "secondMoment layers.1.W has shape=[5, 4], the model's is [4, 5]",
        () -> load(state.parameters(), new Tensors(reshaped), Optional.empty(), 0));
    Map<String, Tensor> renamed = new LinkedHashMap<>(state.parameters().asMap());
    renamed.put("layers.2.W", renamed.remove("layers.1.W"));
    assertSays(
        "parameters are named [layers.0.W, layers.2.W]",
        () -> load(new Tensors(renamed), state.secondMoment(), Optional.empty(), 0));
    assertSays(
        "gradientEma is present in the state, and the cohort is configured without it",
        () -> load(state.parameters(), state.secondMoment(), Optional.of(state.firstMoment()), 0));
    assertSays(
        "step=-1", () -> load(state.parameters(), state.secondMoment(), Optional.empty(), -1));
  }

  private void load(Tensors parameters, Tensors moment, Optional<Tensors> ema, long step) {
    session.load(0, RUN, new RunState(step, parameters, state().firstMoment(), moment, ema));
  }

  private static RunState state() {
    return SmallRuns.initialState(MODEL, 0, false);
  }

  private static void assertSays(String expectedInMessage, Executable call) {
    RuntimeException refusal = assertThrows(RuntimeException.class, call);
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains(expectedInMessage), message);
  }
}
