package longrun.measure;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import longrun.config.ConfigReader;
import longrun.config.Precision;
import longrun.plan.Peaks;
import longrun.store.Machine;
import longrun.train.PreparedRun;

/** Results and subjects for tests. */
public final class Samples {
  /** A run of a few microseconds per step. */
  static final String TINY =
      """
      task: {kind: modular, operation: add, modulus: 5, train_fraction: 0.5}
      model: {kind: mlp, hidden: [4]}
      training: {seed: 3, batch_size: 5}
      """;

  private Samples() {}

  static Subject subject(String yaml, String... overrides) {
    return new Subject(
        "tiny",
        PreparedRun.of(
            ConfigReader.parse(yaml, "tiny.yaml", List.of(overrides)), Optional.empty()));
  }

  public static Setting cpu(int threads, int slots) {
    return new Setting("tiny", "cpu", OptionalInt.of(threads), slots, Precision.FP32, false);
  }

  public static Setting cuda(int slots, Precision precision, boolean emulated) {
    return new Setting("tiny", "cuda", OptionalInt.empty(), slots, precision, emulated);
  }

  /** Blocks of two steps that take so many nanoseconds. */
  public static Measurement measured(Setting setting, long... blockNanos) {
    return measured(setting, List.of(blockNanos.length), blockNanos);
  }

  /** The same, of so many blocks in each round. */
  public static Measurement measured(Setting setting, List<Integer> rounds, long... blockNanos) {
    return new Measurement(
        setting,
        "a test",
        new Outcome.Measured(
            new Timing(
                2,
                Arrays.stream(blockNanos).boxed().toList(),
                rounds,
                new Timing.WarmUp(7, 1_000_000, true))));
  }

  public static BenchResult result(Measurement... measurements) {
    return result(List.of(), measurements);
  }

  /** A step of one run is 1,000 FLOPs, 3,000 naively, and 500 bytes. */
  public static BenchResult result(List<EnginePeaks> peaks, Measurement... measurements) {
    return new BenchResult(
        new Environment(
            Instant.parse("2026-01-31T12:00:00Z"),
            "0.1.0 (abc)",
            new Machine("a processor", 2, "Linux 6", "25 (somebody)"),
            Optional.of(
                new Environment.Device(
                    "a GPU",
                    "9.0",
                    132,
                    80L << 30,
                    1_980_000,
                    2_619_000,
                    "12.6",
                    Optional.of("560.35.03"),
                    false))),
        0.5,
        List.of(
            new Configuration(
                "tiny",
                longrun.config.ConfigWriter.toYaml(subject(TINY).run().config()),
                new Work(1000, 3000, 500))),
        peaks,
        List.of(measurements),
        new PeakMemory(OptionalLong.of(300L << 20), OptionalLong.empty()));
  }

  public static EnginePeaks cpuPeaks(int threads) {
    return EnginePeaks.ofThreads(threads, new Peaks("vectors", 4e9, 1e9));
  }

  public static Measurement outOfMemory(int slots) {
    return new Measurement(
        cuda(slots, Precision.TF32, false),
        "a GPU",
        new Outcome.OutOfMemory(
            OptionalLong.of(90L << 30), OptionalLong.of(79L << 30), OptionalInt.of(200)));
  }
}
