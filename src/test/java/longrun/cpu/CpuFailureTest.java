package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.RunConfig;
import longrun.engine.ParameterLayout;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Model;
import longrun.plan.Cohort;
import longrun.task.Dataset;
import longrun.task.Split;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults inside a session and calls at the wrong time: an exception every time, never a hang. */
class CpuFailureTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Dataset DATASET = SmallRuns.addition(7, 49);
  private static final Split SPLIT = SmallRuns.split(DATASET, 1);
  private static final ModelConfig.Mlp CONFIG =
      new ModelConfig.Mlp(
          java.util.List.of(5), true, Activation.RELU, Initialization.UNIFORM_FAN_IN, 1);
  private static final Model MODEL = Model.of(CONFIG, DATASET);

  private static Run run() {
    RunConfig config =
        SmallRuns.config(CONFIG, SmallRuns.adamw(), Loss.CROSS_ENTROPY, OptionalInt.empty(), 1);
    return new Run(config, SPLIT, DATASET.answers());
  }

  private static Session open(int threads) {
    return new CpuEngine(threads)
        .open(Cohort.of(run().config(), DATASET, MODEL, SPLIT.train().length), 1);
  }

  private static RunState state() {
    return SmallRuns.initialState(MODEL, 1, false);
  }

  /** A kernel that fails on one block, whichever thread gets it. */
  private static Program.Phase[] failing(AtomicInteger ran) {
    Program program = new Program();
    Kernel kernel =
        new Kernel() {
          @Override
          public int units() {
            return 40;
          }

          @Override
          public void run(Slot slot, int from, int to, float[] scratch) {
            ran.incrementAndGet();
            if (from == 17) {
              throw new IllegalStateException("planted");
            }
          }
        };
    program.add("planted", java.util.List.of(new Program.Chain(new Kernel[] {kernel}, 1)));
    return program.phases();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void aKernelThatThrowsEndsTheJobForAllWorkers(int threads) {
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          try (Team team = new Team(threads)) {
            AtomicInteger ran = new AtomicInteger();
            AtomicInteger wentOn = new AtomicInteger();
            Program.Phase[] phases = failing(ran);
            Slot slot = slot();
            Throwable thrown =
                assertThrows(
                    IllegalStateException.class,
                    () ->
                        team.run(
                            worker -> {
                              if (team.runTogether(phases, slot, worker)) {
                                wentOn.incrementAndGet();
                              }
                            }));
            assertTrue(thrown.getMessage().contains("planted"), thrown.getMessage());
            assertEquals(0, wentOn.get());
            assertThrows(IllegalStateException.class, () -> team.run(worker -> {}));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void aSerialTaskThatThrowsEndsTheJobForAllWorkers(int threads) {
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          try (Team team = new Team(threads)) {
            AtomicInteger wentOn = new AtomicInteger();
            Slot slot = slot();
            assertThrows(
                IllegalStateException.class,
                () ->
                    team.run(
                        worker -> {
                          if (team.runFirst(
                              s -> {
                                throw new IllegalStateException("planted");
                              },
                              slot,
                              worker)) {
                            wentOn.incrementAndGet();
                          }
                        }));
            assertEquals(0, wentOn.get());
          }
        });
  }

  private static Slot slot() {
    Cohort cohort = Cohort.of(run().config(), DATASET, MODEL, SPLIT.train().length);
    return new Slot(cohort, new ParameterLayout(MODEL, Padding::rowLength), run(), state());
  }

  @Test
  void aRunOfAnotherCohortIsRefused() {
    try (Session session = open(2)) {
      RunConfig other =
          SmallRuns.config(CONFIG, SmallRuns.adamw(), Loss.MSE, OptionalInt.empty(), 1);
      assertThrows(
          IllegalArgumentException.class,
          () -> session.load(0, new Run(other, SPLIT, DATASET.answers()), state()));
      assertThrows(
          IllegalArgumentException.class,
          () -> session.load(0, new Run(run().config(), SPLIT, new int[2]), state()));
      assertThrows(IllegalArgumentException.class, () -> session.advance(-1));
      assertThrows(IllegalArgumentException.class, () -> session.save(0));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void nothingWorksOnAClosedSession(int threads) {
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          Session session = open(threads);
          session.load(0, run(), state());
          session.advance(1);
          session.close();
          session.close();
          assertThrows(IllegalStateException.class, () -> session.advance(1));
          assertThrows(IllegalStateException.class, session::evaluate);
          assertThrows(IllegalStateException.class, () -> session.save(0));
          assertThrows(IllegalStateException.class, () -> session.gradients(0));
          assertThrows(IllegalStateException.class, () -> session.load(0, run(), state()));
        });
  }
}
