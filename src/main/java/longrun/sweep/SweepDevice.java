package longrun.sweep;

import java.util.Optional;
import longrun.cuda.CudaContext;
import longrun.cuda.DevicePeaks;
import longrun.cuda.DeviceProfile;

/**
 * A GPU, as far as the number of slots depends on it.
 *
 * @param freeBytes of its memory
 * @param profile its peaks; empty for the emulated device, whose speed says nothing
 */
public record SweepDevice(long freeBytes, Optional<DeviceProfile> profile) {

  /**
   * Measures a device, in well below a second.
   *
   * @throws longrun.cuda.CudaFailure if it does not work
   */
  public static SweepDevice of(CudaContext context) {
    Optional<DeviceProfile> profile =
        context.device().emulated() ? Optional.empty() : Optional.of(DevicePeaks.measure(context));
    return new SweepDevice(context.freeBytes(), profile);
  }
}
