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

  private static final List<Integer> THREE_ROUNDS = List.of(2, 1, 2);

  private static Comparison.Line line(long[] before, long[] now) {
    return Comparison.of(
            Samples.result(Samples.measured(CPU, THREE_ROUNDS, before)),
            Samples.result(Samples.measured(CPU, THREE_ROUNDS, now)))
        .lines()
        .getFirst();
  }

  @Test
  void roundsThatLieApartDiffer() {
    long[] slow = {200, 202, 204, 206, 208};
    long[] fast = {100, 101, 102, 103, 104};
    assertEquals(Verdict.FASTER, line(slow, fast).verdict());
    assertEquals(2, line(slow, fast).speedRatio());
    assertEquals(Verdict.SLOWER, line(fast, slow).verdict());
    assertEquals(0.5, line(fast, slow).speedRatio());
    assertEquals(Verdict.WITHIN_NOISE, line(fast, fast).verdict());
  }

  @Test
  void aBlockThatIsNotLikeItsRoundDoesNotHideADifference() {
    Measurement before = Samples.measured(CPU, List.of(3, 3), 90, 200, 202, 204, 206, 208);
    Measurement now = Samples.measured(CPU, List.of(3, 3), 100, 101, 900, 102, 103, 104);
    assertEquals(
        Verdict.FASTER,
        Comparison.of(Samples.result(before), Samples.result(now)).lines().getFirst().verdict());
  }

  @Test
  void oneRoundAmongThoseOfTheOtherMakesItNoise() {
    // The quartiles of all blocks lie apart.
    assertEquals(
        Verdict.WITHIN_NOISE,
        line(new long[] {200, 200, 100, 200, 200}, new long[] {120, 120, 120, 120, 120}).verdict());
  }

  @Test
  void whatTwoProcessesOfOneProgramDifferByIsNoise() {
    long[] before = {1000, 1000, 1000, 1000, 1000};
    assertEquals(
        Verdict.WITHIN_NOISE, line(before, new long[] {960, 960, 960, 960, 960}).verdict());
    assertEquals(Verdict.FASTER, line(before, new long[] {940, 940, 940, 940, 940}).verdict());
  }

  @Test
  void ofASingleRoundNothingIsSaid() {
    BenchResult three = Samples.result(Samples.measured(CPU, THREE_ROUNDS, 9, 9, 9, 9, 9));
    BenchResult one = Samples.result(Samples.measured(CPU, 100, 100, 100));
    assertEquals(Verdict.SINGLE_ROUND, Comparison.of(three, one).lines().getFirst().verdict());
    assertEquals(Verdict.SINGLE_ROUND, Comparison.of(one, three).lines().getFirst().verdict());
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
