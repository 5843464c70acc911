package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import longrun.sweep.SweepStart;

/**
 * How a sweep stands at a moment.
 *
 * @param folder as the person knows it
 * @param axes their names, in the order of a slot's values
 * @param ended runs, those included that had ended before
 * @param ending runs that have left their slots, while what they leave behind is being written
 * @param stopping whether it was asked to stop
 * @param stepsPerSecond of all slots together, over the last seconds
 * @param secondsLeft what is to be expected; empty where that is unknown
 * @param secondsLeftAtMost if no run ends before its last step
 * @param slots those with a run, ascending
 */
record SweepStatus(
    Path folder,
    SweepStart start,
    List<String> axes,
    int ended,
    int failed,
    int ending,
    boolean stopping,
    double stepsPerSecond,
    double elapsedSeconds,
    OptionalDouble secondsLeft,
    OptionalDouble secondsLeftAtMost,
    List<SlotStatus> slots) {

  /** Runs that have begun and not ended. */
  int running() {
    return slots.size() + ending;
  }

  /** Runs that have not begun, or not gone on yet. */
  int waiting() {
    return Math.max(0, start.runs() - ended - failed - running());
  }

  /** Share of the work that is done: runs, those in slots by their steps. */
  double share() {
    if (start.runs() == 0) {
      return 1;
    }
    double done = ended + failed + ending;
    for (SlotStatus slot : slots) {
      done += slot.last() == 0 ? 0 : Math.min(1, (double) slot.step() / slot.last());
    }
    return Math.min(1, done / start.runs());
  }
}
