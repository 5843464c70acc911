package longrun.cuda;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import longrun.config.Precision;
import longrun.plan.Cost;
import longrun.plan.Ledger;
import longrun.plan.Operation;
import longrun.plan.Plan;

/**
 * What a full-sized step of one slot launches on a GPU, and what that costs. FLOPs and bytes are
 * those of {@link Ledger}; kernels that are not in a plan count the bytes that they move.
 *
 * <p><b>Prediction.</b> A launch takes {@link #LAUNCH_SECONDS} plus the larger of its arithmetic
 * and its traffic, each at a share of the peak that well-made kernels of this kind reach elsewhere:
 * arithmetic {@link #ARITHMETIC_SHARE}, traffic {@link #TRAFFIC_SHARE}. Fewer blocks than
 * multiprocessors use only so many of them. A step is the sum of its launches. Until it has been
 * held against a device, that is a prediction and no more.
 *
 * @param launches in their order
 */
public record LaunchLedger(Precision precision, List<LaunchEntry> launches) {
  /** From the start of a small kernel in a graph to the start of the next one. */
  public static final double LAUNCH_SECONDS = 2e-6;

  public static final double ARITHMETIC_SHARE = 0.6;
  public static final double TRAFFIC_SHARE = 0.8;

  public LaunchLedger {
    launches = List.copyOf(launches);
  }

  /**
   * One launch.
   *
   * @param kernel entry point
   * @param blocks of one slot
   * @param cost of one slot
   */
  public record LaunchEntry(String kernel, int blocks, Cost cost) {
    boolean isMatrixProduct() {
      return kernel.startsWith("matmul") || kernel.startsWith("weight_gradient");
    }
  }

  /** All launches of a kernel in a step. */
  public record KernelTotal(String kernel, int launches, long blocks, Cost cost) {}

  /** The launches of a plan's step, for a session of that many slots. */
  public static LaunchLedger of(Plan plan, int slots) {
    SlotLayout layout = SlotLayout.of(plan);
    List<KernelCall> calls =
        SessionMemory.Programs.of(
                plan, new Addresses(0, layout, new SessionTables(0)), new SessionState(0, slots))
            .step();
    Map<Operation, Cost> costs = operationCosts(plan);
    Ledger ledger = Ledger.of(plan);
    List<LaunchEntry> entries = new ArrayList<>();
    for (KernelCall call : calls) {
      entries.add(new LaunchEntry(call.kernel(), call.gridX(), cost(call, costs, ledger, layout)));
    }
    return new LaunchLedger(plan.cohort().precision(), entries);
  }

  private static Map<Operation, Cost> operationCosts(Plan plan) {
    List<Operation> operations = new ArrayList<>(plan.forward());
    operations.add(plan.loss());
    operations.addAll(plan.backward());
    operations.addAll(plan.parameterGradients());
    List<Ledger.Entry> entries = Ledger.of(plan).entries();
    Map<Operation, Cost> costs = new IdentityHashMap<>();
    for (int i = 0; i < operations.size(); i++) {
      costs.put(operations.get(i), entries.get(i).cost());
    }
    return costs;
  }

  private static Cost cost(
      KernelCall call, Map<Operation, Cost> costs, Ledger ledger, SlotLayout layout) {
    return switch (call.kernel()) {
      case "split_sum" -> {
        long floats = layout.splits().floats();
        yield new Cost(
            floats, (floats + layout.parameterLayout().length()) * SlotLayout.WORD_BYTES);
      }
      case "adamw", "gradient_sums" -> updateCost(call.kernel(), ledger);
      default -> call.operations().stream().map(costs::get).reduce(Cost.NONE, Cost::plus);
    };
  }

  private static Cost updateCost(String kernel, Ledger ledger) {
    return ledger.entries().stream()
        .filter(entry -> entry.phase() == Ledger.Phase.UPDATE)
        .filter(
            entry -> entry.kind().equals("OrthogonalGradient") == kernel.equals("gradient_sums"))
        .map(Ledger.Entry::cost)
        .reduce(Cost.NONE, Cost::plus);
  }

  /** By kernel, in the order of their first launch. */
  public List<KernelTotal> totals() {
    Map<String, KernelTotal> totals = new LinkedHashMap<>();
    for (LaunchEntry entry : launches) {
      totals.merge(
          entry.kernel,
          new KernelTotal(entry.kernel, 1, entry.blocks, entry.cost),
          (a, b) ->
              new KernelTotal(a.kernel, a.launches + 1, a.blocks + b.blocks, a.cost.plus(b.cost)));
    }
    return List.copyOf(totals.values());
  }

  /** Peak of the device's matrix products in the precision of this step. */
  public double matrixFlopsPerSecond(DeviceProfile profile) {
    return profile.matrixFlopsPerSecond(precision);
  }

  /** Predicted seconds of a step of that many slots together; see the class description. */
  public double predictSeconds(DeviceProfile profile, int slots) {
    double seconds = 0;
    for (LaunchEntry entry : launches) {
      double rate =
          entry.isMatrixProduct()
              ? profile.matrixFlopsPerSecond(precision)
              : profile.fp32FlopsPerSecond();
      double busy = Math.min(1, (double) entry.blocks * slots / profile.multiprocessors());
      double arithmetic = entry.cost.flops() * (double) slots / (rate * ARITHMETIC_SHARE * busy);
      double traffic =
          entry.cost.bytes() * (double) slots / (profile.bytesPerSecond() * TRAFFIC_SHARE);
      seconds += LAUNCH_SECONDS + Math.max(arithmetic, traffic);
    }
    return seconds;
  }
}
