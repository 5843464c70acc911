package longrun.scaling;

import java.util.stream.IntStream;
import longrun.config.RunConfig;
import longrun.model.Model;
import longrun.plan.Cohort;
import longrun.random.Philox;
import longrun.random.Stream;
import longrun.task.Dataset;
import longrun.task.Split;
import longrun.task.Splits;
import longrun.train.PreparedRun;

/**
 * Examples of any length, which no task has: numbers below p drawn at random, then "="; the answer
 * is their sum modulo p. The same on every machine.
 */
final class RandomSequences {
  /** So many train, whatever the length: as many as keep the longest bounded. */
  static final int TRAIN_EXAMPLES = 1024;

  private static final int VALIDATION_EXAMPLES = 256;

  private RandomSequences() {}

  /**
   * A run of a configuration's model on them.
   *
   * @param p the numbers are 0..p-1, and "=" is p
   * @param length tokens of an example, "=" among them; at least 3
   */
  static PreparedRun of(RunConfig config, int p, int length) {
    Dataset dataset = dataset(p, length);
    Split split = Splits.fromIndices(IntStream.range(0, TRAIN_EXAMPLES).toArray(), dataset);
    Model model = Model.of(config.model(), dataset);
    return new PreparedRun(
        config,
        dataset,
        split,
        true,
        dataset.answers(),
        model,
        Cohort.of(config, dataset, model, split.train().length));
  }

  private static Dataset dataset(int p, int length) {
    int examples = TRAIN_EXAMPLES + VALIDATION_EXAMPLES;
    int numbers = length - 1;
    int[] tokens = new int[examples * length];
    int[] operands = new int[2 * examples];
    int[] answers = new int[examples];
    Philox random = new Philox(0);
    for (int example = 0; example < examples; example++) {
      int sum = 0;
      for (int position = 0; position < numbers; position++) {
        int number = random.below(Stream.SPLIT, length, (long) example * numbers + position, p);
        tokens[example * length + position] = number;
        sum += number;
      }
      tokens[example * length + numbers] = p;
      operands[2 * example] = tokens[example * length];
      operands[2 * example + 1] = tokens[example * length + 1];
      answers[example] = sum % p;
    }
    return new Dataset(
        "sum of " + numbers + " random numbers mod " + p,
        length,
        p + 1,
        p,
        p,
        tokens,
        operands,
        answers);
  }
}
