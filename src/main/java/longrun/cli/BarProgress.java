package longrun.cli;

import java.io.PrintStream;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.util.Locale;
import longrun.engine.Evaluation;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on a terminal. */
final class BarProgress implements Progress {
  private static final int UPDATE_MILLIS = 250;

  /** From this width on the losses fit beside the accuracies. */
  private static final int COLUMNS_FOR_LOSSES = 110;

  private final ScreenLine line;
  private final ProgressBar bar;

  BarProgress(PrintStream err, Terminal screen, long from, long to) {
    this.line = new ScreenLine(err, screen);
    this.bar =
        new ProgressBarBuilder()
            .setTaskName("")
            .setStyle(style(screen))
            .setUnit("", 1)
            .setInitialMax(to)
            .startsFrom(from, Duration.ZERO)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .showSpeed(new DecimalFormat("#,##0", DecimalFormatSymbols.getInstance(Locale.ROOT)))
            .setConsumer(line)
            .build();
  }

  @Override
  public void evaluated(Evaluation evaluation) {
    bar.setExtraMessage(
        line.getMaxRenderedLength() >= COLUMNS_FOR_LOSSES
            ? " train "
                + Texts.percent(evaluation.trainAccuracy())
                + " loss "
                + Texts.loss(evaluation.trainLoss())
                + "  validation "
                + Texts.percent(evaluation.validationAccuracy())
                + " loss "
                + Texts.loss(evaluation.validationLoss())
            : " train "
                + Texts.percent(evaluation.trainAccuracy())
                + " val "
                + Texts.percent(evaluation.validationAccuracy()));
    bar.stepTo(evaluation.step());
  }

  @Override
  public void endsAt(long step) {
    bar.maxHint(step);
  }

  @Override
  public void say(String text) {
    line.say(text);
  }

  @Override
  public void close() {
    bar.close();
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
