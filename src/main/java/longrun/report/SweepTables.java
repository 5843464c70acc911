package longrun.report;

import static longrun.report.Html.escape;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.DoubleFunction;
import longrun.store.StopReason;
import longrun.sweep.Quartiles;
import longrun.sweep.RunGroup;
import longrun.sweep.RunResult;
import longrun.sweep.RunResult.Status;
import longrun.sweep.SweepAxis;

/** The tables of a sweep's page: a row per value of an axis, what went wrong, a row per run. */
final class SweepTables {
  /** Longer tables are cut; results.csv has every run. */
  static final int MOST_ROWS = 1000;

  private static final int MOST_REASONS = 40;
  private static final int MOST_NAMED_RUNS = 30;
  private static final int LONGEST_REASON = 1200;

  private final SweepView view;
  private final StringBuilder html;

  SweepTables(SweepView view, StringBuilder html) {
    this.view = view;
    this.html = html;
  }

  /** A row for each value of an axis. */
  void byValue(ShownAxis axis) {
    List<List<RunResult>> groups = view.by(axis);
    boolean colored = view.colored().filter(axis::equals).isPresent();
    openGroups(axis.column());
    for (int rank = 0; rank < axis.size(); rank++) {
      String swatch = colored ? "<i class=\"swatch k" + rank + "\"></i>" : "";
      String label = swatch + escape(axis.labels().get(rank));
      groupRow(label, RunGroup.of(List.of(), groups.get(rank)), view.sweep().count() / axis.size());
    }
    html.append("</tbody></table></div>\n");
  }

  /** One row for all runs. */
  void together() {
    openGroups("");
    groupRow("all runs", view.all(), view.sweep().count());
    html.append("</tbody></table></div>\n");
  }

  private void openGroups(String name) {
    html.append("<div class=\"scroll\"><table class=\"data\"><thead><tr>");
    html.append("<th scope=\"col\" class=\"words\">").append(escape(name)).append("</th>");
    for (String column :
        List.of("runs", "ended", "grokked", "diverged", "memorised_at", "grokked_at", "delay")) {
      html.append("<th scope=\"col\">").append(column).append("</th>");
    }
    html.append("</tr></thead><tbody>\n");
  }

  private void groupRow(String label, RunGroup group, int runs) {
    html.append("<tr><th scope=\"row\">").append(label).append("</th>");
    cell(Numbers.count(runs));
    cell(Numbers.count(group.ended()));
    cell(Numbers.count(group.grokked()));
    cell(Numbers.count(group.diverged()));
    cell(steps(group.memorisedAt(), group.mostSteps()));
    cell(steps(group.grokkedAt(), group.mostSteps()));
    cell(quartiles(group.delay(), SweepTables::times));
    html.append("</tr>\n");
  }

  private static String step(double step) {
    return step == Math.rint(step)
        ? Numbers.count((long) step)
        : String.format(Locale.ROOT, "%,.1f", step);
  }

  /**
   * {@code 2,160 [1,800 – 3,000]}; {@code > 20,000} is later than the last step of any of the runs.
   */
  private static String quartiles(Quartiles quartiles, DoubleFunction<String> text) {
    if (Double.isNaN(quartiles.median())) {
      return Numbers.NONE;
    }
    return Double.isInfinite(quartiles.lower())
        ? "not reached"
        : text.apply(quartiles.median())
            + " ["
            + text.apply(quartiles.lower())
            + " – "
            + text.apply(quartiles.upper())
            + "]";
  }

  private static String steps(Quartiles quartiles, OptionalLong mostSteps) {
    String never = mostSteps.isPresent() ? "> " + Numbers.count(mostSteps.getAsLong()) : "∞";
    return quartiles(quartiles, step -> Double.isInfinite(step) ? never : step(step));
  }

  private static String times(double delay) {
    return Double.isInfinite(delay) ? "∞" : Numbers.times(delay) + "×";
  }

