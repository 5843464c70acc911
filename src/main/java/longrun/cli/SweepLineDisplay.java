package longrun.cli;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Where lines cannot be drawn over: notes, and how the sweep stands every thirty seconds. */
final class SweepLineDisplay implements SweepDisplay {
  private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final PrintStream err;
  private final Supplier<SweepStatus> status;
  private final LongSupplier nanoTime;
  private long shownNanos;

  /**
   * @param status how the sweep stands when it is asked
   * @param nanoTime the clock
   */
  SweepLineDisplay(PrintStream err, Supplier<SweepStatus> status, LongSupplier nanoTime) {
    this.err = err;
    this.status = status;
    this.nanoTime = nanoTime;
    shownNanos = nanoTime.getAsLong();
  }

  @Override
  public synchronized void progressed() {
    long nanos = nanoTime.getAsLong();
    if (nanos - shownNanos >= INTERVAL_NANOS) {
      shownNanos = nanos;
      err.println(SweepTexts.line(status.get()));
    }
  }

  @Override
  public void note(String text) {
    err.println(text);
  }

  @Override
  public void warn(String text) {
    err.println(text);
  }

  @Override
  public void finish() {}

  @Override
  public void close() {}
}
