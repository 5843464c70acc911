package longrun.task;

import longrun.config.ConfigException;
import longrun.config.RunConfig;

/** What a configuration can only be judged for once its training examples are known. */
public final class RunChecks {
  private RunChecks() {}

  /**
   * Refuses a batch larger than the training set.
   *
   * @throws ConfigException with the path {@code training.batch_size}
   */
  public static void check(RunConfig config, Split split) {
    int trainExamples = split.train().length;
    config
        .training()
        .batchSize()
        .ifPresent(
            batch -> {
              if (batch > trainExamples) {
                throw ConfigException.withoutPlace(
                    "training.batch_size",
                    batch
                        + " is more than the "
                        + trainExamples
                        + " training examples; allowed: full or up to "
                        + trainExamples);
              }
            });
  }
}
