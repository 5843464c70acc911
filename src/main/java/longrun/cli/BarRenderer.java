package longrun.cli;

import java.text.DecimalFormat;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import me.tongfei.progressbar.DefaultProgressBarRenderer;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;

/** The library's bar, with numbers as this program writes them and less of them where it is narrow. */
final class BarRenderer extends DefaultProgressBarRenderer {
  /** Below this width only the times and the accuracies fit beside the bar. */
  static final int NARROW_COLUMNS = 72;

  /** From this width on there is room for units and losses. */
  static final int WIDE_COLUMNS = 116;

  private int columns;

  BarRenderer(ProgressBarStyle style) {
    super(
        style,
        "",
        1,
        true,
        new DecimalFormat(),
        ChronoUnit.SECONDS,
        true,
        BarRenderer::timeLeft);
  }

  @Override
  public String render(ProgressState progress, int maxLength) {
    columns = maxLength;
    return super.render(progress, maxLength);
  }

  @Override
  protected String ratio(ProgressState progress) {
    return columns < NARROW_COLUMNS
        ? ""
        : Texts.count(progress.getCurrent()) + "/" + Texts.count(progress.getMax());
  }

  @Override
  protected String speed(ProgressState progress) {
    if (columns < NARROW_COLUMNS) {
      return "";
    }
    String unit = columns < WIDE_COLUMNS ? "/s" : " steps/s";
    return Texts.rate(stepsPerSecond(progress)) + unit;
  }

  private static double stepsPerSecond(ProgressState progress) {
    double seconds = progress.getElapsedAfterStart().toNanos() * 1e-9;
    long steps = progress.getCurrent() - progress.getStart();
    return seconds == 0 ? 0 : steps / seconds;
  }

  private static Optional<Duration> timeLeft(ProgressState progress) {
    double rate = stepsPerSecond(progress);
    long steps = progress.getMax() - progress.getCurrent();
    return rate == 0
        ? Optional.empty()
        : Optional.of(Duration.ofSeconds(Math.round(steps / rate)));
  }
}
