package longrun.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Memory on the device. Copies wait: what was put on any stream before is done when they read or
 * write, and they are done when they return.
 */
public final class DeviceMemory extends CudaResource {
  private final long address;
  private final long bytes;

  DeviceMemory(CudaContext context, long bytes) {
    super(context);
    this.bytes = bytes;
    this.address = Driver.allocate(bytes);
  }

  /** Where it starts, as kernels see it; a multiple of 256. */
  public long address() {
    return address;
  }

  /** The address of a byte in it. */
  public long address(long offset) {
    Objects.checkIndex(offset, bytes + 1);
    return address + offset;
  }

  /** How large it is. */
  public long bytes() {
    return bytes;
  }

  /** Copies the remaining bytes of a buffer to its start; the buffer's position stays. */
  public void upload(ByteBuffer from) {
    upload(0, from);
  }

  /** Copies the remaining bytes of a buffer to an offset; the buffer's position stays. */
  public void upload(long offset, ByteBuffer from) {
    use();
    int count = from.remaining();
    Objects.checkFromIndexSize(offset, count, bytes);
    if (count == 0) {
      return;
    }
    if (from.isDirect()) {
      Driver.upload(address + offset, MemorySegment.ofBuffer(from).address(), count);
      Reference.reachabilityFence(from);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(count);
      copy.copyFrom(MemorySegment.ofBuffer(from));
      Driver.upload(address + offset, copy.address(), count);
    }
  }

  /** Fills the remaining bytes of a buffer from its start; the buffer's position stays. */
  public void download(ByteBuffer to) {
    download(0, to);
  }

  /** Fills the remaining bytes of a buffer from an offset; the buffer's position stays. */
  public void download(long offset, ByteBuffer to) {
    use();
    int count = to.remaining();
    Objects.checkFromIndexSize(offset, count, bytes);
    if (count == 0) {
      return;
    }
    if (to.isReadOnly()) {
      throw new IllegalArgumentException("the buffer is read-only");
    }
    if (to.isDirect()) {
      Driver.download(MemorySegment.ofBuffer(to).address(), address + offset, count);
      Reference.reachabilityFence(to);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(count);
      Driver.download(copy.address(), address + offset, count);
      MemorySegment.ofBuffer(to).copyFrom(copy);
    }
  }

  /** Sets 32-bit words of it, and waits. */
  public void fill(int word, long offset, long words) {
    use();
    checkWords(offset, words);
    if (words > 0) {
      Driver.fill(address + offset, word, words);
      Driver.synchronizeContext();
    }
  }

  /** Checks that words lie in it. */
  void checkWords(long offset, long words) {
    Objects.checkIndex(words, bytes / Integer.BYTES + 1);
    Objects.checkFromIndexSize(offset, words * Integer.BYTES, bytes);
  }

  @Override
  void free() {
    Driver.free(address);
  }
}
