package longrun.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntFunction;
import longrun.cuda.DeviceProfile;
import longrun.cuda.LaunchLedger;
import longrun.measure.Contender;
import longrun.measure.EnginePeaks;
import longrun.measure.Subject;
import longrun.plan.Cost;
import longrun.plan.Ledger;
import longrun.plan.Peaks;
import longrun.plan.Plan;
import longrun.plan.Planner;

/**
 * Predicts steps as {@code longrun plan} does: {@link Ledger#predictSeconds} from the processor's
 * measured peaks, {@link LaunchLedger#predictSeconds} from the GPU's.
 *
 * <p>A plan is of one run. Several runs on the processor are dealt out to its threads, a run to one
 * thread: they take as many rounds as the busiest thread has runs, each as long as one run takes
 * with that thread's part of the peaks that the threads at work have together.
 */
final class Predictor {
  private final IntFunction<Peaks> processor;
  private final Optional<DeviceProfile> device;
  private final Map<Integer, Peaks> measured = new TreeMap<>();

  /**
   * @param processor measures so many threads' peaks; asked once for each number
   * @param device empty if there is none whose peaks mean something
   */
  Predictor(IntFunction<Peaks> processor, Optional<DeviceProfile> device) {
    this.processor = processor;
    this.device = device;
  }

  /** Peaks of everything that was predicted for. */
  List<EnginePeaks> peaks() {
    List<EnginePeaks> peaks = new ArrayList<>();
    measured.forEach((threads, own) -> peaks.add(EnginePeaks.ofThreads(threads, own)));
    device.ifPresent(profile -> peaks.addAll(EnginePeaks.ofDevice(profile)));
    return peaks;
  }

  /** What a step should take; empty on a device without peaks. */
  Optional<Prediction> predict(Subject subject, Contender contender) {
    if (contender.threads().isEmpty() && device.isEmpty()) {
      return Optional.empty();
    }
    Plan plan = Planner.plan(subject.in(contender.precision()).run().cohort());
    int slots = contender.slots();
    return Optional.of(
        contender.threads().isPresent()
            ? onProcessor(Ledger.of(plan), contender.threads().getAsInt(), slots)
            : onDevice(LaunchLedger.of(plan, slots), slots));
  }

  private Prediction onProcessor(Ledger ledger, int threads, int slots) {
    int workers = slots == 1 ? threads : Math.min(threads, slots);
    Peaks peaks = measured.computeIfAbsent(workers, processor::apply);
    double runs = slots == 1 ? 1 : (double) Math.ceilDiv(slots, workers) * workers;
    Cost cost = ledger.total();
    return new Prediction(
        runs * ledger.predictSeconds(peaks),
        ledger.entries().size(),
        (double) slots * cost.flops(),
        (double) slots * cost.bytes(),
        peaks.flopsPerSecond(),
        peaks.bytesPerSecond());
  }

  private Prediction onDevice(LaunchLedger launches, int slots) {
    DeviceProfile profile = device.orElseThrow();
    Cost cost =
        launches.launches().stream()
            .map(LaunchLedger.LaunchEntry::cost)
            .reduce(Cost.NONE, Cost::plus);
    return new Prediction(
        launches.predictSeconds(profile, slots),
        launches.launches().size(),
        (double) slots * cost.flops(),
        (double) slots * cost.bytes(),
        launches.matrixFlopsPerSecond(profile),
        profile.bytesPerSecond());
  }

  /** What a prediction for an engine is, in a sentence without its full stop. */
  static String formula(String engine) {
    return switch (engine) {
      case "cpu" ->
          "the ledger's bound as longrun plan prints it: Σ over operations of max(FLOPs/peak,"
              + " bytes/bandwidth)";
      case "cuda" ->
          String.format(
              Locale.ROOT,
              "the launch ledger's as longrun plan prints it: Σ over launches of %.0f µs +"
                  + " max(FLOPs/(%.0f%% of the peak of the multiprocessors that have a block),"
                  + " bytes/(%.0f%% of the bandwidth))",
              1e6 * LaunchLedger.LAUNCH_SECONDS,
              100 * LaunchLedger.ARITHMETIC_SHARE,
              100 * LaunchLedger.TRAFFIC_SHARE);
      default -> throw new IllegalArgumentException("engine=" + engine);
    };
  }
}
