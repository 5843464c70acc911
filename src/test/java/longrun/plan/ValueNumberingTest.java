package longrun.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import longrun.config.PermutationOperation;
import longrun.config.SequenceFormat;
import longrun.config.TaskConfig;
import longrun.task.Dataset;
import longrun.task.Datasets;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.Test;

class ValueNumberingTest {
  @Test
  void tokensAreNumberedInOrderOfAppearance() {
    // a b = with pairs (3, 1), (0, 1), (3, 0), (0, 0).
    int[] tokens = {3, 1, 4, 0, 1, 4, 3, 0, 4, 0, 0, 4};
    Dataset dataset = new Dataset("pairs", 3, 5, 4, 4, tokens, new int[8], new int[4]);
    check(ValueNumbering.ofToken(dataset, 0), new int[] {0, 1, 0, 1}, new int[] {0, 1});
    check(ValueNumbering.ofToken(dataset, 1), new int[] {0, 0, 1, 1}, new int[] {0, 2});
    check(ValueNumbering.ofToken(dataset, 2), new int[] {0, 0, 0, 0}, new int[] {0});
    ValueNumbering[] prefixes = ValueNumbering.ofPrefixes(dataset, 3);
    check(prefixes[0], new int[] {0, 1, 0, 1}, new int[] {0, 1});
    check(prefixes[1], new int[] {0, 1, 2, 3}, new int[] {0, 1, 2, 3});
    check(prefixes[2], new int[] {0, 1, 2, 3}, new int[] {0, 1, 2, 3});
  }

  private static void check(ValueNumbering numbering, int[] classOf, int[] representative) {
    assertArrayEquals(classOf, numbering.classOf());
    assertArrayEquals(representative, numbering.representative());
    assertEquals(representative.length, numbering.classes());
  }

  /** Two examples have one number exactly if they agree in all tokens up to the position. */
  @Test
  void numbersAreThoseOfEqualPrefixes() {
    Dataset s3 =
        Datasets.of(
            new TaskConfig.Permutation(
                PermutationOperation.COMPOSE, 3, SequenceFormat.A_OP_B_EQUALS, 0.5, 0, 0));
    for (Dataset dataset :
        List.of(
            s3,
            SmallRuns.addition(5, 17),
            OddDatasets.constantFirstToken(4),
            OddDatasets.repeatedExamples(3),
            OddDatasets.lastTokenDecides(4))) {
      ValueNumbering[] prefixes = ValueNumbering.ofPrefixes(dataset, dataset.context());
      for (int position = 0; position < dataset.context(); position++) {
        checkAgainstLists(dataset, prefixes[position], 0, position);
        checkAgainstLists(dataset, ValueNumbering.ofToken(dataset, position), position, position);
      }
    }
  }

  private static void checkAgainstLists(
      Dataset dataset, ValueNumbering numbering, int from, int to) {
    Map<List<Integer>, Integer> numbers = new HashMap<>();
    List<Integer> first = new ArrayList<>();
    for (int example = 0; example < dataset.examples(); example++) {
      List<Integer> tokens = new ArrayList<>();
      for (int position = from; position <= to; position++) {
        tokens.add(dataset.token(example, position));
      }
      if (!numbers.containsKey(tokens)) {
        numbers.put(tokens, numbers.size());
        first.add(example);
      }
      assertEquals(
          numbers.get(tokens),
          numbering.classOf()[example],
          dataset.name() + " example " + example);
    }
    assertEquals(first, java.util.Arrays.stream(numbering.representative()).boxed().toList());
  }

  @Test
  void prefixesOfS5() {
    Dataset s5 =
        Datasets.of(
            new TaskConfig.Permutation(
                PermutationOperation.CONJUGATE, 5, SequenceFormat.A_OP_B_EQUALS, 0.5, 0, 0));
    assertEquals(List.of(120, 1, 120, 1), classes(s5, false));
    assertEquals(List.of(120, 120, 14_400, 14_400), classes(s5, true));
  }

  private static List<Integer> classes(Dataset dataset, boolean prefixes) {
    List<Integer> classes = new ArrayList<>();
    ValueNumbering[] ofPrefixes = ValueNumbering.ofPrefixes(dataset, dataset.context());
    for (int position = 0; position < dataset.context(); position++) {
      classes.add(
          prefixes
              ? ofPrefixes[position].classes()
              : ValueNumbering.ofToken(dataset, position).classes());
    }
    return classes;
  }
}
