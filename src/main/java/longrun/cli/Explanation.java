package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import longrun.config.Precision;
import longrun.cpu.CpuPeaks;
import longrun.cuda.DeviceProfile;
import longrun.cuda.LaunchLedger;
import longrun.plan.Ledger;
import longrun.plan.Peaks;
import longrun.plan.Plan;
import longrun.plan.Planner;
import longrun.train.PreparedRun;

/**
 * What {@code longrun plan} has to say.
 *
 * @param peaks of this machine, if they were to be measured
 * @param launches on a GPU; empty for a precision that has no kernels
 * @param slots that the predictions for GPUs are for
 * @param gpus that they are for
 */
record Explanation(
    PreparedRun run,
    Plan plan,
    Ledger ledger,
    Optional<Peaks> peaks,
    Optional<LaunchLedger> launches,
    int slots,
    PlanGpus gpus) {

  /**
   * Plans a configuration; nothing is written anywhere.
   *
   * @param measure whether to measure this machine, and its GPU where no GPU was asked for
   * @param asked the GPUs that were asked for; empty: this machine's, and all known ones
   * @throws CommandFailure if peaks cannot be measured with this Java
   */
  static Explanation of(
      Path config, List<String> overrides, boolean measure, int slots, List<DeviceProfile> asked) {
    PreparedRun run = Preparation.of(config, overrides, Optional.empty());
    Plan plan = Planner.plan(run.cohort());
    boolean hasKernels = run.cohort().precision() != Precision.BF16;
    return new Explanation(
        run,
        plan,
        Ledger.of(plan),
        measure ? Optional.of(measure()) : Optional.empty(),
        hasKernels ? Optional.of(LaunchLedger.of(plan, slots)) : Optional.empty(),
        slots,
        asked.isEmpty() ? PlanGpus.all(measure && hasKernels) : PlanGpus.named(asked));
  }

  private static Peaks measure() {
    Engines.missingForCpu()
        .ifPresent(
            missing -> {
              throw new CommandFailure(
                  ExitCode.DEVICE_UNAVAILABLE, missing + "; or plan with --no-measure");
            });
    return CpuPeaks.measure(Runtime.getRuntime().availableProcessors());
  }
}
