package longrun.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import longrun.config.Precision;
import longrun.cpu.CpuEngine;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaEngine;
import longrun.cuda.Emulator;
import longrun.engine.Engine;
import longrun.engine.Session;
import longrun.model.Tensors;
import longrun.plan.Cohort;
import longrun.reference.ReferenceEngine;
import org.junit.jupiter.api.Test;

/** Measurements of tiny runs, and what stands in for one that cannot be had. */
class BenchTest {
  private static final double SECONDS = 0.02;
  private static final int ROUNDS = 2;

  private static Contender cpu(int threads, int slots) {
    return new Contender(
        new CpuEngine(threads), OptionalInt.of(threads), slots, Precision.FP32, false);
  }

  private static Contender reference() {
    return new Contender(new ReferenceEngine(), OptionalInt.of(1), 1, Precision.FP32, false);
  }

  private static BenchResult bench(Subject subject, Contender... contenders) {
    return new Bench(SECONDS, ROUNDS, Optional.empty(), DeviceMeter.NONE)
        .run(List.of(subject), List.of(contenders), _ -> {});
  }

  @Test
  void everyContenderIsMeasuredOnEverySubject() {
    List<Setting> announced = new ArrayList<>();
    Subject other = new Subject("other", Samples.subject(Samples.TINY, "task.modulus=7").run());
    BenchResult result =
        new Bench(SECONDS, ROUNDS, Optional.empty(), DeviceMeter.NONE)
            .run(
                List.of(Samples.subject(Samples.TINY), other),
                List.of(reference(), cpu(1, 1), cpu(2, 3)),
                announced::add);
    List<Setting> measured = result.measurements().stream().map(Measurement::setting).toList();
    assertEquals(6, measured.size());
    List<Setting> twice = new ArrayList<>(measured);
    twice.addAll(measured);
    assertEquals(twice, announced, "everything once, then everything again");
    for (Measurement measurement : result.measurements()) {
      Timing timing = assertInstanceOf(Outcome.Measured.class, measurement.outcome()).timing();
      assertTrue(timing.blockNanos().size() >= BlockTimer.FEWEST_BLOCKS);
      assertEquals(ROUNDS, timing.roundBlocks().size());
      int batches = measurement.setting().configuration().equals("other") ? 5 : 3;
      assertEquals(0, timing.stepsPerBlock() % batches, "24 or 12 examples train, 5 in a batch");
      assertTrue(timing.warmUp().steps() > 0);
      assertTrue(result.rates(measurement).orElseThrow().runStepsPerSecond() > 0);
      assertEquals(
          measurement.setting().engine().equals("cpu"),
          result.rates(measurement).orElseThrow().arithmeticShare().isPresent());
    }
    assertEquals(List.of(1, 2), result.peaks().stream().map(p -> p.threads().getAsInt()).toList());
    assertEquals(Optional.empty(), result.environment().device());
    long megabyte = 1 << 20;
    long resident = result.memory().residentBytes().orElseThrow();
    assertTrue(resident > 30 * megabyte && resident < 100_000 * megabyte, "bytes=" + resident);
    assertEquals(OptionalLong.empty(), result.memory().deviceUsedBytes());
  }

  @Test
  void slotsHoldRealRunsThatDifferInTheirSeed() {
    Subject subject = Samples.subject(Samples.TINY);
    try (Session session = new CpuEngine(1).open(subject.run().cohort(), 3)) {
      subject.loadAll(session, 32);
      Tensors first = session.save(0).parameters();
      double[] weights = first.get("layers.0.W").values();
      assertEquals(
          (float) subject.run().model().initialize(3).get("layers.0.W").values()[1],
          weights[1],
          "the configuration's own seed");
      assertEquals(
          (float) subject.run().model().initialize(5).get("layers.0.W").values()[1],
          session.save(2).parameters().get("layers.0.W").values()[1]);
      double before = session.evaluate().getFirst().trainLoss();
      session.advance(100);
      assertNotEquals(before, session.evaluate().getFirst().trainLoss());
    }
  }

  @Test
  void whatAnEngineCannotTrainIsARowAndTheRestGoesOn() {
    BenchResult result =
        bench(
            Samples.subject(Samples.TINY),
            new Contender(new CpuEngine(1), OptionalInt.of(1), 1, Precision.TF32, false),
            reference());
    Outcome.Unsupported refused =
        assertInstanceOf(Outcome.Unsupported.class, result.measurements().getFirst().outcome());
    assertTrue(refused.reason().contains("training.precision tf32"), refused.reason());
    assertInstanceOf(Outcome.Measured.class, result.measurements().getLast().outcome());
  }

