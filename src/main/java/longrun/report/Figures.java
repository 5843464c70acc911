package longrun.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The figures of a run: accuracy, loss, weight norm, and the learning rate if it changes. Decides
 * what each shows and says what it leaves out; {@link XChartPainter} draws.
 */
final class Figures {
  private static final double SMALLEST_IN_FULL = 1e-4;
  private static final double LARGEST_IN_FULL = 1e7;

  private final Metrics metrics;
  private final OptionalLong memorisedAt;
  private final OptionalLong grokkedAt;
  private final StepAxis steps;

  private Figures(Metrics metrics, OptionalLong memorisedAt, OptionalLong grokkedAt) {
    this.metrics = metrics;
    this.memorisedAt = memorisedAt;
    this.grokkedAt = grokkedAt;
    this.steps = StepAxis.over(metrics.steps());
  }

  /**
   * All figures of a run, and what has to be known to read them.
   *
   * @param readingNotes what holds for all of them, a sentence each
   */
  record Set(List<Figure> figures, List<String> readingNotes) {}

  static Set of(Metrics metrics, OptionalLong memorisedAt, OptionalLong grokkedAt) {
    Figures figures = new Figures(metrics, memorisedAt, grokkedAt);
    List<Figure> all = new ArrayList<>();
    all.add(figures.accuracy());
    all.add(figures.loss());
    all.add(figures.weightNorm());
    if (figures.changes(metrics.learningRate())) {
      all.add(figures.learningRate());
    }
    return new Set(all, figures.readingNotes());
  }

  private Figure accuracy() {
    return figure(
        "Accuracy",
        trainAndValidation(metrics.trainAccuracy(), metrics.validationAccuracy()),
        _ -> ValueAxis.shares(),
        true);
  }

  private Figure loss() {
    return figure(
        "Loss (log scale)",
        trainAndValidation(metrics.trainLoss(), metrics.validationLoss()),
        ValueAxis::logarithmic,
        true);
  }

  private Figure weightNorm() {
    return linear(
        "Weight norm, all parameters together",
        new Curve("weight norm", Ink.WEIGHT_NORM, metrics.steps(), metrics.weightNorm()));
  }

  private Figure learningRate() {
    return linear(
        "Learning rate",
        new Curve("learning rate", Ink.LEARNING_RATE, metrics.steps(), metrics.learningRate()));
  }

  /** Very small and very large values in units of a power of ten, so that labels stay short. */
  private Figure linear(String title, Curve curve) {
    double largest =
        Arrays.stream(curve.values()).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    if (largest == 0 || (largest >= SMALLEST_IN_FULL && largest < LARGEST_IN_FULL)) {
      return figure(title, List.of(curve), ValueAxis::linear, false);
    }
    int exponent = (int) Math.floor(Math.log10(largest));
    // In two halves: ten to the power of 308 has no inverse among the normal numbers.
    int halfExponent = exponent / 2;
    double half = Math.pow(10, -halfExponent);
    double rest = Math.pow(10, halfExponent - exponent);
    double[] scaled = Arrays.stream(curve.values()).map(value -> value * half * rest).toArray();
    return figure(
        title + ", in units of 1E" + exponent,
        List.of(new Curve(curve.label(), curve.ink(), curve.steps(), scaled)),
        ValueAxis::linear,
        false);
  }

  /** Train and validation; train alone where nothing validates. */
  private List<Curve> trainAndValidation(double[] train, double[] validation) {
    Curve trainCurve = new Curve("train", Ink.TRAIN, metrics.steps(), train);
    return metrics.validates()
        ? List.of(trainCurve, new Curve("validation", Ink.VALIDATION, metrics.steps(), validation))
        : List.of(trainCurve);
  }

  private Figure figure(
      String title, List<Curve> curves, Function<List<Curve>, ValueAxis> axis, boolean marked) {
    List<String> notes = new ArrayList<>();
    List<Curve> onSteps = curves.stream().map(this::onSteps).toList();
    ValueAxis values = axis.apply(onSteps);
    List<Curve> drawn = new ArrayList<>();
    for (Curve curve : onSteps) {
      drawn.add(Thinning.thin(onValues(curve, values, notes), steps));
    }
    if (!metrics.validates() && marked) {
      notes.add("No example validates.");
    }
    if (drawn.stream().noneMatch(Curve::hasFiniteValues)) {
      notes.add("There is no value to draw.");
      return new Figure(title, curves, Optional.empty(), notes);
    }
    List<Moment> moments = marked ? moments(notes) : List.of();
    String description = description(title, curves, moments);
    return new Figure(
        title, curves, Optional.of(new Chart(description, steps, values, drawn, moments)), notes);
  }

