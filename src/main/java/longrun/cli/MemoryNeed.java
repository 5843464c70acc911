package longrun.cli;

import longrun.train.PreparedRun;

/** How much memory a run takes at the least, for those who have run out of it. */
final class MemoryNeed {
  private MemoryNeed() {}

  /** A sentence with a blank at its end. */
  static String of(PreparedRun run) {
    long parameters = run.model().elements();
    // Parameters, gradient and Adam's two moments, and Grokfast's average.
    int tensors = run.cohort().gradientEma() ? 5 : 4;
    return "The run has "
        + Texts.count(parameters)
        + " parameters: they, their gradient and the optimizer's state take "
        + Doctor.bytes(parameters * tensors * Double.BYTES)
        + " as doubles, and the activations of "
        + Texts.count(run.cohort().batchExamples())
        + " examples come on top. ";
  }
}
