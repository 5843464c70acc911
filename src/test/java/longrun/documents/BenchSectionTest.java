package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import longrun.config.Precision;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.Samples;
import longrun.measure.Timing;
import org.junit.jupiter.api.Test;

class BenchSectionTest {
  private static final String LEGEND = "\\*: times had not become steady";

  @Test
  void columnsSayWhatTheyHoldAndOutcomesAreWords() {
    List<String> lines =
        BenchSection.text(
                Samples.result(
                    Samples.measured(Samples.cpu(1, 1), 2_000_000, 4_000_000, 6_000_000),
                    Samples.outOfMemory(256),
                    new Measurement(
                        Samples.cuda(1, Precision.FP32, false),
                        "a GPU",
                        new Outcome.Unsupported("no such engine")),
                    new Measurement(
                        Samples.cuda(8, Precision.FP32, false), "a GPU", new Outcome.Diverged(3)),
                    new Measurement(
                        Samples.cuda(64, Precision.FP32, false),
                        "a GPU",
                        new Outcome.Failed("the device is gone"))))
            .lines()
            .toList();
    assertTrue(lines.get(3).startsWith("| tiny | runs | ms per step (quartiles) |"), lines.get(3));
    assertTrue(lines.get(5).startsWith("| cpu, 1 thread | 1 | 2.00 (1.50–2.50) |"), lines.get(5));
    assertEquals(
        List.of("out of memory", "not possible", "diverged", "failed"),
        lines.subList(6, 10).stream().map(line -> line.split(" \\| ", -1)[2]).toList());
    assertEquals(10, lines.size());
  }

  @Test
  void whatWasNotSteadyIsMarkedAndExplained() {
    Measurement steady = Samples.measured(Samples.cpu(1, 1), 2_000_000);
    assertFalse(BenchSection.text(Samples.result(steady)).contains("*"));
    Measurement unsettled =
        new Measurement(
            Samples.cpu(2, 1),
            "a test",
            new Outcome.Measured(
                new Timing(2, List.of(2_000_000L), new Timing.WarmUp(7, 1_000_000, false))));
    String text = BenchSection.text(Samples.result(steady, unsettled));
    assertTrue(text.contains("| cpu, 1 thread | 1 |"), text);
    assertTrue(text.contains("| cpu, 2 threads \\* | 1 |"), text);
    assertTrue(text.lines().toList().getLast().startsWith(LEGEND), text);
  }
}
