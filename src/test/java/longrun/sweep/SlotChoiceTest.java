package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import longrun.config.ConfigReader;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaEngine;
import longrun.cuda.CudaFailure;
import longrun.cuda.DeviceProfile;
import longrun.cuda.Emulator;
import longrun.cuda.LaunchLedger;
import longrun.cuda.SessionNeed;
import longrun.engine.Session;
import longrun.plan.Cohort;
import longrun.plan.Plan;
import longrun.plan.Planner;
import longrun.train.PreparedRun;
import org.junit.jupiter.api.Test;

class SlotChoiceTest {
  private static final long PLENTY = 80_000_000_000L;
  private static final DeviceProfile H100 = DeviceProfile.of("h100").orElseThrow();
  private static final Cohort SMALL =
      cohort("task: {modulus: 7}\nmodel: {d_model: 8, heads: 2, d_head: 4, d_mlp: 12}\n");
  private static final Cohort DEFAULT = cohort("{}");

  private static Cohort cohort(String yaml) {
    return PreparedRun.of(ConfigReader.parse(yaml, "test", List.of()), Optional.empty()).cohort();
  }

  private static SlotChoice choose(Cohort cohort, int runs, OptionalInt asked, long freeBytes) {
    return SlotChoice.onDevice(cohort, runs, asked, new SweepDevice(freeBytes, Optional.of(H100)));
  }

  @Test
  void thereAreAtMostAsManySlotsAsRuns() {
    SlotChoice choice = choose(SMALL, 5, OptionalInt.empty(), PLENTY);
    assertEquals(5, choice.slots());
    assertEquals("one for each run", choice.reason());
    assertEquals(SessionNeed.of(Planner.plan(SMALL)).bytes(5), choice.bytes());
  }

  @Test
  void theRateOnlyRisesWithTheSlots() {
    for (Cohort cohort : List.of(SMALL, DEFAULT)) {
      LaunchLedger ledger = LaunchLedger.of(Planner.plan(cohort), 1);
      double before = 0;
      for (int slots = 1; slots < 3000; slots += 7) {
        double rate = SlotChoice.rate(ledger, H100, slots);
        assertTrue(rate >= before * (1 - 1e-12), "slots=" + slots);
        before = rate;
      }
    }
  }

  @Test
  void noSlotsAreTakenThatBringNothing() {
    SlotChoice choice = choose(DEFAULT, 100_000, OptionalInt.empty(), PLENTY);
    LaunchLedger ledger = LaunchLedger.of(Planner.plan(DEFAULT), 1);
    double best = SlotChoice.rate(ledger, H100, CudaEngine.MAX_SLOTS);
    assertTrue(SlotChoice.rate(ledger, H100, choice.slots()) >= 0.97 * best);
    assertTrue(SlotChoice.rate(ledger, H100, choice.slots() - 1) < 0.97 * best);
    assertEquals("the fewest that reach 97% of the highest predicted rate", choice.reason());
    int small = choose(SMALL, 100_000, OptionalInt.empty(), PLENTY).slots();
    assertTrue(small > 10 * choice.slots(), "small runs fill the device late: " + small);
  }

  @Test
  void memoryIsTheLimitWhereThereIsLittle() {
    Plan plan = Planner.plan(DEFAULT);
    SessionNeed need = SessionNeed.of(plan);
    SlotChoice choice = choose(DEFAULT, 100, OptionalInt.empty(), need.bytes(4));
    assertEquals(3, choice.slots(), "one sixteenth stays free");
    assertTrue(choice.reason().startsWith("as many as fit into "), choice.reason());
    assertEquals(need.slotBytes(), choice.slotBytes());
    assertEquals(4, choose(DEFAULT, 100, OptionalInt.of(4), need.bytes(4)).slots());
  }

  @Test
  void askedForSlotsAreTakenOrRefusedWithWhatWouldFit() {
    assertEquals(7, choose(SMALL, 100, OptionalInt.of(7), PLENTY).slots());
    SlotChoice fewer = choose(SMALL, 3, OptionalInt.of(7), PLENTY);
    assertEquals(3, fewer.slots());
    assertEquals("of 7 asked for: there are no more runs", fewer.reason());
    long free = SessionNeed.of(Planner.plan(DEFAULT)).bytes(4) + 5;
    assertRefused(
        "9 slots need 372.0 MB, and 165.4 MB of the device's memory are free; 4 would fit:"
            + " --slots 4",
        DEFAULT,
        OptionalInt.of(9),
        free);
    assertRefused(
        "one slot needs 41.5 MB, and 1.0 MB of the device's memory are free; not one fits",
        DEFAULT,
        OptionalInt.empty(),
        1_000_000);
  }

