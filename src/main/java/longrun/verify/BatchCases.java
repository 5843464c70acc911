package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.CudaContext;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;
import longrun.engine.BatchOrder;

/** Cases of {@code epoch_order} and {@code batch_readers}, all exact. */
final class BatchCases {
  private static final long[] SEEDS = {0, 5, -3, Long.MIN_VALUE};

  /**
   * Seeds whose first 1,000 words of epoch 0 are not all different: examples 447 and 602, 17 and
   * 655, 785 and 865, 109 and 201 have equal ones.
   */
  private static final long[] SEEDS_WITH_EQUAL_WORDS = {12_667, 13_290, 14_582, 22_027};

  /** A table has rows without readers wherever its rows are many. */
  private static final int[] TABLE_ROWS = {1, 7, 256, 300, 1000};

  private BatchCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    for (int examples : new int[] {1, 2, 31, 255, 256, 257, 1000, 1025}) {
      for (long epoch : new long[] {0, 1, 12_345}) {
        cases.add(
            KernelCase.of(
                "epoch_order",
                "examples=" + examples + " epoch=" + epoch,
                context -> order(context, examples, epoch, SEEDS)));
      }
    }
    cases.add(
        KernelCase.of(
            "epoch_order",
            "equal words",
            context -> order(context, 1000, 0, SEEDS_WITH_EQUAL_WORDS)));
    cases.add(KernelCase.of("epoch_order", "within an epoch", BatchCases::orderStays));
    for (int[] sizes : new int[][] {{1, 1}, {2, 1}, {33, 32}, {100, 33}, {600, 257}, {1000, 512}}) {
      cases.add(
          KernelCase.of(
              "batch_readers",
              "examples=" + sizes[0] + " batch=" + sizes[1],
              context -> steps(context, sizes[0], sizes[1])));
    }
    for (int examples : new int[] {1, 31, 1000}) {
      cases.add(
          KernelCase.of(
              "batch_readers",
              "whole training set, examples=" + examples,
              context -> wholeSet(context, examples)));
    }
    return cases;
  }

  private static Outcome order(CudaContext context, int examples, long epoch, long... seeds) {
    int batch = Math.ceilDiv(examples, 3);
    int stepsPerEpoch = Math.ceilDiv(examples, batch);
    try (Buffers buffers = new Buffers(context, examples, batch, true, true, true, true, false)) {
      for (int slot = 0; slot < buffers.memory.slots(); slot++) {
        buffers.setStep(
            slot, seeds[slot % seeds.length], epoch * stepsPerEpoch + slot % stepsPerEpoch);
      }
      buffers.begin();
      buffers.order();
      Comparison comparison = new Comparison(0);
      for (int slot : buffers.memory.activeSlots()) {
        int[] expected = new int[examples];
        new BatchOrder(seeds[slot % seeds.length], examples, examples).batch(epoch, expected);
        for (int i = 0; i < examples; i++) {
          comparison.sameInt(buffers.order, slot, i, expected[i]);
        }
      }
      return comparison.outcome(buffers.memory);
    }
  }

  /** The order of an epoch that goes on is left alone, and a slot that enters one gets its own. */
  private static Outcome orderStays(CudaContext context) {
    try (Buffers buffers = new Buffers(context, 40, 10, true, true)) {
      for (int slot = 0; slot < 2; slot++) {
        buffers.setStep(slot, 1, 4 * 7 + 2);
      }
      buffers.setEpoch(0, 7);
      buffers.begin();
      buffers.order();
      Comparison comparison = new Comparison(0);
      comparison.untouchedRow(buffers.order, 0, 0);
      int[] expected = new int[40];
      new BatchOrder(1, 40, 40).batch(7, expected);
      for (int i = 0; i < 40; i++) {
        comparison.sameInt(buffers.order, 1, i, expected[i]);
      }
      return comparison.outcome(buffers.memory);
    }
  }

  /** Steps through an epoch into the next, from the last batch of one on. */
  private static Outcome steps(CudaContext context, int examples, int batch) {
    int stepsPerEpoch = Math.ceilDiv(examples, batch);
    try (Buffers buffers = new Buffers(context, examples, batch, true, false, true)) {
      List<BatchOrder> orders = new ArrayList<>();
      for (int slot = 0; slot < buffers.memory.slots(); slot++) {
        orders.add(new BatchOrder(SEEDS[slot], examples, batch));
        buffers.setStep(slot, SEEDS[slot], 3L * stepsPerEpoch - 1 - slot);
      }
      Comparison comparison = new Comparison(0);
      for (int i = 0; i < 4; i++) {
        buffers.begin();
        buffers.order();
        buffers.readers(true);
        for (int slot : buffers.memory.activeSlots()) {
          long step = 3L * stepsPerEpoch - 1 - slot + i;
          int[] expected = new int[batch];
          int count = orders.get(slot).batch(step, expected);
          for (int j = 0; j < count; j++) {
            expected[j] = buffers.train.intAt(slot, expected[j]);
          }
          buffers.compare(comparison, slot, expected, count);
          if (i == 0) {
            buffers.comparePastEnd(comparison, slot, count);
          }
          Struct control = buffers.control(slot);
          comparison.same("step", control.integer("step"), step);
          comparison.same("epoch", control.integer("epoch"), step / stepsPerEpoch);
        }
      }
      return comparison.outcome(buffers.memory);
    }
  }

  /** As when a run is loaded: before any step, without an order. */
  private static Outcome wholeSet(CudaContext context, int examples) {
    try (Buffers buffers = new Buffers(context, examples, examples, true, false, true)) {
      for (int slot = 0; slot < 3; slot++) {
        buffers.setStep(slot, 1, 0);
      }
      buffers.readers(false);
      Comparison comparison = new Comparison(0);
      for (int slot : buffers.memory.activeSlots()) {
        int[] expected = new int[examples];
        for (int i = 0; i < examples; i++) {
          expected[i] = buffers.train.intAt(slot, i);
        }
        buffers.compare(comparison, slot, expected, examples);
        comparison.same("epoch", buffers.control(slot).integer("epoch"), -1);
      }
      comparison.untouchedRow(buffers.order, 0, 0);
      return comparison.outcome(buffers.memory);
    }
  }

  /** The training set of each slot, its order, the batch and tables over the dataset. */
  private static final class Buffers implements AutoCloseable {
    final CaseMemory memory;
    final Region order;
    final Region train;
    private final int examples;
    private final int batchExamples;
    private final Region control;
    private final Region running;
    private final Region batch;
    private final List<Region> tables = new ArrayList<>();
    private final List<Region> starts = new ArrayList<>();
    private final List<Region> readers = new ArrayList<>();
    private final Region tableStructs;

    Buffers(CudaContext context, int examples, int batchExamples, boolean... active) {
      this.examples = examples;
      this.batchExamples = batchExamples;
      memory = new CaseMemory(context, active);
      Area arena = memory.arena();
      Area session = memory.session();
      int dataset = 2 * examples + 1;
      control = arena.structs("control", Access.IN_OUT, KernelParameters.CONTROL, 1);
      running = session.ints("running", Access.IN_OUT, active.length);
      train =
          arena.ints("train", Access.IN, examples).fillInts((slot, i) -> (2 * i + slot) % dataset);
      order = arena.ints("order", Access.OUT, examples);
      batch = arena.ints("batch", Access.OUT, batchExamples);
      CaseValues values = new CaseValues(examples);
      tableStructs =
          session.structs("tables", Access.IN, KernelParameters.BATCH_TABLE, TABLE_ROWS.length);
      for (int i = 0; i < TABLE_ROWS.length; i++) {
        int buffer = i;
        int rows = TABLE_ROWS[i];
        tables.add(
            session
                .ints("table " + i, Access.IN, dataset)
                .fillInts((copy, example) -> values.below(buffer, example, rows)));
        starts.add(arena.ints("starts " + i, Access.OUT, rows + 1));
        readers.add(arena.ints("readers " + i, Access.OUT, batchExamples));
        tableStructs.setStruct(
            0,
            i,
            KernelParameters.BATCH_TABLE
                .create()
                .set("table", tables.get(i).address())
                .set("starts", starts.get(i).address())
                .set("readers", readers.get(i).address())
                .set("rows", rows));
      }
    }

    void setStep(int slot, long seed, long step) {
      control.setStruct(slot, 0, ControlStruct.of(ControlStruct.ADAMW, step, seed));
    }

    void setEpoch(int slot, long epoch) {
      Struct changed = KernelParameters.CONTROL.create().copyFrom(control(slot));
      control.setStruct(slot, 0, changed.set("epoch", epoch));
    }

    Struct control(int slot) {
      return control.structAt(slot, 0, KernelParameters.CONTROL);
    }

    void begin() {
      Struct parameters = memory.describeSlots(KernelParameters.STEP_PARAMETERS.create());
      parameters
          .set("control", control.address())
          .set("running", running.address())
          .set("slotCount", memory.slots())
          .set("mode", KernelParameters.STEP_TRAIN)
          .set("trainExamples", examples)
          .set("batchExamples", batchExamples);
      memory.launch("step_begin", 1, 1, 32, parameters);
    }

    void order() {
      Struct parameters = memory.describeSlots(KernelParameters.EPOCH_ORDER_PARAMETERS.create());
      parameters
          .set("control", control.address())
          .set("order", order.address())
          .set("trainExamples", examples);
      memory.launch("epoch_order", Math.ceilDiv(examples, 256), 256, parameters);
    }

    void readers(boolean ordered) {
      Struct parameters = memory.describeSlots(KernelParameters.BATCH_PARAMETERS.create());
      parameters
          .set("control", control.address())
          .set("train", train.address())
          .set("order", ordered ? order.address() : 0)
          .set("batch", batch.address())
          .set("tables", tableStructs.address())
          .set("tableCount", TABLE_ROWS.length)
          .set("trainExamples", examples)
          .set("batchExamples", batchExamples);
      memory.launch("batch_readers", TABLE_ROWS.length + 1, 256, parameters);
    }

    /** The batch and, row by row, its readers in every table. */
    void compare(Comparison comparison, int slot, int[] expected, int count) {
      for (int i = 0; i < count; i++) {
        comparison.sameInt(batch, slot, i, expected[i]);
      }
      for (int table = 0; table < TABLE_ROWS.length; table++) {
        int at = 0;
        for (int row = 0; row < TABLE_ROWS[table]; row++) {
          comparison.sameInt(starts.get(table), slot, row, at);
          for (int reader = 0; reader < count; reader++) {
            if (tables.get(table).intAt(0, expected[reader]) == row) {
              comparison.sameInt(readers.get(table), slot, at, reader);
              at++;
            }
          }
        }
        comparison.sameInt(starts.get(table), slot, TABLE_ROWS[table], count);
      }
    }

    /** A batch that is not full leaves the rest as it was: poison, before the first full one. */
    void comparePastEnd(Comparison comparison, int slot, int count) {
      for (int i = count; i < batchExamples; i++) {
        comparison.sameInt(batch, slot, i, Area.POISON);
        for (Region each : readers) {
          comparison.sameInt(each, slot, i, Area.POISON);
        }
      }
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}
