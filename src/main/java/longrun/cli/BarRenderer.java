package longrun.cli;

import java.text.DecimalFormat;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.DefaultProgressBarRenderer;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;

/**
 * The library's bar, with numbers as this program writes them and less of them where it is narrow.
 */
final class BarRenderer extends DefaultProgressBarRenderer {
  /** Below this width only the times and the accuracies fit beside the bar. */
  static final int NARROW_COLUMNS = 72;

  /** From this width on there is room for units and losses. */
  static final int WIDE_COLUMNS = 116;

  private volatile double stepsPerSecond;
  private int columns;

  BarRenderer(ProgressBarStyle style) {
    super(style, "", 1, true, new DecimalFormat(), ChronoUnit.SECONDS, true, _ -> Optional.empty());
  }

  /** Sets the rate of the last seconds; shown, and what the time left is reckoned from. */
  void setStepsPerSecond(double stepsPerSecond) {
    this.stepsPerSecond = stepsPerSecond;
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
    return Texts.rate(stepsPerSecond) + unit;
  }

  @Override
  protected String etaString(ProgressState progress) {
    double rate = stepsPerSecond;
    if (rate <= 0) {
      return "?";
    }
    long seconds = Math.round((progress.getMax() - progress.getCurrent()) / rate);
    return String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds % 3600 / 60, seconds % 60)
        + (columns < WIDE_COLUMNS ? "" : " left");
  }
}
