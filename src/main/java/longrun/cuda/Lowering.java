package longrun.cuda;

import java.util.ArrayList;
import java.util.List;
import longrun.plan.Access;
import longrun.plan.Operation;
import longrun.plan.Plan;

/** Turns a plan into launches. Needs no device: addresses are given. */
final class Lowering {
  private final Plan plan;
  private final Addresses addresses;
  private final SessionState state;
  private final StepCalls steps;

  Lowering(Plan plan, Addresses addresses, SessionState state) {
    this.plan = plan;
    this.addresses = addresses;
    this.state = state;
    this.steps = new StepCalls(addresses, state, plan.cohort());
  }

  /** One step of every loaded run, without the end that a block of steps has once. */
  List<KernelCall> step() {
    List<KernelCall> calls = new ArrayList<>();
    calls.add(steps.begin());
    gradients(calls);
    calls.addAll(steps.update());
    return calls;
  }

  /** What ends a block of steps. */
  KernelCall end() {
    return steps.end();
  }

  /** The gradients of the chosen run's next step. */
  List<KernelCall> peek() {
    List<KernelCall> calls = new ArrayList<>();
    calls.add(steps.peek());
    gradients(calls);
    return calls;
  }

  /** The batch of the chosen run, to be made once when it is loaded; only for whole batches. */
  List<KernelCall> wholeBatch() {
    return plan.cohort().fullBatch() ? List.of(steps.wholeBatch()) : List.of();
  }

  /** Losses, accuracies and weight norms of all loaded runs, left in the records. */
  List<KernelCall> evaluation() {
    SlotSet loaded = slots(state.loaded());
    List<KernelCall> calls = new ArrayList<>();
    List<Operation> shared = new ArrayList<>();
    List<Operation> ofExamples = new ArrayList<>();
    for (Operation operation : plan.forward()) {
      (Access.of(operation).writesExamples() ? ofExamples : shared).add(operation);
    }
    SlotLayout layout = addresses.layout();
    calls.addAll(rows(shared, loaded, evaluationBatch(0, 0)));
    for (int part = 0; part < 2; part++) {
      for (int i = 0; i < layout.evaluationBatches(part); i++) {
        Addresses.Batch batch = evaluationBatch(part, i);
        calls.addAll(rows(ofExamples, loaded, batch));
        calls.add(steps.lossOf(plan.loss(), batch));
        calls.add(steps.score(part, i == 0, batch));
      }
    }
    calls.addAll(steps.record());
    return calls;
  }

  /** Batch i of the training (0) or validation set (1), as an evaluation goes through it. */
  private Addresses.Batch evaluationBatch(int part, int i) {
    SlotLayout layout = addresses.layout();
    int capacity = layout.evaluationExamples();
    int number = part == 0 ? i : layout.evaluationBatches(0) + i;
    return new Addresses.Batch(
        addresses.region(part == 0 ? "train" : "validation")
            + (long) SlotLayout.WORD_BYTES * i * capacity,
        addresses.region("evaluation counts") + (long) SlotLayout.WORD_BYTES * number,
        Math.min(capacity, layout.examplesOf(part) - i * capacity));
  }

  /** From parameters to their gradients. */
  private void gradients(List<KernelCall> calls) {
    if (!plan.cohort().fullBatch()) {
      calls.addAll(steps.nextBatch());
    }
    List<Operation> operations = new ArrayList<>(plan.forward());
    operations.add(plan.loss());
    operations.addAll(plan.backward());
    operations.addAll(plan.parameterGradients());
    calls.addAll(
        rows(
            operations,
            slots(state.running()),
            new Addresses.Batch(
                addresses.region("batch"),
                addresses.control("examples"),
                plan.cohort().batchExamples())));
    MatmulCalls matmuls =
        new MatmulCalls(addresses, slots(state.running()), plan.cohort().precision());
    calls.addAll(matmuls.splitSums(plan.parameterGradients()));
  }

  private List<KernelCall> rows(List<Operation> operations, SlotSet slots, Addresses.Batch batch) {
    MatmulCalls matmuls = new MatmulCalls(addresses, slots, plan.cohort().precision());
    AttentionCalls attention = new AttentionCalls(addresses, slots);
    EmbeddingCalls embeddings = new EmbeddingCalls(addresses, slots);
    LayerNormCalls norms = new LayerNormCalls(addresses, slots);
    List<KernelCall> calls = new ArrayList<>();
    for (List<Operation> group : Scheduler.groups(operations, Lowering::kernel)) {
      calls.addAll(
          switch (group.getFirst()) {
            case Operation.LookupSum o -> embeddings.lookups(group, batch);
            case Operation.LayerNorm o -> norms.forward(group, batch);
            case Operation.MatMul o -> matmuls.matmul(group, batch);
            case Operation.Attention o -> attention.forward(group, batch);
            case Operation.LossAndGradient o -> List.of(steps.lossGradient(o, batch));
            case Operation.MatMulInputGradient o -> matmuls.inputGradient(group, batch);
            case Operation.WeightGradient o -> matmuls.weightGradient(group, batch);
            case Operation.LayerNormInputGradient o -> norms.inputGradient(group, batch);
            case Operation.LayerNormWeightGradient o -> norms.weightGradient(group, batch);
            case Operation.AttentionGradient o -> attention.gradient(group, batch);
            case Operation.KeyGradient o -> attention.keyGradient(group, batch);
            case Operation.ReaderSum o -> embeddings.readerSums(group, batch);
            case Operation.LookupGradient o -> embeddings.readerSums(group, batch);
          });
    }
    return calls;
  }

  /** Operations of one kernel can share a launch. */
  private static String kernel(Operation operation) {
    return operation instanceof Operation.LookupGradient
        ? Operation.ReaderSum.class.getSimpleName()
        : operation.kind();
  }

  private SlotSet slots(long active) {
    return new SlotSet(active, state.slots(), addresses.layout().words());
  }
}
