package longrun.config;

/** Binary operations over a permutation group; the constants in lower case are the YAML values. */
public enum PermutationOperation {
  /** a · b: first b, then a. */
  COMPOSE,
  /** a · b · a⁻¹. */
  CONJUGATE,
  /** a · b · a. */
  SANDWICH
}
