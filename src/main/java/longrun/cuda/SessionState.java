package longrun.cuda;

/**
 * What a session keeps for all its slots together and kernels or the host change.
 *
 * <pre>
 *   loaded  int[slots]               written by the host: the slot holds a run
 *   chosen  int[slots]               written by the host: the one slot that a call is about
 *   running int[slots]               written by step_begin: a step is in progress
 *   records EvaluationRecord[slots]  written by an evaluation
 * </pre>
 *
 * @param base address on the device
 */
record SessionState(long base, int slots) {
  private static final int ALIGNMENT_BYTES = 256;

  long loaded() {
    return base;
  }

  long chosen() {
    return base + arrayBytes();
  }

  long running() {
    return base + 2 * arrayBytes();
  }

  long records() {
    return base + 3 * arrayBytes();
  }

  /** Bytes of the records. */
  long recordBytes() {
    return (long) slots * KernelParameters.EVALUATION_RECORD.bytes();
  }

  /** Bytes of everything. */
  long bytes() {
    return 3 * arrayBytes() + recordBytes();
  }

  private long arrayBytes() {
    return Math.ceilDiv((long) slots * Integer.BYTES, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }
}
