package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.engine.Run;
import longrun.engine.Session;
import longrun.model.Model;
import longrun.plan.Cohort;
import longrun.plan.Planner;
import longrun.task.Dataset;
import longrun.task.Datasets;
import longrun.task.Split;
import longrun.task.Splits;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session asks of the driver, and what it leaves alone. */
class CudaSessionTest {
  /** What the emulated driver fills memory with. */
  private static final int UNTOUCHED = -1;

  private static final int ANY_CODE = 719;

  private CudaContext context;

  @BeforeEach
  void open() {
    Emulator.require();
    context = Emulator.openContext(true);
  }

  @AfterEach
  void close() {
    if (context != null) {
      context.close();
    }
  }

  private record Small(Cohort cohort, Run run, Model model) {}

  private static Small small(String model, String... overrides) {
    RunConfig config =
        ConfigReader.parse(
            "task: {kind: modular, operation: add, modulus: 5}\nmodel: " + model + "\n",
            "small.yaml",
            List.of(overrides));
    Dataset dataset = Datasets.of(config.task());
    Split split = Splits.of(config.task(), dataset);
    Model built = Model.of(config.model(), dataset);
    return new Small(
        Cohort.of(config, dataset, built, split.train().length),
        new Run(config, split, dataset.answers()),
        built);
  }

  @Test
  void aBlockOfFiftyStepsIsOneGraphAndNobodyWaitsInside() {
    Small small =
        small("{kind: transformer, layers: 1, d_model: 8, heads: 2, d_head: 4, d_mlp: 12}");
    try (Session session = new CudaEngine(context).open(small.cohort, 1)) {
      session.load(0, small.run, SmallRuns.initialState(small.model, 1, false));
      session.advance(50);
      long kernels = Emulator.kernels();
      long graphs = Emulator.graphLaunches();
      long waits = Emulator.synchronizations();
      long launches = Emulator.calls("cuLaunchKernel");
      session.advance(50);
      assertEquals(1, Emulator.graphLaunches() - graphs);
      assertEquals(1, Emulator.synchronizations() - waits, "at the end of the block");
      assertEquals(0, Emulator.calls("cuLaunchKernel") - launches, "outside of the graph");
      double perStep = (Emulator.kernels() - kernels) / 50.0;
      assertTrue(perStep <= 30, "kernels per step: " + perStep);
    }
  }

