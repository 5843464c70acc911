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
 * @param profiles of the GPUs that they are for
 */
record Explanation(
    PreparedRun run,
    Plan plan,
    Ledger ledger,
    Optional<Peaks> peaks,
    Optional<LaunchLedger> launches,
    int slots,
    List<DeviceProfile> profiles) {
  Explanation {
    profiles = List.copyOf(profiles);
  }

  /**
   * Plans a configuration; nothing is written anywhere.
   *
   * @throws CommandFailure if peaks cannot be measured with this Java
   */
  static Explanation of(
      Path config,
      List<String> overrides,
      boolean measure,
      int slots,
      List<DeviceProfile> profiles) {
    PreparedRun run = Preparation.of(config, overrides, Optional.empty());
    Plan plan = Planner.plan(run.cohort());
    return new Explanation(
        run,
        plan,
        Ledger.of(plan),
        measure ? Optional.of(measure()) : Optional.empty(),
        run.cohort().precision() == Precision.BF16
            ? Optional.empty()
            : Optional.of(LaunchLedger.of(plan, slots)),
        slots,
        profiles);
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
