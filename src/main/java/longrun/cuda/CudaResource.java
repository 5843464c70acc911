package longrun.cuda;

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
