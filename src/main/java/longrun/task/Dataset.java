package longrun.task;

import java.util.Arrays;
import java.util.Objects;

/**
 * Every example of a task. Immutable; arrays handed in are not copied and must not change.
 *
 * <pre>
 *   tokens    int[examples × context]   row-major; token ids 0..vocabulary-1
 *   operands  int[examples × 2]         ids 0..operandCount-1, what an MLP reads as one-hot pair
 *   answers   int[examples]             ids 0..answerCount-1, the true answers, no noise
 * </pre>
 */
public final class Dataset {
  private final String name;
  private final int context;
  private final int vocabulary;
  private final int operandCount;
  private final int answerCount;
  private final int[] tokens;
  private final int[] operands;
  private final int[] answers;

  public Dataset(
      String name,
      int context,
      int vocabulary,
      int operandCount,
      int answerCount,
      int[] tokens,
      int[] operands,
      int[] answers) {
    this.name = Objects.requireNonNull(name);
    if (tokens.length != (long) answers.length * context
        || operands.length != 2L * answers.length) {
      throw new IllegalArgumentException(
          "examples="
              + answers.length
              + " context="
              + context
              + " tokens.length="
              + tokens.length
              + " operands.length="
              + operands.length);
    }
    this.context = context;
    this.vocabulary = vocabulary;
    this.operandCount = operandCount;
    this.answerCount = answerCount;
    this.tokens = tokens;
    this.operands = operands;
    this.answers = answers;
  }

  /** For people: {@code "a + b mod 113"}. */
  public String name() {
    return name;
  }

  public int examples() {
    return answers.length;
  }

  /** Tokens per example. */
  public int context() {
    return context;
  }

  /** Distinct token ids, operators and "=" included. */
  public int vocabulary() {
    return vocabulary;
  }

  /** Distinct operands; an MLP's input is twice as wide. */
  public int operandCount() {
    return operandCount;
  }

  /** Distinct answers; they are the token ids below this number. */
  public int answerCount() {
    return answerCount;
  }

  public int token(int example, int position) {
    return tokens[example * context + position];
  }

  /** Operand 0 or 1 of an example. */
  public int operand(int example, int which) {
    return operands[example * 2 + which];
  }

  public int answer(int example) {
    return answers[example];
  }

  /**
   * Whether a model reads the same from both: the same tokens and operands of the same examples,
   * and answers of the same number. The answers themselves may differ.
   */
  public boolean hasInputsOf(Dataset other) {
    return context == other.context
        && vocabulary == other.vocabulary
        && operandCount == other.operandCount
        && answerCount == other.answerCount
        && Arrays.equals(tokens, other.tokens)
        && Arrays.equals(operands, other.operands);
  }

  /** A copy of the true answers. */
  public int[] answers() {
    return answers.clone();
  }
}
