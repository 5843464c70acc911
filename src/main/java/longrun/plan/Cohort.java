package longrun.plan;

import longrun.config.Loss;
import longrun.config.Precision;
import longrun.config.RunConfig;
import longrun.model.Model;
import longrun.task.Dataset;

/**
 * Runs whose shapes agree, so that they can share launches: everything a plan depends on. Seeds,
 * splits, learning rates and other values are not here; they may differ from slot to slot.
 *
 * @param dataset every example
 * @param model parameters and structure
 * @param loss training objective
 * @param precision of the matrix products
 * @param trainExamples size of the training set
 * @param batchExamples examples of a full-sized step; equals trainExamples when {@code fullBatch}
 * @param fullBatch whether every step reads the whole training set in its own order
 * @param gradientEma whether the optimizer keeps Grokfast's average
 * @param orthogonalGradient whether gradients are made orthogonal to their weights
 */
public record Cohort(
    Dataset dataset,
    Model model,
    Loss loss,
    Precision precision,
    int trainExamples,
    int batchExamples,
    boolean fullBatch,
    boolean gradientEma,
    boolean orthogonalGradient) {

  public Cohort {
    if (trainExamples < 1
        || batchExamples < 1
        || batchExamples > trainExamples
        || trainExamples > dataset.examples()
        || (fullBatch && batchExamples != trainExamples)) {
      throw new IllegalArgumentException(
          "examples="
              + dataset.examples()
              + " trainExamples="
              + trainExamples
              + " batchExamples="
              + batchExamples
              + " fullBatch="
              + fullBatch);
    }
  }

  /** The cohort of one run. */
  public static Cohort of(RunConfig config, Dataset dataset, Model model, int trainExamples) {
    return new Cohort(
        dataset,
        model,
        config.training().loss(),
        config.training().precision(),
        trainExamples,
        config.training().batchSize().orElse(trainExamples),
        config.training().batchSize().isEmpty(),
        config.optimizer().grokfastEma().isPresent(),
        config.optimizer().orthogonalGradient());
  }
}
