package longrun.plan;

import java.util.HashMap;
import java.util.Map;
import longrun.task.Dataset;

/**
 * Numbers the distinct values that a position takes over a whole dataset, as a compiler numbers
 * common subexpressions. Numbers are given in the order of the first example that has the value.
 *
 * @param position in the sequence
 * @param classOf int[examples]: the number of an example's value
 * @param representative int[classes]: the first example with that value
 */
record ValueNumbering(int position, int[] classOf, int[] representative) {

  /** Number of distinct values. */
  int classes() {
    return representative.length;
  }

  /** Before the first layer a position's value is decided by its token alone. */
  static ValueNumbering ofToken(Dataset dataset, int position) {
    int[] key = new int[dataset.examples()];
    for (int example = 0; example < key.length; example++) {
      key[example] = dataset.token(example, position);
    }
    return number(position, key, new int[key.length]);
  }

  /**
   * After a layer with causal attention it is decided by the prefix of tokens up to and including
   * the position.
   */
  static ValueNumbering[] ofPrefixes(Dataset dataset, int positions) {
    ValueNumbering[] prefixes = new ValueNumbering[positions];
    int[] before = new int[dataset.examples()];
    for (int position = 0; position < positions; position++) {
      int[] token = new int[before.length];
      for (int example = 0; example < token.length; example++) {
        token[example] = dataset.token(example, position);
      }
      prefixes[position] = number(position, token, before);
      before = prefixes[position].classOf;
    }
    return prefixes;
  }

  private static ValueNumbering number(int position, int[] low, int[] high) {
    Map<Long, Integer> numbers = new HashMap<>();
    int[] classOf = new int[low.length];
    int[] first = new int[low.length];
    for (int example = 0; example < low.length; example++) {
      long key = ((long) high[example] << 32) | low[example];
      Integer known = numbers.putIfAbsent(key, numbers.size());
      if (known == null) {
        first[numbers.size() - 1] = example;
      }
      classOf[example] = known == null ? numbers.size() - 1 : known;
    }
    return new ValueNumbering(position, classOf, java.util.Arrays.copyOf(first, numbers.size()));
  }
}
