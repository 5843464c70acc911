package longrun.cli;

import java.text.DecimalFormat;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import longrun.engine.Evaluation;
import me.tongfei.progressbar.DefaultProgressBarRenderer;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;

/**
 * The library's bar, with numbers as this program writes them and less of them where it is narrow;
 * where it is narrower still, numbers without a bar.
 */
final class BarRenderer extends DefaultProgressBarRenderer {
  /** Below this width there is no room for a bar beside the numbers. */
  static final int NARROW_COLUMNS = 72;

  /** From this width on there is room for units and losses. */
  static final int WIDE_COLUMNS = 116;

  private volatile double stepsPerSecond;
  private volatile Optional<Evaluation> seen = Optional.empty();
  private int columns;

  BarRenderer(ProgressBarStyle style) {
    super(style, "", 1, true, new DecimalFormat(), ChronoUnit.SECONDS, true, _ -> Optional.empty());
  }

  /** Sets the rate of the last seconds; shown, and what the time left is reckoned from. */
  void setStepsPerSecond(double stepsPerSecond) {
    this.stepsPerSecond = stepsPerSecond;
  }

  /** Sets the newest evaluation; shown where there is no room for a bar and its message. */
  void setEvaluation(Evaluation evaluation) {
    seen = Optional.of(evaluation);
  }

  @Override
  public String render(ProgressState progress, int maxLength) {
    columns = maxLength;
    return maxLength < NARROW_COLUMNS
        ? withoutBar(progress, maxLength)
        : super.render(progress, maxLength);
  }

  /** As much as fits, the most important first: the step, and how far the run has generalised. */
  private String withoutBar(ProgressState progress, int maxLength) {
    String validation =
        seen.map(evaluation -> " val " + Texts.percent(evaluation.validationAccuracy())).orElse("");
    String all = ratio(progress) + validation;
    if (all.length() > maxLength) {
      String step = Texts.count(progress.getCurrent()) + validation;
      return step.substring(0, Math.clamp(maxLength, 0, step.length()));
    }
    StringBuilder line = new StringBuilder(all);
    for (String more :
        List.of(
            seen.map(evaluation -> " train " + Texts.percent(evaluation.trainAccuracy()))
                .orElse(""),
            " " + etaString(progress),
            " " + speed(progress))) {
      if (line.length() + more.length() > maxLength) {
        break;
      }
      line.append(more);
    }
    return line.toString();
  }

  @Override
  protected String ratio(ProgressState progress) {
    return Texts.count(progress.getCurrent()) + "/" + Texts.count(progress.getMax());
  }

  @Override
  protected String speed(ProgressState progress) {
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
