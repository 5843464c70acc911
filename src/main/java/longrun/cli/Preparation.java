package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import longrun.config.ConfigException;
import longrun.config.ConfigReader;
import longrun.train.PreparedRun;

/** Makes a run from what a command line names. */
final class Preparation {
  private Preparation() {}

  /**
   * Reads a configuration and everything that follows from it.
   *
   * @param trainIndices file of the training examples; empty: the split is drawn
   * @throws ConfigException saying where, also if the configuration does not suit the dataset
   */
  static PreparedRun of(Path config, List<String> overrides, Optional<Path> trainIndices) {
    try {
      return PreparedRun.of(ConfigReader.read(config, overrides), trainIndices);
    } catch (ConfigException e) {
      // The dataset is judged after the configuration has lost its places.
      Optional<String> place =
          e.key()
              .map(key -> ConfigReader.placeOf(key, config, overrides).orElse(config.toString()));
      throw place.isPresent() ? new ConfigException(place.get() + ": " + e.getMessage(), e) : e;
    }
  }
}
