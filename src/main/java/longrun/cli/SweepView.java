package longrun.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import longrun.engine.Evaluation;
import longrun.store.StopReason;
import longrun.store.Summary;
import longrun.sweep.Sweep;
import longrun.sweep.SweepListener;
import longrun.sweep.SweepStart;
import longrun.sweep.SweepTotals;
import longrun.train.StopSignal;

/** Shows a sweep while it trains, and lets a signal stop it. Closed when training is over. */
final class SweepView implements SweepListener, AutoCloseable {
  private final Output output;
  private final boolean quiet;
  private final Sweep sweep;
  private final Path folder;
  private final String again;
  private final Interrupts interrupts;
  private final LongSupplier nanoTime;
  private final StopSignal stop = new StopSignal();
  private volatile Optional<Shown> shown = Optional.empty();

  /** There is something to see only once the sweep has begun. */
  private record Shown(SweepBoard board, SweepDisplay display) {}

  /**
   * @param folder of the sweep, as the person knows it
   * @param again the command that goes on with the sweep
   */
  SweepView(
      Output output, boolean quiet, Sweep sweep, Path folder, String again, Interrupts interrupts) {
    this(output, quiet, sweep, folder, again, interrupts, System::nanoTime);
  }

  /**
   * The same with another clock.
   *
   * @param nanoTime as {@link System#nanoTime}
   */
  SweepView(
      Output output,
      boolean quiet,
      Sweep sweep,
      Path folder,
      String again,
      Interrupts interrupts,
      LongSupplier nanoTime) {
    this.output = output;
    this.quiet = quiet;
    this.sweep = sweep;
    this.folder = folder;
    this.again = again;
    this.interrupts = interrupts;
    this.nanoTime = nanoTime;
  }

  /** What a signal uses to stop the sweep. */
  StopSignal stop() {
    return stop;
  }

  /** Shows a line that a person has to see, whatever else is on the screen. */
  void warn(String line) {
    shown.ifPresentOrElse(there -> there.display().warn(line), () -> output.err().println(line));
  }

  @Override
  public void started(SweepStart start) {
    SweepBoard board = new SweepBoard(sweep, folder, start, stop, nanoTime.getAsLong());
    // From here on there is something to save.
    interrupts.stopBy(this::stopBy, () -> shown.ifPresent(there -> there.display().close()));
    shown =
        Optional.of(
            new Shown(
                board,
                SweepDisplay.start(
                    output, quiet, () -> board.status(nanoTime.getAsLong()), nanoTime)));
  }

  private void stopBy(String signal) {
    warn(signal + ": finishing the blocks of steps, writing checkpoints; again: end at once");
    stop.request();
  }

  @Override
  public void warned(String message) {
    warn("longrun: " + message);
  }

  @Override
  public void runStarted(int slot, int run, long step, long steps) {
    board().runStarted(slot, run, step, steps, nanoTime.getAsLong());
  }

  @Override
  public void progressed(int slot, long step) {
    // First, so that it shows how things stood after the last burst of news, not amid this one.
    shown.orElseThrow().display().progressed();
    board().progressed(slot, step, nanoTime.getAsLong());
  }

  @Override
  public void evaluated(
      int slot, Evaluation evaluation, OptionalLong memorisedAt, OptionalLong grokkedAt) {
    board().evaluated(slot, evaluation, memorisedAt, grokkedAt);
  }

  @Override
  public void willEndAt(int slot, long step) {
    board().willEndAt(slot, step);
  }

  @Override
  public void runStopped(int slot, int run, Summary summary) {
    long planned = board().runStopped(slot, run, summary, nanoTime.getAsLong());
    if (summary.stopReason() != StopReason.INTERRUPTED) {
      shown.orElseThrow().display().note(SweepTexts.outcome(name(run), planned, summary));
    }
  }

  @Override
  public void runFailed(int run, String reason) {
    board().runFailed(run, nanoTime.getAsLong());
    warn("longrun: " + name(run) + " failed: " + reason);
  }

  @Override
  public void finished(SweepTotals totals) {
    Shown there = shown.orElseThrow();
    there.display().finish();
    shown = Optional.empty();
    output.out().println(SweepSummary.outcome(folder, totals));
    if (!quiet) {
      SweepSummary.work(totals, there.board().reasons()).forEach(output.out()::println);
    }
    if (totals.ended() + totals.failed() < totals.runs()) {
      output.out().println("go on with: " + again);
    } else if (totals.failed() > 0) {
      output
          .out()
          .println("reasons: " + folder.resolve("failures") + "; try them again with: " + again);
    }
  }

  @Override
  public void close() {
    shown.ifPresent(there -> there.display().close());
    shown = Optional.empty();
  }

  private SweepBoard board() {
    return shown.orElseThrow().board();
  }

  private String name(int run) {
    return SweepTexts.name(run, sweep.label(run));
  }
}
