package longrun.cuda;

import java.lang.ref.Reference;
import java.util.Objects;
import jcuda.driver.CUgraph;
import jcuda.driver.CUstream;

/**
 * An ordered queue of work for the device. Methods return before the work is done, {@link
 * #synchronize} apart; what failed on the device shows at a later call.
 */
public final class CudaStream extends CudaResource {
  private final CUstream stream;

  CudaStream(CudaContext context) {
    super(context);
    stream = Driver.createStream();
  }

  CUstream handle() {
    use();
    return stream;
  }

  /** Puts a launch of a kernel on the stream. */
  public void launch(Launch launch) {
    use();
    try {
      Driver.launch(
          launch.kernel().function(),
          launch.gridX(),
          launch.gridY(),
          launch.threads(),
          stream,
          launch.extra());
    } catch (CudaFailure failure) {
      throw failure.during(launch.shape());
    } finally {
      Reference.reachabilityFence(launch.packed());
    }
  }

  /** Puts everything in a graph on the stream. */
  public void launch(CudaGraph graph) {
    use();
    graph.use();
    Driver.launch(graph.executable(), stream);
  }

  /**
   * Records what {@code work} puts on this stream, instead of doing it.
   *
   * @param work only puts launches, copies and fills on this stream, from the calling thread
   */
  public CudaGraph capture(Runnable work) {
    use();
    Driver.beginCapture(stream);
    CUgraph captured;
    try {
      work.run();
    } catch (RuntimeException | Error failure) {
      abandonCapture(failure);
      throw failure;
    }
    captured = Driver.endCapture(stream);
    return context().keep(() -> new CudaGraph(context(), captured));
  }

  private void abandonCapture(Throwable failure) {
    try {
      Driver.destroy(Driver.endCapture(stream));
    } catch (CudaFailure second) {
      failure.addSuppressed(second);
    }
  }

  /** Copies to the device; {@code from} must not change before the copy is done. */
  public void upload(
      DeviceMemory to, long toOffset, PinnedMemory from, long fromOffset, long bytes) {
    useBoth(to, toOffset, from, fromOffset, bytes);
    Driver.uploadAsync(to.address() + toOffset, from.address() + fromOffset, bytes, stream);
  }

  /** Copies from the device; {@code to} is valid once the copy is done. */
  public void download(
      PinnedMemory to, long toOffset, DeviceMemory from, long fromOffset, long bytes) {
    useBoth(from, fromOffset, to, toOffset, bytes);
    Driver.downloadAsync(to.address() + toOffset, from.address() + fromOffset, bytes, stream);
  }

  /** Copies on the device. */
  public void copy(DeviceMemory to, long toOffset, DeviceMemory from, long fromOffset, long bytes) {
    use();
    to.use();
    from.use();
    Objects.checkFromIndexSize(toOffset, bytes, to.bytes());
    Objects.checkFromIndexSize(fromOffset, bytes, from.bytes());
    Driver.copyAsync(to.address() + toOffset, from.address() + fromOffset, bytes, stream);
  }

  /** Sets 32-bit words on the device. */
  public void fill(DeviceMemory memory, int word, long offset, long words) {
    use();
    memory.use();
    memory.checkWords(offset, words);
    Driver.fillAsync(memory.address() + offset, word, words, stream);
  }

  /** Marks this place in the stream. */
  public void record(CudaEvent event) {
    use();
    event.use();
    Driver.record(event.event(), stream);
  }

  /** What comes after waits for the event's last mark. */
  public void waitFor(CudaEvent event) {
    use();
    event.use();
    Driver.waitFor(stream, event.event());
  }

  /** Waits until everything on the stream is done. */
  public void synchronize() {
    use();
    Driver.synchronize(stream);
  }

  private void useBoth(
      DeviceMemory device, long deviceOffset, PinnedMemory host, long hostOffset, long bytes) {
    use();
    device.use();
    host.use();
    Objects.checkFromIndexSize(deviceOffset, bytes, device.bytes());
    Objects.checkFromIndexSize(hostOffset, bytes, host.bytes());
  }

  @Override
  void free() {
    Driver.destroy(stream);
  }
}
