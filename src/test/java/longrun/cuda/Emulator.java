package longrun.cuda;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/** The emulated driver of this process, for tests that steer it. */
public final class Emulator {
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout POINTER = ValueLayout.ADDRESS;

  private static final Path IMAGE = Path.of("target/emulator/kernels.fatbin");

  private Emulator() {}

  /** Skips the test where there is no emulated driver, saying why; fails where it is required. */
  public static void require() {
    useImage();
    if (DriverProbe.run().isEmulated()) {
      return;
    }
    String reason = "no emulated driver: target/emulator/libcuda.so.1 was not built or not used";
    if ("required".equals(System.getProperty("emulator"))) {
      fail(reason);
    }
    abort(reason);
  }

  /** Skips the test where no device at all can be used, saying why. */
  public static void requireDevice() {
    useImage();
    DriverProbe probe = DriverProbe.run();
    if (probe.missing().isEmpty()) {
      return;
    }
    String reason = probe.missing().getFirst().sentence();
    if ("required".equals(System.getProperty("emulator"))) {
      fail(reason);
    }
    abort(reason);
  }

  /** Without nvcc there is no image of the real kernels; the emulated driver comes with its own. */
  private static void useImage() {
    if (System.getProperty(KernelImage.FILE_PROPERTY) == null
        && Emulator.class.getResource(KernelImage.RESOURCE) == null
        && Files.exists(IMAGE)) {
      System.setProperty(KernelImage.FILE_PROPERTY, IMAGE.toAbsolutePath().toString());
    }
  }

  /** Everything as when it was loaded; counters at zero. */
  public static void reset() {
    call("longrun_emulator_reset", FunctionDescriptor.ofVoid());
  }

  /** The order of threads is another from now on. */
  public static void setSeed(long seed) {
    call("longrun_emulator_set_seed", FunctionDescriptor.ofVoid(LONG), seed);
  }

  public static void setMemory(long bytes) {
    call("longrun_emulator_set_memory", FunctionDescriptor.ofVoid(LONG), bytes);
  }

  public static void setDevices(int devices) {
    call("longrun_emulator_set_devices", FunctionDescriptor.ofVoid(INT), devices);
  }

  public static void setComputeCapability(int major, int minor) {
    call(
        "longrun_emulator_set_compute_capability",
        FunctionDescriptor.ofVoid(INT, INT),
        major,
        minor);
  }

  /** Whether the driver is the emulated one. */
  public static boolean isThere() {
    return DriverProbe.run().isEmulated();
  }

  /**
   * A context, on the emulated driver with everything else at its defaults.
   *
   * @param checks whether the emulated driver checks every access to memory, which takes longer
   */
  public static CudaContext openContext(boolean checks) {
    requireDevice();
    if (isThere()) {
      reset();
      setChecks(checks);
    }
    return CudaContext.open();
  }

  /** Whether every access to memory is checked. */
  public static void setChecks(boolean on) {
    call("longrun_emulator_set_checks", FunctionDescriptor.ofVoid(INT), on ? 1 : 0);
  }

  /** Kernels executed since the last reset. */
  public static long kernels() {
    return counter("longrun_emulator_kernels");
  }

  /** Graphs launched since the last reset. */
  public static long graphLaunches() {
    return counter("longrun_emulator_graph_launches");
  }

  /** Calls for which the host may have to wait, since the last reset. */
  public static long synchronizations() {
    return counter("longrun_emulator_synchronizations");
  }

  private static long counter(String function) {
    return (long) call(function, FunctionDescriptor.of(LONG));
  }

  /** The nth call of a driver function from now on fails with a code. */
  public static void failCall(String function, long nth, int code) {
    try (Arena arena = Arena.ofConfined()) {
      call(
          "longrun_emulator_fail_call",
          FunctionDescriptor.ofVoid(POINTER, LONG, INT),
          arena.allocateFrom(function),
          nth,
          code);
    }
  }

  /** How often a driver function was called since the last reset. */
  public static long calls(String function) {
    try (Arena arena = Arena.ofConfined()) {
      return (long)
          call(
              "longrun_emulator_calls",
              FunctionDescriptor.of(LONG, POINTER),
              arena.allocateFrom(function));
    }
  }

  /** What the last kernel that failed had to say. */
  public static String lastFault() {
    MemorySegment text =
        (MemorySegment) call("longrun_emulator_last_fault", FunctionDescriptor.of(POINTER));
    return text.reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static Object call(String function, FunctionDescriptor signature, Object... arguments) {
    SymbolLookup library = SymbolLookup.libraryLookup(ForeignDriver.LIBRARY, Arena.global());
    try {
      return Linker.nativeLinker()
          .downcallHandle(library.find(function).orElseThrow(), signature)
          .invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError("calling " + function, e);
    }
  }
}
