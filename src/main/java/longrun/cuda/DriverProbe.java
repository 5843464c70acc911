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
import longrun.cuda.MissingPiece.Piece;

/**
 * Whether CUDA can be had here, found out without touching JCuda: its classes fail once and for all
 * where there is no driver.
 *
 * @param driver how the driver stands
 * @param missingLibrary why JCuda's native library cannot be used; empty if it can
 * @param missingImage why the kernel image cannot be used; empty if it can
 */
public record DriverProbe(
    DriverStatus driver,
    Optional<MissingPiece> missingLibrary,
    Optional<MissingPiece> missingImage) {

  static final String DRIVER_LIBRARY = "libcuda.so.1";

  /** Exported by the emulated driver alone. */
  static final String EMULATOR_SYMBOL = "longrun_emulator_version";

  /** JCuda 12.6 calls functions that came with CUDA 12.0. */
  private static final int OLDEST_VERSION = 12000;

  private static final int NO_DEVICE = 100;

  /** Looks at this process and this machine. */
  public static DriverProbe run() {
    return new DriverProbe(driverStatus(), NativeFolder.missing(), KernelImage.missing());
  }

  /** Everything that is missing, in the order of {@link Piece}; empty: CUDA can be had. */
  public List<MissingPiece> missing() {
    List<MissingPiece> pieces = new ArrayList<>();
    missingLibrary.ifPresent(pieces::add);
    missingDriver().ifPresent(pieces::add);
    missingImage.ifPresent(pieces::add);
    return List.copyOf(pieces);
  }

  /** Whether the driver is the emulated one, a test double that nobody wants to train on. */
  public boolean isEmulated() {
    return switch (driver) {
      case DriverStatus.Absent _, DriverStatus.Failing _ -> false;
      case DriverStatus.WithoutDevice without -> without.emulated();
      case DriverStatus.Working working -> working.emulated();
    };
  }

  /** Whether a real device can be used: nothing is missing, and the driver is not emulated. */
  public boolean hasRealDevice() {
    return missing().isEmpty() && !isEmulated();
  }

  private Optional<MissingPiece> missingDriver() {
    return switch (driver) {
      case DriverStatus.Absent absent ->
          Optional.of(
              new MissingPiece(
                  Piece.DRIVER,
                  DRIVER_LIBRARY + " cannot be loaded (" + absent.reason() + ")",
                  "install NVIDIA's driver, or name its folder in LD_LIBRARY_PATH"));
      case DriverStatus.Failing failing ->
          Optional.of(
              new MissingPiece(
                  Piece.DRIVER,
                  failing.call() + " failed with CUDA error " + failing.code(),
                  "see whether nvidia-smi works; reload or update NVIDIA's driver"));
      case DriverStatus.WithoutDevice without ->
          Optional.of(
              new MissingPiece(
                  Piece.DEVICE,
                  "the driver (CUDA "
                      + DriverStatus.versionText(without.version())
                      + ") sees no device",
                  "see whether nvidia-smi lists one, and what CUDA_VISIBLE_DEVICES hides"));
      case DriverStatus.Working working ->
          working.version() >= OLDEST_VERSION
              ? Optional.empty()
              : Optional.of(
                  new MissingPiece(
                      Piece.DRIVER,
                      "the driver is of CUDA " + DriverStatus.versionText(working.version()),
                      "update it to one of CUDA 12.0 or newer (525 or newer)"));
    };
  }

  private static DriverStatus driverStatus() {
    SymbolLookup library;
    try {
      library = SymbolLookup.libraryLookup(DRIVER_LIBRARY, Arena.global());
    } catch (IllegalArgumentException e) {
      return new DriverStatus.Absent(String.valueOf(e.getMessage()));
    }
    boolean emulated = library.find(EMULATOR_SYMBOL).isPresent();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
      int code = callWithFlags(library, "cuInit", 0);
      if (code != 0 && code != NO_DEVICE) {
        return new DriverStatus.Failing("cuInit", code);
      }
      boolean noDevice = code == NO_DEVICE;
      code = callForNumber(library, "cuDriverGetVersion", number);
      if (code != 0) {
        return new DriverStatus.Failing("cuDriverGetVersion", code);
      }
      int version = number.get(ValueLayout.JAVA_INT, 0);
      if (noDevice) {
        return new DriverStatus.WithoutDevice(version, emulated);
      }
      code = callForNumber(library, "cuDeviceGetCount", number);
      if (code != 0 && code != NO_DEVICE) {
        return new DriverStatus.Failing("cuDeviceGetCount", code);
      }
      int devices = code == NO_DEVICE ? 0 : number.get(ValueLayout.JAVA_INT, 0);
      return devices == 0
          ? new DriverStatus.WithoutDevice(version, emulated)
          : new DriverStatus.Working(version, devices, emulated);
    } catch (NotADriverException e) {
      return new DriverStatus.Absent(e.getMessage());
    }
  }

  private static int callWithFlags(SymbolLookup library, String function, int flags)
      throws NotADriverException {
    MemorySegment address = address(library, function);
    FunctionDescriptor signature =
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    try {
      return (int) Linker.nativeLinker().downcallHandle(address, signature).invokeExact(flags);
    } catch (Throwable e) {
      throw new IllegalStateException("calling " + function, e);
    }
  }

  private static int callForNumber(SymbolLookup library, String function, MemorySegment number)
      throws NotADriverException {
    MemorySegment address = address(library, function);
    FunctionDescriptor signature = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
    try {
      return (int) Linker.nativeLinker().downcallHandle(address, signature).invokeExact(number);
    } catch (Throwable e) {
      throw new IllegalStateException("calling " + function, e);
    }
  }

  private static MemorySegment address(SymbolLookup library, String function)
      throws NotADriverException {
    Optional<MemorySegment> address = library.find(function);
    if (address.isEmpty()) {
      throw new NotADriverException("it has no function " + function);
    }
    return address.get();
  }

  /** The library bears the driver's name and is something else. */
  private static final class NotADriverException extends Exception {
    private static final long serialVersionUID = 1L;

    NotADriverException(String message) {
      super(message);
    }
  }
}
