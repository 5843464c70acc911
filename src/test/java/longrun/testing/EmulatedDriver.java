package longrun.testing;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import longrun.cuda.CudaContext;
import longrun.cuda.DriverProbe;

/**
 * The emulated driver of {@code kernels/emulator}, from the side of a test: what it shall do, and
 * what it has seen. Its functions are found in the library that JCuda uses too.
 */
public final class EmulatedDriver {
  private static final Linker LINKER = Linker.nativeLinker();

  private EmulatedDriver() {}

  /**
   * Goes on if there is a CUDA device, the emulated one or a real one; otherwise the test is
   * skipped, saying why, or fails where the property {@code emulator} is {@code required}.
   */
  public static void requireDevice() {
    DriverProbe probe = DriverProbe.run();
    if (probe.missing().isEmpty()) {
      return;
    }
    String why = probe.missing().getFirst().sentence();
    if ("required".equals(System.getProperty("emulator"))) {
      fail("-Demulator=required, but there is no " + why);
    }
    assumeTrue(false, "skipped, since there is no " + why);
  }

  /** Goes on if the driver is the emulated one; see {@link #requireDevice}. */
  public static void require() {
    requireDevice();
    assumeTrue(isEmulated(), "skipped, since the driver is a real one");
  }

  /** Whether the driver is the emulated one. */
  public static boolean isEmulated() {
    return DriverProbe.run().isEmulated();
  }

  /** A context with everything at its defaults; unchecked memory accesses unless asked for. */
  public static CudaContext openContext(boolean checks) {
    requireDevice();
    if (isEmulated()) {
      reset();
      setChecks(checks);
    }
    return CudaContext.open();
  }

  /** Everything as it was when the library was loaded. */
  public static void reset() {
    call("longrun_emulator_reset", FunctionDescriptor.ofVoid());
  }

  /** Chooses the order of the threads of a block between barriers. */
  public static void setSeed(long seed) {
    call("longrun_emulator_set_seed", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), seed);
  }

  /** Bytes of device memory. */
  public static void setMemory(long bytes) {
    call("longrun_emulator_set_memory", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG), bytes);
  }

  /** How many devices there are. */
  public static void setDevices(int devices) {
    call("longrun_emulator_set_devices", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), devices);
  }

  /** Whether every access to memory is checked; slower. */
  public static void setChecks(boolean on) {
    call(
        "longrun_emulator_set_checks", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT), on ? 1 : 0);
  }

  /** The n-th call of a driver function from now on, counted from 1, fails with a code. */
  public static void failCall(String function, long nth, int code) {
    try (Arena arena = Arena.ofConfined()) {
      call(
          "longrun_emulator_fail_call",
          FunctionDescriptor.ofVoid(
              ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT),
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
              FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
              arena.allocateFrom(function));
    }
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
    return (long) call(function, FunctionDescriptor.of(ValueLayout.JAVA_LONG));
  }

  /** What the last kernel that failed did wrong; empty if none has. */
  public static String lastFault() {
    MemorySegment text =
        (MemorySegment)
            call("longrun_emulator_last_fault", FunctionDescriptor.of(ValueLayout.ADDRESS));
    return text.reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static Object call(String function, FunctionDescriptor type, Object... arguments) {
    SymbolLookup library = SymbolLookup.libraryLookup("libcuda.so.1", Arena.global());
    try {
      return LINKER
          .downcallHandle(library.find(function).orElseThrow(), type)
          .invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(function, e);
    }
  }
}
