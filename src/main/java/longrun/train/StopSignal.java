package longrun.train;

/**
 * Asks a run to stop soon. Any thread, a signal handler's too, may ask; the trainer looks between
 * blocks of steps, which take about half a second.
 */
public final class StopSignal {
  private volatile boolean requested;

  /** Asks; once is enough and there is no way back. */
  public void request() {
    requested = true;
  }

  /** Whether somebody has asked. */
  public boolean requested() {
    return requested;
  }
}
