package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import longrun.config.Precision;
import longrun.measure.BenchResult;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.Samples;
import longrun.measure.Setting;
import longrun.measure.Timing;
import org.junit.jupiter.api.Test;

/** What {@code longrun bench} prints of results that are made up. */
class BenchTableTest {
  private static final Setting CPU = Samples.cpu(2, 1);
  private static final BenchResult RESULT =
      Samples.result(
          List.of(Samples.cpuPeaks(2)),
          Samples.measured(CPU, List.of(1, 2), 4_000_000, 4_400_000, 4_200_000),
          new Measurement(
              Samples.cuda(64, Precision.FP32, true),
              "a GPU",
              new Outcome.Measured(
                  new Timing(50, List.of(123_456_789_000L), new Timing.WarmUp(1, 1, false)))),
          Samples.outOfMemory(256),
          new Measurement(CPU, "a processor", new Outcome.Unsupported("no such thing")),
          new Measurement(CPU, "a processor", new Outcome.Diverged(2)),
          new Measurement(CPU, "a processor", new Outcome.Failed("somebody pulled the plug")),
          Samples.measured(
              new Setting(
                  "tiny",
                  "a-program-of-somebody-else-with-a-long-name",
                  OptionalInt.of(128),
                  4096,
                  Precision.FP32,
                  false),
              1));

  @Test
  void everyOutcomeHasItsRow() {
    List<String> lines = BenchTable.lines(RESULT, Optional.of("there is none"));
    assertTrue(lines.contains("cuda     not measured: there is none"), () -> text(lines));
    line(lines, "memory   300 MiB resident at most");
    line(lines, "device   a GPU, driver for CUDA 12.6 (560.35.03)");
    line(
        lines, "  cpu, 2 threads              1     2.100     2.000     2.050     2.150     2.200");
    line(lines, "  emulated cuda fp32 *       64    2469.1 ");
    line(
        lines,
        "  cuda tf32                 256  out of memory: 200 runs would fit (needs 90.0 GiB, 79.0"
            + " GiB free)");
    line(lines, "  cpu, 2 threads              1  not possible: no such thing");
    line(lines, "  cpu, 2 threads              1  no measurement: 2 runs diverged");
    line(lines, "  cpu, 2 threads              1  failed: somebody pulled the plug");
    line(lines, "  a-program-of-somebody…  4,096");
    line(lines, "  cpu, 2 threads              1           476 ");
    line(lines, "× cpu: run-steps/s over cpu, 2 threads");
    line(lines, "*: times had not become steady");
    for (String line : lines) {
      assertTrue(line.length() <= BenchTable.WIDTH, line);
      assertEquals(line.stripTrailing(), line);
    }
  }

  @Test
  void aComparisonNamesWhatDiffersAndWhere() {
    BenchResult faster =
        Samples.result(Samples.measured(CPU, List.of(1, 2), 2_000_000, 2_100_000, 2_200_000));
    List<String> lines = ComparisonText.lines(Path.of("before.json"), RESULT, faster);
    line(lines, "compared with before.json: longrun 0.1.0 (abc), 2026-01-31T12:00:00Z");
    assertTrue(
        lines.stream()
            .anyMatch(
                line ->
                    line.matches(
                        "  tiny, cpu, 2 threads, 1 run +2\\.100 +1\\.050 +× 2\\.0  faster")),
        () -> text(lines));
    line(lines, "  only before: tiny, emulated cuda fp32, 64 runs");
    assertFalse(text(lines).contains("elsewhere"), () -> text(lines));
    for (String line : lines) {
      assertTrue(line.length() <= BenchTable.WIDTH, line);
    }
  }

  private static void line(List<String> lines, String start) {
    assertTrue(
        lines.stream().anyMatch(line -> line.startsWith(start)),
        () -> start + " in:\n" + text(lines));
  }

  private static String text(List<String> lines) {
    return String.join("\n", lines);
  }
}
