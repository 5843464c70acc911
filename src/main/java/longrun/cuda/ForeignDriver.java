package longrun.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Asks the driver's library itself how it stands: without JCuda, and without a context. */
final class ForeignDriver {
  static final String LIBRARY = "libcuda.so.1";

  /** Exported by the emulated driver alone. */
  private static final String EMULATOR_SYMBOL = "longrun_emulator_version";

  private static final FunctionDescriptor FLAGS =
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
  private static final FunctionDescriptor ADDRESS =
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
  private static final FunctionDescriptor ADDRESS_INT =
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
  private static final FunctionDescriptor ADDRESS_INT_INT =
      FunctionDescriptor.of(
          ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

  private static final int COMPUTE_CAPABILITY_MAJOR = 75;
  private static final int COMPUTE_CAPABILITY_MINOR = 76;
  private static final int NAME_BYTES = 256;

  private final SymbolLookup library;
  private final MemorySegment number;
  private final MemorySegment name;

  private ForeignDriver(SymbolLookup library, Arena arena) {
    this.library = library;
    number = arena.allocate(ValueLayout.JAVA_INT);
    name = arena.allocate(NAME_BYTES);
  }

  /** How the driver of this machine stands. The library stays loaded. */
  static DriverStatus status() {
    SymbolLookup library;
    try {
      library = SymbolLookup.libraryLookup(LIBRARY, Arena.global());
    } catch (IllegalArgumentException e) {
      return new DriverStatus.Absent(String.valueOf(e.getMessage()));
    }
    try (Arena arena = Arena.ofConfined()) {
      return new ForeignDriver(library, arena).examine();
    } catch (MissingFunctionException e) {
      return new DriverStatus.Absent(e.getMessage());
    } catch (FailedCallException e) {
      return new DriverStatus.Failing(e.function, e.code);
    }
  }

  private DriverStatus examine() throws MissingFunctionException, FailedCallException {
    boolean emulated = library.find(EMULATOR_SYMBOL).isPresent();
    int initialised = call("cuInit", FLAGS, 0);
    check("cuDriverGetVersion", call("cuDriverGetVersion", ADDRESS, number));
    int version = number();
    if (initialised == CudaError.NO_DEVICE) {
      return new DriverStatus.WithoutDevice(version, emulated);
    }
    check("cuInit", initialised);
    int counted = call("cuDeviceGetCount", ADDRESS, number);
    if (counted == CudaError.NO_DEVICE || (counted == CudaError.SUCCESS && number() == 0)) {
      return new DriverStatus.WithoutDevice(version, emulated);
    }
    check("cuDeviceGetCount", counted);
    int count = number();
    List<DriverStatus.Device> devices = new ArrayList<>();
    for (int ordinal = 0; ordinal < count; ordinal++) {
      devices.add(device(ordinal));
    }
    return new DriverStatus.Working(version, devices, emulated);
  }

  private DriverStatus.Device device(int ordinal)
      throws MissingFunctionException, FailedCallException {
    check("cuDeviceGet", call("cuDeviceGet", ADDRESS_INT, number, ordinal));
    int device = number();
    check("cuDeviceGetName", call("cuDeviceGetName", ADDRESS_INT_INT, name, NAME_BYTES, device));
    return new DriverStatus.Device(
        name.getString(0),
        attribute(COMPUTE_CAPABILITY_MAJOR, device),
        attribute(COMPUTE_CAPABILITY_MINOR, device));
  }

  private int attribute(int attribute, int device)
      throws MissingFunctionException, FailedCallException {
    String function = "cuDeviceGetAttribute";
    check(function, call(function, ADDRESS_INT_INT, number, attribute, device));
    return number();
  }

  private int number() {
    return number.get(ValueLayout.JAVA_INT, 0);
  }

  private int call(String function, FunctionDescriptor signature, Object... arguments)
      throws MissingFunctionException {
    Optional<MemorySegment> address = library.find(function);
    if (address.isEmpty()) {
      throw new MissingFunctionException("it has no function " + function);
    }
    try {
      return (int)
          Linker.nativeLinker()
              .downcallHandle(address.get(), signature)
              .invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("calling " + function, e);
    }
  }

  private static void check(String function, int code) throws FailedCallException {
    if (code != CudaError.SUCCESS) {
      throw new FailedCallException(function, code);
    }
  }

  /** The library bears the driver's name and is something else. */
  private static final class MissingFunctionException extends Exception {
    private static final long serialVersionUID = 1L;

    MissingFunctionException(String message) {
      super(message);
    }
  }

  /** A driver function reported an error. */
  private static final class FailedCallException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String function;
    private final int code;

    FailedCallException(String function, int code) {
      super(function + ": " + code);
      this.function = function;
      this.code = code;
    }
  }
}
