package longrun.random;

/**
 * What a random number is for. Streams never share numbers, so adding a use of randomness changes no
 * other. The ordinal is part of the counter: append, never reorder.
 */
public enum Stream {
  /** Initial parameters; part = index of the parameter tensor. */
  INITIALIZATION,
  /** Which examples train; part = 0. */
  SPLIT,
  /** Which training answers are noisy, and what they become; part 0 and 1. */
  LABEL_NOISE,
  /** Order of the training examples; part = epoch. */
  BATCH_ORDER
}
