package longrun.cuda;

import longrun.config.Precision;
import longrun.engine.Engine;
import longrun.engine.Session;
import longrun.engine.UnsupportedCohortException;
import longrun.plan.Cohort;
import longrun.plan.Planner;

/** fp32 and tf32 on an NVIDIA GPU: all slots of a session in every launch. */
public final class CudaEngine implements Engine {
  /** Of a session: what the grid of a launch can hold. */
  public static final int MAX_SLOTS = Launch.MAX_GRID_Y;

  private final CudaContext context;

  /**
   * @param context stays open as long as the engine's sessions
   */
  public CudaEngine(CudaContext context) {
    this.context = context;
  }

  /** Where its sessions live. */
  public CudaContext context() {
    return context;
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public String description() {
    return context.device().description();
  }

  @Override
  public int parameterBits() {
    return 32;
  }

  @Override
  public void requireSupported(Cohort cohort) {
    if (cohort.precision() == Precision.BF16) {
      throw new UnsupportedCohortException(
          "the cuda engine has no training.precision bf16 yet; use fp32 or tf32");
    }
  }

  @Override
  public Session open(Cohort cohort, int slots) {
    if (slots < 1 || slots > MAX_SLOTS) {
      throw new IllegalArgumentException("slots=" + slots + " must be from 1 to " + MAX_SLOTS);
    }
    requireSupported(cohort);
    return new CudaSession(context, Planner.plan(cohort), slots);
  }
}
