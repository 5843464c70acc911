package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import longrun.cpu.CpuPeaks;
import longrun.plan.Ledger;
import longrun.plan.Peaks;
import longrun.plan.Plan;
import longrun.plan.Planner;
import longrun.train.PreparedRun;

/**
 * What {@code longrun plan} has to say.
 *
 * @param peaks of this machine, if they were to be measured
 */
record Explanation(PreparedRun run, Plan plan, Ledger ledger, Optional<Peaks> peaks) {

  /**
   * Plans a configuration; nothing is written anywhere.
   *
   * @throws CommandFailure if peaks cannot be measured with this Java
   */
  static Explanation of(Path config, List<String> overrides, boolean measure) {
    PreparedRun run = Preparation.of(config, overrides, Optional.empty());
    Plan plan = Planner.plan(run.cohort());
    return new Explanation(
        run, plan, Ledger.of(plan), measure ? Optional.of(measure()) : Optional.empty());
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
