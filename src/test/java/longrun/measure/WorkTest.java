package longrun.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import longrun.plan.Cohort;
import longrun.plan.Ledger;
import longrun.plan.Plan;
import longrun.plan.Planner;
import org.junit.jupiter.api.Test;

class WorkTest {
  private static Plan plan(int batch) {
    // 24 of 49 examples train.
    Cohort cohort =
        Samples.subject(
                """
                task: {kind: modular, operation: add, modulus: 7, train_fraction: 0.5}
                model: {kind: transformer, layers: 1, d_model: 8, heads: 2, d_head: 4, d_mlp: 16}
                """,
                "training.batch_size=" + batch)
            .run()
            .cohort();
    assertEquals(24, cohort.trainExamples());
    return Planner.plan(cohort);
  }

  @Test
  void equalBatchesCostWhatTheLedgerSays() {
    Ledger ledger = Ledger.of(plan(12));
    Work work = Work.of(plan(12));
    long update = ledger.total(Ledger.Phase.UPDATE).flops();
    assertEquals(ledger.plannedFlops() + update, work.usefulFlops());
    assertEquals(ledger.naiveFlops() + update, work.naiveFlops());
    assertEquals(ledger.total().bytes(), work.bytes());
  }

  @Test
  void theLastBatchOfAnEpochCountsForWhatItIs() {
    Ledger ledger = Ledger.of(plan(10));
    Work work = Work.of(plan(10));
    double update = ledger.total(Ledger.Phase.UPDATE).flops();
    // 10 + 10 + 4 examples in three steps; without a plan, every example costs the same.
    assertEquals(ledger.naiveFlops() * 8.0 / 10 + update, work.naiveFlops(), 1e-6);
    assertTrue(work.usefulFlops() < ledger.total().flops(), work::toString);
    assertTrue(work.usefulFlops() - update > ledger.plannedFlops() * 8.0 / 10, "shared rows stay");
    assertTrue(work.bytes() < ledger.total().bytes(), work::toString);
  }
}
