package longrun.cpu;

import longrun.engine.ParameterLayout;
import longrun.plan.Cohort;
import longrun.plan.Plan;

/** Memory that a run takes on the CPU engine. */
public final class CpuNeed {
  private CpuNeed() {}

  /**
   * An estimate, from above, of the Java heap that one run takes in a session of its own: arrays of
   * the step, parameters and optimizer, and as many doubles as a checkpoint is made of; what is
   * small beside these is left out.
   */
  public static long bytes(Plan plan) {
    Cohort cohort = plan.cohort();
    ParameterLayout layout = new ParameterLayout(cohort.model(), Padding::rowLength);
    long workspace = Workspace.bytes(plan, layout, new Transposes(plan, layout));
    int tensors = cohort.gradientEma() ? 4 : 3;
    long state = (long) tensors * layout.length() * Float.BYTES;
    long checkpoint = tensors * cohort.model().elements() * Double.BYTES;
    // Tokens, operands and answers, then split, labels and reader lists.
    long dataset =
        (long) cohort.dataset().examples()
            * (cohort.dataset().context() + 2 + 1 + 4)
            * Integer.BYTES;
    return workspace + state + checkpoint + dataset;
  }
}
