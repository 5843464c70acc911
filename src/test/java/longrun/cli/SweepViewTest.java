package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import longrun.sweep.Sweep;
import longrun.sweep.SweepTotals;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SweepViewTest {
  private static final Terminal SCREEN =
      new Terminal(Optional.of(Path.of("/dev/null")), true, false);
  private static final String AGAIN = "longrun sweep a.yaml";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Interrupts interrupts = new Interrupts(code -> {});
  private long nanos;

  @Test
  void plainLinesWhereTheOutputIsNoTerminal() {
    Sweep sweep = PlayedSweep.sweep(12, 10_000);
    try (SweepView view = view(Terminal.plain(), false, sweep)) {
      play(new PlayedSweep(sweep, 2, 0, 0, view), 1_000);
    }
    List<String> lines = lines(err);
    assertEquals(
        "run 0 (train_fraction=0.3 optimizer_learning_rate=1e-3 seed=0): memorised at step 150,"
            + " grokked at step 2,000: 13.3 times later; ended at step 3,000, having grokked",
        lines.getFirst());
    assertTrue(
        lines.contains(
            "run 1 (train_fraction=0.3 optimizer_learning_rate=1e-3 seed=1): memorised at step 520,"
                + " not grokked in 10,000 steps (validation accuracy 0.2320);"
                + " all 10,000 steps done"),
        lines::toString);
    assertTrue(
        lines.contains(
            "longrun: run 11 (train_fraction=0.3 optimizer_learning_rate=1e-3 seed=11) failed:"
                + " labels.noise: 1.5 is too much"),
        lines::toString);
    assertTrue(lines.stream().anyMatch(line -> line.endsWith("; diverged at step 1,500")));
    assertEquals(11, count(lines, "run [0-9]+ .*"));
    assertEquals(
        "5 of 12 runs ended, 0 failed, 2 running, 5 waiting; 2,000 run-steps/s, 30 s elapsed,"
            + " about 28 s left, at most 31 s",
        lines.stream().filter(line -> line.contains(" waiting; ")).findFirst().orElseThrow());
    assertTrue(String.join("", lines).chars().noneMatch(Character::isISOControl));
    assertEquals(
        List.of(
            "sweep   runs/a: 12 runs",
            "engine  cpu: 1 thread, 512-bit vectors, fp32",
            "slots   2, for 2 cohorts",
            "runs/a: 11 of 12 runs have ended, 1 failed"),
        lines(out).subList(0, 4));
    assertEquals("reasons: runs/a/failures; try them again with: " + AGAIN, lines(out).getLast());
  }

  @Test
  void quietSaysTheOutcomeAndFailures() {
    Sweep sweep = PlayedSweep.sweep(12, 10_000);
    try (SweepView view = view(Terminal.plain(), true, sweep)) {
      view.warned("damaged checkpoint");
      play(new PlayedSweep(sweep, 2, 0, 0, view), 1_000);
    }
    assertEquals("longrun: damaged checkpoint", lines(err).getFirst());
    assertEquals(3, lines(err).size(), lines(err)::toString);
    assertEquals(
        List.of(
            "runs/a: 11 of 12 runs have ended, 1 failed",
            "reasons: runs/a/failures; try them again with: " + AGAIN),
        lines(out));
  }

  @Test
  void onATerminalNotesStayAndTheRestGoes() {
    Sweep sweep = PlayedSweep.sweep(12, 10_000);
    try (SweepView view = view(SCREEN, false, sweep)) {
      play(new PlayedSweep(sweep, 2, 0, 0, view), 1_000);
    }
    ScreenModel terminal = new ScreenModel(80, 24);
    terminal.write(err.toString(StandardCharsets.UTF_8));
    String all = String.join("", terminal.text());
    assertTrue(all.startsWith("run 0 (train_fraction=0.3"), all);
    assertEquals(11, all.split("run [0-9]+ ", -1).length - 1 - 1, all);
    assertTrue(all.contains("failed: labels.noise: 1.5 is too much"), all);
    assertFalse(all.contains("running"), all);
    assertTrue(terminal.cursorShown());
    assertEquals("runs/a: 11 of 12 runs have ended, 1 failed", lines(out).getFirst());
  }

  @Test
  void aSignalStopsASweepAndTheEndSaysHowToGoOn() {
    Sweep sweep = PlayedSweep.sweep(12, 10_000);
    try (SweepView view = view(Terminal.plain(), false, sweep)) {
      PlayedSweep played = new PlayedSweep(sweep, 2, 0, 500, view);
      played.start();
      played.play(1, 1_000);
      assertFalse(view.stop().requested());
      interrupts.handle(new Signals.Received("INT", 2));
      assertTrue(view.stop().requested());
      played.finish();
    }
    assertEquals(
        List.of("SIGINT: finishing the blocks of steps, writing checkpoints; again: end at once"),
        lines(err));
    assertEquals("runs/a: 0 of 12 runs have ended, 12 left", lines(out).get(3));
    assertEquals("this time: 2 interrupted", lines(out).get(4));
    assertEquals("go on with: " + AGAIN, lines(out).getLast());
  }

  @Test
  void aSecondSignalLeavesTheScreenWithTheCursorBelow() {
    Sweep sweep = PlayedSweep.sweep(12, 10_000);
    SweepView view = view(SCREEN, false, sweep);
    PlayedSweep played = new PlayedSweep(sweep, 2, 0, 0, view);
    played.start();
    played.play(1, 1_000);
    interrupts.handle(new Signals.Received("INT", 2));
    interrupts.handle(new Signals.Received("INT", 2));
    ScreenModel terminal = new ScreenModel(80, 24);
    terminal.write(err.toString(StandardCharsets.UTF_8));
    List<String> text = terminal.text();
    assertTrue(text.getFirst().startsWith("SIGINT: "), text::toString);
    assertEquals(1, count(text, "slot  run .*"));
    assertEquals(text.size(), terminal.cursorLine());
    assertEquals(0, terminal.cursorColumn());
    assertTrue(terminal.cursorShown());
    view.close();
  }

  @Test
  void aTerminalThatStandsStillDoesNotHoldUpTraining() {
    CountDownLatch never = new CountDownLatch(1);
    OutputStream blocked =
        new OutputStream() {
          @Override
          public void write(int octet) {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    Sweep sweep = PlayedSweep.sweep(12, 10_000);
    SweepView view =
        new SweepView(
            new Output(print(out), print(blocked), SCREEN),
            false,
            sweep,
            Path.of("runs/a"),
            AGAIN,
            interrupts,
            () -> nanos);
    PlayedSweep played = new PlayedSweep(sweep, 2, 0, 0, view);
    played.start();
    for (boolean more = true; more; ) {
      more = played.play(1, 1_000);
    }
    never.countDown();
    view.close();
  }

  @Test
  void theSummarySaysWhereTheTimeWent() {
    SweepTotals totals = new SweepTotals(64, 64, 0, 2, 1_000_000, 1000, 1700, 200, 20, 40);
    assertEquals("runs/a: all 64 runs have ended", SweepSummary.outcome(Path.of("runs/a"), totals));
    assertEquals(
        List.of(
            "1,000,000 run-steps in 16 min 40 s: 1,000 run-steps/s",
            "time: 86.7% steps, 10.2% evaluations, 1.0% checkpoints, 2.0% overhead",
            "idle at the end, when no run was left to begin: 2.0% of all the time"),
        SweepSummary.work(totals, Map.of()));
  }

  @Test
  void aSweepThatHadNothingToDoSaysOnlyThat() {
    SweepTotals totals = new SweepTotals(1, 1, 0, 2, 0, 0.01, 0, 0, 0, 0.02);
    assertEquals("runs/a: its run has ended", SweepSummary.outcome(Path.of("runs/a"), totals));
    assertEquals(List.of(), SweepSummary.work(totals, Map.of()));
  }

  private SweepView view(Terminal screen, boolean quiet, Sweep sweep) {
    return new SweepView(
        new Output(print(out), print(err), screen),
        quiet,
        sweep,
        Path.of("runs/a"),
        AGAIN,
        interrupts,
        () -> nanos);
  }

  private void play(PlayedSweep played, double stepsPerSecond) {
    played.start();
    for (boolean more = true; more; ) {
      nanos += 500_000_000;
      more = played.play(0.5, stepsPerSecond);
    }
    played.finish();
  }

  private static long count(List<String> lines, String pattern) {
    return lines.stream().filter(line -> line.matches(pattern)).count();
  }

  private static PrintStream print(OutputStream target) {
    return new PrintStream(target, true, StandardCharsets.UTF_8);
  }

  private static List<String> lines(ByteArrayOutputStream stream) {
    return Stream.of(stream.toString(StandardCharsets.UTF_8).split("\n", -1))
        .filter(line -> !line.isEmpty())
        .toList();
  }
}
