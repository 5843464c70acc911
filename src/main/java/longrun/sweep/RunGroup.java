package longrun.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import longrun.store.StopReason;
import longrun.sweep.RunResult.Status;

/**
 * The runs that have the same values of some axes, and where their results lie. Quartiles are of
 * the runs that have ended and can be read ({@link RunResult#isFinal}); the others are counted. A
 * run that ended, or diverged, without memorising or grokking counts as later than any step: a
 * quantile that falls among those is infinite. The delay is that of the runs that memorised after
 * step 0, and is infinite where such a run did not grok.
 *
 * @param values of the axes that make the group
 * @param runs of every status
 * @param ended runs whose results can be read: those behind the quartiles
 * @param grokked of the ended
 * @param diverged of the ended
 * @param failed runs
 * @param running runs
 * @param waiting runs
 * @param unreadable runs that have ended, of which neither summary nor metrics can be read
 * @param mostSteps of an ended run
 */
public record RunGroup(
    List<String> values,
    int runs,
    int ended,
    int grokked,
    int diverged,
    int failed,
    int running,
    int waiting,
    int unreadable,
    OptionalLong mostSteps,
    Quartiles memorisedAt,
    Quartiles grokkedAt,
    Quartiles delay,
    Quartiles validationAccuracy,
    Quartiles seconds) {

  /**
   * The groups that runs fall into, in the order of the axes' values.
   *
   * @param sweep of the runs
   * @param axes that make the groups, of that sweep
   */
  public static List<RunGroup> by(Sweep sweep, List<SweepAxis> axes, List<RunResult> runs) {
    int[] places = axes.stream().mapToInt(sweep.axes()::indexOf).toArray();
    Map<Long, List<RunResult>> members = new TreeMap<>();
    for (RunResult run : runs) {
      long rank = 0;
      for (int place : places) {
        rank = rank * sweep.axes().get(place).values().size() + position(sweep, run.run(), place);
      }
      members.computeIfAbsent(rank, _ -> new ArrayList<>()).add(run);
    }
    List<RunGroup> groups = new ArrayList<>();
    for (List<RunResult> each : members.values()) {
      List<String> values = new ArrayList<>();
      for (int place : places) {
        values.add(each.getFirst().values().get(place));
      }
      groups.add(of(values, each));
    }
    return groups;
  }

  /** Which of an axis's values a run has; the values may be too many to look for it. */
  private static int position(Sweep sweep, int run, int axis) {
    int rest = run;
    for (int i = sweep.axes().size() - 1; i > axis; i--) {
      rest /= sweep.axes().get(i).values().size();
    }
    return rest % sweep.axes().get(axis).values().size();
  }

  /**
   * A group.
   *
   * @param values that its runs have in common
   */
  public static RunGroup of(List<String> values, List<RunResult> runs) {
    List<RunResult> ended = runs.stream().filter(RunResult::isFinal).toList();
    return new RunGroup(
        List.copyOf(values),
        runs.size(),
        ended.size(),
        count(ended, run -> run.grokkedAt().isPresent()),
        count(ended, run -> run.stopReason().filter(StopReason.DIVERGED::equals).isPresent()),
        count(runs, run -> run.status() == Status.FAILED),
        count(runs, run -> run.status() == Status.RUNNING),
        count(runs, run -> run.status() == Status.WAITING),
        count(runs, run -> run.status() == Status.ENDED && !run.isFinal()),
        ended.stream().mapToLong(run -> run.steps().getAsLong()).max(),
        quartiles(ended, run -> orNever(run.memorisedAt())),
        quartiles(ended, run -> orNever(run.grokkedAt())),
        quartiles(ended, RunGroup::delay),
        quartiles(ended, run -> run.last().validationAccuracy()),
        quartiles(ended, run -> run.seconds().orElse(Double.NaN)));
  }

  private static int count(List<RunResult> runs, Predicate<RunResult> condition) {
    return (int) runs.stream().filter(condition).count();
  }

  private static double orNever(OptionalLong step) {
    return step.isPresent() ? step.getAsLong() : Double.POSITIVE_INFINITY;
  }

  private static double delay(RunResult run) {
    boolean began = run.memorisedAt().isPresent() && run.memorisedAt().getAsLong() > 0;
    return began && run.grokkedAt().isEmpty()
        ? Double.POSITIVE_INFINITY
        : run.delay().orElse(Double.NaN);
  }

  /** NaN is no value. */
  private static Quartiles quartiles(List<RunResult> runs, ToDoubleFunction<RunResult> value) {
    return Quartiles.of(
        runs.stream().mapToDouble(value).filter(each -> !Double.isNaN(each)).toArray());
  }
}
