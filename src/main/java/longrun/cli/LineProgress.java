package longrun.cli;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import longrun.engine.Evaluation;

/** Where lines cannot be drawn over: a plain line at most every ten seconds. */
final class LineProgress implements Progress {
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final PrintStream err;
  private final LongSupplier nanoTime;
  private long end;
  private long shownStep;
  private long shownNanos;

  LineProgress(PrintStream err, long from, long to, LongSupplier nanoTime) {
    this.err = err;
    this.nanoTime = nanoTime;
    this.end = to;
    this.shownStep = from;
    this.shownNanos = nanoTime.getAsLong();
  }

  @Override
  public void evaluated(Evaluation evaluation) {
    long nanos = nanoTime.getAsLong();
    long step = evaluation.step();
    if (nanos - shownNanos < INTERVAL_NANOS || step <= shownStep) {
      return;
    }
    double stepsPerSecond = (step - shownStep) * 1e9 / (nanos - shownNanos);
    err.println(
        "step "
            + Texts.count(step)
            + " of "
            + Texts.count(end)
            + ", "
            + Texts.rate(stepsPerSecond)
            + " steps/s, at most "
            + Texts.duration((end - step) / stepsPerSecond)
            + " left; train "
            + Texts.percent(evaluation.trainAccuracy())
            + " loss "
            + Texts.loss(evaluation.trainLoss())
            + ", validation "
            + Texts.percent(evaluation.validationAccuracy())
            + " loss "
            + Texts.loss(evaluation.validationLoss()));
    shownStep = step;
    shownNanos = nanos;
  }

  @Override
  public void endsAt(long step) {
    end = step;
  }

  @Override
  public void say(String line) {
    err.println(line);
  }

  @Override
  public void close() {}
}
