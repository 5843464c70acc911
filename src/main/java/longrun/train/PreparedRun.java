package longrun.train;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import longrun.config.RunConfig;
import longrun.engine.Run;
import longrun.model.Model;
import longrun.plan.Cohort;
import longrun.task.Dataset;
import longrun.task.Datasets;
import longrun.task.Labels;
import longrun.task.RunChecks;
import longrun.task.Split;
import longrun.task.Splits;

/**
 * A configuration with everything that follows from it: what an engine needs to train it.
 *
 * @param config resolved
 * @param dataset every example
 * @param split which of them train
 * @param splitGiven whether the split was given rather than drawn from the configuration
 * @param labels int[examples]; shared, not copied
 * @param model parameters and structure
 * @param cohort what it could share launches with
 */
public record PreparedRun(
    RunConfig config,
    Dataset dataset,
    Split split,
    boolean splitGiven,
    int[] labels,
    Model model,
    Cohort cohort) {

  /**
   * Prepares a run.
   *
   * @param trainIndices file of the training examples' numbers, one per line; empty: the split is
   *     drawn
   * @throws longrun.config.ConfigException if the configuration does not suit the dataset
   */
  public static PreparedRun of(RunConfig config, Optional<Path> trainIndices) {
    Dataset dataset = Datasets.of(config.task());
    Split split =
        trainIndices.isPresent()
            ? Splits.readIndices(trainIndices.get(), dataset)
            : Splits.of(config.task(), dataset);
    RunChecks.check(config, split);
    Model model = Model.of(config.model(), dataset);
    return new PreparedRun(
        config,
        dataset,
        split,
        trainIndices.isPresent(),
        Labels.of(config.task(), dataset, split),
        model,
        Cohort.of(config, dataset, model, split.train().length));
  }

  /** What a slot is loaded with. */
  public Run run() {
    return new Run(config, split, labels);
  }

  /** Identifies split and labels: SHA-256 over the training examples' numbers, then all labels. */
  public String dataDigest() {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    ByteBuffer numbers =
        ByteBuffer.allocate(Integer.BYTES * (1 + split.train().length + labels.length));
    numbers.putInt(split.train().length);
    for (int example : split.train()) {
      numbers.putInt(example);
    }
    for (int label : labels) {
      numbers.putInt(label);
    }
    sha256.update(numbers.flip());
    return HexFormat.of().formatHex(sha256.digest());
  }
}
