package longrun.measure;

import java.util.Optional;
import longrun.cuda.CudaContext;
import longrun.cuda.DeviceProfile;

/** Measures what a GPU cannot exceed. */
@FunctionalInterface
public interface DeviceMeter {
  /** Measures nothing: shares of a GPU's peaks are left out then. */
  DeviceMeter NONE = _ -> Optional.empty();

  /** Peaks of a real device; empty if they cannot be had. */
  Optional<DeviceProfile> measure(CudaContext context);
}
