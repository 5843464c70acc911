package longrun.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Page-locked memory of the host, for copies that do not wait. */
public final class PinnedMemory extends CudaResource {
  private final Arena arena = Arena.ofShared();
  private final long address;
  private final ByteBuffer buffer;

  PinnedMemory(CudaContext context, int bytes) {
    super(context);
    address = Driver.allocatePinned(bytes);
    buffer =
        MemorySegment.ofAddress(address)
            .reinterpret(bytes, arena, null)
            .asByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * All of it, little endian. Every call returns the same buffer; use absolute access. It cannot be
   * accessed any more once this is closed.
   */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** How large it is. */
  public int bytes() {
    return buffer.capacity();
  }

  long address() {
    return address;
  }

  @Override
  void free() {
    arena.close();
    Driver.freePinned(address);
  }
}
