package longrun.engine;

import longrun.plan.Cohort;

/** Executes training steps on some hardware. */
public interface Engine {
  /** {@code reference}, {@code cpu} or {@code cuda}. */
  String name();

  /** What it runs on, for people: {@code "2 threads, 256-bit vectors"}. */
  String description();

  /** Bits of a parameter where it lives: 32 or 64. Checkpoints and exports are written so. */
  int parameterBits();

  /**
   * Returns if the engine can train runs of a cohort, as far as that can be said without opening a
   * session.
   *
   * @throws UnsupportedCohortException saying what it lacks, and what to do
   */
  default void requireSupported(Cohort cohort) {}

  /**
   * Opens a session with a number of empty slots. Everything is allocated here, nothing later.
   *
   * @throws UnsupportedCohortException if the engine cannot train this cohort, saying why
   */
  Session open(Cohort cohort, int slots);
}
