package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import longrun.engine.Evaluation;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.junit.jupiter.api.Test;

class BarProgressTest {
  private static final String REDRAW = "\r\u001b[K";

  private static final Evaluation EVALUATION =
      new Evaluation(0, 10_000, 0.0015, 0.999, 7.25, 0.1234, 50, 1e-3, false);

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  @Test
  void theLastLineSaysHowFarTheRunIsAndHowGoodItIs() {
    String last = draw(new Terminal(Optional.of(Path.of("/dev/null")), true, false));
    assertTrue(last.contains("25%"), last);
    assertTrue(last.contains("10,000/40,000"), last);
    assertTrue(last.contains("0:06:00"), last);
    assertTrue(last.contains("83/s"), last);
    assertTrue(last.contains("train 99.9% val 12.3%"), last);
    assertTrue(last.length() < Terminal.plain().columns(), last);
    assertFalse(last.contains("\u001b"), "colour that was not wanted");
  }

  @Test
  void withoutUnicodeTheBarIsAscii() {
    String last = draw(new Terminal(Optional.of(Path.of("/dev/null")), false, false));
    assertTrue(StandardCharsets.US_ASCII.newEncoder().canEncode(last), last);
    assertTrue(last.contains("="), last);
  }

  @Test
  void whereItIsNarrowTheStepAndTheValidationAccuracyStay() {
    assertEquals("10,000/40,000 val 12.3%", narrow(27));
    assertEquals("10,000 val 12.3%", narrow(22));
    assertEquals("10,000 va", narrow(9));
    assertEquals("10,000/40,000 val 12.3% train 99.9% 0:06:00 83/s", narrow(71));
    assertTrue(narrow(72).contains("10,000/40,000"), narrow(72));
    assertTrue(narrow(72).contains("="), "no bar in: " + narrow(72));
  }

  @Test
  void notesStayAboveTheBar() {
    BarProgress progress =
        new BarProgress(err, new Terminal(Optional.of(Path.of("/dev/null")), true, false), 0, 100);
    progress.note("memorised at step 40");
    progress.warn("SIGINT: ...");
    progress.close();
    progress.close();
    progress.progressed(50, 10);
    String[] staying = bytes.toString(StandardCharsets.UTF_8).split("\n", -1);
    assertTrue(staying[0].endsWith(REDRAW + "memorised at step 40"), staying[0]);
    assertTrue(staying[1].endsWith(REDRAW + "SIGINT: ..."), staying[1]);
    assertEquals(4, staying.length);
  }

  /** The same run in so many columns. */
  private static String narrow(int columns) {
    BarRenderer renderer = new BarRenderer(ProgressBarStyle.ASCII);
    renderer.setStepsPerSecond(30_000 / 360.0);
    renderer.setEvaluation(EVALUATION);
    AtomicReference<String> last = new AtomicReference<>("");
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setRenderer(renderer)
            .setInitialMax(40_000)
            .setConsumer(new DelegatingProgressBarConsumer(last::set, columns))
            .build()) {
      bar.stepTo(10_000);
    }
    return last.get();
  }

  /** Draws a run at step 10,000 of 40,000; gives the last line that was drawn. */
  private String draw(Terminal screen) {
    BarProgress progress = new BarProgress(err, screen, 9_000, 40_000);
    progress.evaluated(EVALUATION);
    progress.progressed(10_000, 30_000 / 360.0);
    progress.close();
    String all = bytes.toString(StandardCharsets.UTF_8).stripTrailing();
    return all.substring(all.lastIndexOf(REDRAW) + REDRAW.length());
  }
}
