package longrun.libtorch;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import longrun.measure.Environment;

/**
 * The CUDA device, described by its driver and not by libtorch: frameworks count what they
 * allocate, a driver knows what is gone, and it is asked of every program in the same way.
 */
final class CudaDriver implements AutoCloseable {
  private static final Path RELEASE_FILE = Path.of("/proc/driver/nvidia/version");
  private static final Pattern RELEASE = Pattern.compile("\\b\\d{3}\\.\\d+(\\.\\d+)?\\b");
  private static final int NAME_BYTES = 256;
  // CUdevice_attribute
  private static final int CLOCK_RATE = 13;
  private static final int MULTIPROCESSORS = 16;
  private static final int MEMORY_CLOCK_RATE = 36;
  private static final int CAPABILITY_MAJOR = 75;
  private static final int CAPABILITY_MINOR = 76;

  private final Arena arena = Arena.ofConfined();
  private final SymbolLookup library;
  private final int device;

  /**
   * Of device 0.
   *
   * @throws UnavailableException if there is no driver, or it shows no device
   */
  CudaDriver() {
    try {
      library = SymbolLookup.libraryLookup("libcuda.so.1", arena);
    } catch (IllegalArgumentException e) {
      throw new UnavailableException("there is no CUDA driver (libcuda.so.1): install NVIDIA's");
    }
    call("cuInit", 0);
    device = intOf(pointer -> call("cuDeviceGet", pointer, 0));
  }

  Environment.Device describe() {
    MemorySegment name = arena.allocate(NAME_BYTES);
    call("cuDeviceGetName", name, NAME_BYTES, device);
    MemorySegment total = arena.allocate(JAVA_LONG);
    call("cuDeviceTotalMem_v2", total, device);
    int version = intOf(pointer -> call("cuDriverGetVersion", pointer));
    return new Environment.Device(
        name.getString(0),
        attribute(CAPABILITY_MAJOR) + "." + attribute(CAPABILITY_MINOR),
        attribute(MULTIPROCESSORS),
        total.get(JAVA_LONG, 0),
        attribute(CLOCK_RATE),
        attribute(MEMORY_CLOCK_RATE),
        version / 1000 + "." + version % 1000 / 10,
        release(),
        false);
  }

  /** Memory that is not free, whoever has it. */
  long usedBytes() {
    // The context that libtorch uses, too: asking makes no other one.
    MemorySegment context = arena.allocate(ADDRESS);
    call("cuDevicePrimaryCtxRetain", context, device);
    try {
      call("cuCtxPushCurrent_v2", context.get(ADDRESS, 0));
      MemorySegment free = arena.allocate(JAVA_LONG);
      MemorySegment total = arena.allocate(JAVA_LONG);
      call("cuMemGetInfo_v2", free, total);
      call("cuCtxPopCurrent_v2", context);
      return total.get(JAVA_LONG, 0) - free.get(JAVA_LONG, 0);
    } finally {
      call("cuDevicePrimaryCtxRelease_v2", device);
    }
  }

  @Override
  public void close() {
    arena.close();
  }

  private int attribute(int attribute) {
    return intOf(pointer -> call("cuDeviceGetAttribute", pointer, attribute, device));
  }

  private interface Getter {
    void into(MemorySegment pointer);
  }

  private int intOf(Getter getter) {
    MemorySegment pointer = arena.allocate(JAVA_INT);
    getter.into(pointer);
    return pointer.get(JAVA_INT, 0);
  }

  /** Calls a function whose arguments are ints and pointers. */
  private void call(String function, Object... arguments) {
    MemoryLayout[] layouts =
        Arrays.stream(arguments)
            .map(argument -> argument instanceof Integer ? JAVA_INT : ADDRESS)
            .toArray(MemoryLayout[]::new);
    MemorySegment address =
        library
            .find(function)
            .orElseThrow(() -> new UnavailableException("the CUDA driver has no " + function));
    int result;
    try {
      result =
          (int)
              Linker.nativeLinker()
                  .downcallHandle(address, FunctionDescriptor.of(JAVA_INT, layouts))
                  .invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException(function, e);
    }
    if (result != 0) {
      throw new UnavailableException("the CUDA driver's " + function + " returned " + result);
    }
  }

  /** Of the kernel's part of the driver; some containers hide it. */
  private static Optional<String> release() {
    try {
      Matcher release = RELEASE.matcher(Files.readString(RELEASE_FILE));
      return release.find() ? Optional.of(release.group()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
