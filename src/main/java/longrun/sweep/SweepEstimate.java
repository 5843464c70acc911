package longrun.sweep;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import longrun.engine.Engine;

/**
 * What a sweep, or a shard of it, will take. The time is an upper bound as far as its basis holds:
 * runs that grok may end sooner.
 *
 * @param cohorts those that have runs in the shard, in their order
 * @param known how many of them were planned and timed; the others are taken to be like these
 * @param basis of the time
 * @param lengths of the runs
 * @param seconds at the most; empty without a basis
 * @param checkpointBytes on disk, when all runs have ended
 * @param metricsBytes on disk, likewise, of all rows
 */
public record SweepEstimate(
    Shard shard,
    int runs,
    List<CohortEstimate> cohorts,
    int known,
    Basis basis,
    RunLengths lengths,
    OptionalDouble seconds,
    double checkpointBytes,
    double metricsBytes) {
  /** From here on somebody has to say that it is meant. */
  public static final int LARGE_RUNS = 10_000;

  /** The same for the time: 30 days. */
  public static final double LARGE_SECONDS = 30 * 86_400.0;

  /** Where times come from. */
  public enum Basis {
    /** A few steps were taken just now. */
    MEASURED,
    /** From launches and the peaks of the device. */
    PREDICTED,
    /** There is none. */
    UNKNOWN
  }

  public SweepEstimate {
    cohorts = List.copyOf(cohorts);
  }

  /**
   * On the processor, one run per core: plans, and times a few steps of some cohorts.
   *
   * @param slots how many were asked for
   * @param engine with one thread
   * @param heapBytes the largest Java heap
   * @throws longrun.engine.UnsupportedCohortException if the engine cannot train a cohort
   * @throws SlotsDoNotFitException if the heap is too small
   */
  public static SweepEstimate onCores(
      SweepPlan plan, Shard shard, OptionalInt slots, Engine engine, int cores, long heapBytes) {
    return new CoreEstimator(plan, shard, engine).estimate(slots, cores, heapBytes);
  }

  /**
   * On a GPU, cohort after cohort: plans, and predicts.
   *
   * @param slots how many were asked for
   * @throws longrun.engine.UnsupportedCohortException if the engine cannot train a cohort
   * @throws SlotsDoNotFitException if the device's memory is too small
   */
  public static SweepEstimate onDevice(
      SweepPlan plan, Shard shard, OptionalInt slots, Engine engine, SweepDevice device) {
    return new DeviceEstimator(plan, shard, engine).estimate(slots, device);
  }

  /**
   * The slots on the processor alone: nothing is timed.
   *
   * @throws longrun.engine.UnsupportedCohortException if the engine cannot train a cohort
   * @throws SlotsDoNotFitException if the heap is too small
   */
  public static SlotChoice slotsOnCores(
      SweepPlan plan, Shard shard, OptionalInt slots, Engine engine, int cores, long heapBytes) {
    return new CoreEstimator(plan, shard, engine).slots(slots, cores, heapBytes);
  }

  /**
   * Whether a sweep on the processor could be large ({@link #isLarge}): nothing is timed, and most
   * sweeps are found to be none of these at once.
   *
   * @param engine with one thread, the cpu engine
   * @param slots runs at once
   */
  public static boolean mayBeLargeOnCores(SweepPlan plan, Shard shard, Engine engine, int slots) {
    return shard.runs(plan.sweep().count()) > LARGE_RUNS
        || new CoreEstimator(plan, shard, engine).mayTakeLonger(LARGE_SECONDS, slots);
  }

  /** All of it on disk. */
  public double diskBytes() {
    return checkpointBytes + metricsBytes;
  }

  /** Whether somebody has to say that a sweep of this size is meant. */
  public boolean isLarge() {
    return runs > LARGE_RUNS || seconds.orElse(0) > LARGE_SECONDS;
  }
}
