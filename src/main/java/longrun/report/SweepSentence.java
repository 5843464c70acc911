package longrun.report;

import java.util.ArrayList;
import java.util.List;
import longrun.sweep.Quartiles;
import longrun.sweep.RunGroup;

/** Says how a sweep went, in plain words. */
final class SweepSentence {
  private SweepSentence() {}

  /**
   * {@code 24 of 28 runs grokked, median step 2,160}; of a sweep under way, of the runs that have
   * ended.
   *
   * @param all runs of the sweep that somebody has begun
   * @param count runs of the sweep
   */
  static String of(RunGroup all, int count) {
    if (all.runs() == 0) {
      return "no run has begun yet: " + Numbers.counted(count, "run") + " waiting";
    }
    if (all.failed() == count) {
      return count == 1 ? "the run failed" : "all " + Numbers.count(count) + " runs failed";
    }
    if (all.ended() == 0) {
      return "no run has ended yet: "
          + Numbers.count(all.runs() - all.failed())
          + " of "
          + Numbers.counted(count, "run")
          + (all.runs() - all.failed() == 1 ? " has begun" : " have begun");
    }
    String runs =
        all.ended() == count
            ? Numbers.counted(count, "run")
            : Numbers.counted(all.ended(), "ended run");
    if (all.diverged() == all.ended() && all.grokked() == 0) {
      return theOrAll(all.ended(), runs) + " diverged";
    }
    if (all.grokked() == 0) {
      return all.ended() == 1
          ? theOrAll(1, runs) + " did not grok"
          : "none of " + runs + " grokked";
    }
    if (all.ended() == 1) {
      return theOrAll(1, runs) + " grokked at step " + step(all.grokkedAt().median());
    }
    return (all.grokked() == all.ended() ? "all " : Numbers.count(all.grokked()) + " of ")
        + runs
        + " grokked"
        + median(all.grokkedAt());
  }

  private static String theOrAll(int count, String runs) {
    return count == 1 ? runs.replaceFirst("1 ", "the ") : "all " + runs;
  }

  private static String median(Quartiles grokkedAt) {
    return Double.isInfinite(grokkedAt.median())
        ? ", too few for a median"
        : ", median step " + step(grokkedAt.median());
  }

  private static String step(double step) {
    return Numbers.count(Math.round(step));
  }

  /** The values of an axis with the earliest and the latest median; empty if no two differ. */
  static String extremes(ShownAxis axis, List<RunGroup> groups) {
    int first = -1;
    int last = -1;
    List<String> never = new ArrayList<>();
    for (int rank = 0; rank < groups.size(); rank++) {
      double median = groups.get(rank).grokkedAt().median();
      if (Double.isInfinite(median)) {
        never.add(axis.labels().get(rank));
      }
      if (Double.isFinite(median)) {
        first = first < 0 || median < median(groups, first) ? rank : first;
        last = last < 0 || median > median(groups, last) ? rank : last;
      }
    }
    if (first < 0 || (first == last && never.isEmpty())) {
      return "";
    }
    String text =
        "By "
            + axis.column()
            + ", earliest at "
            + axis.labels().get(first)
            + " ("
            + at(groups, first);
    if (first != last) {
      text += "), latest at " + axis.labels().get(last) + " (" + at(groups, last);
    }
    text += ")";
    if (!never.isEmpty()) {
      text +=
          never.size() <= 3
              ? "; not reached by half of the runs at " + String.join(", ", never)
              : "; not reached by half of the runs at " + never.size() + " other values";
    }
    return text + ".";
  }

  private static double median(List<RunGroup> groups, int rank) {
    return groups.get(rank).grokkedAt().median();
  }

  private static String at(List<RunGroup> groups, int rank) {
    return "median step " + step(median(groups, rank));
  }
}
