package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.CudaContext;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** Cases of {@code score} and {@code record}: what an evaluation reports. */
final class ScoreCases {
  private static final int SLOTS = 3;
  private static final int INACTIVE = 1;

  /** Sums in double of at most 1000 values. */
  private static final double TOLERANCE = 1000 * 0x1p-53;

  private ScoreCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int examples : new int[] {1, 31, 255, 257, 1000}) {
      cases.add(
          KernelCase.of("score", "examples=" + examples, context -> score(context, examples)));
    }
    cases.add(KernelCase.of("score", "examples=0", context -> score(context, 0)));
    for (int chunks : new int[] {1, 33, 300}) {
      cases.add(KernelCase.of("record", "chunks=" + chunks, context -> record(context, chunks)));
    }
    return cases;
  }

  /** Two batches of the training part, then one that starts it anew, then one of validation. */
  private static Outcome score(CudaContext context, int examples) {
    CaseValues values = new CaseValues(examples);
    try (CaseMemory memory = new CaseMemory(context, true, false, true)) {
      Region losses =
          memory
              .arena()
              .packed("losses", Access.IN, 1, Math.max(1, examples))
              .fill((slot, row, i) -> values.normal(slot, i));
      Region correct =
          memory
              .arena()
              .ints("correct", Access.IN, Math.max(1, examples))
              .fillInts((slot, i) -> values.below(SLOTS + slot, i, 2));
      Region count = memory.arena().constants("examples", examples);
      Region records = records(memory);
      Struct parameters = KernelParameters.SCORE_PARAMETERS.create();
      memory.describeSlots(parameters);
      parameters
          .set("record", records.address())
          .set("losses", losses.address())
          .set("correct", correct.address())
          .set("examples", count.address());
      int[][] partAndFirst = {{0, 1}, {0, 0}, {1, 0}};
      for (int[] each : partAndFirst) {
        parameters.set("part", each[0]).set("first", each[1]);
        memory.launch("score", 1, 256, parameters);
      }
      Comparison comparison = new Comparison(TOLERANCE);
      for (int slot : memory.activeSlots()) {
        Struct record = records.structAt(0, slot, KernelParameters.EVALUATION_RECORD);
        double sum = 0;
        double magnitude = 1;
        int right = 0;
        for (int i = 0; i < examples; i++) {
          sum += losses.at(slot, 0, i);
          magnitude += Math.abs(losses.at(slot, 0, i));
          right += correct.intAt(slot, i);
        }
        comparison.compare("loss[0]", record.real("loss", 0), 2 * sum, magnitude);
        comparison.compare("loss[1]", record.real("loss", 1), before(slot) + sum, magnitude);
        comparison.same("correct[0]", record.integer("correct", 0), 2L * right);
        comparison.same("correct[1]", record.integer("correct", 1), 100 + slot + right);
      }
      inactiveIsUntouched(comparison, records);
      return comparison.outcome(memory);
    }
  }

  private static Outcome record(CudaContext context, int chunks) {
    CaseValues values = new CaseValues(chunks);
    try (CaseMemory memory = new CaseMemory(context, true, false, true)) {
      Region sums = memory.arena().doubles("sums", Access.IN, chunks);
      Region control = memory.arena().structs("control", Access.IN, KernelParameters.CONTROL, 1);
      for (int slot = 0; slot < SLOTS; slot++) {
        for (int i = 0; i < chunks; i++) {
          sums.setDouble(slot, i, values.uniform(slot, i));
        }
        control.setStruct(
            slot,
            0,
            ControlStruct.of(ControlStruct.ADAMW, (1L << 40) + slot, 1).set("diverged", slot / 2));
      }
      Region records = records(memory);
      Struct parameters = KernelParameters.RECORD_PARAMETERS.create();
      memory.describeSlots(parameters);
      parameters
          .set("record", records.address())
          .set("control", control.address())
          .set("sums", sums.address())
          .set("chunkCount", chunks);
      memory.launch("record", 1, 256, parameters);
      Comparison comparison = new Comparison(TOLERANCE);
      for (int slot : memory.activeSlots()) {
        Struct record = records.structAt(0, slot, KernelParameters.EVALUATION_RECORD);
        double sum = 0;
        for (int i = 0; i < chunks; i++) {
          sum += sums.doubleAt(slot, i);
        }
        comparison.compare("squaredWeightNorm", record.real("squaredWeightNorm"), sum, sum);
        comparison.same("step", record.integer("step"), (1L << 40) + slot);
        comparison.same("diverged", record.integer("diverged"), slot / 2);
        comparison.compare("loss[1]", record.real("loss", 1), before(slot), 1);
        comparison.same("correct[1]", record.integer("correct", 1), 100 + slot);
      }
      inactiveIsUntouched(comparison, records);
      return comparison.outcome(memory);
    }
  }

  private static double before(int slot) {
    return 0.5 + slot;
  }

  private static Region records(CaseMemory memory) {
    Region records =
        memory
            .session()
            .structs("record", Access.IN_OUT, KernelParameters.EVALUATION_RECORD, SLOTS);
    for (int slot = 0; slot < SLOTS; slot++) {
      records.setStruct(0, slot, given(slot));
    }
    return records;
  }

  private static Struct given(int slot) {
    return KernelParameters.EVALUATION_RECORD
        .create()
        .set("loss", 0, 77.0)
        .set("loss", 1, before(slot))
        .set("squaredWeightNorm", 7.0)
        .set("step", 3)
        .set("correct", 0, 55)
        .set("correct", 1, 100 + slot)
        .set("diverged", 9);
  }

  /** The session's memory is one for all slots: this slot's part of it is not watched otherwise. */
  private static void inactiveIsUntouched(Comparison comparison, Region records) {
    java.nio.ByteBuffer wanted = given(INACTIVE).buffer();
    for (int i = 0; i < records.columns(); i++) {
      comparison.sameInt(records, 0, INACTIVE * records.columns() + i, wanted.getInt(4 * i));
    }
  }
}
