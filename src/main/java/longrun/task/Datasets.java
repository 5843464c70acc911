package longrun.task;

import longrun.config.ModularOperation;
import longrun.config.PermutationOperation;
import longrun.config.SequenceFormat;
import longrun.config.TaskConfig;

/**
 * Builds the dataset of a task: every pair of operands that the operation is defined on, a in the
 * outer and b in the inner loop. Token ids are the operands 0..n-1, then the operator where the
 * format writes it, then "=".
 */
public final class Datasets {
  private static final int UNDEFINED = -1;

  private Datasets() {}

  /** An answer, or {@link #UNDEFINED}. */
  private interface BinaryOperation {
    int apply(int a, int b);
  }

  /** Every example of a task. */
  public static Dataset of(TaskConfig task) {
    return switch (task) {
      case TaskConfig.Modular modular -> modular(modular);
      case TaskConfig.Permutation permutation -> permutation(permutation);
    };
  }

  private static Dataset modular(TaskConfig.Modular task) {
    int p = task.modulus();
    int[] inverses = inverses(p);
    return dataset(
        formula(task.operation()) + " mod " + p,
        p,
        task.format(),
        (a, b) -> apply(task.operation(), a, b, p, inverses));
  }

  private static int apply(ModularOperation operation, long a, long b, int p, int[] inverses) {
    if (operation == ModularOperation.DIVIDE && b == 0) {
      return UNDEFINED;
    }
    long value =
        switch (operation) {
          case ADD -> a + b;
          case SUBTRACT -> a - b;
          case MULTIPLY -> a * b;
          case DIVIDE -> a * inverses[(int) b];
          case X2_PLUS_Y -> a * a + b;
          case X3_PLUS_Y -> a * a * a + b;
          case X2_PLUS_Y2 -> a * a + b * b;
          case X2_PLUS_XY_PLUS_Y2 -> a * a + a * b + b * b;
          case X2_PLUS_XY_PLUS_Y2_PLUS_X -> a * a + a * b + b * b + a;
          case X3_PLUS_XY -> a * a * a + a * b;
          case X3_PLUS_XY2_PLUS_Y -> a * a * a + a * b * b + b;
          case DIVIDE_OR_SUBTRACT -> b % 2 == 1 ? a * inverses[(int) b] : a - b;
          case ADD_OR_MULTIPLY -> a % 2 == 0 ? a + b : a * b;
          case ADD_OR_SUBTRACT -> a % 2 == 0 ? a + b : a - b;
        };
    return Math.floorMod(value, p);
  }

  /**
   * Inverses modulo p, 0 for numbers that have none. For prime p by i⁻¹ = −⌊p/i⌋ · (p mod i)⁻¹,
   * which holds because p = ⌊p/i⌋·i + (p mod i). For other p unused: the configuration refuses
   * division.
   */
  private static int[] inverses(int p) {
    int[] inverses = new int[p];
    inverses[1 % p] = 1 % p;
    for (int i = 2; i < p; i++) {
      inverses[i] = Math.floorMod(-(long) (p / i) * inverses[p % i], p);
    }
    return inverses;
  }

  private static String formula(ModularOperation operation) {
    return switch (operation) {
      case ADD -> "a + b";
      case SUBTRACT -> "a - b";
      case MULTIPLY -> "a * b";
      case DIVIDE -> "a / b";
      case X2_PLUS_Y -> "a^2 + b";
      case X3_PLUS_Y -> "a^3 + b";
      case X2_PLUS_Y2 -> "a^2 + b^2";
      case X2_PLUS_XY_PLUS_Y2 -> "a^2 + ab + b^2";
      case X2_PLUS_XY_PLUS_Y2_PLUS_X -> "a^2 + ab + b^2 + a";
      case X3_PLUS_XY -> "a^3 + ab";
      case X3_PLUS_XY2_PLUS_Y -> "a^3 + ab^2 + b";
      case DIVIDE_OR_SUBTRACT -> "(a / b if b is odd, else a - b)";
      case ADD_OR_MULTIPLY -> "(a + b if a is even, else a * b)";
      case ADD_OR_SUBTRACT -> "(a + b if a is even, else a - b)";
    };
  }

  private static Dataset permutation(TaskConfig.Permutation task) {
    SymmetricGroup group = new SymmetricGroup(task.degree());
    String formula =
        switch (task.operation()) {
          case COMPOSE -> "a b";
          case CONJUGATE -> "a b a^-1";
          case SANDWICH -> "a b a";
        };
    return dataset(
        formula + " in S" + task.degree(),
        group.order(),
        task.format(),
        (a, b) -> apply(task.operation(), group, a, b));
  }

  private static int apply(PermutationOperation operation, SymmetricGroup group, int a, int b) {
    int ab = group.compose(a, b);
    return switch (operation) {
      case COMPOSE -> ab;
      case CONJUGATE -> group.compose(ab, group.inverse(a));
      case SANDWICH -> group.compose(ab, a);
    };
  }

  private static Dataset dataset(
      String name, int operands, SequenceFormat format, BinaryOperation operation) {
    int pairs = Math.multiplyExact(operands, operands);
    int[] answerOfPair = new int[pairs];
    int examples = 0;
    for (int pair = 0; pair < pairs; pair++) {
      answerOfPair[pair] = operation.apply(pair / operands, pair % operands);
      examples += answerOfPair[pair] == UNDEFINED ? 0 : 1;
    }
    int extraTokens = format == SequenceFormat.A_OP_B_EQUALS ? 2 : 1;
    int context = 2 + extraTokens;
    int[] tokens = new int[Math.multiplyExact(examples, context)];
    int[] operandIds = new int[2 * examples];
    int[] answers = new int[examples];
    int example = 0;
    for (int pair = 0; pair < pairs; pair++) {
      if (answerOfPair[pair] == UNDEFINED) {
        continue;
      }
      int a = pair / operands;
      int b = pair % operands;
      operandIds[2 * example] = a;
      operandIds[2 * example + 1] = b;
      answers[example] = answerOfPair[pair];
      int[] sequence =
          switch (format) {
            case A_B_EQUALS -> new int[] {a, b, operands};
            case A_OP_B_EQUALS -> new int[] {a, operands, b, operands + 1};
          };
      System.arraycopy(sequence, 0, tokens, example * context, context);
      example++;
    }
    return new Dataset(
        name, context, operands + extraTokens, operands, operands, tokens, operandIds, answers);
  }
}
