package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import longrun.plan.Peaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No figures are tested, only that they are a processor's and not an interpreter's. */
class CpuPeaksTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void ratesAreThoseOfAProcessor(int threads) {
    Peaks peaks = CpuPeaks.measure(threads);
    assertTrue(
        peaks.flopsPerSecond() > 1e9 && peaks.flopsPerSecond() < 1e14,
        () -> "flopsPerSecond=" + peaks.flopsPerSecond());
    assertTrue(
        peaks.bytesPerSecond() > 1e8 && peaks.bytesPerSecond() < 1e13,
        () -> "bytesPerSecond=" + peaks.bytesPerSecond());
    String vectors = Gemm.SPECIES.vectorBitSize() + "-bit vectors";
    String start = (threads == 1 ? "1 thread, " : "3 threads, ") + vectors;
    assertTrue(peaks.name().matches(start + ", \\d+ MiB triad(, caches .+)?"), peaks::name);
  }

  @Test
  void someThreadHasToWork() {
    assertThrows(IllegalArgumentException.class, () -> CpuPeaks.measure(0));
  }
}
