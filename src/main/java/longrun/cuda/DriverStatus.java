package longrun.cuda;

import java.util.List;

/** How the CUDA driver of this machine stands. */
public sealed interface DriverStatus {

  /**
   * There is no driver library to load.
   *
   * @param reason what the loader said
   */
  record Absent(String reason) implements DriverStatus {}

  /**
   * There is a driver library, and it does not work.
   *
   * @param call the driver function that failed
   * @param code its result, a CUresult
   */
  record Failing(String call, int code) implements DriverStatus {}

  /**
   * The driver works and has no device.
   *
   * @param version as the driver tells it: 12060 is CUDA 12.6
   * @param emulated whether it is the emulated driver
   */
  record WithoutDevice(int version, boolean emulated) implements DriverStatus {}

  /**
   * The driver works and has devices.
   *
   * @param version as the driver tells it: 12060 is CUDA 12.6
   * @param devices at least one; the first is the one that is taken
   * @param emulated whether it is the emulated driver, which is a test double
   */
  record Working(int version, List<Device> devices, boolean emulated) implements DriverStatus {
    public Working {
      devices = List.copyOf(devices);
    }
  }

  /**
   * A device, before any context was opened on it.
   *
   * @param computeMajor 9 of compute capability 9.0
   * @param computeMinor 0 of compute capability 9.0
   */
  record Device(String name, int computeMajor, int computeMinor) {
    /** The name that binaries for it bear: {@code "sm_90"}. */
    public String architecture() {
      return "sm_" + computeMajor + computeMinor;
    }

    @Override
    public String toString() {
      return name + " (compute capability " + computeMajor + "." + computeMinor + ")";
    }
  }

  /** {@code "12.6"} for 12060. */
  static String versionText(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }
}
