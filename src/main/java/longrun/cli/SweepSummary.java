package longrun.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import longrun.store.StopReason;
import longrun.sweep.SweepTotals;

/** What is said of a sweep when a process stops working on it. */
final class SweepSummary {
  private SweepSummary() {}

  /**
   * How many of the runs have ended.
   *
   * @param folder as the person knows it
   */
  static String outcome(Path folder, SweepTotals totals) {
    int left = totals.runs() - totals.ended() - totals.failed();
    String ended =
        totals.ended() == totals.runs()
            ? (totals.runs() == 1
                    ? "its run has"
                    : "all " + SweepTexts.counted(totals.runs(), "run") + " have")
                + " ended"
            : Texts.count(totals.ended())
                + " of "
                + SweepTexts.counted(totals.runs(), "run")
                + (totals.ended() == 1 ? " has ended" : " have ended");
    return Texts.printable(
        folder
            + ": "
            + ended
            + (totals.failed() > 0 ? ", " + Texts.count(totals.failed()) + " failed" : "")
            + (left > 0 ? ", " + Texts.count(left) + " left" : ""));
  }

  /**
   * What this process did, and where its time went; nothing if it had nothing to do.
   *
   * @param reasons why runs stopped, and how many for each reason
   */
  static List<String> work(SweepTotals totals, Map<StopReason, Integer> reasons) {
    List<String> lines = new ArrayList<>();
    List<String> ends = new ArrayList<>();
    for (StopReason reason : StopReason.values()) {
      int runs = reasons.getOrDefault(reason, 0);
      if (runs > 0) {
        ends.add(Texts.count(runs) + " " + word(reason));
      }
    }
    if (!ends.isEmpty()) {
      lines.add("this time: " + String.join(", ", ends));
    }
    if (totals.runSteps() > 0 && totals.wallSeconds() > 0) {
      lines.add(
          SweepTexts.counted(totals.runSteps(), "run-step")
              + " in "
              + Texts.duration(totals.wallSeconds())
              + ": "
              + Texts.rate(totals.runSteps() / totals.wallSeconds())
              + " run-steps/s");
      lines.addAll(time(totals));
    }
    return lines;
  }

  private static String word(StopReason reason) {
    return switch (reason) {
      case STEPS_DONE -> "with all steps done";
      case GROKKED -> "grokked and ended early";
      case DIVERGED -> "diverged";
      case INTERRUPTED -> "interrupted";
    };
  }

  private static List<String> time(SweepTotals totals) {
    double all = totals.loops() * totals.wallSeconds();
    double busy = all - totals.idleSeconds();
    return List.of(
        "time: "
            + share(totals.stepSeconds(), busy)
            + " steps, "
            + share(totals.evaluationSeconds(), busy)
            + " evaluations, "
            + share(totals.checkpointSeconds(), busy)
            + " checkpoints, "
            + Texts.percent(totals.overhead())
            + " overhead",
        "idle at the end, when no run was left to begin: "
            + share(totals.idleSeconds(), all)
            + " of all the time");
  }

  private static String share(double seconds, double all) {
    return all <= 0 ? "-" : Texts.percent(seconds / all);
  }
}
