package longrun.measure;

import java.util.List;
import java.util.OptionalInt;
import longrun.config.Precision;
import longrun.cuda.DeviceProfile;
import longrun.plan.Peaks;

/**
 * What an engine cannot exceed on this machine, as measured.
 *
 * @param engine that it holds for
 * @param threads that were at work; empty for a device
 * @param precision of the arithmetic
 */
public record EnginePeaks(String engine, OptionalInt threads, Precision precision, Peaks peaks) {

  /** Of threads of the processor. */
  public static EnginePeaks ofThreads(int threads, Peaks peaks) {
    return new EnginePeaks("cpu", OptionalInt.of(threads), Precision.FP32, peaks);
  }

  /** Of a GPU: fused multiply-adds for fp32, the matrix units for tf32. */
  public static List<EnginePeaks> ofDevice(DeviceProfile profile) {
    return List.of(
        ofDevice(profile, Precision.FP32, profile.fp32FlopsPerSecond()),
        ofDevice(profile, Precision.TF32, profile.tf32FlopsPerSecond()));
  }

  private static EnginePeaks ofDevice(
      DeviceProfile profile, Precision precision, double flopsPerSecond) {
    return new EnginePeaks(
        "cuda",
        OptionalInt.empty(),
        precision,
        new Peaks(profile.name(), flopsPerSecond, profile.bytesPerSecond()));
  }

  boolean holdsFor(Setting setting) {
    return engine.equals(setting.engine())
        && threads.equals(setting.threads())
        && precision == setting.precision()
        && !setting.emulated();
  }
}
