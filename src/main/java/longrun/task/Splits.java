package longrun.task;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import longrun.config.ConfigException;
import longrun.config.TaskConfig;
import longrun.config.TextFile;
import longrun.random.Philox;
import longrun.random.Stream;

/** Decides which examples train: at random by the configuration, or exactly by a list. */
public final class Splits {
  private static final int MAX_BYTES = 1 << 26;

  private Splits() {}

  /**
   * The split that a configuration describes: of a random permutation by {@code split_seed}, the
   * first floor(train_fraction · examples).
   *
   * @throws ConfigException if that leaves nothing to train on
   */
  public static Split of(TaskConfig task, Dataset dataset) {
    int examples = dataset.examples();
    int train = floorOfShare(task.trainFraction(), examples);
    if (train < 1) {
      throw ConfigException.withoutPlace(
          "task.train_fraction",
          BigDecimal.valueOf(task.trainFraction()).stripTrailingZeros().toPlainString()
              + " of "
              + examples
              + " examples leaves none to train on; allowed: at least "
              + BigDecimal.ONE.divide(BigDecimal.valueOf(examples), 6, RoundingMode.UP));
    }
    int[] order = new int[examples];
    new Philox(task.splitSeed())
        .permutation(Stream.SPLIT, 0, order, new long[examples], new int[4]);
    return fromIndices(Arrays.copyOf(order, train), dataset);
  }

  /**
   * The split whose training examples are exactly those given, in any order.
   *
   * @throws IllegalArgumentException if there is none, one is listed twice or out of range
   */
  public static Split fromIndices(int[] indices, Dataset dataset) {
    int examples = dataset.examples();
    BitSet trains = new BitSet(examples);
    for (int index : indices) {
      if (index < 0 || index >= examples || trains.get(index)) {
        throw new IllegalArgumentException(
            "index=" + index + " repeated or out of range, examples=" + examples);
      }
      trains.set(index);
    }
    if (indices.length == 0) {
      throw new IllegalArgumentException("no training examples, examples=" + examples);
    }
    BitSet validates = new BitSet(examples);
    validates.set(0, examples);
    validates.andNot(trains);
    return new Split(trains.stream().toArray(), validates.stream().toArray());
  }

  /**
   * The split whose training examples a file lists: one example number per line; blank lines and
   * what follows a {@code #} do not count.
   *
   * @throws ConfigException naming file and line of what is no number, out of range or repeated
   */
  public static Split readIndices(Path file, Dataset dataset) {
    List<String> lines = TextFile.read(file, MAX_BYTES).lines().toList();
    int[] lineOf = new int[dataset.examples()];
    int[] indices = new int[Math.min(lines.size(), dataset.examples())];
    int count = 0;
    for (int i = 0; i < lines.size(); i++) {
      String text = lines.get(i).replaceFirst("#.*", "").strip();
      if (text.isEmpty()) {
        continue;
      }
      String place = file + ":" + (i + 1) + ": ";
      int index = index(text, place, dataset);
      if (lineOf[index] != 0) {
        throw new ConfigException(
            place + "example " + index + " was listed before, on line " + lineOf[index]);
      }
      lineOf[index] = i + 1;
      indices[count++] = index;
    }
    if (count == 0) {
      throw new ConfigException(
          file + ":1: lists no example; a line for each training example is needed");
    }
    return fromIndices(Arrays.copyOf(indices, count), dataset);
  }

  private static int index(String text, String place, Dataset dataset) {
    String shown = text.length() <= 40 ? text : text.substring(0, 37) + "...";
    if (!text.matches("[0-9]{1,18}") || Long.parseLong(text) >= dataset.examples()) {
      throw new ConfigException(
          place
              + "\""
              + shown
              + "\" is not an example number; allowed: a whole number from 0 to "
              + (dataset.examples() - 1)
              + " ("
              + dataset.name()
              + " has "
              + dataset.examples()
              + " examples)");
    }
    return Integer.parseInt(text);
  }

  /**
   * floor(share · count) of the decimal number that was written, so that 0.29 of 100 is 29,
   * although the product of the nearest doubles is below it.
   */
  static int floorOfShare(double share, int count) {
    return BigDecimal.valueOf(share)
        .multiply(BigDecimal.valueOf(count))
        .setScale(0, RoundingMode.FLOOR)
        .intValueExact();
  }
}
