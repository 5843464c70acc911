package longrun.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import longrun.engine.Evaluation;
import longrun.store.StopReason;
import longrun.store.Summary;
import longrun.sweep.Sweep;
import longrun.sweep.SweepStart;
import longrun.train.StopSignal;

/**
 * Keeps account of a sweep while it trains, so that it can be looked at at any time. Any thread may
 * call, and none waits for long. Times are those of {@link System#nanoTime}.
 */
final class SweepBoard {
  private final Sweep sweep;
  private final Path folder;
  private final SweepStart start;
  private final StopSignal stop;
  private final List<String> axes;
  private final long startNanos;
  private final StepRate rate;
  private final RunLengths lengths = new RunLengths();
  private final NavigableMap<Integer, Slot> slots = new TreeMap<>();

  /** Runs that have made their last step and left their slot to another, by their number. */
  private final Map<Integer, Slot> ending = new HashMap<>();

  private final Map<StopReason, Integer> reasons = new EnumMap<>(StopReason.class);
  private final double meanSteps;
  private int ended;
  private int failed;

  /** A run in a slot. */
  private static final class Slot {
    private final int run;
    private final List<String> values;
    private long step;
    private long last;
    private boolean endKnown;
    private Optional<Evaluation> seen = Optional.empty();
    private OptionalLong memorisedAt = OptionalLong.empty();
    private OptionalLong grokkedAt = OptionalLong.empty();

    Slot(int run, List<String> values, long step, long last) {
      this.run = run;
      this.values = values;
      this.step = step;
      this.last = last;
    }

    SlotStatus status(int slot) {
      return new SlotStatus(
          slot,
          run,
          values,
          step,
          last,
          seen.map(Evaluation::trainAccuracy).orElse(Double.NaN),
          seen.map(Evaluation::validationAccuracy).orElse(Double.NaN),
          memorisedAt,
          grokkedAt);
    }
  }

  /**
   * A sweep that begins, or goes on.
   *
   * @param folder as the person knows it
   * @param stop tells whether it was asked to stop
   */
  SweepBoard(Sweep sweep, Path folder, SweepStart start, StopSignal stop, long nowNanos) {
    this.sweep = sweep;
    this.folder = folder;
    this.start = start;
    this.stop = stop;
    axes = AxisLabels.names(sweep.axes());
    startNanos = nowNanos;
    rate = new StepRate(nowNanos);
    meanSteps = PlannedSteps.mean(sweep, start.shard());
    ended = start.ended();
  }

  /** A run is in a slot; the one before it may still be about to stop. */
  synchronized void runStarted(int slot, int run, long step, long last, long nowNanos) {
    Slot before = slots.put(slot, new Slot(run, sweep.values(run), step, last));
    if (before != null) {
      ending.put(before.run, before);
    }
    rate.setBusy(slots.size(), nowNanos);
  }

  synchronized void progressed(int slot, long step, long nowNanos) {
    Slot at = slot(slot);
    // A run that began again from an earlier checkpoint makes its steps once more.
    rate.add(Math.max(0, step - at.step), nowNanos);
    at.step = step;
  }

  synchronized void evaluated(
      int slot, Evaluation evaluation, OptionalLong memorisedAt, OptionalLong grokkedAt) {
    Slot at = slot(slot);
    at.seen = Optional.of(evaluation);
    at.memorisedAt = memorisedAt;
    at.grokkedAt = grokkedAt;
  }

  synchronized void willEndAt(int slot, long step) {
    Slot at = slot(slot);
    at.last = step;
    at.endKnown = true;
  }

  /** Gives what was to be the run's last step when it ended. */
  synchronized long runStopped(int slot, int run, Summary summary, long nowNanos) {
    Slot at = ending.remove(run);
    if (at == null) {
      at = slot(slot);
      slots.remove(slot);
    }
    rate.setBusy(slots.size(), nowNanos);
    StopReason reason = summary.stopReason();
    reasons.merge(reason, 1, Integer::sum);
    if (reason != StopReason.INTERRUPTED) {
      ended++;
      lengths.ended(summary.steps(), reason != StopReason.STEPS_DONE);
    }
    return at.last;
  }

  synchronized void runFailed(int run, long nowNanos) {
    slots.values().removeIf(slot -> slot.run == run);
    ending.remove(run);
    rate.setBusy(slots.size(), nowNanos);
    failed++;
  }

  /** How many runs this process ended, by their reason; interrupted ones are among them. */
  synchronized Map<StopReason, Integer> reasons() {
    return Map.copyOf(reasons);
  }

  /** How the sweep stands now. */
  synchronized SweepStatus status(long nowNanos) {
    List<SlotStatus> shown = new ArrayList<>();
    slots.forEach((number, slot) -> shown.add(slot.status(number)));
    int waiting = Math.max(0, start.runs() - ended - failed - slots.size() - ending.size());
    return new SweepStatus(
        folder,
        start,
        axes,
        ended,
        failed,
        ending.size(),
        stop.requested(),
        rate.perSecond(nowNanos),
        (nowNanos - startNanos) / 1e9,
        lengths.known() ? secondsLeft(waiting, expectedRest(), nowNanos) : OptionalDouble.empty(),
        secondsLeft(waiting, longestRest(), nowNanos),
        List.copyOf(shown));
  }

  /** Steps to go, as far as one can tell. */
  private interface Rest {
    double of(long step, long last, boolean endKnown);
  }

  private static Rest longestRest() {
    return (step, last, _) -> last - step;
  }

  private Rest expectedRest() {
    RunLengths.Curve curve = lengths.curve(slots.values().stream().map(slot -> slot.step).toList());
    return (step, last, endKnown) -> endKnown ? last - step : curve.rest(step, last);
  }

  private OptionalDouble secondsLeft(int waiting, Rest rest, long nowNanos) {
    if (slots.isEmpty()) {
      return waiting == 0 ? OptionalDouble.of(0) : OptionalDouble.empty();
    }
    double perSecond = rate.perSlotSecond(nowNanos);
    if (perSecond <= 0) {
      return OptionalDouble.empty();
    }
    double[] busy =
        slots.values().stream()
            .mapToDouble(slot -> Math.max(0, rest.of(slot.step, slot.last, slot.endKnown)))
            .toArray();
    double length = rest.of(0, Math.round(meanSteps), false);
    return OptionalDouble.of(SweepTime.steps(busy, waiting, length) / perSecond);
  }

  private Slot slot(int number) {
    Slot slot = slots.get(number);
    if (slot == null) {
      throw new IllegalStateException("slot=" + number + ": no run is in it");
    }
    return slot;
  }
}
