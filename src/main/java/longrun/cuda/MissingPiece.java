package longrun.cuda;

/**
 * What stands between this machine and the CUDA engine.
 *
 * @param piece which part
 * @param what is the matter, for people: {@code "libcuda.so.1 was not found"}
 * @param remedy what to do about it
 */
public record MissingPiece(Piece piece, String what, String remedy) {

  /** The parts that the CUDA engine needs, in the order in which they are looked for. */
  public enum Piece {
    /** JCuda's native library, which longrun carries for x86-64 Linux. */
    LIBRARY("native library"),
    /** NVIDIA's {@code libcuda.so.1}. */
    DRIVER("driver"),
    /** A GPU that the driver can use. */
    DEVICE("device"),
    /** The compiled kernels. */
    KERNEL_IMAGE("kernel image");

    private final String label;

    Piece(String label) {
      this.label = label;
    }

    /** For people: {@code "kernel image"}. */
    public String label() {
      return label;
    }
  }

  /** {@code "driver: libcuda.so.1 was not found; install NVIDIA's driver"}. */
  public String sentence() {
    return piece.label() + ": " + what + "; " + remedy;
  }
}
