package longrun.cuda;

import java.util.List;

/** Something that a context has handed out: freed by its owner, or with the context. */
abstract sealed class CudaResource implements AutoCloseable
    permits DeviceMemory, PinnedMemory, CudaStream, CudaEvent, CudaGraph {
  private final CudaContext context;
  private boolean closed;

  CudaResource(CudaContext context) {
    this.context = context;
  }

  CudaContext context() {
    return context;
  }

  /** Has to be called before anything is done with it: checks that it lives, on this thread. */
  void use() {
    if (closed) {
      throw new IllegalStateException(getClass().getSimpleName() + " has been closed");
    }
    context.makeCurrent();
  }

  /** Gives back to the driver what it stands for. */
  abstract void free();

  /**
   * Frees all of them, in this order, whatever fails.
   *
   * @throws CudaFailure the first failure, with those of other kinds suppressed
   */
  static void closeAll(List<? extends CudaResource> resources) {
    freed(resources).throwFirst();
  }

  /** Frees all of them because of a failure, in which failures of another kind are suppressed. */
  static void closeAfter(Throwable failure, List<? extends CudaResource> resources) {
    freed(resources).suppressIn(failure);
  }

  private static FreeingFailures freed(List<? extends CudaResource> resources) {
    FreeingFailures failures = new FreeingFailures();
    resources.forEach(resource -> failures.collect(resource::close));
    return failures;
  }

  /** Frees it; a second time, or after its context, does nothing. */
  @Override
  public final void close() {
    if (context.isClosed()) {
      closed = true;
    }
    if (!closed) {
      context.makeCurrent();
      closed = true;
      context.forget(this);
      free();
    }
  }
}