  @Test
  void theExperimentOfNanda2023NeedsAtMostThirtyLaunches() {
    RunConfig config = ConfigReader.read(Path.of("configs", "nanda-2023.yaml"), List.of());
    Dataset dataset = Datasets.of(config.task());
    Model model = Model.of(config.model(), dataset);
    int train = Splits.of(config.task(), dataset).train().length;
    LaunchLedger ledger =
        LaunchLedger.of(Planner.plan(Cohort.of(config, dataset, model, train)), 64);
    assertEquals(24, ledger.launches().size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: transformer, layers: 2, d_model: 9, heads: 3, d_head: 3, d_mlp: 7,"
            + " normalization: pre, attention_bias: true}",
        "{kind: transformer, layers: 1, d_model: 6, heads: 1, d_head: 5, d_mlp: 11,"
            + " normalization: post, activation: gelu}",
        "{kind: mlp, hidden: [5, 9]}"
      })
  void nothingIsWrittenBetweenRegionsNorIntoEmptySlots(String model) {
    Small small =
        small(
            model,
            "training.batch_size=4",
            "optimizer.grokfast_ema={alpha: 0.9, lambda: 1.0}",
            "optimizer.orthogonal_gradient=true");
    try (CudaSession session = (CudaSession) new CudaEngine(context).open(small.cohort, 3)) {
      session.load(1, small.run, SmallRuns.initialState(small.model, 1, true));
      session.advance(12);
      session.evaluate();
      session.gradients(1);
      SlotLayout layout = session.memory().layout();
      for (int slot = 0; slot < 3; slot++) {
        ByteBuffer words =
            ByteBuffer.allocateDirect(Math.toIntExact(layout.words() * SlotLayout.WORD_BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        session.memory().downloadArena(slot, words);
        List<SlotLayout.Region> regions = new ArrayList<>(layout.regions().values());
        regions.sort(Comparator.comparingLong(SlotLayout.Region::firstWord));
        long from = 0;
        for (SlotLayout.Region region : regions) {
          // Words of an empty slot belong to nobody either.
          long end = slot == 1 ? region.firstWord() : region.firstWord() + region.words();
          assertUntouched(words, from, end, "slot " + slot + " before " + region);
          from = region.firstWord() + region.words();
        }
        assertUntouched(words, from, layout.words(), "slot " + slot + " at the end");
      }
    }
  }

  @Test
  void anOpeningThatFailsHalfwayLeavesNothingBehind() {
    Small small = small("{kind: mlp, hidden: [5]}");
    CudaEngine engine = new CudaEngine(context);
    engine.open(small.cohort, 2).close(); // every kernel has been looked up
    long free = context.freeBytes();
    for (String function :
        List.of("cuMemHostAlloc", "cuStreamCreate", "cuMemsetD32", "cuMemAlloc")) {
      long streams = opened("cuStreamCreate", "cuStreamDestroy", function);
      long pinned = opened("cuMemHostAlloc", "cuMemFreeHost", function);
      Emulator.failCall(function, 1, ANY_CODE);
      CudaFailure failure = assertThrows(CudaFailure.class, () -> engine.open(small.cohort, 2));
      assertTrue(failure.call().function().startsWith(function), failure::getMessage);
      assertEquals(free, context.freeBytes(), "memory after a failing " + function);
      assertEquals(
          streams, opened("cuStreamCreate", "cuStreamDestroy", ""), "streams after " + function);
      assertEquals(
          pinned, opened("cuMemHostAlloc", "cuMemFreeHost", ""), "pinned after " + function);
    }
  }

  @Test
  void closingFreesTheRestWhateverFails() {
    Small small = small("{kind: mlp, hidden: [5]}");
    CudaEngine engine = new CudaEngine(context);
    engine.open(small.cohort, 1).close();
    long free = context.freeBytes();
    for (String function : List.of("cuGraphExecDestroy", "cuMemFreeHost", "cuStreamDestroy")) {
      Session session = engine.open(small.cohort, 1);
      session.load(0, small.run, SmallRuns.initialState(small.model, 1, false));
      session.advance(1);
      session.evaluate();
      Emulator.failCall(function, 1, ANY_CODE);
      CudaFailure failure = assertThrows(CudaFailure.class, session::close);
      assertTrue(failure.call().function().startsWith(function), failure::getMessage);
      assertEquals(free, context.freeBytes(), "memory after a failing " + function);
    }
  }

  /** Calls without their counterpart, and the one that is about to fail, which needs none. */
  private static long opened(String open, String close, String failing) {
    return Emulator.calls(open) - Emulator.calls(close) + (open.equals(failing) ? 1 : 0);
  }

  @Test
  void slotsThatAGridOrASessionDoesNotHaveAreRefused() {
    Small small = small("{kind: mlp, hidden: [5]}");
    CudaEngine engine = new CudaEngine(context);
    long free = context.freeBytes();
    IllegalArgumentException tooMany =
        assertThrows(IllegalArgumentException.class, () -> engine.open(small.cohort, 65536));
    assertEquals("slots=65536 must be from 1 to 65535", tooMany.getMessage());
    assertEquals(free, context.freeBytes());
    try (Session session = engine.open(small.cohort, 1)) {
      long uploads = Emulator.calls("cuMemcpyHtoD");
      assertThrows(IndexOutOfBoundsException.class, () -> session.unload(1));
      assertEquals(uploads, Emulator.calls("cuMemcpyHtoD"), "nothing is written for it");
    }
  }

  private static void assertUntouched(ByteBuffer words, long from, long to, String where) {
    for (long word = from; word < to; word++) {
      assertEquals(
          UNTOUCHED,
          words.getInt(Math.toIntExact(word * SlotLayout.WORD_BYTES)),
          where + " word=" + word);
    }
  }
}
