package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import longrun.config.ConfigReader;
import longrun.cpu.CpuEngine;
import longrun.cuda.DeviceProfile;
import longrun.sweep.CohortEstimate;
import longrun.sweep.RunLengths;
import longrun.sweep.Shard;
import longrun.sweep.SlotChoice;
import longrun.sweep.Sweep;
import longrun.sweep.SweepDevice;
import longrun.sweep.SweepEstimate;
import longrun.sweep.SweepPlan;
import org.junit.jupiter.api.Test;

class SweepPlanTextTest {
  private static SweepPlan plan(String axes) {
    return SweepPlan.of(
        Sweep.of(ConfigReader.parseSweep("sweep:\n" + axes, "sweep.yaml", List.of())));
  }

  /** Whole milliseconds for steps, so that the text can be said beforehand. */
  private static SweepEstimate estimate(SweepPlan plan, Shard shard, boolean early) {
    int[] runs = plan.runs(shard);
    SlotChoice slots =
        new SlotChoice(2, "one for each core", 80_000_000, 160_000_000, 2_000_000_000);
    List<CohortEstimate> cohorts =
        IntStream.range(0, plan.cohorts())
            .mapToObj(
                number ->
                    new CohortEstimate(
                        plan.cohort(number),
                        runs[number],
                        3_810_000_000L,
                        slots,
                        OptionalDouble.of(0.03),
                        OptionalDouble.of(0.02)))
            .toList();
    return new SweepEstimate(
        shard,
        shard.runs(plan.sweep().count()),
        cohorts,
        plan.cohorts(),
        SweepEstimate.Basis.MEASURED,
        new RunLengths(40_000, 40_000, 4001, 4001, 3, early),
        OptionalDouble.of(40_960),
        522_600_000,
        66_600_000);
  }

  @Test
  void everythingIsSaid() {
    SweepPlan plan =
        plan(
            "  task.train_fraction: [0.3, 0.4, 0.5, 0.6]\n"
                + "  training.seed: {from: 0, count: 16}\n");
    assertEquals(
        """
        sweep     64 runs
        axes      task.train_fraction   4 values: 0.3, 0.4, 0.5, 0.6
                  training.seed        16 values: 0, 1, 2, 3 … 15
        engine    cpu: 1 thread, 256-bit vectors, fp32 (the fastest here)
        cohorts   4, of runs that can share launches:
            runs  slots    memory  parameters  train  batch  GFLOP  train_fraction
         1    16      2  160.0 MB     226,816  3,830   full   3.81  0.3
         2    16      2  160.0 MB     226,816  5,107   full   3.81  0.4
         3    16      2  160.0 MB     226,816  6,384   full   3.81  0.5
         4    16      2  160.0 MB     226,816  7,661   full   3.81  0.6
        apart     task.train_fraction: the number of training examples differs: 3,830 ·
                  5,107 · 6,384 · 7,661
        together  whatever the values of training.seed
        slots     2, one for each core
        memory    at the most 160.0 MB of 2.0 GB: 80.0 MB for each slot
        disk      about 589.2 MB in the end: 522.6 MB of checkpoints (3 kept of each
                  run), 66.6 MB of metrics; 20.0 GB are free
        time      at most 11 h 23 min for 64 runs of 40,000 steps, evaluations included,
                  checkpoints not; runs that grok early end sooner; measured just now on
                  one thread, 30.0 ms a step in the first cohort
        """,
        String.join(
                "\n",
                SweepPlanText.lines(
                    plan,
                    estimate(plan, Shard.WHOLE, true),
                    "cpu: 1 thread, 256-bit vectors, fp32 (the fastest here)",
                    OptionalLong.of(20_000_000_000L)))
            + "\n");
  }

  @Test
  void shardsAndAFullDiskAreTold() {
    SweepPlan plan = plan("  training.seed: {from: 0, count: 17}\n");
    List<String> lines =
        SweepPlanText.lines(
            plan, estimate(plan, new Shard(3, 8), false), "cpu", OptionalLong.of(1000));
    assertEquals("sweep     2 runs in shard 3/8, of 17 runs", lines.getFirst());
    assertTrue(lines.contains("cohorts   1: all runs can share launches"), lines::toString);
    assertTrue(String.join(" ", lines).contains("NOT ENOUGH"), lines::toString);
    assertTrue(!String.join(" ", lines).contains("grok early"), lines::toString);
  }

  @Test
  void noLineIsLongerThanATerminalIsWide() {
    SweepPlan plan =
        plan(
            """
              task.operation: [add, subtract, divide, multiply, x2_plus_y, add_or_subtract]
              optimizer.learning_rate: {log_range: [1e-4, 1e-2], points: 5}
              optimizer.grokfast_ema: [null, {alpha: 0.98, lambda: 2.0}]
              task.modulus: [5, 7, 11, 13]
              training.seed: {from: 0, count: 100000}
            """);
    for (Optional<DeviceProfile> profile :
        List.of(DeviceProfile.of("h100"), Optional.<DeviceProfile>empty())) {
      SweepEstimate estimate =
          SweepEstimate.onDevice(
              plan,
              Shard.WHOLE,
              OptionalInt.empty(),
              new CpuEngine(1),
              new SweepDevice(2_000_000_000L, profile));
      List<String> lines =
          SweepPlanText.lines(plan, estimate, "cuda: a device", OptionalLong.empty());
      assertTrue(
          lines.stream().allMatch(line -> line.length() <= SweepPlanText.WIDTH),
          () -> String.join("\n", lines));
      String text = String.join("\n", lines).replaceAll("\\s+", " ");
      assertTrue(text.contains("cohorts 16, of runs that can share launches"), text);
      assertTrue(text.contains("and 4 more"), text);
      assertTrue(
          text.contains(
              "task.operation: the examples that a model reads differ: 25 · 20; add, subtract,"
                  + " multiply, x2_plus_y, add_or_subtract agree"),
          text);
      assertTrue(text.contains("optimizer.grokfast_ema: some runs keep an average"), text);
      assertTrue(text.contains("together whatever the values of optimizer.learning_rate"), text);
      assertEquals(profile.isEmpty(), text.contains("not predicted: the device is emulated"));
      assertEquals(profile.isPresent(), text.contains("predicted, not measured"));
    }
  }

  @Test
  void aLargeSweepIsAskedAbout() {
    SweepPlan plan = plan("  training.seed: {from: 0, count: 10000000}\n");
    SweepEstimate estimate = estimate(plan, Shard.WHOLE, true);
    assertEquals(
        "10,000,000 runs, at most 11 h 23 min of training and about 589.2 MB on disk: if that is"
            + " meant, add --yes; --dry-run says more",
        SweepPlanText.question(estimate));
    List<String> lines = SweepPlanText.lines(plan, estimate, "cpu", OptionalLong.empty());
    assertEquals("          a sweep of this size begins only with --yes", lines.getLast());
  }
}
