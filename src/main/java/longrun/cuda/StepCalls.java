package longrun.cuda;

import java.nio.ByteBuffer;
import java.util.List;
import longrun.config.Loss;
import longrun.plan.Cohort;
import longrun.plan.Operation;
import longrun.plan.RowIndex;

/**
 * Launches that belong to a step or an evaluation as such: {@code kernels/step}, {@code
 * kernels/loss} and {@code kernels/optimizer}.
 */
final class StepCalls {
  private static final int THREADS = 256;
  private static final int WARPS = THREADS / 32;
  private static final int SLOT_THREADS = 32;

  private final Addresses addresses;
  private final SessionState state;
  private final Cohort cohort;

  StepCalls(Addresses addresses, SessionState state, Cohort cohort) {
    this.addresses = addresses;
    this.state = state;
    this.cohort = cohort;
  }

  /** Begins a step of every loaded run. */
  KernelCall begin() {
    return step("step_begin", state.loaded(), KernelParameters.STEP_TRAIN);
  }

  /** Begins a step of the chosen run of which only the gradients are wanted. */
  KernelCall peek() {
    return step("step_begin", state.chosen(), KernelParameters.STEP_PEEK);
  }

  /** Ends the step in progress. */
  KernelCall end() {
    return step("step_end", state.loaded(), KernelParameters.STEP_TRAIN);
  }

  private KernelCall step(String kernel, long active, int mode) {
    Struct struct = KernelParameters.STEP_PARAMETERS.create();
    slots(active).write(struct.nested("slots"));
    struct.set("control", addresses.region("control"));
    struct.set("running", state.running());
    struct.set("slotCount", state.slots());
    struct.set("mode", mode);
    struct.set("trainExamples", cohort.trainExamples());
    struct.set("batchExamples", cohort.batchExamples());
    return new KernelCall(
        kernel,
        Math.ceilDiv(state.slots(), SLOT_THREADS),
        1,
        SLOT_THREADS,
        struct.buffer(),
        List.of());
  }

  /** Which examples the step reads, where batches are not the whole training set. */
  List<KernelCall> nextBatch() {
    Struct order = KernelParameters.EPOCH_ORDER_PARAMETERS.create();
    slots(state.running()).write(order.nested("slots"));
    order.set("control", addresses.region("control"));
    order.set("order", addresses.region("order"));
    order.set("trainExamples", cohort.trainExamples());
    return List.of(
        call(
            "epoch_order",
            Math.ceilDiv(cohort.trainExamples(), THREADS),
            order.buffer(),
            List.of()),
        batch(state.running(), addresses.region("order")));
  }

  /** The batch of the chosen run, where it is the whole training set. */
  KernelCall wholeBatch() {
    return batch(state.chosen(), 0);
  }

  private KernelCall batch(long active, long order) {
    List<RowIndex> tables = addresses.layout().batchTables();
    Struct struct = KernelParameters.BATCH_PARAMETERS.create();
    slots(active).write(struct.nested("slots"));
    struct.set("control", addresses.region("control"));
    struct.set("train", addresses.region("train"));
    struct.set("order", order);
    struct.set("batch", addresses.region("batch"));
    struct.set(
        "tables",
        addresses.tables().structs(KernelParameters.BATCH_TABLE, tables, this::batchTable));
    struct.set("tableCount", tables.size());
    struct.set("trainExamples", cohort.trainExamples());
    struct.set("batchExamples", cohort.batchExamples());
    return call("batch_readers", tables.size() + 1, struct.buffer(), List.of());
  }

  private void batchTable(Struct struct, RowIndex index) {
    SlotLayout.Lists lists = addresses.layout().lists(index).orElseThrow();
    struct.set("table", addresses.tables().table(index));
    struct.set("starts", addresses.of(lists.starts()));
    struct.set("readers", addresses.of(lists.readers()));
    struct.set("rows", index.rows());
  }

  /** The gradient of the batch's mean loss with respect to the logits. */
  KernelCall lossGradient(Operation.LossAndGradient loss, Addresses.Batch batch) {
    return loss("loss_gradient", state.running(), loss, batch);
  }

  /** Loss and correctness of every example of the batch. */
  KernelCall lossOf(Operation.LossAndGradient loss, Addresses.Batch batch) {
    return loss("loss_evaluate", state.loaded(), loss, batch);
  }

