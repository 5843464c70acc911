package longrun.measure;

import longrun.config.ConfigWriter;
import longrun.plan.Planner;
import longrun.train.PreparedRun;

/**
 * What is trained in measurements.
 *
 * @param name that settings refer to it by
 * @param yaml the whole configuration; a setting's precision stands above its own
 * @param work of a step of one run
 */
public record Configuration(String name, String yaml, Work work) {

  /** Of a run. */
  public static Configuration of(String name, PreparedRun run) {
    return new Configuration(
        name, ConfigWriter.toYaml(run.config()), Work.of(Planner.plan(run.cohort())));
  }
}
