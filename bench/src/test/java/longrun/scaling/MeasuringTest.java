package longrun.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import longrun.config.Precision;
import longrun.cpu.CpuEngine;
import longrun.measure.Bench;
import longrun.measure.Contender;
import longrun.measure.DeviceMeter;
import longrun.measure.Measurement;
import longrun.measure.Outcome;
import longrun.measure.Subject;
import longrun.plan.Peaks;
import org.junit.jupiter.api.Test;

class MeasuringTest {
  private static final long HEAP = 1L << 30;
  private static final Subject SMALL = Samples.tiny("small");
  private static final Subject LARGE = Samples.tiny("large", "model.d_mlp=64");

  private int rounds = 1;
  private final List<String> told = new ArrayList<>();

  private static Planned planned(Subject subject, int slots) {
    return new Planned(
        Axis.SLOTS,
        slots,
        subject.name(),
        subject,
        new Contender(new CpuEngine(1), OptionalInt.of(1), slots, Precision.FP32, false));
  }

  private ScalingResult measured(
      Measuring.Limits limits, double slowness, LongSupplier clock, Planned... points) {
    Predictor predictor =
        new Predictor(_ -> new Peaks("slow", 1e11 / slowness, 1e11 / slowness), Optional.empty());
    return new Measuring(
            new Bench(0.005, rounds, Optional.empty(), DeviceMeter.NONE),
            predictor,
            limits,
            clock,
            told::add)
        .run(List.of(points));
  }

  @Test
  void theCheapestComesFirstAndPointsKeepTheirOrder() {
    ScalingResult result =
        measured(
            new Measuring.Limits(60, 600, HEAP),
            1,
            System::nanoTime,
            planned(LARGE, 4),
            planned(SMALL, 1),
            planned(LARGE, 4));
    assertEquals(
        List.of("1 of 2: small, cpu, 1 thread, 1 run", "2 of 2: large, cpu, 1 thread, 4 runs"),
        told);
    assertEquals(
        List.of("large", "small", "large"), result.points().stream().map(Point::series).toList());
    assertEquals(2, result.bench().measurements().size());
    for (Point point : result.points()) {
      assertEquals(Optional.empty(), result.remark(point));
      assertTrue(result.nanosPerStep(point).isPresent());
      assertTrue(point.prediction().isPresent());
    }
  }

  @Test
  void laterRoundsGoToAndFro() {
    rounds = 3;
    ScalingResult result =
        measured(
            new Measuring.Limits(60, 600, HEAP),
            1,
            System::nanoTime,
            planned(LARGE, 4),
            planned(SMALL, 1));
    assertEquals(
        List.of("small", "large", "large", "small", "small", "large"),
        told.stream().map(text -> text.replaceAll(".*: (\\w+),.*", "$1")).toList());
    assertTrue(told.get(2).startsWith("round 2 of 3, 1 of 2: "), told.get(2));
    for (Measurement measurement : result.bench().measurements()) {
      Outcome.Measured outcome = assertInstanceOf(Outcome.Measured.class, measurement.outcome());
      assertEquals(3, outcome.timing().roundBlocks().size());
    }
  }

  @Test
  void whenTheTimeIsUpInALaterRoundTheEarlierOnesAreKept() {
    rounds = 2;
    long[] now = {0};
    ScalingResult result =
        measured(
            new Measuring.Limits(1e9, 2, HEAP),
            1,
            () -> now[0] += 1_000_000_000L,
            planned(SMALL, 1));
    assertEquals(Optional.empty(), result.remark(result.points().getFirst()));
    assertTrue(told.getLast().contains("for all points were over"), told.toString());
    assertTrue(result.nanosPerStep(result.points().getFirst()).isPresent());
  }

  @Test
  void whatIsPredictedToTakeTooLongIsNotTried() {
    assertRemark(
        new Measuring.Limits(1, 600, HEAP), 1e9, "would take longer than the 1.00 s for a point");
  }

  @Test
  void whatDoesNotFitIntoTheHeapIsNotTried() {
    assertRemark(new Measuring.Limits(60, 600, 1000), 1, "MiB that the Java heap has for it");
  }

  @Test
  void whatTakesTooLongIsGivenUp() {
    long[] now = {0};
    ScalingResult result =
        measured(
            new Measuring.Limits(10, 600, HEAP),
            1,
            () -> now[0] += 4_000_000_000L,
            planned(SMALL, 1));
    assertEquals(
        "with 4.0 s a step it would take longer than the 10.0 s for a point",
        result.remark(result.points().getFirst()).orElseThrow());
  }

  @Test
  void whenTheTimeIsUpTheRestIsSkipped() {
    long[] now = {0};
    ScalingResult result =
        measured(
            new Measuring.Limits(1e9, 5, HEAP),
            1,
            () -> now[0] += 1_000_000_000L,
            planned(LARGE, 4),
            planned(SMALL, 1));
    assertEquals(Optional.empty(), result.remark(result.points().getLast()));
    assertEquals(
        "the 5.00 s for all points were over",
        result.remark(result.points().getFirst()).orElseThrow());
  }

  private void assertRemark(Measuring.Limits limits, double slowness, String remark) {
    ScalingResult result = measured(limits, slowness, System::nanoTime, planned(SMALL, 1));
    String told = result.remark(result.points().getFirst()).orElseThrow();
    assertTrue(told.contains(remark), told);
    assertTrue(result.bench().measurements().isEmpty());
    assertTrue(this.told.contains("  skipped: " + told), this.told.toString());
  }
}
