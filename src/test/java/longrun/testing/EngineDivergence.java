package longrun.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
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
import longrun.reference.ReferenceEngine;
import longrun.task.Dataset;
import longrun.task.Split;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs that diverge: what they leave in a workspace is never seen by the next run, and they stop
 * where the reference engine stops.
 */
public abstract class EngineDivergence {
  /** The engine that is judged. */
  protected abstract Engine engine();

  private static final Dataset DATASET = SmallRuns.addition(7, 49);

  /**
   * Examples whose first operand is 6 validate only, so row 6 of an MLP's first layer is unread.
   */
  private static final int UNREAD_ROW = 6;

  private static final Split SPLIT =
      new Split(IntStream.range(0, 42).toArray(), IntStream.range(42, 49).toArray());

  record Case(ModelConfig model, Loss loss) {}

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    int number = 0;
    for (Normalization normalization : Normalization.values()) {
      for (Activation activation : Activation.values()) {
        for (int dModel : new int[] {1, 31, 33}) {
          cases.add(
              new Case(
                  new ModelConfig.Transformer(
                      2,
                      dModel,
                      2,
                      5,
                      9,
                      activation,
                      normalization,
                      Positional.LEARNED,
                      true,
                      true,
                      true,
                      true,
                      Initialization.NORMAL_FAN_IN,
                      1),
                  Loss.values()[number++ % 3]));
        }
      }
    }
    cases.add(new Case(mlp(), Loss.CROSS_ENTROPY));
    return cases.stream();
  }

  private static ModelConfig.Mlp mlp() {
    return new ModelConfig.Mlp(
        List.of(9, 5), true, Activation.RELU, Initialization.UNIFORM_FAN_IN, 1);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theNextRunInTheWorkspaceFindsNoTrace(Case c) {
    RunState good = state(c, 3);
    RunState broken = poisoned(c, good, 0, Double.NaN);
    Result alone = result(engine(), c, good);
    // Beside each other, which may share a workspace, then one slot used twice.
    try (Session session = open(engine(), c, 2)) {
      session.load(0, run(c), broken);
      session.load(1, run(c), good);
      session.advance(4);
      assertSame(alone, session, 1);
    }
    try (Session session = open(engine(), c, 1)) {
      session.load(0, run(c), broken);
      session.advance(4);
      assertTrue(session.evaluate().getFirst().diverged());
      session.gradients(0);
      session.load(0, run(c), good);
      session.advance(4);
      assertSame(alone, session, 0);
    }
  }

  /** Reasons to stop, and the step after which both engines do. */
  @Test
  void stopsWhereTheReferenceStops() {
    Case c = new Case(mlp(), Loss.CROSS_ENTROPY);
    RunState good = state(c, 3);
    Map<String, RunState> states = new LinkedHashMap<>();
    states.put("NaN parameter", poisoned(c, good, 0, Double.NaN));
    states.put(
        "infinite parameter that no example of the batch reads",
        poisoned(c, good, UNREAD_ROW * 9, Double.NEGATIVE_INFINITY));
    states.put(
        "second moment that makes a parameter NaN",
        new RunState(
            0,
            good.parameters(),
            good.firstMoment(),
            poisonedTensors(good.secondMoment(), 0, Double.NaN),
            good.gradientEma()));
    states.put("nothing wrong", good);
    states.forEach(
        (why, state) -> {
          List<Long> steps = new ArrayList<>();
          for (Engine engine : List.of(new ReferenceEngine(), engine())) {
            try (Session session = open(engine, c, 1)) {
              session.load(0, run(c), state);
              session.advance(6);
              Evaluation seen = session.evaluate().getFirst();
              assertEquals(!why.equals("nothing wrong"), seen.diverged(), why);
              steps.add(seen.step());
              boolean gradientsFinite = finite(session.gradients(0));
              session.evaluate();
              assertEquals(gradientsFinite, finite(session.gradients(0)), why);
            }
          }
          assertEquals(steps.get(0), steps.get(1), why);
        });
  }

  @Test
  void aLossThatOnlyValidationSeesCounts() {
    Case c =
        new Case(
            new ModelConfig.Mlp(
                List.of(5), false, Activation.SQUARE, Initialization.UNIFORM_FAN_IN, 1),
            Loss.CROSS_ENTROPY);
    RunState state = poisoned(c, state(c, 3), UNREAD_ROW * 5, 1e30);
    try (Session session = open(engine(), c, 1)) {
      session.load(0, run(c), state);
      Evaluation seen = session.evaluate().getFirst();
      assertTrue(Double.isFinite(seen.trainLoss()));
      assertFalse(Double.isFinite(seen.validationLoss()));
      assertTrue(seen.diverged());
    }
  }

  private record Result(RunState state, Evaluation evaluation) {}

  private static Result result(Engine engine, Case c, RunState state) {
    try (Session session = open(engine, c, 1)) {
      session.load(0, run(c), state);
      session.advance(4);
      return new Result(session.save(0), session.evaluate().getFirst());
    }
  }

  private static void assertSame(Result expected, Session session, int slot) {
    RunState state = session.save(slot);
    assertEquals(expected.state.step(), state.step());
    Closeness.assertSameBits("parameters", expected.state.parameters(), state.parameters());
    Closeness.assertSameBits("m", expected.state.firstMoment(), state.firstMoment());
    Closeness.assertSameBits("v", expected.state.secondMoment(), state.secondMoment());
    Evaluation seen = session.evaluate().getLast();
    Evaluation wanted = expected.evaluation;
    assertFalse(seen.diverged());
    assertEquals(wanted.trainLoss(), seen.trainLoss());
    assertEquals(wanted.validationLoss(), seen.validationLoss());
    assertEquals(wanted.weightNorm(), seen.weightNorm());
  }

  private static Run run(Case c) {
    RunConfig config = SmallRuns.config(c.model, SmallRuns.adamw(), c.loss, OptionalInt.of(10), 1);
    return new Run(config, SPLIT, DATASET.answers());
  }

  private static Session open(Engine engine, Case c, int slots) {
    return engine.open(
        Cohort.of(run(c).config(), DATASET, Model.of(c.model, DATASET), SPLIT.train().length),
        slots);
  }

  private static RunState state(Case c, long seed) {
    return SmallRuns.initialState(Model.of(c.model, DATASET), seed, false);
  }

  private static RunState poisoned(Case c, RunState state, int element, double value) {
    return SmallRuns.stateAt(
        0, Model.of(c.model, DATASET), poisonedTensors(state.parameters(), element, value), false);
  }

  private static Tensors poisonedTensors(Tensors tensors, int element, double value) {
    Map<String, Tensor> copy = new LinkedHashMap<>(tensors.asMap());
    String first = copy.keySet().iterator().next();
    double[] values = copy.get(first).values().clone();
    values[element] = value;
    copy.put(first, new Tensor(copy.get(first).shape(), values));
    return new Tensors(copy);
  }

  private static boolean finite(Tensors tensors) {
    return tensors.asMap().values().stream()
        .flatMapToDouble(tensor -> java.util.Arrays.stream(tensor.values()))
        .allMatch(Double::isFinite);
  }
}
