package longrun.sweep;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** The runs of a sweep that no slot has taken yet, by cohort. Thread-safe. */
final class RunQueue {
  private final Map<Integer, Deque<Integer>> waiting = new TreeMap<>();

  /**
   * @param runs in the order in which they are to be taken
   */
  RunQueue(List<Integer> runs, SweepPlan plan) {
    for (int run : runs) {
      waiting.computeIfAbsent(plan.cohortOf(run), _ -> new ArrayDeque<>()).add(run);
    }
  }

  /** A cohort that has runs waiting: the one whose turn it is. */
  synchronized OptionalInt nextCohort() {
    return waiting.keySet().stream().mapToInt(Integer::intValue).findFirst();
  }

  /** Cohorts that have runs waiting. */
  synchronized int cohorts() {
    return waiting.size();
  }

  /** Runs of a cohort that wait. */
  synchronized int runs(int cohort) {
    return Optional.ofNullable(waiting.get(cohort)).map(Deque::size).orElse(0);
  }

  /** Takes the next run of a cohort. */
  synchronized OptionalInt take(int cohort) {
    Deque<Integer> runs = waiting.get(cohort);
    if (runs == null) {
      return OptionalInt.empty();
    }
    int run = runs.removeFirst();
    if (runs.isEmpty()) {
      waiting.remove(cohort);
    }
    return OptionalInt.of(run);
  }
}
