package longrun.reference;

/**
 * A parameter tensor, or the part of one that starts at {@code offset}, with its gradient beside
 * it.
 *
 * @param values shared with the run's state, row-major
 * @param gradients as long as {@code values}; backward passes add to it
 * @param offset of element 0 in both
 */
record Parameter(double[] values, double[] gradients, int offset) {
  double value(int index) {
    return values[offset + index];
  }

  void addGradient(int index, double gradient) {
    gradients[offset + index] += gradient;
  }

  /** The part that starts at element {@code index} of this one. */
  Parameter from(int index) {
    return new Parameter(values, gradients, offset + index);
  }
}
