package longrun.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import longrun.sweep.RunResult;
import longrun.sweep.RunResult.Status;

/** The line below a table of results: how many runs it speaks of, and how far they are. */
final class ResultRemarks {
  private ResultRemarks() {}

  /**
   * Below a table of runs: {@code 16 runs of 64: 12 ended, 4 waiting}.
   *
   * @param found runs that meet the conditions
   * @param total runs of the sweep
   */
  static String ofRuns(Collection<RunResult> found, int total) {
    if (found.isEmpty()) {
      return "no run meets the conditions; the sweep has " + runs(total);
    }
    String of = found.size() < total ? " of the sweep's " + Texts.count(total) : "";
    return runs(found.size()) + of + ": " + statuses(found);
  }

  /** Below a table of groups: which runs are in no quartile. */
  static String ofGroups(Collection<RunResult> found, int total) {
    List<RunResult> left = found.stream().filter(run -> !run.isFinal()).toList();
    return ofRuns(found, total)
        + (left.isEmpty() || left.size() == found.size()
            ? ""
            : "; quartiles are of the " + Texts.count(found.size() - left.size()) + " that ended");
  }

  private static String runs(int count) {
    return Texts.count(count) + (count == 1 ? " run" : " runs");
  }

  private static String statuses(Collection<RunResult> runs) {
    Map<Status, Integer> counts = new EnumMap<>(Status.class);
    runs.forEach(run -> counts.merge(run.status(), 1, Integer::sum));
    List<String> parts = new ArrayList<>();
    for (Status status : List.of(Status.ENDED, Status.RUNNING, Status.WAITING, Status.FAILED)) {
      if (counts.containsKey(status)) {
        parts.add(Texts.count(counts.get(status)) + " " + status.text());
      }
    }
    return String.join(", ", parts);
  }
}
