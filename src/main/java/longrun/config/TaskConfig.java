package longrun.config;

/** Section {@code task}: which examples exist, which of them train, and with which answers. */
public sealed interface TaskConfig {
  /** How an example is written as tokens. */
  SequenceFormat format();

  /** Share of the examples that train: floor(fraction × examples); the rest validate. In (0, 1]. */
  double trainFraction();

  /** Seed of the split and of the label noise. */
  long splitSeed();

  /** Share of the training answers replaced by a uniformly random answer, in [0, 1]. */
  double labelNoise();

  /** A binary operation over the integers modulo {@code modulus}. */
  record Modular(
      ModularOperation operation,
      int modulus,
      SequenceFormat format,
      double trainFraction,
      long splitSeed,
      double labelNoise)
      implements TaskConfig {}

  /** A binary operation over the permutations of {@code degree} things (S5: 120 elements). */
  record Permutation(
      PermutationOperation operation,
      int degree,
      SequenceFormat format,
      double trainFraction,
      long splitSeed,
      double labelNoise)
      implements TaskConfig {}
}
