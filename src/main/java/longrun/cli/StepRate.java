package longrun.cli;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * How fast a sweep goes: steps per second over the last eight seconds or so, of all slots together
 * and of one that is busy. A device that trains many slots reports them all at once, after each
 * block: so the rate is taken between the ends of such bursts. Times are those of {@link
 * System#nanoTime}.
 */
final class StepRate {
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(8);
  private static final long SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** News after such a pause begin a burst. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Cores that train one slot each report whenever they like: there are no pauses then. */
  private static final long LONGEST_SPACING_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * How things stood at a time.
   *
   * @param slotNanos time that slots were busy, summed over them
   */
  private record Moment(long nanos, long steps, double slotNanos) {}

  private final Deque<Moment> moments = new ArrayDeque<>();
  private Moment last;
  private int busy;
  private double slotNanos;
  private long countedNanos;

  /** Begins to count. */
  StepRate(long nowNanos) {
    countedNanos = nowNanos;
    last = new Moment(nowNanos, 0, 0);
    moments.add(last);
  }

  /** So many slots have a run in them from now on. */
  void setBusy(int slots, long nowNanos) {
    if (last.steps() == 0 && busy == 0) {
      // What came before the first run was preparation.
      last = new Moment(nowNanos, 0, 0);
      moments.clear();
      moments.add(last);
    }
    count(nowNanos);
    busy = slots;
  }

  /** Some slot has made so many steps more. */
  void add(long steps, long nowNanos) {
    count(nowNanos);
    long spacing = last.nanos() - moments.getLast().nanos();
    boolean burstBegins = nowNanos - last.nanos() >= PAUSE_NANOS;
    if (spacing >= (burstBegins ? SPACING_NANOS : LONGEST_SPACING_NANOS)) {
      moments.addLast(last);
    }
    last = new Moment(nowNanos, last.steps() + steps, slotNanos);
    dropOld();
  }

  /** Keeps the youngest moment that is as old as the window. */
  private void dropOld() {
    while (moments.size() > 1) {
      Moment first = moments.removeFirst();
      if (last.nanos() - moments.getFirst().nanos() < WINDOW_NANOS) {
        moments.addFirst(first);
        return;
      }
    }
  }

  private void count(long nowNanos) {
    slotNanos += (double) busy * (nowNanos - countedNanos);
    countedNanos = nowNanos;
  }

  /** Steps per second of all slots together; 0 before the first. */
  double perSecond(long nowNanos) {
    Moment end = end(nowNanos);
    return rate(end, end.nanos() - moments.getFirst().nanos());
  }

  /** Steps per second of a slot while it is busy; 0 before the first. */
  double perSlotSecond(long nowNanos) {
    Moment end = end(nowNanos);
    return rate(end, end.slotNanos() - moments.getFirst().slotNanos());
  }

  private double rate(Moment end, double nanos) {
    return nanos <= 0 ? 0 : (end.steps() - moments.getFirst().steps()) / (nanos / 1e9);
  }

  /** The last news, or now where there should have been some since: nothing moves any more. */
  private Moment end(long nowNanos) {
    long usualNanos = last.nanos() - moments.getLast().nanos();
    boolean still = nowNanos - last.nanos() > Math.max(WINDOW_NANOS, 2 * usualNanos);
    return still
        ? new Moment(nowNanos, last.steps(), slotNanos + (double) busy * (nowNanos - countedNanos))
        : last;
  }
}
