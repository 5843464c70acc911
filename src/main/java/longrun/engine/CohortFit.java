package longrun.engine;

import java.util.List;
import longrun.model.ParameterSpec;
import longrun.model.Tensors;
import longrun.plan.Cohort;

/** Whether a run and its state can be loaded into a session of a cohort. */
public final class CohortFit {
  private CohortFit() {}

  /**
   * Returns if they can.
   *
   * @throws IllegalArgumentException saying what differs, what the cohort has and what the run has
   */
  public static void check(Cohort cohort, Run run, RunState state) {
    require(
        run.config().model().structure().equals(cohort.model().config().structure()),
        "the run's model is\n  "
            + run.config().model()
            + "\nand the session's\n  "
            + cohort.model().config());
    Cohort own =
        Cohort.of(run.config(), cohort.dataset(), cohort.model(), run.split().train().length);
    require(
        own.equals(cohort),
        "the run is not of this session's cohort:\n  run     " + own + "\n  session " + cohort);
    require(
        run.labels().length == cohort.dataset().examples(),
        "labels.length=" + run.labels().length + " examples=" + cohort.dataset().examples());
    for (int example = 0; example < run.labels().length; example++) {
      int label = run.labels()[example];
      require(
          label >= 0 && label < cohort.dataset().answerCount(),
          "labels[" + example + "]=" + label + " answers=" + cohort.dataset().answerCount());
    }
    checkExamples("train", run.split().train(), cohort);
    checkExamples("validation", run.split().validation(), cohort);
    require(state.step() >= 0, "step=" + state.step() + " must not be negative");
    List<ParameterSpec> specs = cohort.model().parameters();
    checkTensors("parameters", specs, state.parameters());
    checkTensors("firstMoment", specs, state.firstMoment());
    checkTensors("secondMoment", specs, state.secondMoment());
    require(
        state.gradientEma().isPresent() == cohort.gradientEma(),
        "gradientEma is "
            + (state.gradientEma().isPresent() ? "present" : "absent")
            + " in the state, and the cohort is configured "
            + (cohort.gradientEma() ? "with it" : "without it"));
    state.gradientEma().ifPresent(ema -> checkTensors("gradientEma", specs, ema));
  }

  /**
   * Returns if an engine that keeps its numbers in fp32 can train the run.
   *
   * @throws UnsupportedCohortException saying which value fp32 cannot hold, and what to do
   */
  public static void checkFp32(Run run) {
    double epsilon = run.config().optimizer().epsilon();
    if ((float) epsilon == 0f) {
      throw new UnsupportedCohortException(
          "optimizer.epsilon "
              + epsilon
              + " is 0 in fp32; use at least 1e-37, or the reference engine");
    }
  }

  private static void checkExamples(String part, int[] examples, Cohort cohort) {
    for (int i = 0; i < examples.length; i++) {
      require(
          examples[i] >= 0 && examples[i] < cohort.dataset().examples(),
          "split."
              + part
              + "["
              + i
              + "]="
              + examples[i]
              + " examples="
              + cohort.dataset().examples());
    }
  }

  private static void checkTensors(String part, List<ParameterSpec> specs, Tensors tensors) {
    List<String> wanted = specs.stream().map(ParameterSpec::name).toList();
    List<String> given = List.copyOf(tensors.asMap().keySet());
    require(wanted.equals(given), part + " are named " + given + ", the model's are " + wanted);
    for (ParameterSpec spec : specs) {
      List<Integer> shape = tensors.get(spec.name()).shape();
      require(
          spec.shape().equals(shape),
          part + " " + spec.name() + " has shape=" + shape + ", the model's is " + spec.shape());
    }
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
