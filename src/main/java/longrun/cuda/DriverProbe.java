package longrun.cuda;

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
 * @param image how the kernel image stands
 */
public record DriverProbe(
    DriverStatus driver, Optional<MissingPiece> missingLibrary, ImageStatus image) {

  /** How the kernel image stands. */
  public sealed interface ImageStatus {
    /**
     * It is there, whole, and has something for the first device, if there is one.
     *
     * @param architectures {@code "sm_80, sm_90, compute_80 (PTX)"}
     */
    record Usable(String architectures) implements ImageStatus {}

    /** It cannot be used. */
    record Unusable(MissingPiece missing) implements ImageStatus {}
  }

  /** JCuda 12.6 calls functions that came with CUDA 12.0. */
  private static final int OLDEST_VERSION = 12000;

  /** Looks at this process and this machine. */
  public static DriverProbe run() {
    DriverStatus driver = ForeignDriver.status();
    return new DriverProbe(driver, NativeFolder.missing(), imageStatus(driver));
  }

  private static ImageStatus imageStatus(DriverStatus driver) {
    try {
      KernelImage image = KernelImage.load();
      if (driver instanceof DriverStatus.Working working) {
        image.requireRunsOn(working.devices().getFirst());
      }
      return new ImageStatus.Usable(image.architectures());
    } catch (CudaUnavailableException e) {
      return new ImageStatus.Unusable(e.missing());
    }
  }

  /** Everything that is missing, in the order of {@link Piece}; empty: CUDA can be had. */
  public List<MissingPiece> missing() {
    List<MissingPiece> pieces = new ArrayList<>();
    missingLibrary.ifPresent(pieces::add);
    missingDriver().ifPresent(pieces::add);
    if (image instanceof ImageStatus.Unusable unusable) {
      pieces.add(unusable.missing());
    }
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

  /** What is wrong with the driver or its devices; empty if nothing is. */
  public Optional<MissingPiece> missingDriver() {
    return switch (driver) {
      case DriverStatus.Absent absent ->
          Optional.of(
              new MissingPiece(
                  Piece.DRIVER,
                  ForeignDriver.LIBRARY + " cannot be loaded (" + absent.reason() + ")",
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
}
