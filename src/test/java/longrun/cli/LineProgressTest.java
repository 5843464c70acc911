package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import longrun.engine.Evaluation;
import org.junit.jupiter.api.Test;

class LineProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private long nanos;

  @Test
  void showsALineAtMostEveryTenSeconds() {
    LineProgress progress = new LineProgress(err, 40_000, () -> nanos);
    for (int second = 0; second <= 25; second++) {
      nanos = second * 1_000_000_000L;
      progress.evaluated(evaluation(100L * second));
      progress.progressed(100L * second, 100);
    }
    assertEquals(
        List.of(
            "step 1,000 of 40,000, 100 steps/s, at most 6 min 30 s left;"
                + " train 99.9% loss 1.5e-03, validation 12.3% loss 7.25",
            "step 2,000 of 40,000, 100 steps/s, at most 6 min 20 s left;"
                + " train 99.9% loss 1.5e-03, validation 12.3% loss 7.25"),
        lines());
  }

  @Test
  void beforeTheFirstEvaluationThereIsOnlyThePace() {
    LineProgress progress = new LineProgress(err, 40_000, () -> nanos);
    nanos = 10_000_000_000L;
    progress.progressed(3, 0);
    assertEquals(List.of("step 3 of 40,000, 0.0 steps/s"), lines());
  }

  @Test
  void anEarlierEndShortensWhatIsLeft() {
    LineProgress progress = new LineProgress(err, 40_000, () -> nanos);
    progress.endsAt(1_500);
    nanos = 10_000_000_000L;
    progress.progressed(1_000, 100);
    assertEquals(List.of("step 1,000 of 1,500, 100 steps/s, at most 5 s left"), lines());
  }

  private List<String> lines() {
    return bytes.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static Evaluation evaluation(long step) {
    return new Evaluation(0, step, 0.0015, 0.999, 7.25, 0.1234, 50, 1e-3, false);
  }
}
