package longrun.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import longrun.engine.Evaluation;
import longrun.store.Checkpoints;
import longrun.store.RunFolder;
import longrun.store.Summary;
import longrun.train.PreparedRun;
import longrun.train.StopSignal;
import longrun.train.TrainingListener;

/** Shows a run while it trains, and lets a signal stop it. Closed when training is over. */
final class TrainingView implements TrainingListener, AutoCloseable {
  private final Output output;
  private final boolean quiet;
  private final Engines.Selection engine;
  private final Path folder;
  private final Consumer<PreparedRun> onStart;
  private final StopSignal stop = new StopSignal();
  private final Interrupts interrupts;
  private volatile Optional<Progress> progress = Optional.empty();
  private boolean justResumed;
  private boolean memorised;
  private boolean grokked;

  /**
   * @param folder of the run, as the person knows it
   * @param onStart runs once the run folder is there, before the first step
   */
  TrainingView(
      Output output,
      boolean quiet,
      Engines.Selection engine,
      Path folder,
      Interrupts interrupts,
      Consumer<PreparedRun> onStart) {
    this.output = output;
    this.quiet = quiet;
    this.engine = engine;
    this.folder = folder;
    this.interrupts = interrupts;
    this.onStart = onStart;
  }

  /** What a signal uses to stop the run. */
  StopSignal stop() {
    return stop;
  }

  /** Shows a line that a person has to see, whatever else is on the screen. */
  void warn(String line) {
    progress.ifPresentOrElse(shown -> shown.warn(line), () -> output.err().println(line));
  }

  @Override
  public void started(RunFolder runFolder, PreparedRun run, long step, boolean resumed) {
    if (!quiet) {
      RunHeader.lines(engine, run, folder, step, resumed).forEach(output.out()::println);
    }
    // From here on there is something to save.
    interrupts.stopBy(
        signal -> {
          warn(signal + ": finishing the block of steps, writing a checkpoint; again: end at once");
          stop.request();
        },
        () -> progress.ifPresent(Progress::close));
    onStart.accept(run);
    justResumed = resumed;
    progress = Optional.of(Progress.start(output, quiet, step, run.config().training().steps()));
  }

  @Override
  public void damagedCheckpoint(Path file, String reason) {
    warn(
        "longrun: damaged checkpoint, renamed to "
            + Checkpoints.asideOf(file).getFileName()
            + ", going on from the one before: "
            + reason);
  }

  @Override
  public void progressed(long step, double stepsPerSecond) {
    progress.orElseThrow().progressed(step, stepsPerSecond);
  }

  @Override
  public void evaluated(Evaluation evaluation, OptionalLong memorisedAt, OptionalLong grokkedAt) {
    Progress shown = progress.orElseThrow();
    shown.evaluated(evaluation);
    // What happened before the run was interrupted has been said then.
    if (!justResumed && !memorised) {
      memorisedAt.ifPresent(step -> shown.note("memorised at step " + Texts.count(step)));
    }
    if (!justResumed && !grokked) {
      grokkedAt.ifPresent(step -> shown.note("grokked at step " + Texts.count(step)));
    }
    justResumed = false;
    memorised = memorisedAt.isPresent();
    grokked = grokkedAt.isPresent();
  }

  @Override
  public void willEndAt(long step) {
    progress.orElseThrow().endsAt(step);
  }

  @Override
  public void finished(Summary summary) {
    close();
  }

  @Override
  public void close() {
    progress.ifPresent(Progress::close);
    progress = Optional.empty();
  }
}
