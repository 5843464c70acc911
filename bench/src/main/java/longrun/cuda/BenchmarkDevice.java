package longrun.cuda;

/** The device that a benchmark's parameter {@code driver} names. */
final class BenchmarkDevice {
  /** A GPU. */
  static final String NVIDIA = "nvidia";

  private static final String EMULATED = "emulated";

  private BenchmarkDevice() {}

  /**
   * Opens it.
   *
   * @throws IllegalStateException if the driver is not the one that was named: no result may say
   *     that it was measured on something else
   */
  static CudaContext open(String driver) {
    if (!driver.equals(NVIDIA) && !driver.equals(EMULATED)) {
      throw new IllegalArgumentException("driver=" + driver + " is neither nvidia nor emulated");
    }
    CudaContext context = CudaContext.open();
    if (context.device().emulated() != driver.equals(EMULATED)) {
      String found = context.device().description();
      context.close();
      throw new IllegalStateException("driver=" + driver + ", but this is " + found);
    }
    return context;
  }
}
