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

  static List<Figure> of(Metrics metrics, OptionalLong memorisedAt, OptionalLong grokkedAt) {
    Figures figures = new Figures(metrics, memorisedAt, grokkedAt);
    List<Figure> all = new ArrayList<>();
    all.add(figures.accuracy());
    all.add(figures.loss());
    all.add(figures.weightNorm());
    if (figures.changes(metrics.learningRate())) {
      all.add(figures.learningRate());
    }
    return all;
  }

  private Figure accuracy() {
    List<Curve> curves =
        trainAndValidation(metrics.trainAccuracy(), metrics.validationAccuracy());
    List<String> notes = new ArrayList<>(stepZero("accuracy", curves));
    return figure("Accuracy", curves, _ -> ValueAxis.shares(), true, notes);
  }

  private Figure loss() {
    List<Curve> curves = trainAndValidation(metrics.trainLoss(), metrics.validationLoss());
    List<String> notes = new ArrayList<>(stepZero("loss", curves));
    return figure("Loss (log scale)", curves, ValueAxis::logarithmic, true, notes);
  }

  private Figure weightNorm() {
    Curve curve =
        new Curve("weight norm", Ink.WEIGHT_NORM, metrics.steps(), metrics.weightNorm());
    return figure(
        "Weight norm, all parameters together",
        List.of(curve),
        ValueAxis::linear,
        false,
        new ArrayList<>());
  }

  private Figure learningRate() {
    Curve curve =
        new Curve("learning rate", Ink.LEARNING_RATE, metrics.steps(), metrics.learningRate());
    return figure(
        "Learning rate", List.of(curve), ValueAxis::linear, false, new ArrayList<>());
  }

  /** Train and validation; train alone where nothing validates. */
  private List<Curve> trainAndValidation(double[] train, double[] validation) {
    Curve trainCurve = new Curve("train", Ink.TRAIN, metrics.steps(), train);
    return metrics.validates()
        ? List.of(trainCurve, new Curve("validation", Ink.VALIDATION, metrics.steps(), validation))
        : List.of(trainCurve);
  }

  private Figure figure(
      String title,
      List<Curve> curves,
      Function<List<Curve>, ValueAxis> axis,
      boolean marked,
      List<String> notes) {
    List<Curve> onSteps = curves.stream().map(this::onSteps).toList();
    ValueAxis values = axis.apply(onSteps);
    List<Curve> drawn = new ArrayList<>();
    for (Curve curve : onSteps) {
      drawn.add(Thinning.thin(onValues(curve, values, notes), steps));
    }
    if (drawn.stream().anyMatch(curve -> curve.size() > 0) && thinned(onSteps, drawn)) {
      notes.add(
          "Of "
              + Numbers.count(metrics.steps().length)
              + " evaluations, those that share half a pixel are drawn as their first, lowest,"
              + " highest and last value; metrics.csv has them all.");
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

  private static boolean thinned(List<Curve> whole, List<Curve> drawn) {
    for (int i = 0; i < whole.size(); i++) {
      if (drawn.get(i).size() < whole.get(i).size()) {
        return true;
      }
    }
    return false;
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
      notes.add(
          Numbers.counted(notFinite, curve.label() + " value") + " not finite: left out.");
    }
    if (outside > 0) {
      notes.add(
          Numbers.counted(outside, curve.label() + " value")
              + (axis.logarithmic() ? " zero or below the axis" : " outside the axis")
              + ": left out.");
    }
    return new Curve(curve.label(), curve.ink(), curve.steps(), values);
  }

  /** What stood at step 0, where the axis starts after it. */
  private List<String> stepZero(String what, List<Curve> curves) {
    if (!steps.logarithmic() || metrics.steps()[0] != 0) {
      return List.of();
    }
    List<String> values = new ArrayList<>();
    for (Curve curve : curves) {
      double value = curve.values()[0];
      values.add(
          curve.label()
              + " "
              + what
              + " "
              + (what.equals("accuracy") ? Numbers.accuracy(value) : Numbers.quantity(value)));
    }
    return List.of(
        "A log axis has no step 0; there, before any training, "
            + String.join(" and ", values)
            + ".");
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
