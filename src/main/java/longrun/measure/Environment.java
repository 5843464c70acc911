package longrun.measure;

import java.time.Instant;
import java.util.Optional;
import longrun.store.Machine;

/**
 * Where and when a result was measured.
 *
 * @param startedAt in whole seconds
 * @param version of the program, with its commit
 * @param device that the cuda engine ran on; empty if it did not run
 */
public record Environment(
    Instant startedAt, String version, Machine machine, Optional<Device> device) {

  /**
   * A GPU.
   *
   * @param computeCapability {@code "9.0"}
   * @param bytes of its memory
   * @param clockKilohertz peak of the multiprocessors' clock
   * @param memoryClockKilohertz peak of the memory's clock
   * @param cudaVersion of the driver: {@code "12.6"}
   * @param driverRelease of the driver: {@code "560.35.03"}; empty if it cannot be told
   * @param emulated whether it is a test double
   */
  public record Device(
      String name,
      String computeCapability,
      int multiprocessors,
      long bytes,
      int clockKilohertz,
      int memoryClockKilohertz,
      String cudaVersion,
      Optional<String> driverRelease,
      boolean emulated) {}
}
