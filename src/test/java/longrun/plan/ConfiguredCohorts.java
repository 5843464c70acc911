package longrun.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigReader;
import longrun.train.PreparedRun;

/** Cohorts of the published set-ups under configs/. */
final class ConfiguredCohorts {
  private ConfiguredCohorts() {}

  /**
   * The cohort of a configuration.
   *
   * @param name of its file, without the ending
   * @param overrides {@code key=value}
   */
  static Cohort cohort(String name, String... overrides) {
    Path file = Path.of("configs", name + ".yaml");
    return PreparedRun.of(ConfigReader.read(file, List.of(overrides)), Optional.empty()).cohort();
  }
}