  /** The curve without the steps that the axis has no place for. */
  private Curve onSteps(Curve curve) {
    int from = 0;
    while (from < curve.size() && !steps.shows(curve.steps()[from])) {
      from++;
    }
    return new Curve(
        curve.label(),
        curve.ink(),
        Arrays.copyOfRange(curve.steps(), from, curve.size()),
        Arrays.copyOfRange(curve.values(), from, curve.size()));
  }

  /** The curve with a gap for each value that the axis has no place for, and notes that say so. */
  private static Curve onValues(Curve curve, ValueAxis axis, List<String> notes) {
    double[] values = curve.values().clone();
    int notFinite = 0;
    int outside = 0;
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        values[i] = Double.NaN;
        notFinite++;
      } else if (!axis.shows(values[i])) {
        values[i] = Double.NaN;
        outside++;
      }
    }
    if (notFinite > 0) {
      notes.add(Numbers.counted(notFinite, curve.label() + " value") + " not finite: left out.");
    }
    if (outside > 0) {
      notes.add(
          Numbers.counted(outside, curve.label() + " value")
              + (axis.logarithmic() ? " zero or below the axis" : " outside the axis")
              + ": left out.");
    }
    return new Curve(curve.label(), curve.ink(), curve.steps(), values);
  }

  private List<String> readingNotes() {
    List<String> notes = new ArrayList<>();
    if (steps.logarithmic() && metrics.steps()[0] == 0) {
      notes.add(
          "A log axis has no step 0: the charts begin at the next evaluation. At step 0, before any"
              + " training: train accuracy "
              + Numbers.accuracy(metrics.trainAccuracy()[0])
              + (metrics.validates()
                  ? ", validation accuracy " + Numbers.accuracy(metrics.validationAccuracy()[0])
                  : "")
              + ", train loss "
              + Numbers.quantity(metrics.trainLoss()[0])
              + (metrics.validates()
                  ? ", validation loss " + Numbers.quantity(metrics.validationLoss()[0])
                  : "")
              + ", weight norm "
              + Numbers.quantity(metrics.weightNorm()[0])
              + ".");
    }
    if (metrics.size() > Thinning.KEPT_WHOLE) {
      notes.add(
          "Of the "
              + Numbers.count(metrics.size())
              + " evaluations, those that would share a pixel are drawn as their first, lowest,"
              + " highest and last value; metrics.csv has them all.");
    }
    return notes;
  }

  private List<Moment> moments(List<String> notes) {
    List<Moment> moments = new ArrayList<>();
    addMoment(moments, notes, "memorised", memorisedAt, Ink.TRAIN);
    addMoment(moments, notes, "grokked", grokkedAt, Ink.VALIDATION);
    moments.sort((a, b) -> Long.compare(a.step(), b.step()));
    return moments;
  }

  private void addMoment(
      List<Moment> moments, List<String> notes, String word, OptionalLong at, Ink ink) {
    if (at.isEmpty()) {
      return;
    }
    long step = at.getAsLong();
    if (steps.shows((double) step)) {
      moments.add(new Moment(word + " at " + Numbers.count(step), step, ink));
    } else {
      notes.add("It " + word + " at step " + Numbers.count(step) + ", outside this axis.");
    }
  }

  private String description(String title, List<Curve> curves, List<Moment> moments) {
    StringBuilder text = new StringBuilder(title).append(" over ");
    text.append(steps.logarithmic() ? "log steps: " : "steps: ");
    text.append(String.join(" and ", curves.stream().map(Curve::label).toList()));
    for (Moment moment : moments) {
      text.append("; ").append(moment.label());
    }
    return text.toString();
  }

  /** Whether the values move among the steps that the axis shows. */
  private boolean changes(double[] values) {
    double[] shown = onSteps(new Curve("", Ink.TEXT, metrics.steps(), values)).values();
    return Arrays.stream(shown).filter(Double::isFinite).distinct().count() > 1;
  }
}