  /**
   * Failures with their reasons, equal ones together; runs whose files are damaged; diverged runs.
   */
  void whatWentWrong(List<String> damagedCurves) {
    List<RunResult> failed = view.of(Status.FAILED);
    if (!failed.isEmpty()) {
      html.append("<section id=\"failures\">\n<h2>Failed: ");
      html.append(Numbers.counted(failed.size(), "run")).append("</h2>\n");
      reasons(failed);
      html.append("<p class=\"note\">The same command again tries them again.</p>\n</section>\n");
    }
    List<RunResult> damaged =
        view.begun().stream()
            .filter(run -> run.status() != Status.FAILED && run.error().isPresent())
            .toList();
    List<String> others =
        damagedCurves.stream()
            .filter(message -> damaged.stream().noneMatch(run -> isSaid(run, message)))
            .toList();
    if (!damaged.isEmpty() || !others.isEmpty()) {
      html.append("<section id=\"damaged\">\n<h2>Files that cannot be read</h2>\n");
      if (!damaged.isEmpty()) {
        reasons(damaged);
      }
      if (!others.isEmpty()) {
        html.append("<p class=\"reason\">");
        html.append(escape(shortened(String.join("\n", others)))).append("</p>\n");
      }
      html.append("</section>\n");
    }
    List<RunResult> diverged = view.begun().stream().filter(SweepTables::hasDiverged).toList();
    if (!diverged.isEmpty()) {
      html.append("<section id=\"diverged\">\n<h2>Diverged: ");
      html.append(Numbers.counted(diverged.size(), "run")).append("</h2>\n<p>");
      named(diverged, true);
      html.append(
          "</p>\n<p class=\"note\">A loss or a parameter was not finite; that is a result,");
      html.append(" and such a run is not tried again.</p>\n</section>\n");
    }
  }

  private static boolean isSaid(RunResult run, String message) {
    return run.error().filter(error -> error.contains(message)).isPresent();
  }

  private static boolean hasDiverged(RunResult run) {
    return run.stopReason().filter(StopReason.DIVERGED::equals).isPresent();
  }

  private void reasons(List<RunResult> runs) {
    Map<String, List<RunResult>> byReason = new LinkedHashMap<>();
    for (RunResult run : runs) {
      String reason = run.error().orElse("no reason is recorded");
      byReason.computeIfAbsent(reason, _ -> new ArrayList<>()).add(run);
    }
    List<Map.Entry<String, List<RunResult>>> sorted = new ArrayList<>(byReason.entrySet());
    sorted.sort(
        Comparator.comparing(
            (Map.Entry<String, List<RunResult>> entry) -> -entry.getValue().size()));
    html.append("<table class=\"failures\"><tbody>\n");
    for (var entry : sorted.subList(0, Math.min(MOST_REASONS, sorted.size()))) {
      html.append("<tr><td><span class=\"reason\">");
      html.append(escape(shortened(entry.getKey()))).append("</span><br/>");
      named(entry.getValue(), false);
      html.append("</td></tr>\n");
    }
    html.append("</tbody></table>\n");
    if (sorted.size() > MOST_REASONS) {
      html.append("<p class=\"note\">And ").append(sorted.size() - MOST_REASONS);
      html.append(" more reasons: the column error of results.csv has them all.</p>\n");
    }
  }

  private static String shortened(String reason) {
    return reason.length() <= LONGEST_REASON
        ? reason
        : reason.substring(0, reason.offsetByCodePoints(0, LONGEST_REASON / 2)) + " …";
  }

  /** The runs, each leading to its row where the table has it. */
  private void named(List<RunResult> runs, boolean withLabels) {
    int shown = Math.min(MOST_NAMED_RUNS, runs.size());
    html.append("<span class=\"note\">");
    for (int i = 0; i < shown; i++) {
      int run = runs.get(i).run();
      String text = "run " + run + (withLabels ? " (" + view.sweep().label(run) + ")" : "");
      html.append(i > 0 ? ", " : "");
      if (run < MOST_ROWS) {
        html.append("<a href=\"#run-").append(run).append("\">").append(escape(text));
        html.append("</a>");
      } else {
        html.append(escape(text));
      }
    }
    if (shown < runs.size()) {
      html.append(" and ").append(Numbers.count(runs.size() - shown)).append(" more");
    }
    html.append("</span>");
  }

