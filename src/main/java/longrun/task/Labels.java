package longrun.task;

import longrun.config.TaskConfig;
import longrun.random.Philox;
import longrun.random.Stream;

/** The answers that a run is trained and measured on. */
public final class Labels {
  private Labels() {}

  /**
   * The true answers, but for label noise: floor(label_noise · training examples) of the training
   * examples, the first of a random permutation by {@code split_seed}, get an answer drawn
   * uniformly from all, which now and then is the true one. Validation answers are always true.
   *
   * @return answer ids, one per example of the dataset
   */
  public static int[] of(TaskConfig task, Dataset dataset, Split split) {
    int[] labels = dataset.answers();
    int trainExamples = split.train().length;
    int noisy = Splits.floorOfShare(task.labelNoise(), trainExamples);
    if (noisy > 0) {
      Philox random = new Philox(task.splitSeed());
      int[] order = new int[trainExamples];
      random.permutation(Stream.LABEL_NOISE, 0, order, new long[trainExamples], new int[4]);
      for (int i = 0; i < noisy; i++) {
        int example = split.train()[order[i]];
        labels[example] = random.below(Stream.LABEL_NOISE, 1, example, dataset.answerCount());
      }
    }
    return labels;
  }
}
