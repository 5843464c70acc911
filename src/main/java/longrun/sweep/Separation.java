package longrun.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;
import longrun.plan.Cohort;

/**
 * What an axis that may change shapes does to cohorts.
 *
 * @param key of the axis
 * @param why runs that differ in it are of different cohorts: {@code "the number of training
 *     examples differs: 3,830 · 5,107"}; empty if they share theirs
 * @param sharing values that share a cohort although others do not, each group as YAML: {@code
 *     "add, multiply"}
 */
public record Separation(String key, Optional<String> why, List<String> sharing) {
  private static final int SHOWN = 4;

  public Separation {
    sharing = List.copyOf(sharing);
  }

  /** A reason why cohorts differ, the most telling first. */
  private enum Aspect {
    TOKENS(
        "the number of tokens of an example differs",
        (a, b) -> a.dataset().context() == b.dataset().context(),
        cohort -> count(cohort.dataset().context())),
    EXAMPLES(
        "the examples that a model reads differ",
        (a, b) -> a.dataset().hasInputsOf(b.dataset()),
        cohort -> count(cohort.dataset().examples())),
    TRAINING(
        "the number of training examples differs",
        (a, b) -> a.trainExamples() == b.trainExamples(),
        cohort -> count(cohort.trainExamples())),
    PARAMETERS(
        "the parameters differ",
        (a, b) -> a.model().elements() == b.model().elements(),
        cohort -> count(cohort.model().elements())),
    MODEL(
        "a step of the model computes something else",
        (a, b) -> a.model().config().structure().equals(b.model().config().structure()),
        _ -> ""),
    BATCH(
        "the batch differs",
        (a, b) -> a.fullBatch() == b.fullBatch() && a.batchExamples() == b.batchExamples(),
        cohort -> cohort.fullBatch() ? "full" : count(cohort.batchExamples())),
    LOSS("another loss is computed", (a, b) -> a.loss() == b.loss(), _ -> ""),
    PRECISION("other kernels compute it", (a, b) -> a.precision() == b.precision(), _ -> ""),
    EMA(
        "some runs keep an average of the gradient",
        (a, b) -> a.gradientEma() == b.gradientEma(),
        _ -> ""),
    ORTHOGONAL(
        "some runs make gradients orthogonal",
        (a, b) -> a.orthogonalGradient() == b.orthogonalGradient(),
        _ -> "");

    private final String sentence;
    private final BiPredicate<Cohort, Cohort> agree;
    private final Function<Cohort, String> shown;

    Aspect(String sentence, BiPredicate<Cohort, Cohort> agree, Function<Cohort, String> shown) {
      this.sentence = sentence;
      this.agree = agree;
      this.shown = shown;
    }

    private static String count(long value) {
      return String.format(Locale.ROOT, "%,d", value);
    }
  }

  /** What each shape axis does, in the order of the sweep. */
  static List<Separation> of(SweepPlan plan) {
    ShapeAxes axes = plan.axes();
    List<Separation> all = new ArrayList<>();
    for (int axis = 0; axis < axes.shapes().size(); axis++) {
      all.add(of(plan, axis));
    }
    return all;
  }

  /** Holds the other axes at the first values where this one makes a difference. */
  private static Separation of(SweepPlan plan, int axis) {
    ShapeAxes axes = plan.axes();
    String key = axes.shapes().get(axis).key();
    for (int combination = 0; combination < axes.combinations(); combination++) {
      int[] indices = axes.indices(combination);
      if (indices[axis] == 0) {
        Map<Integer, List<String>> groups = groups(plan, axis, indices);
        if (groups.size() > 1) {
          List<Cohort> cohorts =
              groups.keySet().stream().map(number -> plan.cohort(number).cohort()).toList();
          List<String> sharing =
              groups.values().stream()
                  .filter(values -> values.size() > 1)
                  .map(values -> String.join(", ", values))
                  .toList();
          return new Separation(key, Optional.of(why(cohorts)), sharing);
        }
      }
    }
    return new Separation(key, Optional.empty(), List.of());
  }

  private static Map<Integer, List<String>> groups(SweepPlan plan, int axis, int[] indices) {
    Map<Integer, List<String>> groups = new LinkedHashMap<>();
    List<String> values = plan.axes().shapes().get(axis).values();
    for (int i = 0; i < values.size(); i++) {
      indices[axis] = i;
      groups
          .computeIfAbsent(
              plan.cohortOfCombination(plan.axes().combination(indices)), _ -> new ArrayList<>())
          .add(values.get(i));
    }
    return groups;
  }

  private static String why(List<Cohort> cohorts) {
    Cohort first = cohorts.getFirst();
    for (Aspect aspect : Aspect.values()) {
      if (cohorts.stream().anyMatch(other -> !aspect.agree.test(first, other))) {
        List<String> shown =
            cohorts.stream().map(aspect.shown).distinct().filter(text -> !text.isEmpty()).toList();
        return aspect.sentence + (shown.size() < 2 ? "" : ": " + abridged(shown));
      }
    }
    throw new IllegalStateException("cohorts that agree are one");
  }

  private static String abridged(List<String> texts) {
    return texts.size() <= SHOWN
        ? String.join(" · ", texts)
        : texts.stream().limit(SHOWN - 1).collect(Collectors.joining(" · "))
            + " … "
            + texts.getLast();
  }
}
