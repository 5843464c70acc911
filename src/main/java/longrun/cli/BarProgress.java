package longrun.cli;

import java.io.PrintStream;
import java.time.Duration;
import longrun.engine.Evaluation;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on a terminal. */
final class BarProgress implements Progress {
  private static final int UPDATE_MILLIS = 250;

  private final ScreenLine line;
  private final BarRenderer renderer;
  private final ProgressBar bar;

  BarProgress(PrintStream err, Terminal screen, long from, long to) {
    this.line = new ScreenLine(err, screen);
    this.renderer = new BarRenderer(style(screen));
    this.bar =
        new ProgressBarBuilder()
            .setTaskName("")
            .setRenderer(renderer)
            .setInitialMax(to)
            .startsFrom(from, Duration.ZERO)
            .continuousUpdate()
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setConsumer(line)
            .build();
  }

  @Override
  public void progressed(long step, double stepsPerSecond) {
    renderer.setStepsPerSecond(stepsPerSecond);
    bar.stepTo(step);
  }

  @Override
  public void evaluated(Evaluation evaluation) {
    renderer.setEvaluation(evaluation);
    bar.setExtraMessage(" " + figures(evaluation, line.getMaxRenderedLength()));
  }

  @Override
  public void endsAt(long step) {
    bar.maxHint(step);
  }

  @Override
  public void note(String text) {
    line.say(text);
  }

  @Override
  public void warn(String text) {
    line.say(text);
  }

  @Override
  public void close() {
    bar.close();
  }

  /** As much of an evaluation as there is room for. */
  private static String figures(Evaluation evaluation, int columns) {
    String train = Texts.percent(evaluation.trainAccuracy());
    String validation = Texts.percent(evaluation.validationAccuracy());
    return columns < BarRenderer.WIDE_COLUMNS
        ? "train " + train + " val " + validation
        : "train "
            + train
            + " loss "
            + Texts.loss(evaluation.trainLoss())
            + "  validation "
            + validation
            + " loss "
            + Texts.loss(evaluation.validationLoss());
  }

  private static ProgressBarStyle style(Terminal screen) {
    if (!screen.unicode()) {
      return ProgressBarStyle.ASCII;
    }
    return screen.color()
        ? ProgressBarStyle.COLORFUL_UNICODE_BLOCK
        : ProgressBarStyle.UNICODE_BLOCK;
  }
}
