package longrun.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import longrun.store.StopReason;
import longrun.store.Summary.FinalMetrics;
import longrun.sweep.RunResult;
import longrun.sweep.RunResult.Status;
import org.junit.jupiter.api.Test;

class SurvivalTest {
  private static final double NAN = Double.NaN;

  private static RunResult run(
      Status status, Optional<StopReason> reason, long grokkedAt, long steps) {
    return new RunResult(
        0,
        List.of(),
        status,
        reason,
        OptionalLong.empty(),
        grokkedAt < 0 ? OptionalLong.empty() : OptionalLong.of(grokkedAt),
        steps < 0 ? OptionalLong.empty() : OptionalLong.of(steps),
        new FinalMetrics(NAN, NAN, NAN, NAN, NAN),
        OptionalDouble.empty(),
        Optional.empty());
  }

  private static RunResult grokked(long at) {
    return run(Status.ENDED, Optional.of(StopReason.GROKKED), at, at + 100);
  }

  private static RunResult without(long steps) {
    return run(Status.ENDED, Optional.of(StopReason.STEPS_DONE), -1, steps);
  }

  private static RunResult diverged(long steps) {
    return run(Status.ENDED, Optional.of(StopReason.DIVERGED), -1, steps);
  }

  private static RunResult running(long steps) {
    return run(Status.RUNNING, Optional.empty(), -1, steps);
  }

  /**
   * Remission of leukaemia under 6-mercaptopurine, 21 patients (Freireich and others, 1963), a
   * textbook's example of the estimate: survival 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448.
   */
  @Test
  void asInTheTextbook() {
    List<RunResult> runs = new ArrayList<>();
    for (int week : new int[] {6, 6, 6, 7, 10, 13, 16, 22, 23}) {
      runs.add(grokked(week));
    }
    for (int week : new int[] {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}) {
      runs.add(without(week));
    }
    Survival survival = Survival.of(runs);
    assertEquals(21, survival.runs());
    assertArrayEquals(new double[] {6, 7, 10, 13, 16, 22, 23}, survival.steps());
    double[] expected = {0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(1 - expected[i], survival.shares()[i], 5e-5, "week " + survival.steps()[i]);
    }
    assertEquals(0, survival.at(5));
    assertEquals(survival.shares()[0], survival.at(6));
    assertEquals(survival.shares()[6], survival.at(1000));
  }

  @Test
  void aDivergedRunCountsToTheEnd() {
    Survival survival = Survival.of(List.of(grokked(100), grokked(300), diverged(10)));
    assertArrayEquals(new double[] {1 / 3.0, 2 / 3.0}, survival.shares(), 1e-12);
    assertEquals(0, survival.lastSteps().length, "nothing of it is unknown");
  }

  @Test
  void aRunThatHasNotEndedCountsAsFarAsItHasCome() {
    Survival survival = Survival.of(List.of(grokked(100), grokked(300), running(200)));
    assertArrayEquals(new double[] {1 / 3.0, 1}, survival.shares(), 1e-12);
    assertArrayEquals(new double[] {200}, survival.lastSteps());
  }

  @Test
  void aRunWhoseLastStepIsThatOfAnotherGrokkingWasStillThere() {
    assertArrayEquals(
        new double[] {0.5}, Survival.of(List.of(grokked(100), without(100))).shares(), 1e-12);
  }

  @Test
  void failedWaitingAndUnreadableRunsDoNotCount() {
    Survival survival =
        Survival.of(
            List.of(
                grokked(100),
                run(Status.FAILED, Optional.empty(), -1, 500),
                run(Status.FAILED, Optional.empty(), 50, 500),
                run(Status.WAITING, Optional.empty(), -1, -1),
                run(Status.ENDED, Optional.empty(), -1, -1)));
    assertEquals(1, survival.runs());
    assertArrayEquals(new double[] {1}, survival.shares(), 1e-12);
  }

  @Test
  void ofNothing() {
    Survival survival = Survival.of(List.of());
    assertEquals(0, survival.runs());
    assertEquals(0, survival.at(1e9));
  }
}
