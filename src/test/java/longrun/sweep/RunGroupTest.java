package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import longrun.config.ConfigReader;
import longrun.store.StopReason;
import longrun.store.Summary.FinalMetrics;
import longrun.sweep.RunResult.Status;
import longrun.testing.SweepFolders;
import org.junit.jupiter.api.Test;

class RunGroupTest {
  private static final double NEVER = Double.POSITIVE_INFINITY;
  private static final Sweep SWEEP =
      Sweep.of(ConfigReader.parseSweep(SweepFolders.EIGHT_RUNS, "test", List.of()));

  private static RunResult ended(
      int run, StopReason reason, OptionalLong memorised, OptionalLong grokked, double accuracy) {
    return new RunResult(
        run,
        SWEEP.values(run),
        Status.ENDED,
        Optional.of(reason),
        memorised,
        grokked,
        OptionalLong.of(100),
        new FinalMetrics(0, 1, 0, accuracy, 30),
        OptionalDouble.of(run),
        Optional.empty());
  }

  private static RunResult grokked(int run, long memorised, long grokked) {
    return ended(run, StopReason.GROKKED, OptionalLong.of(memorised), OptionalLong.of(grokked), 1);
  }

  private static RunResult other(int run, Status status) {
    return new RunResult(
        run,
        SWEEP.values(run),
        status,
        Optional.empty(),
        OptionalLong.of(10),
        OptionalLong.of(20),
        OptionalLong.of(30),
        new FinalMetrics(0, 1, 0, 0.75, 30),
        OptionalDouble.of(1000),
        Optional.empty());
  }

  @Test
  void runsThatNeverGrokkedAreLaterThanAnyStep() {
    RunGroup group =
        RunGroup.of(
            List.of(),
            List.of(
                grokked(0, 10, 40),
                grokked(1, 20, 40),
                ended(2, StopReason.STEPS_DONE, OptionalLong.of(30), OptionalLong.empty(), 0.5),
                ended(
                    3,
                    StopReason.DIVERGED,
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    Double.NaN)));
    assertEquals(4, group.ended());
    assertEquals(2, group.grokked());
    assertEquals(1, group.diverged());
    assertEquals(new Quartiles(17.5, 25, NEVER), group.memorisedAt());
    assertEquals(new Quartiles(40, NEVER, NEVER), group.grokkedAt());
    // Of 4, 2 and never; the one that did not memorise has none.
    assertEquals(new Quartiles(3, 4, NEVER), group.delay());
    assertEquals(new Quartiles(0.75, 1, 1), group.validationAccuracy());
    assertEquals(new Quartiles(0.75, 1.5, 2.25), group.seconds());
    assertEquals(OptionalLong.of(100), group.mostSteps());
  }

  @Test
  void runsThatHaveNotEndedAreCountedOnly() {
    RunResult unreadable =
        new RunResult(
            7,
            SWEEP.values(7),
            Status.ENDED,
            Optional.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            RunResult.NO_METRICS,
            OptionalDouble.empty(),
            Optional.of("damaged"));
    RunGroup group =
        RunGroup.of(
            List.of(),
            List.of(
                grokked(0, 10, 40),
                other(1, Status.RUNNING),
                other(2, Status.FAILED),
                other(3, Status.WAITING),
                other(4, Status.RUNNING),
                unreadable));
    assertEquals(6, group.runs());
    assertEquals(1, group.ended());
    assertEquals(1, group.grokked());
    assertEquals(2, group.running());
    assertEquals(1, group.failed());
    assertEquals(1, group.waiting());
    assertEquals(1, group.unreadable());
    assertEquals(new Quartiles(40, 40, 40), group.grokkedAt());
    assertEquals(new Quartiles(0, 0, 0), group.seconds());
  }

  @Test
  void aGroupWhereNothingHasEnded() {
    RunGroup group = RunGroup.of(List.of(), List.of(other(1, Status.RUNNING)));
    assertEquals(Quartiles.NONE, group.grokkedAt());
    assertEquals(OptionalLong.empty(), group.mostSteps());
  }

  @Test
  void memorisedFromTheStartHasNoDelay() {
    RunGroup group =
        RunGroup.of(
            List.of(),
            List.of(
                grokked(0, 0, 40),
                ended(1, StopReason.STEPS_DONE, OptionalLong.of(0), OptionalLong.empty(), 0.5)));
    assertEquals(Quartiles.NONE, group.delay());
  }

  @Test
  void groupsComeInTheOrderOfTheAxes() {
    List<RunResult> runs = List.of(grokked(7, 1, 7), grokked(2, 1, 2), grokked(3, 1, 3));
    SweepAxis fraction = SWEEP.axes().get(0);
    SweepAxis seed = SWEEP.axes().get(1);
    assertEquals(
        List.of(List.of("0.3"), List.of("0.40")),
        RunGroup.by(SWEEP, List.of(fraction), runs).stream().map(RunGroup::values).toList());
    assertEquals(
        List.of(List.of("2", "0.3"), List.of("3", "0.3"), List.of("3", "0.40")),
        RunGroup.by(SWEEP, List.of(seed, fraction), runs).stream().map(RunGroup::values).toList());
  }
}
