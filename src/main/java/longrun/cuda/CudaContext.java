package longrun.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUmodule;

/**
 * A device in use: its primary context with the kernel image loaded. Hands out kernels, memory and
 * streams, and frees with itself what is left of them.
 *
 * <p>One caller at a time, from any thread.
 */
public final class CudaContext implements AutoCloseable {
  /** Which context the driver takes a thread's calls to be for. */
  private static final ThreadLocal<CudaContext> CURRENT = new ThreadLocal<>();

  /** Contexts of this process: they are one to the driver. */
  private static final AtomicInteger OPEN = new AtomicInteger();

  private final CUdevice handle;
  private final CudaDevice device;
  private final CUcontext context;
  private final List<CudaResource> resources = new ArrayList<>();
  private final Map<String, Kernel> kernels = new HashMap<>();
  private CUmodule module;
  private boolean closed;

  private CudaContext(CUdevice handle, CudaDevice device, CUcontext context) {
    this.handle = handle;
    this.device = device;
    this.context = context;
    OPEN.incrementAndGet();
  }

  /**
   * Opens the first device that the driver shows; {@code CUDA_VISIBLE_DEVICES} says which that is.
   *
   * @throws CudaUnavailableException naming what is missing: library, driver, device or image
   * @throws CudaFailure if the device does not work
   */
  public static CudaContext open() {
    DriverProbe probe = DriverProbe.run();
    List<MissingPiece> missing = probe.missing();
    if (!missing.isEmpty()) {
      throw new CudaUnavailableException(missing.getFirst());
    }
    Driver.load();
    CUdevice handle = Driver.device(0);
    CudaDevice device = CudaDevice.of(handle, probe.isEmulated());
    KernelImage image = KernelImage.load();
    CudaContext context = new CudaContext(handle, device, Driver.retainPrimaryContext(handle));
    try {
      context.load(image);
      return context;
    } catch (RuntimeException failure) {
      try {
        context.close();
      } catch (CudaFailure second) {
        failure.addSuppressed(second);
      }
      throw failure;
    }
  }

  private void load(KernelImage image) {
    makeCurrent();
    try {
      module = Driver.loadModule(image.bytes());
    } catch (CudaFailure failure) {
      throw CudaError.isAboutImage(failure.call().code()) ? image.broken(failure) : failure;
    }
  }

  /** The device. */
  public CudaDevice device() {
    return device;
  }

  /**
   * A kernel of the image.
   *
   * @param name of its entry point: {@code "matmul_nn_64"}
   */
  public Kernel kernel(String name) {
    makeCurrent();
    return kernels.computeIfAbsent(
        name, missing -> new Kernel(this, Driver.function(module, missing), missing));
  }

  /**
   * Allocates memory on the device; its contents are undefined.
   *
   * @throws CudaFailure {@link CudaFailure#isOutOfMemory} if there is not so much
   */
  public DeviceMemory allocate(long bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("bytes=" + bytes + " must be positive");
    }
    makeCurrent();
    return keep(() -> new DeviceMemory(this, bytes));
  }

  /** Allocates page-locked memory of the host; its contents are undefined. */
  public PinnedMemory allocatePinned(int bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("bytes=" + bytes + " must be positive");
    }
    makeCurrent();
    return keep(() -> new PinnedMemory(this, bytes));
  }

  /** A new stream. */
  public CudaStream createStream() {
    makeCurrent();
    return keep(() -> new CudaStream(this));
  }

  /** A new event. */
  public CudaEvent createEvent() {
    makeCurrent();
    return keep(() -> new CudaEvent(this));
  }

  /** How many bytes of the device's memory are free. */
  public long freeBytes() {
    makeCurrent();
    return Driver.memory()[0];
  }

  /** Waits until everything on every stream is done. */
  public void synchronize() {
    makeCurrent();
    Driver.synchronizeContext();
  }

  /** Makes something, and remembers that it is to be freed. */
  <T extends CudaResource> T keep(Supplier<T> maker) {
    T resource = maker.get();
    resources.add(resource);
    return resource;
  }

  void forget(CudaResource resource) {
    resources.remove(resource);
  }

  boolean isClosed() {
    return closed;
  }

  /** Driver calls of this thread are for this context from now on. */
  void makeCurrent() {
    if (closed) {
      throw new IllegalStateException("the CUDA context has been closed");
    }
    if (CURRENT.get() != this) {
      Driver.setCurrent(context);
      CURRENT.set(this);
    }
  }

  /**
   * Frees everything that came from this context, and the context; a second time does nothing. All
   * of it is tried, whatever fails.
   *
   * @throws CudaFailure the first failure, with those of other kinds suppressed
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    FreeingFailures failures = new FreeingFailures();
    failures.collect(this::makeCurrent);
    for (CudaResource resource : List.copyOf(resources).reversed()) {
      failures.collect(resource::close);
    }
    if (module != null) {
      failures.collect(() -> Driver.unloadModule(module));
    }
    closed = true;
    CURRENT.remove();
    failures.collect(() -> Driver.releasePrimaryContext(handle));
    if (OPEN.decrementAndGet() == 0 && failures.happened()) {
      // After a kernel's fault every call fails until the primary context is made anew, which it is
      // not while somebody who failed to let go of it holds it.
      failures.collect(() -> Driver.resetPrimaryContext(handle));
    }
    failures.throwFirst();
  }
}
