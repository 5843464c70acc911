package longrun.measure;

import java.util.Optional;
import java.util.OptionalLong;
import longrun.cuda.CudaContext;

/** How much of a device's memory was in use, by whomever, whenever it was looked at. */
final class DeviceUse {
  private final Optional<CudaContext> device;
  private OptionalLong greatest = OptionalLong.empty();

  /** The emulated device's memory would say nothing: it is not looked at. */
  DeviceUse(Optional<CudaContext> device) {
    this.device = device.filter(context -> !context.device().emulated());
  }

  void observe() {
    device.ifPresent(
        context -> {
          long used = context.device().totalBytes() - context.freeBytes();
          greatest = OptionalLong.of(Math.max(used, greatest.orElse(0)));
        });
  }

  /** Bytes; empty if nothing was looked at. */
  OptionalLong greatest() {
    return greatest;
  }
}
