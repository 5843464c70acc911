package longrun.cpu;

import longrun.config.Precision;
import longrun.engine.Engine;
import longrun.engine.Session;
import longrun.engine.UnsupportedCohortException;
import longrun.plan.Cohort;
import longrun.plan.Planner;

/**
 * The CPU engine: fp32, planned, vectorised. One run is spread over all threads; of several runs
 * each thread takes one at a time. The bits are the same either way.
 */
public final class CpuEngine implements Engine {
  private final int threads;

  /**
   * @param threads at least 1
   */
  public CpuEngine(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads=" + threads + " must be at least 1");
    }
    this.threads = threads;
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    return threads
        + (threads == 1 ? " thread, " : " threads, ")
        + Gemm.SPECIES.vectorBitSize()
        + "-bit vectors, fp32";
  }

  @Override
  public int parameterBits() {
    return 32;
  }

  @Override
  public void requireSupported(Cohort cohort) {
    if (cohort.precision() != Precision.FP32) {
      throw new UnsupportedCohortException(
          "training.precision "
              + cohort.precision().name().toLowerCase(java.util.Locale.ROOT)
              + " is not available on the CPU engine; use fp32, or tf32 with the CUDA engine");
    }
  }

  @Override
  public Session open(Cohort cohort, int slots) {
    if (slots < 1) {
      throw new IllegalArgumentException("slots=" + slots + " must be at least 1");
    }
    requireSupported(cohort);
    return new CpuSession(Planner.plan(cohort), slots, threads);
  }
}
