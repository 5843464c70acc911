package longrun.cli;

import java.util.OptionalInt;
import longrun.cpu.CpuEngine;
import longrun.cuda.CudaEngine;
import longrun.engine.Engine;
import longrun.sweep.Shard;
import longrun.sweep.SlotChoice;
import longrun.sweep.SweepDevice;
import longrun.sweep.SweepEstimate;
import longrun.sweep.SweepPlan;
import longrun.sweep.Workplace;

/**
 * The engine of a sweep, and how many runs it trains at once.
 *
 * @param engine that trains; on the processor one of one thread, since every core has a run
 * @param reason why it is this one
 */
record SweepWorkplace(
    SweepPlan plan, Shard shard, OptionalInt slots, Engine engine, String reason) {

  /**
   * The engine that was asked for.
   *
   * @param slots that were asked for
   * @throws CommandFailure if this machine does not have it
   */
  static SweepWorkplace of(EngineChoice choice, OptionalInt slots, SweepPlan plan, Shard shard) {
    Engines.Selection selection = Engines.select(choice, OptionalInt.empty());
    Engine engine = selection.engine() instanceof CpuEngine ? new CpuEngine(1) : selection.engine();
    return new SweepWorkplace(plan, shard, slots, engine, selection.reason());
  }

  /** For people: {@code cpu: 1 thread, 512-bit vectors, fp32 (the fastest here)}. */
  String label() {
    return engine.name() + ": " + engine.description() + " (" + reason + ")";
  }

  /** What the sweep will take: on the processor this times a few steps. */
  SweepEstimate estimate() {
    return switch (engine) {
      case CudaEngine cuda ->
          SweepEstimate.onDevice(plan, shard, slots, cuda, SweepDevice.of(cuda.context()));
      default -> SweepEstimate.onCores(plan, shard, slots, engine, cores(), heapBytes());
    };
  }

  /**
   * Where to train.
   *
   * @param meant whether somebody has said that a large sweep is meant
   * @throws CommandFailure if the sweep is large and nobody has
   */
  Workplace workplace(boolean meant) {
    if (engine instanceof CudaEngine cuda) {
      SweepDevice device = SweepDevice.of(cuda.context());
      requireMeant(SweepEstimate.onDevice(plan, shard, slots, cuda, device), meant);
      int[] runs = plan.runs(shard);
      return new Workplace.Device(
          cuda,
          cohort ->
              SlotChoice.onDevice(cohort.cohort(), runs[cohort.number()], slots, device).slots());
    }
    SlotChoice choice =
        SweepEstimate.slotsOnCores(plan, shard, slots, engine, cores(), heapBytes());
    if (!meant && SweepEstimate.mayBeLargeOnCores(plan, shard, engine, choice.slots())) {
      requireMeant(estimate(), false);
    }
    return new Workplace.Cores(engine, choice.slots());
  }

  private static void requireMeant(SweepEstimate estimate, boolean meant) {
    if (estimate.isLarge() && !meant) {
      throw new CommandFailure(ExitCode.USAGE, SweepPlanText.question(estimate));
    }
  }

  private static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static long heapBytes() {
    return Runtime.getRuntime().maxMemory();
  }
}
