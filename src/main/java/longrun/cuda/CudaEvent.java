package longrun.cuda;

import jcuda.driver.CUevent;

/** A mark in a stream. */
public final class CudaEvent extends CudaResource {
  private final CUevent event;

  CudaEvent(CudaContext context) {
    super(context);
    event = Driver.createEvent();
  }

  CUevent event() {
    return event;
  }

  /** Whether everything before the last mark is done. */
  public boolean isDone() {
    use();
    return Driver.isDone(event);
  }

  /** Waits until everything before the last mark is done. */
  public void synchronize() {
    use();
    Driver.synchronize(event);
  }

  /** Milliseconds from an earlier mark to this one; both have to be done. */
  public double millisSince(CudaEvent earlier) {
    use();
    earlier.use();
    return Driver.elapsedMillis(earlier.event, event);
  }

  @Override
  void free() {
    Driver.destroy(event);
  }
}
