package longrun.plan;

import longrun.task.Dataset;

/**
 * Datasets that are no plain table of pairs, to see that nothing but tokens decides what is shared.
 */
final class OddDatasets {
  private OddDatasets() {}

  /** {@code op a b}: the first token is the same everywhere. */
  static Dataset constantFirstToken(int n) {
    int[][] sequences = new int[n * n][];
    for (int pair = 0; pair < sequences.length; pair++) {
      sequences[pair] = new int[] {n, pair / n, pair % n};
    }
    return of("op a b", n, n + 1, sequences);
  }

  /** {@code a b =}, every example twice: a whole prefix, too, has fewer values than examples. */
  static Dataset repeatedExamples(int n) {
    int[][] sequences = new int[2 * n * n][];
    for (int i = 0; i < sequences.length; i++) {
      int pair = i % (n * n);
      sequences[i] = new int[] {pair / n, pair % n, n};
    }
    return of("a b = twice", n, n + 1, sequences);
  }

  /** {@code = op b a}: all but the last token repeat, so the loss position alone is per example. */
  static Dataset lastTokenDecides(int n) {
    int[][] sequences = new int[n * n][];
    for (int pair = 0; pair < sequences.length; pair++) {
      sequences[pair] = new int[] {n, n + 1, pair % n, pair / n};
    }
    return of("= op b a", n, n + 2, sequences);
  }

  private static Dataset of(String name, int n, int vocabulary, int[][] sequences) {
    int context = sequences[0].length;
    int[] tokens = new int[sequences.length * context];
    int[] operands = new int[2 * sequences.length];
    int[] answers = new int[sequences.length];
    for (int i = 0; i < sequences.length; i++) {
      int pair = i % (n * n);
      System.arraycopy(sequences[i], 0, tokens, i * context, context);
      operands[2 * i] = pair / n;
      operands[2 * i + 1] = pair % n;
      answers[i] = (pair / n * 2 + pair % n) % n;
    }
    return new Dataset(name, context, vocabulary, n, n, tokens, operands, answers);
  }
}
