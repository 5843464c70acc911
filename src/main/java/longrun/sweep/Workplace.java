package longrun.sweep;

import java.util.function.ToIntFunction;
import longrun.engine.Engine;

/** Where a sweep trains. */
public sealed interface Workplace {
  /** The engine; on the CPU, one that takes one thread. */
  Engine engine();

  /**
   * Loops of one slot each, side by side, every one with its own session: nothing waits for
   * anything.
   *
   * @param engine of one thread
   * @param loops usually one per core
   */
  record Cores(Engine engine, int loops) implements Workplace {}

  /**
   * A device that trains many slots at once, one cohort after the other.
   *
   * @param slots that a cohort gets, if it has as many runs
   */
  record Device(Engine engine, ToIntFunction<SweepCohort> slots) implements Workplace {}
}
