package longrun.cuda;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT;

import jcuda.driver.CUdevice;

/**
 * A device, as its driver describes it.
 *
 * @param name {@code "NVIDIA H100 80GB HBM3"}
 * @param computeMajor 9 of compute capability 9.0
 * @param computeMinor 0 of compute capability 9.0
 * @param multiprocessors how many
 * @param totalBytes of its memory
 * @param clockKilohertz peak of the multiprocessors' clock
 * @param memoryClockKilohertz peak of the memory's clock
 * @param memoryBusBits width of the way to the memory
 * @param sharedBytesPerBlock that a block may have without asking for more
 * @param sharedBytesPerMultiprocessor for all blocks on it together
 * @param driverVersion 12060 is CUDA 12.6
 * @param emulated whether this is the emulated driver's: a test double
 */
public record CudaDevice(
    String name,
    int computeMajor,
    int computeMinor,
    int multiprocessors,
    long totalBytes,
    int clockKilohertz,
    int memoryClockKilohertz,
    int memoryBusBits,
    int sharedBytesPerBlock,
    int sharedBytesPerMultiprocessor,
    int driverVersion,
    boolean emulated) {

  static CudaDevice of(CUdevice device, boolean emulated) {
    return new CudaDevice(
        Driver.deviceName(device),
        Driver.attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
        Driver.attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
        Driver.attribute(device, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        Driver.totalBytes(device),
        Driver.attribute(device, CU_DEVICE_ATTRIBUTE_CLOCK_RATE),
        Driver.attribute(device, CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE),
        Driver.attribute(device, CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH),
        Driver.attribute(device, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK),
        Driver.attribute(device, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR),
        Driver.version(),
        emulated);
  }

  /** {@code "9.0"}. */
  public String computeCapability() {
    return computeMajor + "." + computeMinor;
  }

  /** The name that binaries for it bear: {@code "sm_90"}. */
  public String architecture() {
    return "sm_" + computeMajor + computeMinor;
  }

  /** {@code "NVIDIA H100 80GB HBM3, compute capability 9.0, 132 multiprocessors, 79.2 GiB"}. */
  public String description() {
    return String.format(
        java.util.Locale.ROOT,
        "%s%s, compute capability %s, %d multiprocessors, %.1f GiB",
        name,
        emulated ? " (emulated, for tests)" : "",
        computeCapability(),
        multiprocessors,
        totalBytes / (double) (1L << 30));
  }
}
