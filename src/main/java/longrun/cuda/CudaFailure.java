package longrun.cuda;

import java.util.Optional;

/**
 * A driver call failed. The message says which one, with what, during which step of which run as
 * far as that is known, and what to do.
 */
public final class CudaFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Call call;
  private final transient Optional<LaunchShape> launch;
  private final transient Optional<Moment> moment;
  private final transient Optional<MemoryNeed> memory;

  /**
   * The call that failed.
   *
   * @param function {@code "cuLaunchKernel"}, {@code "cuMemAlloc(1024)"}
   * @param code a CUresult
   * @param errorName {@code "CUDA_ERROR_ILLEGAL_ADDRESS"}
   * @param errorText the driver's words
   */
  public record Call(String function, int code, String errorName, String errorText) {}

  /** What was launched by the call that failed. */
  public record LaunchShape(String kernel, int gridX, int gridY, int threads, int sharedBytes) {}

  /**
   * When it happened.
   *
   * @param run who trained: a slot or a run's name
   * @param step how far it was
   */
  public record Moment(String run, long step) {}

  /**
   * What an allocation that failed was for.
   *
   * @param neededBytes all that the session needs
   * @param freeBytes what the device had free before
   * @param slots how many were asked for
   * @param fittingSlots how many would fit
   */
  public record MemoryNeed(long neededBytes, long freeBytes, int slots, int fittingSlots) {}

  private CudaFailure(
      Call call,
      Optional<LaunchShape> launch,
      Optional<Moment> moment,
      Optional<MemoryNeed> memory) {
    super(message(call, launch, moment, memory));
    this.call = call;
    this.launch = launch;
    this.moment = moment;
    this.memory = memory;
  }

  CudaFailure(Call call) {
    this(call, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** The same failure, with what was launched. */
  CudaFailure during(LaunchShape shape) {
    return like(new CudaFailure(call, Optional.of(shape), moment, memory));
  }

  /** The same failure, with when it happened; what is known already stays. */
  public CudaFailure duringStep(String run, long step) {
    return moment.isPresent()
        ? this
        : like(new CudaFailure(call, launch, Optional.of(new Moment(run, step)), memory));
  }

  /** The same failure of an allocation, with what it was for. */
  public CudaFailure needing(MemoryNeed need) {
    return like(new CudaFailure(call, launch, moment, Optional.of(need)));
  }

  private CudaFailure like(CudaFailure other) {
    other.setStackTrace(getStackTrace());
    for (Throwable suppressed : getSuppressed()) {
      other.addSuppressed(suppressed);
    }
    return other;
  }

  public Call call() {
    return call;
  }

  public Optional<LaunchShape> launch() {
    return launch;
  }

  public Optional<Moment> moment() {
    return moment;
  }

  public Optional<MemoryNeed> memory() {
    return memory;
  }

  /** Whether the device had too little memory. */
  public boolean isOutOfMemory() {
    return call.code() == CudaError.OUT_OF_MEMORY;
  }

  /** Whether the device itself is gone or out of order, so that no run can use it. */
  public boolean isDeviceLost() {
    return CudaError.isDeviceLost(call.code());
  }

  private static String message(
      Call call,
      Optional<LaunchShape> launch,
      Optional<Moment> moment,
      Optional<MemoryNeed> memory) {
    StringBuilder text = new StringBuilder();
    text.append(call.function()).append(" failed: ").append(call.errorName());
    text.append(" (").append(call.errorText()).append(')');
    launch.ifPresent(
        shape ->
            text.append(", kernel=")
                .append(shape.kernel())
                .append(" grid=")
                .append(shape.gridX())
                .append('x')
                .append(shape.gridY())
                .append(" block=")
                .append(shape.threads())
                .append(" sharedBytes=")
                .append(shape.sharedBytes()));
    moment.ifPresent(
        when -> text.append(", run=").append(when.run()).append(" step=").append(when.step()));
    memory.ifPresent(
        need ->
            text.append(", ")
                .append(need.slots())
                .append(need.slots() == 1 ? " slot needs " : " slots need ")
                .append(need.neededBytes())
                .append(" bytes, ")
                .append(need.freeBytes())
                .append(" are free, ")
                .append(need.fittingSlots())
                .append(need.fittingSlots() == 1 ? " slot would fit" : " slots would fit"));
    return text.append("; ").append(CudaError.remedy(call.code())).toString();
  }
}
