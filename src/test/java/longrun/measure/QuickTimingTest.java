package longrun.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import longrun.config.ConfigReader;
import longrun.cpu.CpuEngine;
import longrun.train.PreparedRun;
import org.junit.jupiter.api.Test;

class QuickTimingTest {
  private static final long MILLISECOND = 1_000_000;

  private long now;
  private long compilerMillis;
  private long steps;

  /** Rounds of a second; a step's time depends on when it starts. */
  private QuickTiming time(LongUnaryOperator nanosOfStep) {
    return QuickTiming.of(
        () -> {
          now += nanosOfStep.applyAsLong(now);
          steps++;
        },
        () -> now += 7 * MILLISECOND,
        1,
        new QuickTiming.Clocks(() -> now, () -> compilerMillis));
  }

  @Test
  void steadyStepsTakeTwoRounds() {
    QuickTiming timing = time(_ -> 20 * MILLISECOND);
    assertEquals(0.02, timing.stepSeconds(), 1e-12);
    assertEquals(0.007, timing.evaluationSeconds(), 1e-12);
    assertEquals(2 * 50, steps);
  }

  @Test
  void theFirstSlowStepsDoNotCount() {
    QuickTiming timing =
        time(start -> Math.max(4, 512 >> (start / (1000 * MILLISECOND))) * MILLISECOND);
    assertEquals(0.004, timing.stepSeconds(), 1e-12);
  }

  @Test
  void aPlateauIsNoEndWhileCompilersWork() {
    QuickTiming timing =
        time(
            start -> {
              boolean interpreted = start < 5000 * MILLISECOND;
              compilerMillis += interpreted ? 120 : 0;
              return (interpreted ? 600 : 4) * MILLISECOND;
            });
    assertEquals(0.004, timing.stepSeconds(), 1e-12);
  }

  @Test
  void compilersThatNeverRestDoNotMakeItEndless() {
    QuickTiming timing =
        time(
            _ -> {
              compilerMillis += 10;
              return 20 * MILLISECOND;
            });
    assertEquals(0.02, timing.stepSeconds(), 1e-12);
    assertEquals(32 * 50, steps);
  }

  @Test
  void aVerySlowStepIsARound() {
    QuickTiming timing = time(_ -> 9000 * MILLISECOND);
    assertEquals(9, timing.stepSeconds(), 1e-9);
    assertEquals(2, steps);
  }

  @Test
  void aRunIsTimed() {
    PreparedRun run =
        PreparedRun.of(
            ConfigReader.parse(
                "{task: {modulus: 5}, model: {kind: mlp, hidden: [4]}}", "test", List.of()),
            Optional.empty());
    QuickTiming timing = QuickTiming.of(run, new CpuEngine(1), 0.01);
    assertTrue(timing.stepSeconds() > 0 && timing.stepSeconds() < 1, timing::toString);
    assertTrue(timing.evaluationSeconds() > 0, timing::toString);
  }
}
