package longrun.cli;

import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import longrun.engine.Evaluation;

/** Where lines cannot be drawn over: a plain line at most every ten seconds. */
final class LineProgress implements Progress {
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final PrintStream err;
  private final LongSupplier nanoTime;
  private long end;
  private long shownNanos;
  private Optional<Evaluation> seen = Optional.empty();

  /**
   * @param end the last step
   * @param nanoTime the clock
   */
  LineProgress(PrintStream err, long end, LongSupplier nanoTime) {
    this.err = err;
    this.nanoTime = nanoTime;
    this.end = end;
    this.shownNanos = nanoTime.getAsLong();
  }

  @Override
  public void progressed(long step, double stepsPerSecond) {
    long nanos = nanoTime.getAsLong();
    if (nanos - shownNanos < INTERVAL_NANOS) {
      return;
    }
    shownNanos = nanos;
    String left =
        stepsPerSecond > 0
            ? ", at most " + Texts.duration((end - step) / stepsPerSecond) + " left"
            : "";
    err.println(
        "step "
            + Texts.count(step)
            + " of "
            + Texts.count(end)
            + ", "
            + Texts.rate(stepsPerSecond)
            + " steps/s"
            + left
            + seen.map(LineProgress::figures).orElse(""));
  }

  @Override
  public void evaluated(Evaluation evaluation) {
    seen = Optional.of(evaluation);
  }

  @Override
  public void endsAt(long step) {
    end = step;
  }

  @Override
  public void note(String line) {
    err.println(line);
  }

  @Override
  public void warn(String line) {
    err.println(line);
  }

  @Override
  public void close() {}

  private static String figures(Evaluation evaluation) {
    return "; train "
        + Texts.percent(evaluation.trainAccuracy())
        + " loss "
        + Texts.loss(evaluation.trainLoss())
        + ", validation "
        + Texts.percent(evaluation.validationAccuracy())
        + " loss "
        + Texts.loss(evaluation.validationLoss());
  }
}
