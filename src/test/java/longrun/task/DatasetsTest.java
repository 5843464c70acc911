package longrun.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.HashSet;
import java.util.Set;
import longrun.config.ModularOperation;
import longrun.config.PermutationOperation;
import longrun.config.SequenceFormat;
import longrun.config.TaskConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetsTest {
  private static Dataset modular(ModularOperation operation, int p) {
    return modular(operation, p, SequenceFormat.A_B_EQUALS);
  }

  private static Dataset modular(ModularOperation operation, int p, SequenceFormat format) {
    return Datasets.of(new TaskConfig.Modular(operation, p, format, 0.3, 0, 0));
  }

  private static Dataset permutation(PermutationOperation operation, int degree) {
    return Datasets.of(
        new TaskConfig.Permutation(operation, degree, SequenceFormat.A_B_EQUALS, 0.5, 0, 0));
  }

  @ParameterizedTest
  @EnumSource(ModularOperation.class)
  void everyOperationAgreesWithBigIntegers(ModularOperation operation) {
    for (int p : new int[] {2, 3, 5, 7, 11, 23}) {
      check(operation, p);
    }
    if (operation != ModularOperation.DIVIDE && operation != ModularOperation.DIVIDE_OR_SUBTRACT) {
      check(operation, 4);
      check(operation, 12);
    }
  }

  private static void check(ModularOperation operation, int p) {
    Dataset dataset = modular(operation, p);
    int example = 0;
    for (int a = 0; a < p; a++) {
      for (int b = 0; b < p; b++) {
        if (operation == ModularOperation.DIVIDE && b == 0) {
          continue;
        }
        String where = operation + " p=" + p + " a=" + a + " b=" + b;
        assertEquals(a, dataset.operand(example, 0), where);
        assertEquals(b, dataset.operand(example, 1), where);
        assertEquals(expected(operation, a, b, p), dataset.answer(example), where);
        example++;
      }
    }
    assertEquals(example, dataset.examples());
    assertEquals(p, dataset.answerCount());
  }

  private static int expected(ModularOperation operation, int aInt, int bInt, int p) {
    BigInteger a = BigInteger.valueOf(aInt);
    BigInteger b = BigInteger.valueOf(bInt);
    BigInteger modulus = BigInteger.valueOf(p);
    BigInteger square = a.pow(2);
    BigInteger cube = a.pow(3);
    BigInteger value =
        switch (operation) {
          case ADD -> a.add(b);
          case SUBTRACT -> a.subtract(b);
          case MULTIPLY -> a.multiply(b);
          case DIVIDE -> a.multiply(b.modInverse(modulus));
          case X2_PLUS_Y -> square.add(b);
          case X3_PLUS_Y -> cube.add(b);
          case X2_PLUS_Y2 -> square.add(b.pow(2));
          case X2_PLUS_XY_PLUS_Y2 -> square.add(a.multiply(b)).add(b.pow(2));
          case X2_PLUS_XY_PLUS_Y2_PLUS_X -> square.add(a.multiply(b)).add(b.pow(2)).add(a);
          case X3_PLUS_XY -> cube.add(a.multiply(b));
          case X3_PLUS_XY2_PLUS_Y -> cube.add(a.multiply(b.pow(2))).add(b);
          case DIVIDE_OR_SUBTRACT ->
              b.testBit(0) ? a.multiply(b.modInverse(modulus)) : a.subtract(b);
          case ADD_OR_MULTIPLY -> a.testBit(0) ? a.multiply(b) : a.add(b);
          case ADD_OR_SUBTRACT -> a.testBit(0) ? a.subtract(b) : a.add(b);
        };
    return value.mod(modulus).intValueExact();
  }

  @Test
  void theLargestModulusDoesNotOverflow() {
    Dataset dataset = modular(ModularOperation.X3_PLUS_XY2_PLUS_Y, 2000);
    int last = dataset.examples() - 1;
    assertEquals(4_000_000, dataset.examples());
    assertEquals(
        expected(ModularOperation.X3_PLUS_XY2_PLUS_Y, 1999, 1999, 2000), dataset.answer(last));
  }

  @Test
  void publishedSizes() {
    Dataset nanda = modular(ModularOperation.ADD, 113);
    assertEquals(12_769, nanda.examples());
    assertEquals(3, nanda.context());
    assertEquals(114, nanda.vocabulary());
    assertEquals(113, nanda.operandCount());
    Dataset divide = modular(ModularOperation.DIVIDE, 97, SequenceFormat.A_OP_B_EQUALS);
    assertEquals(97 * 96, divide.examples());
    assertEquals(4, divide.context());
    assertEquals(99, divide.vocabulary());
    Dataset s5 = permutation(PermutationOperation.COMPOSE, 5);
    assertEquals(14_400, s5.examples());
    assertEquals(120, s5.answerCount());
    assertEquals(121, s5.vocabulary());
  }

  @Test
  void tokensAreOperandsThenOperatorThenEquals() {
    Dataset three = modular(ModularOperation.ADD, 5);
    assertArrayEquals(new int[] {2, 4, 5}, tokens(three, 14));
    Dataset four = modular(ModularOperation.ADD, 5, SequenceFormat.A_OP_B_EQUALS);
    assertArrayEquals(new int[] {2, 5, 4, 6}, tokens(four, 14));
    assertEquals(1, four.answer(14));
    Dataset divide = modular(ModularOperation.DIVIDE, 5);
    assertArrayEquals(new int[] {0, 1, 5}, tokens(divide, 0));
    assertArrayEquals(new int[] {1, 1, 5}, tokens(divide, 4));
  }

  private static int[] tokens(Dataset dataset, int example) {
    int[] tokens = new int[dataset.context()];
    for (int position = 0; position < tokens.length; position++) {
      tokens[position] = dataset.token(example, position);
    }
    return tokens;
  }

  @Test
  void namesSayWhatIsComputed() {
    assertEquals("a + b mod 113", modular(ModularOperation.ADD, 113).name());
    assertEquals("a b a^-1 in S5", permutation(PermutationOperation.CONJUGATE, 5).name());
    Set<String> names = new HashSet<>();
    for (ModularOperation operation : ModularOperation.values()) {
      assertTrue(names.add(modular(operation, 5).name()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void compositionIsAGroup(int degree) {
    Dataset dataset = permutation(PermutationOperation.COMPOSE, degree);
    int n = dataset.answerCount();
    boolean commutes = true;
    for (int a = 0; a < n; a++) {
      assertEquals(a, product(dataset, a, 0), "0 is the identity on the right");
      assertEquals(a, product(dataset, 0, a), "0 is the identity on the left");
      Set<Integer> row = new HashSet<>();
      for (int b = 0; b < n; b++) {
        row.add(product(dataset, a, b));
        commutes &= product(dataset, a, b) == product(dataset, b, a);
        int c = (7 * a + 3 * b + 1) % n;
        assertEquals(
            product(dataset, product(dataset, a, b), c),
            product(dataset, a, product(dataset, b, c)),
            "associative");
      }
      assertEquals(n, row.size(), "a row is a permutation, so inverses exist");
    }
    assertFalse(commutes);
  }

  @Test
  void theOtherOperationsFollowFromComposition() {
    Dataset compose = permutation(PermutationOperation.COMPOSE, 4);
    Dataset conjugate = permutation(PermutationOperation.CONJUGATE, 4);
    Dataset sandwich = permutation(PermutationOperation.SANDWICH, 4);
    for (int a = 0; a < 24; a++) {
      for (int b = 0; b < 24; b++) {
        int ab = product(compose, a, b);
        assertEquals(product(compose, ab, a), product(sandwich, a, b));
        // c = a b a^-1 is the one element with c a = a b
        assertEquals(ab, product(compose, product(conjugate, a, b), a));
      }
    }
  }

  @Test
  void elementsAreInLexicographicOrderAndBActsFirst() {
    SymmetricGroup s3 = new SymmetricGroup(3);
    int[][] images = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    assertEquals(6, s3.order());
    for (int element = 0; element < 6; element++) {
      assertArrayEquals(images[element], s3.images(element));
    }
    // b = 1 swaps 1 and 2, then a = 2 swaps 0 and 1: 0 -> 1, 1 -> 2, 2 -> 0.
    assertEquals(3, s3.compose(2, 1));
    assertEquals(4, s3.compose(1, 2));
    assertEquals(4, s3.inverse(3));
  }

  private static int product(Dataset dataset, int a, int b) {
    return dataset.answer(a * dataset.operandCount() + b);
  }
}