  /** A row for each run, in order. */
  void runs() {
    html.append("<section id=\"runs\">\n<h2>All runs</h2>\n");
    html.append("<div class=\"scroll\"><table class=\"data\"><thead><tr><th scope=\"col\"");
    html.append(" class=\"words\">run</th>");
    for (SweepAxis axis : view.sweep().axes()) {
      html.append("<th scope=\"col\">").append(escape(axis.column())).append("</th>");
    }
    html.append("<th scope=\"col\" class=\"words\">outcome</th>");
    for (String column :
        List.of(
            "memorised_at",
            "grokked_at",
            "delay",
            "train_accuracy",
            "validation_accuracy",
            "steps",
            "time")) {
      html.append("<th scope=\"col\">").append(column).append("</th>");
    }
    html.append("</tr></thead><tbody class=\"all\">\n");
    int rows = Math.min(MOST_ROWS, view.sweep().count());
    int next = 0;
    for (int run = 0; run < rows; run++) {
      boolean hasBegun = next < view.begun().size() && view.begun().get(next).run() == run;
      if (hasBegun) {
        runRow(view.begun().get(next));
        next++;
      } else {
        waitingRow(run);
      }
    }
    html.append("</tbody></table></div>\n");
    if (rows < view.sweep().count()) {
      html.append("<p class=\"note\">The first ").append(Numbers.count(rows)).append(" of ");
      html.append(Numbers.counted(view.sweep().count(), "run"));
      html.append("; results.csv beside this page has them all once the sweep has stopped.</p>\n");
    }
    html.append("</section>\n");
  }

  private void startRow(int run, List<String> values) {
    html.append("<tr id=\"run-").append(run).append("\"><th scope=\"row\">");
    if (view.colored().isPresent()) {
      html.append("<i class=\"swatch ").append(view.color(run)).append("\"></i>");
    }
    html.append(run).append("</th>");
    for (int i = 0; i < values.size(); i++) {
      String key = view.sweep().axes().get(i).key();
      Optional<ShownAxis> shown =
          view.axes().stream().filter(axis -> axis.key().equals(key)).findFirst();
      String label = shown.map(axis -> axis.labels().get(axis.rank(run))).orElse(values.get(i));
      cell(ShownAxis.shortened(label));
    }
  }

  private void waitingRow(int run) {
    startRow(run, view.sweep().values(run));
    html.append("<td class=\"words\">waiting</td>");
    html.append("<td></td>".repeat(7)).append("</tr>\n");
  }

  private void runRow(RunResult run) {
    startRow(run.run(), run.values());
    html.append("<td class=\"words\">").append(escape(SweepOutcome.inBrief(run))).append("</td>");
    cell(count(run.memorisedAt()));
    cell(count(run.grokkedAt()));
    cell(run.delay().isPresent() ? Numbers.times(run.delay().getAsDouble()) + "×" : "");
    cell(accuracy(run.last().trainAccuracy()));
    cell(accuracy(run.last().validationAccuracy()));
    cell(count(run.steps()));
    cell(run.seconds().isPresent() ? Numbers.duration(run.seconds().getAsDouble()) : "");
    html.append("</tr>\n");
  }

  private static String count(OptionalLong value) {
    return value.isPresent() ? Numbers.count(value.getAsLong()) : "";
  }

  private static String accuracy(double value) {
    return Double.isNaN(value) ? "" : Numbers.accuracy(value);
  }

  private void cell(String text) {
    html.append("<td>").append(escape(text)).append("</td>");
  }
}
