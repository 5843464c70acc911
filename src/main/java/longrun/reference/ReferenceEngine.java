package longrun.reference;

import java.util.Locale;
import longrun.engine.Engine;
import longrun.engine.Session;
import longrun.engine.UnsupportedCohortException;
import longrun.plan.Cohort;

/**
 * Trains in float64 with plain loops, one slot after the other, every position of every example. It
 * can do everything that can be configured, but for the reduced precisions, and nothing fast.
 */
public final class ReferenceEngine implements Engine {
  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String description() {
    return "plain loops in float64 on 1 thread";
  }

  @Override
  public int parameterBits() {
    return 64;
  }

  @Override
  public Session open(Cohort cohort, int slots) {
    switch (cohort.precision()) {
      case FP32 -> {}
      case TF32, BF16 ->
          throw new UnsupportedCohortException(
              "the reference engine computes in float64 and cannot imitate precision="
                  + cohort.precision().name().toLowerCase(Locale.ROOT)
                  + "; set training.precision to fp32");
    }
    return new ReferenceSession(cohort, slots);
  }
}
