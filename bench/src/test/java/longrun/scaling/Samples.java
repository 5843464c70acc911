package longrun.scaling;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import longrun.config.ConfigReader;
import longrun.config.Precision;
import longrun.measure.BenchResult;
import longrun.measure.Configuration;
import longrun.measure.EnginePeaks;
import longrun.measure.Environment;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.PeakMemory;
import longrun.measure.Setting;
import longrun.measure.Subject;
import longrun.measure.Timing;
import longrun.measure.Work;
import longrun.plan.Peaks;
import longrun.store.Machine;
import longrun.train.PreparedRun;

/** Results that nobody measured, and runs of a few microseconds per step. */
final class Samples {
  static final Peaks PEAKS = new Peaks("vectors", 2e11, 4e10);

  private static final String TINY =
      """
      task: {kind: modular, operation: add, modulus: 7, train_fraction: 0.5}
      model: {kind: transformer, layers: 1, d_model: 8, heads: 4, d_head: 2, d_mlp: 32}
      training: {seed: 3}
      """;

  private Samples() {}

  static Subject tiny(String name, String... overrides) {
    return new Subject(
        name,
        PreparedRun.of(
            ConfigReader.parse(TINY, "tiny.yaml", List.of(overrides)), Optional.empty()));
  }

  /** Three engines on all axes, without some of the largest points. */
  static ScalingResult result() {
    List<Point> points = new ArrayList<>();
    Map<Setting, Measurement> measurements = new LinkedHashMap<>();
    for (String series : List.of("cpu, 16 threads", "cuda fp32", "cuda tf32")) {
      double scale =
          switch (series) {
            case "cuda fp32" -> 0.05;
            case "cuda tf32" -> 0.02;
            default -> 1;
          };
      for (int slots : Design.SLOTS) {
        add(points, measurements, Axis.SLOTS, slots, series, slots, 3 * scale * slots);
      }
      for (int d : Design.D_MODELS) {
        add(points, measurements, Axis.D_MODEL, d, series, 1, 3 * scale * d * d / 16384);
      }
      for (int p : Design.MODULI) {
        add(points, measurements, Axis.MODULUS, p, series, 1, 3 * scale * p * p / 12769);
      }
      for (int length : Design.LENGTHS) {
        add(points, measurements, Axis.SEQUENCE, length, series, 1, scale * (1 + length / 20.0));
      }
    }
    for (int threads : Design.threadCounts(16)) {
      add(points, measurements, Axis.THREADS, threads, Design.ONE_RUN, 1, 40.0 / threads);
      add(points, measurements, Axis.THREADS, threads, Design.RUN_PER_THREAD, threads, 40.0);
    }
    return new ScalingResult(
        new BenchResult(
            environment(),
            2,
            List.of(new Configuration("tiny", "yaml", new Work(1000, 3000, 500))),
            List.of(EnginePeaks.ofThreads(16, PEAKS)),
            List.copyOf(measurements.values()),
            new PeakMemory(OptionalLong.of(1), OptionalLong.empty())),
        points);
  }

  /** Steps from here on are never settled, as with a short budget. */
  static final double UNSETTLED_MILLIS = 45;

  static Environment environment() {
    return new Environment(
        Instant.parse("2026-01-31T12:00:00Z"),
        "0.1.0 (abc)",
        new Machine("a processor", 16, "Linux 6", "25 (somebody)"),
        Optional.of(
            new Environment.Device(
                "a GPU", "9.0", 132, 80L << 30, 1, 1, "12.6", Optional.empty(), false)));
  }

  private static void add(
      List<Point> points,
      Map<Setting, Measurement> measurements,
      Axis axis,
      int value,
      String series,
      int slots,
      double millis) {
    boolean cuda = series.startsWith("cuda");
    int threads = axis == Axis.THREADS ? value : 16;
    Setting setting =
        new Setting(
            axis == Axis.SLOTS || axis == Axis.THREADS ? "tiny" : "tiny " + axis + value,
            cuda ? "cuda" : "cpu",
            cuda ? OptionalInt.empty() : OptionalInt.of(threads),
            slots,
            series.endsWith("tf32") ? Precision.TF32 : Precision.FP32,
            false);
    boolean tooLong = !cuda && axis == Axis.D_MODEL && value == 1024;
    points.add(
        new Point(
            axis,
            value,
            series,
            setting,
            Optional.of(
                new Prediction(0.7 * millis / 1e3, 40, 1e9 * slots, 1e8 * slots, 2e11, 4e10)),
            tooLong ? Optional.of("too long") : Optional.empty()));
    if (!tooLong) {
      boolean full = cuda && axis == Axis.SLOTS && value == 256;
      measurements.put(
          setting,
          new Measurement(
              setting,
              "a test",
              full
                  ? new Outcome.OutOfMemory(
                      OptionalLong.of(9), OptionalLong.of(8), OptionalInt.of(200))
                  : new Outcome.Measured(
                      new Timing(
                          2,
                          List.of(
                              Math.round(1.8e6 * millis),
                              Math.round(2e6 * millis),
                              Math.round(2.3e6 * millis)),
                          new Timing.WarmUp(7, 1_000_000, millis < UNSETTLED_MILLIS)))));
    }
  }
}
