package longrun.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import longrun.config.Precision;
import org.junit.jupiter.api.Test;

class BenchResultTest {
  private static final Measurement ONE = Samples.measured(Samples.cpu(1, 1), 4000);
  private static final Measurement TWO = Samples.measured(Samples.cpu(2, 1), 2500);
  private static final Measurement TWO_RUNS = Samples.measured(Samples.cpu(2, 2), 4000);
  private static final Measurement GPU =
      Samples.measured(Samples.cuda(1, Precision.FP32, false), 500);
  private static final Measurement GPU_RUNS =
      Samples.measured(Samples.cuda(64, Precision.FP32, false), 8000);

  @Test
  void ratesFollowFromMedianAndWork() {
    BenchResult result = Samples.result(List.of(Samples.cpuPeaks(1)), ONE, TWO);
    // 2 microseconds per step.
    assertEquals(
        new Rates(
            5e5,
            5e8,
            1.5e9,
            2.5e8,
            OptionalDouble.of(0.125),
            OptionalDouble.of(0.25),
            OptionalDouble.of(0.625)),
        result.rates(ONE).orElseThrow());
    assertEquals(
        OptionalDouble.empty(),
        result.rates(TWO).orElseThrow().arithmeticShare(),
        "the peaks are of one thread");
    assertEquals(
        2.0e6, Samples.measured(Samples.cpu(1, 4), 4000).runStepsPerSecond().getAsDouble());
  }

  @Test
  void oneRunIsComparedWithOneAndManyWithTheBest() {
    BenchResult result = Samples.result(ONE, TWO, TWO_RUNS, GPU, GPU_RUNS);
    assertEquals(OptionalDouble.of(5), result.rates(GPU).orElseThrow().speedUp());
    // 64 runs in 4 microseconds against 2 in 2.
    assertEquals(OptionalDouble.of(16), result.rates(GPU_RUNS).orElseThrow().speedUp());
    assertEquals(OptionalDouble.of(1), result.rates(TWO_RUNS).orElseThrow().speedUp());
    assertEquals(OptionalDouble.of(1), result.rates(TWO).orElseThrow().speedUp());
  }

  @Test
  void whatWasNotMeasuredHasNoRates() {
    BenchResult result = Samples.result(GPU, Samples.outOfMemory(256));
    assertEquals(OptionalDouble.empty(), result.rates(GPU).orElseThrow().speedUp(), "no cpu");
    assertTrue(result.rates(result.measurements().get(1)).isEmpty());
  }

  @Test
  void anEmulatedDeviceHasNoPeaks() {
    Setting real = Samples.cuda(1, Precision.TF32, false);
    List<EnginePeaks> peaks =
        EnginePeaks.ofDevice(
            new longrun.cuda.DeviceProfile("a GPU", "measured", 132, 6e13, 4e14, 3e12, true));
    EnginePeaks tf32 = peaks.stream().filter(peak -> peak.holdsFor(real)).findFirst().orElseThrow();
    assertEquals(4e14, tf32.peaks().flopsPerSecond());
    Setting emulated = Samples.cuda(1, Precision.TF32, true);
    assertTrue(peaks.stream().noneMatch(peak -> peak.holdsFor(emulated)));
    assertEquals("cuda tf32", real.contender());
    assertEquals("emulated cuda tf32", emulated.contender());
    assertEquals("cpu, 2 threads", Samples.cpu(2, 1).contender());
  }
}