  @Test
  void whatFailsIsARowAndTheRestGoesOn() {
    BenchResult result = bench(Samples.subject(Samples.TINY), withoutHeap(), reference());
    Outcome.Failed failed =
        assertInstanceOf(Outcome.Failed.class, result.measurements().getFirst().outcome());
    assertTrue(failed.reason().contains("LONGRUN_JAVA_OPTS=-Xmx"), failed.reason());
    assertInstanceOf(Outcome.Measured.class, result.measurements().getLast().outcome());
  }

  /** Stands in for thousands of slots. */
  private static Contender withoutHeap() {
    Engine engine =
        new Engine() {
          @Override
          public String name() {
            return "cpu";
          }

          @Override
          public String description() {
            return "a processor";
          }

          @Override
          public int parameterBits() {
            return 32;
          }

          @Override
          public Session open(Cohort cohort, int slots) {
            throw new OutOfMemoryError("Java heap space");
          }
        };
    return new Contender(engine, OptionalInt.of(1), 4096, Precision.FP32, false);
  }

  @Test
  void aDeviceThatFailsIsARowAndTheProcessorIsMeasured() {
    Emulator.require();
    try (CudaContext context = Emulator.openContext(false)) {
      Emulator.failCall("cuLaunchKernel", 3, 700);
      BenchResult result =
          new Bench(SECONDS, ROUNDS, Optional.of(context), DeviceMeter.NONE)
              .run(
                  List.of(Samples.subject(Samples.TINY)),
                  List.of(cuda(context, 1, Precision.FP32), cpu(1, 1)),
                  _ -> {});
      assertInstanceOf(Outcome.Failed.class, result.measurements().getFirst().outcome());
      assertInstanceOf(Outcome.Measured.class, result.measurements().getLast().outcome());
    }
  }

  @Test
  void runsThatDivergedAreNoMeasurement() {
    BenchResult result =
        bench(
            // Decay alone multiplies every weight by -1e5 in each step: the fewest that are
            // measured
            // are enough.
            Samples.subject(
                Samples.TINY, "optimizer.learning_rate=1000", "optimizer.weight_decay=100"),
            cpu(1, 2));
    assertEquals(new Outcome.Diverged(2), result.measurements().getFirst().outcome());
  }

  @Test
  void theEmulatedDeviceIsMeasuredAndNamed() {
    Emulator.require();
    try (CudaContext context = Emulator.openContext(false)) {
      BenchResult result =
          new Bench(SECONDS, ROUNDS, Optional.of(context), DeviceMeter.NONE)
              .run(
                  List.of(Samples.subject(Samples.TINY)),
                  List.of(cuda(context, 1, Precision.FP32), cuda(context, 3, Precision.TF32)),
                  _ -> {});
      assertTrue(result.environment().device().orElseThrow().emulated());
      for (Measurement measurement : result.measurements()) {
        assertTrue(measurement.setting().emulated());
        assertInstanceOf(Outcome.Measured.class, measurement.outcome());
      }
      assertEquals(List.of(), result.peaks());
    }
  }

  @Test
  void tooManySlotsSayHowManyWouldFitAndTheRestGoesOn() {
    Emulator.require();
    try (CudaContext context = Emulator.openContext(false)) {
      Emulator.setMemory(100_000);
      BenchResult result =
          new Bench(SECONDS, ROUNDS, Optional.of(context), DeviceMeter.NONE)
              .run(
                  List.of(Samples.subject(Samples.TINY)),
                  List.of(cuda(context, 256, Precision.FP32), cuda(context, 1, Precision.FP32)),
                  _ -> {});
      Outcome.OutOfMemory memory =
          assertInstanceOf(Outcome.OutOfMemory.class, result.measurements().getFirst().outcome());
      assertTrue(memory.neededBytes().getAsLong() > 100_000, memory::toString);
      assertTrue(memory.freeBytes().getAsLong() <= 100_000, memory::toString);
      int fitting = memory.fittingSlots().getAsInt();
      assertTrue(fitting >= 1 && fitting < 256, memory::toString);
      assertInstanceOf(Outcome.Measured.class, result.measurements().getLast().outcome());
    }
  }

  private static Contender cuda(CudaContext context, int slots, Precision precision) {
    return new Contender(
        new CudaEngine(context),
        OptionalInt.empty(),
        slots,
        precision,
        context.device().emulated());
  }
}
