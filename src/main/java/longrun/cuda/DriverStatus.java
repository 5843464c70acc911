package longrun.cuda;

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
   * @param devices how many
   * @param emulated whether it is the emulated driver, which is a test double
   */
  record Working(int version, int devices, boolean emulated) implements DriverStatus {}

  /** {@code "12.6"} for 12060. */
  static String versionText(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }
}
