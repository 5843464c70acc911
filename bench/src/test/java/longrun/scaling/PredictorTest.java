package longrun.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import longrun.config.Precision;
import longrun.cpu.CpuEngine;
import longrun.cuda.DeviceProfile;
import longrun.cuda.LaunchLedger;
import longrun.measure.Contender;
import longrun.measure.Subject;
import longrun.plan.Ledger;
import longrun.plan.Peaks;
import longrun.plan.Planner;
import org.junit.jupiter.api.Test;

class PredictorTest {
  private static final Subject TINY = Samples.tiny("tiny");
  private static final Ledger LEDGER = Ledger.of(Planner.plan(TINY.run().cohort()));
  private static final DeviceProfile H100 = DeviceProfile.of("h100").orElseThrow();

  private final List<Integer> asked = new ArrayList<>();
  private final Predictor predictor =
      new Predictor(
          threads -> {
            asked.add(threads);
            return peaks(threads);
          },
          Optional.of(H100));

  private static Peaks peaks(int threads) {
    return new Peaks(threads + " threads", 1e11 * threads, 2e10);
  }

  @Test
  void oneRunOnTheProcessorIsWhatPlanPrints() {
    assertEquals(LEDGER.predictSeconds(peaks(4)), processor(4, 1).secondsPerStep());
    assertEquals(LEDGER.total().flops(), processor(4, 1).flops());
    assertEquals(LEDGER.entries().size(), processor(4, 1).terms());
  }

  @Test
  void manyRunsTakeAsLongAsTheBusiestThread() {
    double four = LEDGER.predictSeconds(peaks(4));
    assertEquals(4 * four, processor(4, 4).secondsPerStep(), 1e-18);
    assertEquals(8 * four, processor(4, 5).secondsPerStep(), 1e-18);
    assertEquals(8 * four, processor(4, 8).secondsPerStep(), 1e-18);
    assertEquals(5.0 * LEDGER.total().flops(), processor(4, 5).flops());
  }

  @Test
  void fewerRunsThanThreadsHaveThePeaksOfSoMany() {
    assertEquals(2 * LEDGER.predictSeconds(peaks(2)), processor(4, 2).secondsPerStep(), 1e-18);
  }

  @Test
  void peaksAreMeasuredOnceForEachNumberOfThreads() {
    processor(4, 1);
    processor(4, 256);
    processor(2, 1);
    assertEquals(List.of(4, 2), asked);
    assertEquals(4, predictor.peaks().size());
  }

  @Test
  void aDevicesIsWhatPlanPrints() {
    for (Precision precision : List.of(Precision.FP32, Precision.TF32)) {
      LaunchLedger launches = LaunchLedger.of(Planner.plan(TINY.in(precision).run().cohort()), 64);
      Prediction prediction = device(predictor, 64, precision).orElseThrow();
      assertEquals(launches.predictSeconds(H100, 64), prediction.secondsPerStep());
      assertEquals(launches.matrixFlopsPerSecond(H100), prediction.flopsPerSecond());
      assertEquals(launches.launches().size(), prediction.terms());
    }
  }

  @Test
  void aDeviceWithoutPeaksHasNoPrediction() {
    Predictor without = new Predictor(PredictorTest::peaks, Optional.empty());
    assertEquals(Optional.empty(), device(without, 1, Precision.FP32));
  }

  @Test
  void anEngineWithoutAFormulaIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Predictor.formula("reference"));
  }

  private Prediction processor(int threads, int slots) {
    return predictor
        .predict(
            TINY,
            new Contender(
                new CpuEngine(threads), OptionalInt.of(threads), slots, Precision.FP32, false))
        .orElseThrow();
  }

  /** The engine itself is not asked for anything. */
  private static Optional<Prediction> device(Predictor predictor, int slots, Precision precision) {
    return predictor.predict(
        TINY, new Contender(new CpuEngine(1), OptionalInt.empty(), slots, precision, false));
  }
}
