package longrun.report;

import static longrun.report.Html.escape;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import longrun.config.EvaluationConfig;
import longrun.config.RunConfig;
import longrun.sweep.RunGroup;
import longrun.sweep.RunResult.Status;
import longrun.sweep.SweepAxis;

/** Lays out {@code report.html} of a sweep. */
final class SweepPage {
  private static final int MOST_VALUES_NAMED = 8;
  private static final int MOST_ENGINES_NAMED = 6;
  private static final int MOST_STEPS_FIGURES = 6;

  private final SweepView view;
  private final SweepCurves curves;
  private final Engines engines;
  private final StringBuilder html = new StringBuilder(1 << 18);
  private final SweepTables tables;

  private SweepPage(SweepView view, SweepCurves curves, Engines engines) {
    this.view = view;
    this.curves = curves;
    this.engines = engines;
    tables = new SweepTables(view, html);
  }

  /** The page. */
  static String of(SweepView view, SweepCurves curves, Engines engines) {
    return new SweepPage(view, curves, engines).page();
  }

  private String page() {
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append(
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    html.append(escape(view.name())).append(" – longrun</title>\n<style>\n");
    html.append(PageStyle.CSS).append(SweepStyle.CSS);
    boolean ordered = view.colored().map(ShownAxis::numeric).orElse(false);
    html.append(Palette.css(view.colors(), ordered));
    html.append("</style>\n</head>\n<body>\n<main>\n");
    header();
    html.append("<div class=\"columns\">\n");
    swept();
    state();
    html.append("</div>\n");
    groups();
    List<SweepFigure> overSteps = CurveFigures.of(view, curves);
    overSteps.forEach(this::figure);
    stepNote();
    stepsFigures();
    figure(HeatMap.of(view));
    tables.whatWentWrong(curves.damaged());
    tables.runs();
    definitions();
    html.append("<section>\n<details>\n<summary>Configuration and axes</summary>\n<pre><code>");
    html.append(escape(view.sweep().toYaml())).append("</code></pre>\n</details>\n</section>\n");
    html.append("</main>\n</body>\n</html>\n");
    return html.toString();
  }

  private void header() {
    html.append("<header>\n<p class=\"name\">").append(escape(view.name())).append("</p>\n<h1>");
    RunGroup all = view.all();
    html.append(escape(SweepSentence.of(all, view.sweep().count()))).append("</h1>\n");
    view.colored()
        .map(axis -> SweepSentence.extremes(axis, groupsOf(axis)))
        .filter(text -> !text.isEmpty())
        .ifPresent(text -> paragraph("lead", text));
    RunConfig base = view.sweep().base();
    List<String> parts =
        List.of(
            Descriptions.taskInFull(base.task()),
            Descriptions.model(base.model()),
            Descriptions.optimizer(base.optimizer()),
            Descriptions.training(base.training()));
    String unless = view.sweep().axes().isEmpty() ? "" : " – but for what is swept";
    html.append("<p>").append(escape(String.join(" · ", parts) + unless)).append("</p>\n");
    html.append("</header>\n");
    int failed = view.of(Status.FAILED).size();
    if (failed > 0) {
      html.append("<p class=\"warning\">").append(Numbers.counted(failed, "run"));
      html.append(" failed: <a href=\"#failures\">reasons</a>.</p>\n");
    }
  }

  private List<RunGroup> groupsOf(ShownAxis axis) {
    return view.by(axis).stream().map(runs -> RunGroup.of(List.of(), runs)).toList();
  }

  private void swept() {
    html.append("<section>\n<h2>Swept</h2>\n<table>\n");
    for (SweepAxis axis : view.sweep().axes()) {
      List<String> labels =
          view.axes().stream()
              .filter(shown -> shown.key().equals(axis.key()))
              .findFirst()
              .map(ShownAxis::labels)
              .orElse(axis.values());
      row(axis.key(), values(labels));
    }
    row("runs", Numbers.count(view.sweep().count()));
    html.append("</table>\n</section>\n");
  }

  private static String values(List<String> values) {
    int size = values.size();
    if (size <= MOST_VALUES_NAMED) {
      return String.join(", ", values);
    }
    return String.join(", ", values.subList(0, 3))
        + ", … "
        + values.get(size - 1)
        + " ("
        + Numbers.count(size)
        + " values)";
  }

  private void state() {
    RunGroup all = view.all();
    html.append("<section>\n<h2>Runs</h2>\n<table>\n");
    int ended = view.of(Status.ENDED).size();
    row("ended", Numbers.count(ended));
    row("of these, grokked", Numbers.count(all.grokked()));
    row("of these, diverged", Numbers.count(all.diverged()));
    rowUnlessZero("of these, unreadable", all.unreadable());
    rowUnlessZero("failed", all.failed());
    rowUnlessZero("begun, not ended", all.running());
    rowUnlessZero("waiting", view.waiting());
    double seconds = view.begun().stream().mapToDouble(run -> run.seconds().orElse(0)).sum();
    row("time of all runs together", Numbers.duration(seconds));
    named("engine", engines.engines());
    named("machine", engines.machines());
    named("longrun", engines.versions());
    html.append("</table>\n</section>\n");
  }

  private void rowUnlessZero(String label, int count) {
    if (count > 0) {
      row(label, Numbers.count(count));
    }
  }

  private void named(String label, Map<String, Integer> counts) {
    if (counts.isEmpty()) {
      return;
    }
    List<String> parts = new ArrayList<>();
    counts.entrySet().stream()
        .sorted((a, b) -> Integer.compare(b.getValue(), a.getValue()))
        .limit(MOST_ENGINES_NAMED)
        .forEach(
            entry ->
                parts.add(
                    entry.getKey()
                        + (counts.size() > 1
                            ? " (" + Numbers.counted(entry.getValue(), "run") + ")"
                            : "")));
    if (counts.size() > MOST_ENGINES_NAMED) {
      parts.add("and " + (counts.size() - MOST_ENGINES_NAMED) + " more");
    }
    row(label, String.join("; ", parts));
  }

  private void groups() {
    List<ShownAxis> axes = view.axes().stream().filter(axis -> !axis.isSeed()).toList();
    html.append("<section>\n<h2>");
    html.append(axes.isEmpty() ? "All runs together" : "By value").append("</h2>\n");
    axes.forEach(tables::byValue);
    if (axes.isEmpty()) {
      tables.together();
    }
    paragraph(
        "note",
        "Median [lower – upper quartile] of the runs that have ended. A run that ended, or"
            + " diverged, without memorising or grokking counts as later than any step; a quantile"
            + " that falls among those is not reached, which is written > the most steps of a run,"
            + " and ∞ of a delay.");
    for (SweepAxis axis : view.sweep().axes()) {
      if (axis.values().size() > ShownAxis.MOST_VALUES) {
        paragraph(
            "note",
            axis.column()
                + " has "
                + Numbers.count(axis.values().size())
                + " values: too many to show each; `longrun results --group-by "
                + axis.column()
                + "` does.");
      }
    }
    html.append("</section>\n");
  }

  private void figure(SweepFigure figure) {
    html.append("<figure>\n<figcaption><h2>").append(escape(figure.title())).append("</h2>");
    if (!figure.legend().entries().isEmpty()) {
      html.append("<p class=\"legend\">");
      if (!figure.legend().name().isEmpty()) {
        html.append("<span class=\"of\">").append(escape(figure.legend().name()));
        html.append("</span>");
      }
      for (SweepFigure.Entry entry : figure.legend().entries()) {
        html.append("<span>");
        if (!entry.classes().isEmpty()) {
          html.append("<i class=\"").append(entry.classes()).append("\"></i>");
        }
        html.append(escape(ShownAxis.shortened(entry.text()))).append("</span>");
      }
      html.append("</p>");
    }
    html.append("</figcaption>\n");
    figure
        .svg()
        .ifPresent(
            svg -> html.append(figure.wide() ? "<div class=\"scroll\">" + svg + "</div>" : svg));
    if (!figure.notes().isEmpty()) {
      paragraph("note", String.join(" ", figure.notes()));
    }
    html.append("</figure>\n");
  }

  private void stepNote() {
    if (curves.steps().logarithmic()) {
      paragraph(
          "note reading",
          "A log axis has no step 0: the charts begin at the first evaluation after it. Evaluations"
              + " that would share a place are drawn as their first, lowest, highest and last"
              + " value; curves.csv has them all once the sweep has stopped.");
    }
  }

  private void stepsFigures() {
    List<ShownAxis> settings = view.axes().stream().filter(axis -> !axis.isSeed()).toList();
    List<ShownAxis> shown = settings.isEmpty() ? view.axes().stream().limit(1).toList() : settings;
    shown.stream().limit(MOST_STEPS_FIGURES).forEach(axis -> figure(StepsFigure.of(view, axis)));
  }

  private void definitions() {
    EvaluationConfig evaluation = view.sweep().base().evaluation();
    boolean varies =
        view.sweep().axes().stream().anyMatch(axis -> axis.key().startsWith("evaluation."));
    String reached = "accuracy is at least " + Numbers.plain(evaluation.accuracyThreshold());
    String rule =
        evaluation.consecutive() == 1
            ? "the first evaluated step at which the train (validation) " + reached
            : "the first of "
                + evaluation.consecutive()
                + " evaluations in a row at which the train (validation) "
                + reached;
    html.append("<section>\n<h2>What the columns mean</h2>\n");
    paragraph(
        "note",
        "memorised_at (grokked_at): "
            + rule
            + ", evaluated every "
            + Numbers.counted(evaluation.every(), "step")
            + (varies ? "; where the sweep varies one of these, the run's own value holds" : "")
            + ". delay: grokked_at / memorised_at, of runs that memorised after step 0."
            + " train_accuracy and validation_accuracy: of the last evaluation. steps: parameter"
            + " updates done. time: wall-clock time of the run, interruptions left out; runs side"
            + " by side each count in full.");
    paragraph(
        "note",
        "Median and quartiles: interpolated linearly between the runs (Hyndman and Fan's definition"
            + " 7, as in numpy, pandas and R).");
    html.append("</section>\n");
  }

  private void row(String label, String value) {
    html.append("<tr><th scope=\"row\">").append(escape(label)).append("</th><td>");
    html.append(escape(value)).append("</td></tr>\n");
  }

  private void paragraph(String kind, String text) {
    html.append("<p class=\"").append(kind).append("\">").append(escape(text)).append("</p>\n");
  }
}
