package longrun.report;

import static longrun.report.Html.escape;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import longrun.config.EvaluationConfig;
import longrun.store.EngineSpan;
import longrun.store.InitFile;
import longrun.store.Summary;
import longrun.store.Timing;

/** Lays out {@code report.html}: the sentence, the numbers, the figures, and how it came about. */
final class ReportPage {
  private final RunView run;
  private final StringBuilder html = new StringBuilder(1 << 16);

  private ReportPage(RunView run) {
    this.run = run;
  }

  /**
   * The page.
   *
   * @param figures each with its drawing as {@code <svg>}; empty where it was not drawn
   * @param readingNotes what holds for all figures
   * @param notDrawn why charts are missing, for people; empty if none is
   */
  static String of(
      RunView run, List<Drawn> figures, List<String> readingNotes, Optional<String> notDrawn) {
    return new ReportPage(run).page(figures, readingNotes, notDrawn);
  }

  /** A figure and its {@code <svg>} element, if it was drawn. */
  record Drawn(Figure figure, Optional<String> svg) {}

  private String page(List<Drawn> figures, List<String> readingNotes, Optional<String> notDrawn) {
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append(
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    html.append(escape(run.name())).append(" – longrun</title>\n<style>\n");
    html.append(PageStyle.CSS).append("</style>\n</head>\n<body>\n<main>\n");
    header();
    html.append("<div class=\"columns\">\n");
    results();
    course();
    html.append("</div>\n");
    notDrawn.ifPresent(reason -> paragraph("warning", reason));
    for (Drawn figure : figures) {
      figure(figure);
    }
    if (!readingNotes.isEmpty()) {
      paragraph("note reading", String.join(" ", readingNotes));
    }
    html.append("<div class=\"columns\">\n");
    timing();
    machine();
    html.append("</div>\n");
    repeat();
    configuration();
    html.append("</main>\n</body>\n</html>\n");
    return html.toString();
  }

  private void header() {
    html.append("<header>\n<p class=\"name\">").append(escape(run.name())).append("</p>\n<h1>");
    html.append(escape(OutcomeSentence.of(run.outcome()))).append("</h1>\n<p>");
    String description =
        String.join(
            " · ",
            Descriptions.taskInFull(run.config().task()),
            Descriptions.model(run.config().model()),
            Descriptions.optimizer(run.config().optimizer()),
            Descriptions.training(run.config().training()),
            "seed " + run.config().training().seed());
    html.append(escape(description)).append("</p>\n</header>\n");
  }

  private void results() {
    Metrics metrics = run.metrics();
    boolean validates = metrics.validates();
    html.append("<section>\n<h2>Final</h2>\n<table>\n<tr><td></td><th scope=\"col\">train</th>");
    html.append("<th scope=\"col\">validation</th></tr>\n");
    resultRow(
        "accuracy",
        Numbers.accuracy(Metrics.last(metrics.trainAccuracy())),
        validates ? Numbers.accuracy(Metrics.last(metrics.validationAccuracy())) : Numbers.NONE);
    resultRow(
        "loss",
        Numbers.quantity(Metrics.last(metrics.trainLoss())),
        validates ? Numbers.quantity(Metrics.last(metrics.validationLoss())) : Numbers.NONE);
    html.append("</table>\n<table>\n");
    row("weight norm", Numbers.quantity(Metrics.last(metrics.weightNorm())));
    row("learning rate", Numbers.setting(Metrics.last(metrics.learningRate())));
    html.append("</table>\n</section>\n");
  }

  private void course() {
    html.append("<section>\n<h2>Course</h2>\n<table>\n");
    row("memorised at", step(run.memorisedAt()));
    row("grokked at", step(run.grokkedAt()));
    row("delay (grokked / memorised)", delay());
    row(
        "steps done",
        Numbers.count(run.stepsDone()) + " of " + Numbers.count(run.config().training().steps()));
    row("evaluations", Numbers.count(run.metrics().size()));
    row("end", ending());
    html.append("</table>\n");
    EvaluationConfig evaluation = run.config().evaluation();
    String accuracy = "accuracy is at least " + Numbers.plain(evaluation.accuracyThreshold());
    String rule =
        evaluation.consecutive() == 1
            ? "the first evaluated step at which the train (validation) " + accuracy
            : "the first of "
                + evaluation.consecutive()
                + " evaluations in a row at which the train (validation) "
                + accuracy;
    paragraph(
        "note",
        "Memorised (grokked) at: "
            + rule
            + ". Evaluated every "
            + Numbers.counted(evaluation.every(), "step")
            + ".");
    html.append("</section>\n");
  }

  private String delay() {
    OptionalLong memorised = run.memorisedAt();
    OptionalLong grokked = run.grokkedAt();
    return memorised.isPresent() && grokked.isPresent() && memorised.getAsLong() > 0
        ? Numbers.times((double) grokked.getAsLong() / memorised.getAsLong()) + "×"
        : Numbers.NONE;
  }

  private static String step(OptionalLong step) {
    return step.isPresent() ? "step " + Numbers.count(step.getAsLong()) : "not reached";
  }

  private String ending() {
    if (run.summary().isEmpty()) {
      return run.running() ? "still running" : "interrupted; longrun resume goes on";
    }
    return switch (run.summary().get().stopReason()) {
      case STEPS_DONE -> "all steps done";
      case GROKKED ->
          run.config()
              .stop()
              .map(
                  stop ->
                      "stop rule: "
                          + Numbers.counted(stop.afterGrokkingSteps(), "step")
                          + " after grokking")
              .orElse("stop rule: after grokking");
      case DIVERGED -> "diverged: a loss or a parameter was not finite";
      case INTERRUPTED -> "interrupted";
    };
  }

  private void figure(Drawn drawn) {
    Figure figure = drawn.figure();
    html.append("<figure>\n<figcaption><h2>").append(escape(figure.title())).append("</h2>");
    if (figure.curves().size() > 1) {
      html.append("<p class=\"legend\">");
      for (Curve curve : figure.curves()) {
        html.append("<span><i style=\"background:").append(curve.ink().cssReference());
        html.append("\"></i>").append(escape(curve.label())).append("</span>");
      }
      html.append("</p>");
    }
    html.append("</figcaption>\n");
    drawn.svg().ifPresent(svg -> html.append(svg).append('\n'));
    if (!figure.notes().isEmpty()) {
      paragraph("note", String.join(" ", figure.notes()));
    }
    html.append("</figure>\n");
  }

  private void timing() {
    html.append("<section>\n<h2>Time</h2>\n");
    if (run.summary().isEmpty()) {
      double seconds = Metrics.last(run.metrics().seconds());
      html.append("<table>\n");
      row("until the last evaluation", Numbers.duration(seconds));
      row("steps per second, all told", perSecond(run.metrics().lastStep(), seconds));
      html.append("</table>\n");
      paragraph("note", "A run that has not ended says no more about its time.");
    } else {
      Timing timing = run.summary().get().timing();
      long steps = run.summary().get().steps();
      html.append("<table>\n");
      row("in all", Numbers.duration(timing.total()));
      row("steps per second, all told", perSecond(steps, timing.total()));
      row("steps per second, of stepping", perSecond(steps, timing.steps()));
      html.append("</table>\n<table class=\"times\">\n");
      shareRow("steps", timing.steps(), timing.total());
      shareRow("evaluations", timing.evaluations(), timing.total());
      shareRow("checkpoints", timing.checkpoints(), timing.total());
      double rest = timing.total() - timing.steps() - timing.evaluations() - timing.checkpoints();
      shareRow("everything else", Math.max(0, rest), timing.total());
      html.append("</table>\n");
    }
    html.append("</section>\n");
  }

  private static String perSecond(long steps, double seconds) {
    return steps > 0 && seconds > 0 ? Numbers.rate(steps / seconds) : Numbers.NONE;
  }

  private void shareRow(String label, double seconds, double total) {
    double share = seconds / total;
    html.append("<tr><th scope=\"row\">").append(escape(label)).append("</th><td>");
    html.append(escape(Numbers.duration(seconds))).append("</td><td>");
    html.append(total > 0 ? escape(Numbers.percent(share)) : Numbers.NONE);
    html.append("</td><td class=\"bar\"><i style=\"width:");
    html.append(total > 0 ? Math.clamp(Math.round(100 * share), 0, 100) : 0);
    html.append("%\"></i></td></tr>\n");
  }

  private void machine() {
    html.append("<section>\n<h2>Machine</h2>\n");
    String engines = Descriptions.engines(run.provenance().engines());
    if (run.summary().isEmpty()) {
      if (!engines.isEmpty()) {
        html.append("<table>\n");
        row("engine", engines);
        html.append("</table>\n");
      }
      paragraph("note", "The rest is recorded when a run ends.");
    } else {
      Summary summary = run.summary().get();
      html.append("<table>\n");
      row("engine", engines.isEmpty() ? summary.engine() : engines);
      row("on", summary.engineDescription());
      row("processor", summary.machine().cpu());
      row("cores", Numbers.count(summary.machine().cores()));
      row("system", summary.machine().os());
      row("Java", summary.machine().java());
      row("longrun", summary.version());
      html.append("</table>\n");
    }
    html.append("</section>\n");
  }

  private void repeat() {
    List<EngineSpan> engines = run.provenance().engines();
    Optional<InitFile> init = run.provenance().init();
    List<String> command = new ArrayList<>();
    command.add("longrun train " + Shell.quote(inFolder("config.yaml")));
    if (!engines.isEmpty()) {
      command.add("--engine " + Shell.quote(engines.getFirst().engine()));
    }
    if (run.splitGiven()) {
      command.add("--train-indices " + Shell.quote(inFolder("train_indices.txt")));
    }
    init.ifPresent(
        file ->
            command.add(
                "--init "
                    + Shell.quote(run.initKept() ? inFolder("init.safetensors") : file.path())));
    command.add("--run-dir " + Shell.quote(run.folder() + "-again"));
    html.append("<section>\n<h2>To repeat it</h2>\n<pre><code>");
    html.append(escape(String.join(" ", command))).append("</code></pre>\n");
    if (engines.size() > 1) {
      paragraph(
          "warning",
          "The engine was changed on the way ("
              + Descriptions.engines(engines)
              + "). This command trains all steps with "
              + engines.getFirst().engine()
              + ": its result will be close at first, but not the same.");
    }
    init.ifPresent(
        file ->
            paragraph(
                "note",
                "Started from the parameters in " + file.path() + ", SHA-256 " + file.sha256()));
    html.append("</section>\n");
  }

  private String inFolder(String name) {
    return run.folder().resolve(name).toString();
  }

  private void configuration() {
    html.append("<section>\n<details>\n<summary>Configuration, every key resolved</summary>\n");
    html.append("<pre><code>").append(escape(run.configYaml()));
    html.append("</code></pre>\n</details>\n</section>\n");
  }

  private void resultRow(String label, String train, String validation) {
    html.append("<tr><th scope=\"row\">").append(escape(label)).append("</th><td>");
    html.append(escape(train)).append("</td><td>").append(escape(validation));
    html.append("</td></tr>\n");
  }

  private void row(String label, String value) {
    html.append("<tr><th scope=\"row\">").append(escape(label)).append("</th><td>");
    html.append(escape(value)).append("</td></tr>\n");
  }

  private void paragraph(String kind, String text) {
    html.append("<p class=\"").append(kind).append("\">").append(escape(text)).append("</p>\n");
  }
}
