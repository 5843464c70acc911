package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import longrun.cuda.DevicePeaks.Effort;
import org.junit.jupiter.api.Test;

class DevicePeaksTest {
  /** No processor of this age is slower, and no device is faster. */
  private static final double LEAST = 1e5;

  private static final double MOST = 1e17;

  /** Little enough for the emulated driver. */
  private static final Effort LITTLE = new Effort(1, 2, 1, 1 << 20, 1, 3);

  @Test
  void peaksAreMeasuredUnderTheDevicesName() {
    try (CudaContext context = Emulator.openContext(false)) {
      Effort effort = context.device().emulated() ? LITTLE : Effort.USUAL;
      long free = context.freeBytes();
      DeviceProfile profile = DevicePeaks.measure(context, effort);
      assertEquals(context.device().name(), profile.name());
      assertTrue(profile.key().matches("[a-z0-9-]+"), profile::key);
      assertEquals(context.device().multiprocessors(), profile.multiprocessors());
      assertTrue(profile.measured());
      plausible(profile.fp32FlopsPerSecond());
      plausible(profile.tf32FlopsPerSecond());
      plausible(profile.bytesPerSecond());
      assertEquals(free, context.freeBytes(), "memory that was not freed");
    }
  }

  /** Whatever the clock says, it is launched and copied as often as it is counted. */
  @Test
  void whatIsCountedIsDone() {
    Emulator.require();
    try (CudaContext context = Emulator.openContext(false)) {
      DevicePeaks.measure(context, LITTLE);
      int measurements = LITTLE.warmUps() + LITTLE.trials();
      assertEquals(2L * measurements, Emulator.kernels());
      assertEquals(4L * measurements, Emulator.calls("cuMemcpyDtoDAsync"));
      assertEquals(3L * LITTLE.trials(), Emulator.calls("cuEventElapsedTime"));
    }
  }

  @Test
  void littleFreeMemoryIsEnough() {
    Emulator.require();
    try (CudaContext context = Emulator.openContext(false)) {
      Emulator.setMemory(8 << 20);
      plausible(
          DevicePeaks.measure(context, new Effort(1, 1, 1, 256L << 20, 0, 1)).bytesPerSecond());
    }
  }

  @Test
  void noMemoryAtAllIsToldAndNothingIsKept() {
    Emulator.require();
    try (CudaContext context = Emulator.openContext(false)) {
      Emulator.setMemory(1000);
      CudaFailure failure =
          assertThrows(CudaFailure.class, () -> DevicePeaks.measure(context, LITTLE));
      assertTrue(failure.isOutOfMemory(), failure::getMessage);
      Emulator.reset();
      Emulator.setChecks(false);
      plausible(DevicePeaks.measure(context, LITTLE).fp32FlopsPerSecond());
    }
  }

  private static void plausible(double rate) {
    assertTrue(rate > LEAST && rate < MOST, () -> "rate=" + rate);
  }
}
