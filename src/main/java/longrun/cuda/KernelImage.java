package longrun.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import longrun.cuda.MissingPiece.Piece;

/**
 * The compiled kernels: a fat binary, as nvcc writes it, with machine code for several
 * architectures and PTX for the others.
 *
 * <pre>
 *   header   magic u32 | version u16 | header bytes u16 | bytes of all entries u64
 *   entry    kind u16 (1 PTX, 2 machine code) | version u16 | header bytes u32 | payload bytes u64 |
 *            ... | architecture u32 at byte 28: 90 is sm_90
 * </pre>
 *
 * The driver trusts the lengths in it, so they are checked here first.
 */
final class KernelImage {
  /** Names a file that stands in for the image that the program carries; for tests. */
  static final String FILE_PROPERTY = "longrun.cuda.image";

  static final String RESOURCE = "/longrun/cuda/kernels.fatbin";

  /** Ampere: the kernels use what came with it, so that no other image would help. */
  private static final int OLDEST_MAJOR = 8;

  private static final int MAGIC = 0xBA55ED50;
  private static final int HEADER_BYTES = 16;
  private static final int ENTRY_HEADER_BYTES = 32;
  private static final int ARCHITECTURE_OFFSET = 28;
  private static final int PTX = 1;
  private static final int MACHINE_CODE = 2;
  private static final String BUILD =
      "build longrun anew: mvn package, with nvcc of the CUDA toolkit 12.8 or newer on the PATH";

  private final byte[] bytes;
  private final String place;
  private final List<Integer> machineCode;
  private final List<Integer> ptx;

  private KernelImage(byte[] bytes, String place, List<Integer> machineCode, List<Integer> ptx) {
    this.bytes = bytes;
    this.place = place;
    this.machineCode = List.copyOf(machineCode);
    this.ptx = List.copyOf(ptx);
  }

  /**
   * Reads the image.
   *
   * @throws CudaUnavailableException if it is missing or broken
   */
  static KernelImage load() {
    String file = System.getProperty(FILE_PROPERTY);
    String place = file == null ? "the resource " + RESOURCE : file;
    try {
      return parse(file == null ? readResource() : Files.readAllBytes(Path.of(file)), place);
    } catch (NoSuchFileException e) {
      throw unusable(place + " is missing: this longrun was built without kernels", e);
    } catch (IOException e) {
      throw unusable(place + " cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static byte[] readResource() throws IOException {
    try (InputStream stream = KernelImage.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        throw new NoSuchFileException(RESOURCE);
      }
      return stream.readAllBytes();
    }
  }

  private static KernelImage parse(byte[] bytes, String place) {
    ByteBuffer image = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < HEADER_BYTES) {
      throw truncated(place, bytes.length, HEADER_BYTES);
    }
    if (image.getInt(0) != MAGIC) {
      throw unusable(
          String.format("%s is no fat binary: it starts with %08x", place, image.getInt(0)), null);
    }
    long end = Short.toUnsignedInt(image.getShort(6)) + image.getLong(8);
    if (end < HEADER_BYTES || end > bytes.length) {
      throw truncated(place, bytes.length, end);
    }
    List<Integer> machineCode = new ArrayList<>();
    List<Integer> ptx = new ArrayList<>();
    long at = Short.toUnsignedInt(image.getShort(6));
    while (at < end) {
      if (at + ENTRY_HEADER_BYTES > end) {
        throw truncated(place, end, at + ENTRY_HEADER_BYTES);
      }
      int entry = Math.toIntExact(at);
      long headerBytes = Integer.toUnsignedLong(image.getInt(entry + 4));
      long payloadBytes = image.getLong(entry + 8);
      long next = at + headerBytes + payloadBytes;
      if (headerBytes < ENTRY_HEADER_BYTES || payloadBytes < 0 || next > end || next < at) {
        throw truncated(place, end, next);
      }
      int architecture = image.getInt(entry + ARCHITECTURE_OFFSET);
      switch (Short.toUnsignedInt(image.getShort(entry))) {
        case PTX -> ptx.add(architecture);
        case MACHINE_CODE -> machineCode.add(architecture);
        default -> {
          // Other kinds of entries are the driver's business.
        }
      }
      at = next;
    }
    return new KernelImage(bytes, place, machineCode, ptx);
  }

  /** The fat binary. */
  byte[] bytes() {
    return bytes.clone();
  }

  /**
   * Checks that it has something for a device: machine code of its generation that is not newer
   * than it, or PTX that is not.
   *
   * @throws CudaUnavailableException naming the architectures that it is for
   */
  void requireRunsOn(DriverStatus.Device device) {
    int architecture = device.computeMajor() * 10 + device.computeMinor();
    boolean runs =
        machineCode.stream()
                .anyMatch(code -> code / 10 == device.computeMajor() && code <= architecture)
            || ptx.stream().anyMatch(code -> code <= architecture);
    if (!runs && device.computeMajor() < OLDEST_MAJOR) {
      throw new CudaUnavailableException(
          new MissingPiece(
              Piece.DEVICE,
              String.format(
                  "%s is of compute capability %d.%d, and longrun's kernels are for %d.0 and newer",
                  device.name(), device.computeMajor(), device.computeMinor(), OLDEST_MAJOR),
              "name a newer GPU in CUDA_VISIBLE_DEVICES if there is one, or use --engine cpu"));
    }
    if (!runs) {
      throw unusable(
          String.format(
              "%s has nothing for %s, which is %s; it is for %s",
              place, device.name(), device.architecture(), architectures()),
          null);
    }
  }

  /** What to say if the driver does not take it. */
  CudaUnavailableException broken(CudaFailure failure) {
    return new CudaUnavailableException(
        new MissingPiece(
            Piece.KERNEL_IMAGE,
            place
                + ", which is for "
                + architectures()
                + ", is refused by the driver ("
                + failure.call().errorName()
                + ")",
            BUILD
                + "; or update NVIDIA's driver: it may not be of an older major version of CUDA"
                + " than that nvcc"),
        failure);
  }

  /** {@code "sm_80, sm_90, compute_80 (PTX)"}. */
  String architectures() {
    List<String> names = new ArrayList<>();
    machineCode.forEach(code -> names.add("sm_" + code));
    ptx.forEach(code -> names.add("compute_" + code + " (PTX)"));
    return names.isEmpty() ? "no architecture at all" : String.join(", ", names);
  }

  private static CudaUnavailableException truncated(String place, long bytes, long needed) {
    return unusable(
        place
            + " is truncated or broken: "
            + bytes
            + " bytes, where "
            + Long.toUnsignedString(needed)
            + " are announced",
        null);
  }

  private static CudaUnavailableException unusable(String what, Throwable cause) {
    return new CudaUnavailableException(new MissingPiece(Piece.KERNEL_IMAGE, what, BUILD), cause);
  }
}
