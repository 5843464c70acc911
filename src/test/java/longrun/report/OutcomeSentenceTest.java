package longrun.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import java.util.OptionalLong;
import longrun.report.Outcome.Ending;
import org.junit.jupiter.api.Test;

class OutcomeSentenceTest {
  private static final OptionalLong NEVER = OptionalLong.empty();

  private static String sentence(OptionalLong memorised, OptionalLong grokked, Ending ending) {
    return OutcomeSentence.of(
        new Outcome(memorised, grokked, ending, 40_000, 100_000, 0.31257, 0.01999, true));
  }

  private static String finished(long memorised, long grokked) {
    return sentence(OptionalLong.of(memorised), OptionalLong.of(grokked), Ending.FINISHED);
  }

  @Test
  void memorisedThenGrokked() {
    assertEquals(
        "memorised at step 140, grokked at step 1,350: 9.6 times later", finished(140, 1350));
    assertEquals(
        "memorised at step 1,000, grokked at step 1,250,000: 1,250 times later",
        finished(1000, 1_250_000));
    assertEquals(
        "memorised at step 1,000, grokked at step 1,200: 1.20 times later", finished(1000, 1200));
    assertEquals(
        "memorised at step 10,000, grokked at step 10,010: 10 steps later",
        finished(10_000, 10_010));
  }

  @Test
  void atTheSameStepOrTheOtherWayRound() {
    assertEquals("memorised and grokked at step 140: no delay", finished(140, 140));
    assertEquals("grokked at step 90, before it memorised at step 140", finished(140, 90));
  }

  @Test
  void fromStepZeroThereIsNoRatio() {
    assertEquals(
        "memorised at step 0, grokked at step 1,350: 1,350 steps later", finished(0, 1350));
    assertEquals("memorised and grokked at step 0: no delay", finished(0, 0));
  }

  @Test
  void notGrokked() {
    assertEquals(
        "memorised at step 140, not grokked in 40,000 steps (validation accuracy 0.0200)",
        sentence(OptionalLong.of(140), NEVER, Ending.FINISHED));
    assertEquals(
        "grokked at step 140, not memorised in 40,000 steps (train accuracy 0.3126)",
        sentence(NEVER, OptionalLong.of(140), Ending.FINISHED));
    assertEquals(
        "neither memorised nor grokked in 40,000 steps (train accuracy 0.3126, validation accuracy"
            + " 0.0200)",
        sentence(NEVER, NEVER, Ending.FINISHED));
  }

  @Test
  void notEnded() {
    assertEquals(
        "memorised at step 140, not yet grokked (validation accuracy 0.0200); interrupted at step"
            + " 40,000 of 100,000",
        sentence(OptionalLong.of(140), NEVER, Ending.INTERRUPTED));
    assertEquals(
        "neither memorised nor grokked yet (train accuracy 0.3126, validation accuracy 0.0200);"
            + " running, at step 40,000 of 100,000",
        sentence(NEVER, NEVER, Ending.RUNNING));
  }

  @Test
  void diverged() {
    assertEquals(
        "memorised at step 140, grokked at step 1,350: 9.6 times later; diverged at step 40,000",
        sentence(OptionalLong.of(140), OptionalLong.of(1350), Ending.DIVERGED));
    assertEquals(
        "neither memorised nor grokked (train accuracy 0.3126, validation accuracy 0.0200);"
            + " diverged at step 40,000",
        sentence(NEVER, NEVER, Ending.DIVERGED));
  }

  @Test
  void nothingValidates() {
    Outcome memorised =
        new Outcome(
            OptionalLong.of(140), NEVER, Ending.FINISHED, 40_000, 40_000, 1, Double.NaN, false);
    assertEquals(
        "memorised at step 140; nothing validates, so it cannot grok",
        OutcomeSentence.of(memorised));
    Outcome neither =
        new Outcome(NEVER, NEVER, Ending.FINISHED, 40_000, 40_000, 0.5, Double.NaN, false);
    assertEquals(
        "not memorised in 40,000 steps (train accuracy 0.5000)", OutcomeSentence.of(neither));
  }

  @Test
  void nothingEvaluated() {
    Outcome outcome =
        new Outcome(NEVER, NEVER, Ending.INTERRUPTED, 0, 10, Double.NaN, Double.NaN, false);
    assertEquals("not yet memorised; interrupted at step 0 of 10", OutcomeSentence.of(outcome));
    Outcome oneStep = new Outcome(NEVER, NEVER, Ending.FINISHED, 1, 1, 0, 0, true);
    assertEquals(
        "neither memorised nor grokked in 1 step (train accuracy 0.0000, validation accuracy"
            + " 0.0000)",
        OutcomeSentence.of(oneStep));
  }

  @Test
  void theSameInEveryLanguage() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertEquals(
          "memorised at step 140, grokked at step 1,350: 9.6 times later", finished(140, 1350));
    } finally {
      Locale.setDefault(before);
    }
  }
}
