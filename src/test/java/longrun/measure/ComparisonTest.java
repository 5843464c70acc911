package longrun.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import longrun.config.Precision;
import longrun.measure.Comparison.Verdict;
import longrun.reference.ReferenceEngine;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Setting CPU = Samples.cpu(1, 1);

  private static Comparison.Line line(long[] before, long[] now) {
    return Comparison.of(
            Samples.result(Samples.measured(CPU, before)),
            Samples.result(Samples.measured(CPU, now)))
        .lines()
        .getFirst();
  }

  @Test
  void rangesThatDoNotOverlapDiffer() {
    long[] slow = {200, 202, 204, 206, 208};
    long[] fast = {100, 101, 102, 103, 104};
    assertEquals(Verdict.FASTER, line(slow, fast).verdict());
    assertEquals(2, line(slow, fast).speedRatio());
    assertEquals(Verdict.SLOWER, line(fast, slow).verdict());
    assertEquals(0.5, line(fast, slow).speedRatio());
    assertEquals(Verdict.WITHIN_NOISE, line(fast, fast).verdict());
  }

  @Test
  void outliersDoNotHideADifference() {
    assertEquals(
        Verdict.FASTER,
        line(new long[] {90, 200, 202, 204, 206}, new long[] {100, 101, 102, 103, 900}).verdict());
  }

  @Test
  void mediansThatDifferWithinTheSpreadDoNotCount() {
    long[] before = {100, 110, 150, 190, 200};
    long[] now = {90, 100, 120, 180, 190};
    assertEquals(Verdict.WITHIN_NOISE, line(before, now).verdict());
    assertTrue(line(before, now).speedRatio() > 1.2);
    // Quartiles that touch overlap.
    assertEquals(
        Verdict.WITHIN_NOISE,
        line(new long[] {100, 110, 120, 130, 140}, new long[] {130, 130, 140, 150, 160}).verdict());
  }

  @Test
  void nothingIsSaidOfTimesThatHadNotSettled() {
    Measurement unsettled =
        new Measurement(
            CPU,
            "a test",
            new Outcome.Measured(
                new Timing(2, List.of(100L, 100L), new Timing.WarmUp(7, 1_000_000, false))));
    BenchResult steady = Samples.result(Samples.measured(CPU, 900, 900));
    for (Comparison comparison :
        List.of(
            Comparison.of(Samples.result(unsettled), steady),
            Comparison.of(steady, Samples.result(unsettled)))) {
      assertEquals(Verdict.UNSETTLED, comparison.lines().getFirst().verdict());
    }
  }

  @Test
  void whatOnlyOneHasIsListed() {
    Setting other = Samples.cuda(8, Precision.FP32, false);
    Setting emulated = Samples.cuda(8, Precision.FP32, true);
    Comparison comparison =
        Comparison.of(
            Samples.result(
                Samples.measured(CPU, 100), Samples.measured(other, 100), Samples.outOfMemory(256)),
            Samples.result(
                Samples.measured(emulated, 100),
                Samples.measured(CPU, 100),
                Samples.measured(Samples.cuda(256, Precision.TF32, false), 1)));
    assertEquals(1, comparison.lines().size());
    assertEquals(List.of(emulated, Samples.cuda(256, Precision.TF32, false)), comparison.onlyNow());
    assertEquals(List.of(other), comparison.onlyBefore());
  }

  private static Optional<String> obstacle(String... overrides) {
    return Comparison.obstacle(
        Samples.result(
            Samples.measured(
                new Setting("tiny", "reference", OptionalInt.of(1), 1, Precision.FP32, false),
                100)),
        List.of(Samples.subject(Samples.TINY, overrides)),
        List.of(new Contender(new ReferenceEngine(), OptionalInt.of(1), 1, Precision.FP32, false)));
  }

  @Test
  void anotherConfigurationIsAnObstacle() {
    assertEquals(Optional.empty(), obstacle());
    assertEquals(Optional.empty(), obstacle("evaluation.every=7"), "the same steps");
    for (String override :
        List.of(
            "task.modulus=7",
            "model.hidden=[5]",
            "optimizer.weight_decay=0",
            "training.seed=4",
            "training.batch_size=full",
            "training.loss=mse")) {
      assertTrue(
          obstacle(override).orElseThrow().contains("its configuration tiny is another"), override);
    }
  }

  @Test
  void nothingInCommonIsAnObstacle() {
    Optional<String> obstacle =
        Comparison.obstacle(
            Samples.result(Samples.measured(CPU, 100)),
            List.of(Samples.subject(Samples.TINY)),
            List.of(
                new Contender(new ReferenceEngine(), OptionalInt.of(1), 1, Precision.FP32, false)));
    assertTrue(obstacle.orElseThrow().contains("nothing of what is to be measured"));
  }
}