  private static void assertRefused(String message, Cohort cohort, OptionalInt asked, long free) {
    assertEquals(
        message,
        assertThrows(SlotsDoNotFitException.class, () -> choose(cohort, 100, asked, free))
            .getMessage());
  }

  @Test
  void whatIsSaidToFitDoes() {
    Emulator.require();
    Emulator.reset();
    try {
      Emulator.setMemory(6 << 20);
      try (CudaContext context = CudaContext.open()) {
        SweepDevice device = SweepDevice.of(context);
        assertEquals(Optional.empty(), device.profile(), "an emulated device has no speed");
        assertEquals(context.freeBytes(), device.freeBytes());
        int fitting = SessionNeed.of(Planner.plan(SMALL)).fitting(device.freeBytes());
        SlotChoice all = SlotChoice.onDevice(SMALL, 1000, OptionalInt.of(fitting), device);
        try (Session session = new CudaEngine(context).open(SMALL, all.slots())) {
          assertEquals(fitting, session.slots());
          long taken = device.freeBytes() - context.freeBytes();
          assertTrue(taken >= all.bytes(), taken + " of " + all.bytes());
        }
        assertThrows(
            SlotsDoNotFitException.class,
            () -> SlotChoice.onDevice(SMALL, 1000, OptionalInt.of(fitting + 1), device));
        CudaFailure failure =
            assertThrows(CudaFailure.class, () -> new CudaEngine(context).open(SMALL, fitting + 1));
        assertEquals(fitting, failure.memory().orElseThrow().fittingSlots());
        SlotChoice chosen = SlotChoice.onDevice(SMALL, 1000, OptionalInt.empty(), device);
        assertEquals(8, chosen.slots());
        assertTrue(chosen.reason().contains("an emulated device has no speed"), chosen.reason());
      }
    } finally {
      Emulator.reset();
    }
  }

  @Test
  void aCoreTrainsOneRun() {
    assertCores(4, "one for each core", 4, 100, OptionalInt.empty());
    assertCores(3, "4 cores for so many runs", 4, 3, OptionalInt.empty());
    assertCores(7, "as asked for, to share 4 cores", 4, 100, OptionalInt.of(7));
    assertCores(2, "as asked for", 4, 100, OptionalInt.of(2));
    assertCores(
        8,
        "of 40 cores, for no more runs fit into the Java heap of 1.0 GB",
        40,
        100,
        OptionalInt.empty());
  }

  private static void assertCores(
      int slots, String reason, int cores, int runs, OptionalInt asked) {
    SlotChoice choice = SlotChoice.onCores(100_000_000, runs, asked, cores, 1_000_000_000);
    assertEquals(slots, choice.slots());
    assertEquals(reason, choice.reason());
    assertEquals(slots * 100_000_000L, choice.bytes());
  }

  @Test
  void aHeapThatIsTooSmallIsToldOf() {
    assertEquals(
        "9 slots need about 900.0 MB, and the Java heap is limited to 1.0 GB; 8 would fit:"
            + " --slots 8. Raise the limit (LONGRUN_JAVA_OPTS=-Xmx8g)",
        refusedOnCores(100_000_000, OptionalInt.of(9)));
    assertEquals(
        "one slot needs about 3.0 GB, and the Java heap is limited to 1.0 GB; not one fits. Raise"
            + " the limit (LONGRUN_JAVA_OPTS=-Xmx8g), or make the model, the task or the batch"
            + " smaller",
        refusedOnCores(3_000_000_000L, OptionalInt.empty()));
  }

  private static String refusedOnCores(long runBytes, OptionalInt asked) {
    return assertThrows(
            SlotsDoNotFitException.class,
            () -> SlotChoice.onCores(runBytes, 100, asked, 2, 1_000_000_000))
        .getMessage();
  }
}