  private KernelCall loss(
      String kernel, long active, Operation.LossAndGradient loss, Addresses.Batch batch) {
    Struct struct = KernelParameters.LOSS_PARAMETERS.create();
    slots(active).write(struct.nested("slots"));
    struct.set("logits", addresses.of(loss.logits()));
    struct.set("labels", addresses.region("labels"));
    struct.set("batch", batch.examples());
    struct.set("examples", batch.count());
    struct.set("lossNotFinite", addresses.control("lossNotFinite"));
    struct.set("losses", addresses.region("losses"));
    struct.set("correct", addresses.region("correct"));
    struct.set("logitsStride", addresses.stride(loss.logits()));
    struct.set("columns", loss.logits().width());
    struct.set("loss", kind(loss.loss()));
    return call(
        kernel,
        Math.ceilDiv(Addresses.rows(loss.logits(), batch), WARPS),
        struct.buffer(),
        List.of(loss));
  }

  private static int kind(Loss loss) {
    return switch (loss) {
      case CROSS_ENTROPY -> KernelParameters.LOSS_CROSS_ENTROPY;
      case MSE -> KernelParameters.LOSS_MSE;
      case STABLEMAX -> KernelParameters.LOSS_STABLEMAX;
    };
  }

  /** Adds a batch's losses to the record of its part: 0 training, 1 validation. */
  KernelCall score(int part, boolean first, Addresses.Batch batch) {
    Struct struct = KernelParameters.SCORE_PARAMETERS.create();
    slots(state.loaded()).write(struct.nested("slots"));
    struct.set("record", state.records());
    struct.set("losses", addresses.region("losses"));
    struct.set("correct", addresses.region("correct"));
    struct.set("examples", batch.count());
    struct.set("part", part);
    struct.set("first", first ? 1 : 0);
    return call("score", 1, struct.buffer(), List.of());
  }

  /** The weight norm, and everything else that a record says. */
  List<KernelCall> record() {
    Struct record = KernelParameters.RECORD_PARAMETERS.create();
    slots(state.loaded()).write(record.nested("slots"));
    record.set("record", state.records());
    record.set("control", addresses.region("control"));
    record.set("sums", addresses.region("chunk sums"));
    record.set("chunkCount", addresses.layout().chunks().size());
    return List.of(
        update("weight_norm", state.loaded(), true), call("record", 1, record.buffer(), List.of()));
  }

  /** From gradients to parameters. */
  List<KernelCall> update() {
    boolean orthogonal = cohort.orthogonalGradient();
    KernelCall adamw = update("adamw", state.running(), orthogonal);
    return orthogonal
        ? List.of(update("gradient_sums", state.running(), true), adamw)
        : List.of(adamw);
  }

  private KernelCall update(String kernel, long active, boolean sums) {
    List<SlotLayout.Chunk> chunks = addresses.layout().chunks();
    Struct struct = KernelParameters.UPDATE_PARAMETERS.create();
    slots(active).write(struct.nested("slots"));
    struct.set(
        "chunks",
        addresses
            .tables()
            .structs(
                KernelParameters.CHUNK,
                chunks,
                (to, chunk) -> {
                  to.set("start", chunk.start());
                  to.set("floats", chunk.floats());
                  to.set("firstChunkOfTensor", chunk.firstOfTensor());
                  to.set("chunksOfTensor", chunk.chunksOfTensor());
                }));
    struct.set("control", addresses.region("control"));
    struct.set("parameters", addresses.region("parameters"));
    struct.set("gradients", addresses.region("gradients"));
    struct.set("firstMoment", addresses.region("first moment"));
    struct.set("secondMoment", addresses.region("second moment"));
    struct.set("gradientEma", cohort.gradientEma() ? addresses.region("gradient ema") : 0);
    struct.set("sums", sums ? addresses.region("chunk sums") : 0);
    return call(kernel, chunks.size(), struct.buffer(), List.of());
  }

  private KernelCall call(
      String kernel, int blocks, ByteBuffer parameters, List<Operation> operations) {
    return new KernelCall(kernel, blocks, state.slots(), THREADS, parameters, operations);
  }

  private SlotSet slots(long active) {
    return new SlotSet(active, state.slots(), addresses.layout().words());
  }
}
