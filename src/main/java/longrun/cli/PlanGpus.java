package longrun.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaFailure;
import longrun.cuda.CudaUnavailableException;
import longrun.cuda.DevicePeaks;
import longrun.cuda.DeviceProfile;
import longrun.cuda.DriverProbe;
import longrun.cuda.DriverStatus;

/**
 * The GPUs that {@code longrun plan} predicts for.
 *
 * @param profiles in the order in which they are told, this machine's first if it was measured
 * @param notMeasured why this machine's GPU, which should work, could not be measured
 */
record PlanGpus(List<DeviceProfile> profiles, Optional<String> notMeasured) {
  PlanGpus {
    profiles = List.copyOf(profiles);
  }

  /** GPUs that were asked for. */
  static PlanGpus named(List<DeviceProfile> profiles) {
    return new PlanGpus(profiles, Optional.empty());
  }

  /** Every known GPU, after this machine's, if it has one and it is to be measured. */
  static PlanGpus all(boolean measure) {
    return measure ? all(DriverProbe.run(), PlanGpus::measure) : named(DeviceProfile.KNOWN);
  }

  /**
   * Every known GPU, after this machine's, if it has one. The emulated driver's is none: how long
   * that takes says nothing about any GPU.
   */
  static PlanGpus all(DriverProbe probe, Supplier<DeviceProfile> measuring) {
    return switch (probe.driver()) {
      case DriverStatus.Absent _, DriverStatus.WithoutDevice _ -> named(DeviceProfile.KNOWN);
      case DriverStatus.Working working when working.emulated() -> named(DeviceProfile.KNOWN);
      case DriverStatus.Working _, DriverStatus.Failing _ ->
          probe.missing().isEmpty()
              ? measured(measuring)
              : without(probe.missing().getFirst().sentence());
    };
  }

  private static PlanGpus measured(Supplier<DeviceProfile> measuring) {
    try {
      List<DeviceProfile> profiles = new ArrayList<>(List.of(measuring.get()));
      profiles.addAll(DeviceProfile.KNOWN);
      return named(profiles);
    } catch (CudaUnavailableException | CudaFailure e) {
      return without(e.getMessage());
    }
  }

  private static PlanGpus without(String why) {
    return new PlanGpus(DeviceProfile.KNOWN, Optional.of(why));
  }

  private static DeviceProfile measure() {
    try (CudaContext context = CudaContext.open()) {
      return DevicePeaks.measure(context);
    }
  }

  /** The known GPUs of these keys. */
  static List<DeviceProfile> ofKeys(List<String> keys) {
    return keys.stream().map(key -> DeviceProfile.of(key).orElseThrow()).toList();
  }
}
