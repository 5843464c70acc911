package longrun.scaling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import longrun.cpu.CpuNeed;
import longrun.measure.Bench;
import longrun.measure.BenchResult;
import longrun.measure.Configuration;
import longrun.measure.Contender;
import longrun.measure.Environment;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.PeakMemory;
import longrun.measure.Setting;
import longrun.measure.Subject;
import longrun.plan.Planner;
import longrun.report.Numbers;
import longrun.train.PreparedRun;

/**
 * Measures the points of a design, the cheapest first: if the time is up, the fewest are lost. Then
 * all of them again, the other way round, and so on: what the machine does for a minute then shows
 * in the spread of many points, and not as the shape of a line.
 *
 * @param bench that measures each
 * @param predictor of each
 * @param limits of time and memory
 * @param nanoTime a clock
 * @param progress is told what comes next, and why a point is skipped
 */
record Measuring(
    Bench bench,
    Predictor predictor,
    Limits limits,
    LongSupplier nanoTime,
    Consumer<String> progress) {

  /** Of the Java heap, for everything but the sessions of the cpu engine. */
  private static final double HEAP_SHARE = 0.8;

  /** Parameters and two moments, in fp32. */
  private static final int STATE_BYTES = 3 * Float.BYTES;

  private static final double MEBI = 1 << 20;

  /**
   * What a measurement must not exceed; what would is skipped, and says so.
   *
   * @param pointSeconds for one point
   * @param allSeconds for all of them
   * @param heapBytes of the Java heap at its largest
   */
  record Limits(double pointSeconds, double allSeconds, long heapBytes) {}

  /** Measures everything. */
  ScalingResult run(List<Planned> design) {
    long start = nanoTime.getAsLong();
    Environment environment = bench.environment();
    Map<Setting, Planned> settings = new LinkedHashMap<>();
    design.forEach(point -> settings.putIfAbsent(point.setting(), point));
    Map<Setting, Optional<Prediction>> predictions = new HashMap<>();
    settings.forEach(
        (setting, point) ->
            predictions.put(setting, predictor.predict(point.subject(), point.contender())));
    List<Setting> order = new ArrayList<>(settings.keySet());
    order.sort(Comparator.comparingDouble(setting -> seconds(predictions.get(setting))));
    Map<Setting, Measurement> measurements = new HashMap<>();
    Map<Setting, String> skipped = new HashMap<>();
    for (int round = 0; round < bench.rounds(); round++) {
      for (int i = 0; i < order.size(); i++) {
        Setting setting = order.get(i);
        if (skipped.containsKey(setting)) {
          continue;
        }
        progress.accept(progress(round, i, order.size()) + setting);
        Optional<Measurement> before = Optional.ofNullable(measurements.get(setting));
        Optional<String> lacking = Optional.empty();
        try {
          lacking = refuse(start, settings.get(setting), predictions.get(setting));
          if (lacking.isEmpty()) {
            measurements.put(setting, measurement(settings.get(setting), before));
          }
        } catch (TimeLimit.Exceeded e) {
          lacking = Optional.of(e.getMessage());
        }
        lacking.ifPresent(why -> progress.accept("  skipped: " + why));
        if (before.isEmpty()) {
          lacking.ifPresent(why -> skipped.put(setting, why));
        }
      }
      Collections.reverse(order);
    }
    return new ScalingResult(
        new BenchResult(
            environment,
            bench.seconds(),
            configurations(design),
            predictor.peaks(),
            settings.keySet().stream()
                .filter(measurements::containsKey)
                .map(measurements::get)
                .toList(),
            PeakMemory.now(OptionalLong.empty())),
        design.stream()
            .map(
                point ->
                    new Point(
                        point.axis(),
                        point.value(),
                        point.series(),
                        point.setting(),
                        predictions.get(point.setting()),
                        Optional.ofNullable(skipped.get(point.setting()))))
            .toList());
  }

  private String progress(int round, int index, int points) {
    return (bench.rounds() > 1 ? "round " + (round + 1) + " of " + bench.rounds() + ", " : "")
        + (index + 1)
        + " of "
        + points
        + ": ";
  }

  private static double seconds(Optional<Prediction> prediction) {
    return prediction.map(Prediction::secondsPerStep).orElse(Double.POSITIVE_INFINITY);
  }

  /** With one more round than before; what cannot be measured is not tried again. */
  private Measurement measurement(Planned point, Optional<Measurement> before) {
    Optional<Outcome> outcome = before.map(Measurement::outcome);
    if (outcome.isPresent() && !(outcome.get() instanceof Outcome.Measured)) {
      return before.get();
    }
    Contender contender = point.contender();
    return new Measurement(
        point.setting(),
        contender.engine().description(),
        bench.measure(
            point.subject(),
            contender,
            new TimeLimit(nanoTime, limits.pointSeconds() / bench.rounds()),
            outcome.map(Outcome.Measured.class::cast)));
  }

  /** Steps of a measurement at the least: in each round two that are not timed, and the samples. */
  private int fewestSteps() {
    return bench.rounds() * (2 + Math.ceilDiv(Bench.FEWEST_BLOCKS, bench.rounds()));
  }

  /** Why a point need not be tried; empty if it is to be. */
  private Optional<String> refuse(long start, Planned point, Optional<Prediction> prediction) {
    if ((nanoTime.getAsLong() - start) / 1e9 > limits.allSeconds()) {
      return Optional.of(
          "the " + Numbers.duration(limits.allSeconds()) + " for all points were over");
    }
    double predicted = prediction.map(Prediction::secondsPerStep).orElse(0.0);
    if (fewestSteps() * predicted > limits.pointSeconds()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "with the predicted %.2g s a step it would take longer than the %s for a point",
              predicted,
              Numbers.duration(limits.pointSeconds())));
    }
    return point.contender().threads().isPresent() ? heapLacking(point) : Optional.empty();
  }

  /** A device says itself what it lacks; a Java heap ends the program. */
  private Optional<String> heapLacking(Planned point) {
    PreparedRun run = point.subject().run();
    int slots = point.contender().slots();
    int workspaces = Math.min(slots, point.contender().threads().orElseThrow());
    double needed =
        (double) workspaces * CpuNeed.bytes(Planner.plan(run.cohort()))
            + (double) slots * run.model().elements() * STATE_BYTES;
    double there = HEAP_SHARE * limits.heapBytes();
    return needed <= there
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "it needs about %,.0f MiB of %,.0f MiB that the Java heap has for it",
                needed / MEBI,
                there / MEBI));
  }

  private static List<Configuration> configurations(List<Planned> design) {
    Map<String, Subject> subjects = new LinkedHashMap<>();
    design.forEach(point -> subjects.putIfAbsent(point.subject().name(), point.subject()));
    return subjects.values().stream().map(Measuring::configuration).toList();
  }

  /** The file is to say so where a configuration's task is not what was trained. */
  private static Configuration configuration(Subject subject) {
    Configuration own = Configuration.of(subject.name(), subject.run());
    return subject.run().splitGiven()
        ? new Configuration(
            own.name(),
            "# In place of the task below: "
                + subject.run().dataset().name()
                + ", "
                + subject.run().split().train().length
                + " examples train\n"
                + own.yaml(),
            own.work())
        : own;
  }
}
