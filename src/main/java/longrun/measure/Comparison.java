package longrun.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigException;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;

/**
 * A result beside an earlier one.
 *
 * <p>Two measurements differ beyond noise if the median of every round of one is below that of
 * every round of the other, and their medians over all blocks differ by more than {@link #LEAST},
 * which two processes of one program do for reasons such as where the compiler puts code. Of
 * measurements of a single round, or whose warm-up did not settle, nothing is said. What makes one
 * of two calls slower from beginning to end, as a busy neighbour, is not in it: only calls in turn
 * show that.
 *
 * @param lines settings that were measured in both, in the order of the later result
 * @param onlyNow settings that only the later result has samples of
 * @param onlyBefore settings that only the earlier result has samples of
 */
public record Comparison(List<Line> lines, List<Setting> onlyNow, List<Setting> onlyBefore) {
  /** Of the larger median: a smaller difference is none. */
  public static final double LEAST = 0.05;

  public Comparison {
    lines = List.copyOf(lines);
    onlyNow = List.copyOf(onlyNow);
    onlyBefore = List.copyOf(onlyBefore);
  }

  /** What can be said of two measurements. */
  public enum Verdict {
    FASTER,
    SLOWER,
    WITHIN_NOISE,
    /** The warm-up of one of them was over before times were steady. */
    UNSETTLED,
    /** One of them has a single round: how much rounds differ is not known. */
    SINGLE_ROUND
  }

  /**
   * One setting.
   *
   * @param before in the earlier result
   * @param now in the later one
   */
  public record Line(Setting setting, Timing before, Timing now) {

    /** How many times as fast it is as it was: of the medians. */
    public double speedRatio() {
      return before.nanosPerStep().median() / now.nanosPerStep().median();
    }

    /** By the rule of {@link Comparison}. */
    public Verdict verdict() {
      if (!before.warmUp().settled() || !now.warmUp().settled()) {
        return Verdict.UNSETTLED;
      }
      if (before.roundBlocks().size() == 1 || now.roundBlocks().size() == 1) {
        return Verdict.SINGLE_ROUND;
      }
      if (isFaster(now, before)) {
        return Verdict.FASTER;
      }
      return isFaster(before, now) ? Verdict.SLOWER : Verdict.WITHIN_NOISE;
    }

    private static boolean isFaster(Timing one, Timing other) {
      double slowest = one.rounds().stream().mapToDouble(Statistics::median).max().orElseThrow();
      double fastest = other.rounds().stream().mapToDouble(Statistics::median).min().orElseThrow();
      return slowest < fastest
          && one.nanosPerStep().median() < (1 - LEAST) * other.nanosPerStep().median();
    }
  }

  /** Compares what both have. */
  public static Comparison of(BenchResult before, BenchResult now) {
    List<Line> lines = new ArrayList<>();
    List<Setting> onlyNow = new ArrayList<>();
    for (Measurement measurement : now.measurements()) {
      Setting setting = measurement.setting();
      Optional<Timing> timing = timing(measurement);
      if (timing.isPresent()) {
        find(before, setting)
            .ifPresentOrElse(
                earlier -> lines.add(new Line(setting, earlier, timing.get())),
                () -> onlyNow.add(setting));
      }
    }
    List<Setting> onlyBefore =
        before.measurements().stream()
            .filter(measurement -> measurement.nanosPerStep().isPresent())
            .map(Measurement::setting)
            .filter(setting -> find(now, setting).isEmpty())
            .toList();
    return new Comparison(lines, onlyNow, onlyBefore);
  }

  private static Optional<Timing> find(BenchResult result, Setting setting) {
    return result.measurements().stream()
        .filter(measurement -> measurement.setting().equals(setting))
        .findFirst()
        .flatMap(Comparison::timing);
  }

  private static Optional<Timing> timing(Measurement measurement) {
    return measurement.outcome() instanceof Outcome.Measured(Timing timing)
        ? Optional.of(timing)
        : Optional.empty();
  }

  /**
   * Why a result cannot be compared with one that is about to be measured; empty if it can.
   *
   * @param subjects that are to be measured
   * @param contenders that are to be measured with each
   */
  public static Optional<String> obstacle(
      BenchResult before, List<Subject> subjects, List<Contender> contenders) {
    for (Subject subject : subjects) {
      for (Configuration earlier : before.configurations()) {
        if (earlier.name().equals(subject.name()) && !isSame(earlier, subject)) {
          return Optional.of(
              "its configuration "
                  + subject.name()
                  + " is another: task, model, optimizer, seed, batch size or loss differ");
        }
      }
    }
    boolean shared =
        subjects.stream()
            .flatMap(
                subject -> contenders.stream().map(contender -> contender.setting(subject.name())))
            .anyMatch(setting -> find(before, setting).isPresent());
    return shared
        ? Optional.empty()
        : Optional.of("it measured nothing of what is to be measured now");
  }

  /** Whether steps are the same work; how often a run is evaluated, say, is not looked at. */
  private static boolean isSame(Configuration earlier, Subject subject) {
    RunConfig before;
    try {
      before = ConfigReader.parse(earlier.yaml(), earlier.name() + ".yaml", List.of());
    } catch (ConfigException e) {
      // Written by a version that knew other keys.
      return false;
    }
    RunConfig now = subject.run().config();
    return before.task().equals(now.task())
        && before.model().equals(now.model())
        && before.optimizer().equals(now.optimizer())
        && before.training().seed() == now.training().seed()
        && before.training().batchSize().equals(now.training().batchSize())
        && before.training().loss() == now.training().loss();
  }
}
