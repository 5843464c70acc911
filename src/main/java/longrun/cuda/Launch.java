package longrun.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import jcuda.Pointer;

/**
 * A kernel with everything that a launch of it takes, packed once and launched as often as wanted.
 *
 * <pre>
 *   extra:       1 | address of parameters | 2 | address of size | 0     5 words of 8 bytes
 *   size:        bytes of parameters                                     8 bytes
 *   parameters:  one structure
 * </pre>
 */
public final class Launch {
  /** What every driver and device takes. */
  static final int MAX_PARAMETER_BYTES = 4096;

  /** The same, of blocks in the second direction: slots. */
  static final int MAX_GRID_Y = 65535;

  private static final long PARAMETER_BUFFER = 1;
  private static final long PARAMETER_BUFFER_SIZE = 2;
  private static final long END = 0;
  private static final long EXTRA_WORDS = 5;
  private static final long ALIGNMENT = 16;

  private final Kernel kernel;
  private final int gridX;
  private final int gridY;
  private final int threads;
  private final MemorySegment packed;
  private final Pointer extra;

  /**
   * Packs a launch.
   *
   * @param gridX blocks over all jobs
   * @param gridY slots
   * @param threads of a block
   * @param parameters the kernel's structure; its remaining bytes are copied
   * @throws IllegalArgumentException if no device could launch this
   */
  public Launch(Kernel kernel, int gridX, int gridY, int threads, ByteBuffer parameters) {
    if (gridX < 1 || gridY < 1 || gridY > MAX_GRID_Y) {
      throw new IllegalArgumentException(
          "kernel=" + kernel + " grid=" + gridX + "x" + gridY + " is empty or too large");
    }
    if (threads < 1 || threads > kernel.maxThreads()) {
      throw new IllegalArgumentException(
          "kernel=" + kernel + " threads=" + threads + " maxThreads=" + kernel.maxThreads());
    }
    int bytes = parameters.remaining();
    if (bytes == 0 || bytes > MAX_PARAMETER_BYTES) {
      throw new IllegalArgumentException(
          "kernel=" + kernel + " parameterBytes=" + bytes + " allowed=1.." + MAX_PARAMETER_BYTES);
    }
    this.kernel = kernel;
    this.gridX = gridX;
    this.gridY = gridY;
    this.threads = threads;
    long sizeOffset = EXTRA_WORDS * Long.BYTES;
    long parametersOffset = sizeOffset + Long.BYTES;
    packed = Arena.ofAuto().allocate(parametersOffset + bytes, ALIGNMENT);
    MemorySegment.copy(MemorySegment.ofBuffer(parameters), 0, packed, parametersOffset, bytes);
    long[] words = {
      PARAMETER_BUFFER,
      packed.address() + parametersOffset,
      PARAMETER_BUFFER_SIZE,
      packed.address() + sizeOffset,
      END
    };
    MemorySegment.copy(words, 0, packed, ValueLayout.JAVA_LONG, 0, words.length);
    packed.set(ValueLayout.JAVA_LONG, sizeOffset, bytes);
    extra = new HostPointer(packed.address());
  }

  public Kernel kernel() {
    return kernel;
  }

  public int gridX() {
    return gridX;
  }

  public int gridY() {
    return gridY;
  }

  public int threads() {
    return threads;
  }

  Pointer extra() {
    return extra;
  }

  /** What is packed; it has to be reachable while the driver reads it. */
  MemorySegment packed() {
    return packed;
  }

  CudaFailure.LaunchShape shape() {
    return new CudaFailure.LaunchShape(kernel.name(), gridX, gridY, threads, kernel.sharedBytes());
  }
}
