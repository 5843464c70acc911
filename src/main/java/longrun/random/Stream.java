package longrun.random;

/**
 * What a random number is for. Streams never share numbers, so adding a use of randomness changes
 * no other. The number is part of the Philox counter: a changed one changes every run.
 */
public enum Stream {
  /** Initial parameters; part = index of the parameter tensor. */
  INITIALIZATION(0),
  /** Which examples train; part = 0. */
  SPLIT(1),
  /** Which training answers are noisy, and what they become; part 0 and 1. */
  LABEL_NOISE(2),
  /** Order of the training examples; part = epoch. */
  BATCH_ORDER(3);

  final int number;

  Stream(int number) {
    this.number = number;
  }
}
