package longrun.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import longrun.engine.CohortFit;
import longrun.engine.Evaluation;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Tensors;
import longrun.plan.Plan;

/**
 * Slots of one cohort on a GPU. A block of steps is one graph, captured when it is first needed;
 * the host puts all graphs of a call on the stream and waits once, at the end of the call, so that
 * whoever measures time measures the work, and a failure belongs to the call that throws it.
 */
final class CudaSession implements Session {
  /** Steps of the graphs, largest first; whatever is to be advanced is made up of these. */
  private static final int[] BLOCKS = {50, 10, 1};

  private final CudaContext context;
  private final Plan plan;
  private final SessionMemory memory;
  private final CudaStream stream;
  private final PinnedMemory records;
  private final List<Launch> step;
  private final Launch end;
  private final Map<Integer, CudaGraph> blocks = new TreeMap<>();
  private final SlotTransfer transfer;

  /** What each slot holds, and how many steps it has been told to take at most. */
  private final List<Optional<Loaded>> slots = new ArrayList<>();

  private Optional<CudaGraph> evaluation = Optional.empty();
  private boolean closed;

  /** A run in a slot. */
  private record Loaded(Run run, long stepsAsked) {}

  CudaSession(CudaContext context, Plan plan, int slotCount) {
    this.context = context;
    this.plan = plan;
    this.memory = SessionMemory.allocate(context, plan, slotCount);
    for (int i = 0; i < slotCount; i++) {
      slots.add(Optional.empty());
    }
    List<CudaResource> taken = new ArrayList<>(memory.resources());
    try {
      stream = context.createStream();
      taken.addFirst(stream);
      records = context.allocatePinned(Math.toIntExact(memory.recordBytes()));
      taken.addFirst(records);
      step = launches(memory.programs().step());
      end = memory.programs().end().launch(context);
      transfer = new SlotTransfer(plan.cohort(), memory);
    } catch (RuntimeException | Error failure) {
      CudaResource.closeAfter(failure, taken);
      throw failure;
    }
  }

  @Override
  public int slots() {
    return slots.size();
  }

  @Override
  public void load(int slot, Run run, RunState state) {
    requireOpen();
    CohortFit.check(plan.cohort(), run, state);
    CohortFit.checkFp32(run);
    guarded(
        () -> {
          slots.set(slot, Optional.empty());
          memory.setLoaded(slot, false);
          transfer.load(slot, run, state);
          memory.choose(slot);
          memory.programs().wholeBatch().forEach(call -> stream.launch(call.launch(context)));
          memory.setLoaded(slot, true);
          slots.set(slot, Optional.of(new Loaded(run, state.step())));
          return slot;
        });
  }

  @Override
  public void unload(int slot) {
    requireOpen();
    Objects.checkIndex(slot, slots.size());
    guarded(
        () -> {
          memory.setLoaded(slot, false);
          return slots.set(slot, Optional.empty());
        });
  }

  @Override
  public void advance(int steps) {
    requireOpen();
    if (steps < 0) {
      throw new IllegalArgumentException("steps=" + steps + " must not be negative");
    }
    if (slots.stream().noneMatch(Optional::isPresent)) {
      return;
    }
    slots.replaceAll(slot -> slot.map(loaded -> new Loaded(loaded.run, loaded.stepsAsked + steps)));
    guarded(
        () -> {
          int left = steps;
          for (int size : BLOCKS) {
            for (; left >= size; left -= size) {
              stream.launch(blocks.computeIfAbsent(size, this::captureSteps));
            }
          }
          stream.synchronize();
          return left;
        });
  }

  private CudaGraph captureSteps(int steps) {
    return stream.capture(
        () -> {
          for (int i = 0; i < steps; i++) {
            step.forEach(stream::launch);
          }
          stream.launch(end);
        });
  }

  @Override
  public List<Evaluation> evaluate() {
    requireOpen();
    if (slots.stream().noneMatch(Optional::isPresent)) {
      return List.of();
    }
    return guarded(
        () -> {
          if (evaluation.isEmpty()) {
            evaluation = Optional.of(captureEvaluation());
          }
          stream.launch(evaluation.get());
          stream.synchronize();
          List<Evaluation> all = new ArrayList<>();
          for (int i = 0; i < slots.size(); i++) {
            if (slots.get(i).isPresent()) {
              all.add(evaluation(i, slots.get(i).get().run));
            }
          }
          return all;
        });
  }

  private CudaGraph captureEvaluation() {
    List<Launch> launches = launches(memory.programs().evaluation());
    return stream.capture(
        () -> {
          launches.forEach(stream::launch);
          stream.download(
              records, 0, memory.stateMemory(), memory.recordOffset(), memory.recordBytes());
        });
  }

  private Evaluation evaluation(int slot, Run run) {
    StructLayout layout = KernelParameters.EVALUATION_RECORD;
    Struct record = Struct.at(layout, records.buffer(), Math.toIntExact(slot * layout.bytes()));
    int train = memory.layout().examplesOf(0);
    int validation = memory.layout().examplesOf(1);
    long steps = record.integer("step");
    double trainLoss = record.real("loss", 0) / train;
    double validationLoss = validation == 0 ? Double.NaN : record.real("loss", 1) / validation;
    double norm = Math.sqrt(record.real("squaredWeightNorm"));
    boolean finite =
        Double.isFinite(trainLoss)
            && (validation == 0 || Double.isFinite(validationLoss))
            && Double.isFinite(norm);
    return new Evaluation(
        slot,
        steps,
        trainLoss,
        (double) record.integer("correct", 0) / train,
        validationLoss,
        validation == 0 ? Double.NaN : (double) record.integer("correct", 1) / validation,
        norm,
        run.config().optimizer().learningRateAt(Math.max(1, steps)),
        record.integer("diverged") != 0 || !finite);
  }

  @Override
  public RunState save(int slot) {
    requireLoaded(slot);
    return guarded(() -> transfer.save(slot));
  }

  @Override
  public Tensors gradients(int slot) {
    requireLoaded(slot);
    return guarded(
        () -> {
          memory.choose(slot);
          memory.programs().peek().forEach(call -> stream.launch(call.launch(context)));
          stream.synchronize();
          return transfer.gradients(slot);
        });
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<CudaResource> taken = new ArrayList<>(blocks.values());
    evaluation.ifPresent(taken::add);
    taken.add(records);
    taken.add(stream);
    taken.addAll(memory.resources());
    CudaResource.closeAll(taken);
  }

  /** What the session keeps on the device, for tests. */
  SessionMemory memory() {
    return memory;
  }

  private List<Launch> launches(List<KernelCall> calls) {
    return calls.stream().map(call -> call.launch(context)).toList();
  }

  /** Says of failures which runs were under way, and up to which step. */
  private <T> T guarded(Supplier<T> work) {
    try {
      return work.get();
    } catch (CudaFailure failure) {
      List<Integer> loaded =
          IntStream.range(0, slots.size()).filter(i -> slots.get(i).isPresent()).boxed().toList();
      if (loaded.isEmpty()) {
        throw failure;
      }
      String runs =
          loaded.stream()
              .map(i -> i + " (seed " + slots.get(i).get().run.config().training().seed() + ")")
              .limit(4)
              .collect(Collectors.joining(", ", "slot ", loaded.size() > 4 ? ", …" : ""));
      throw failure.duringStep(runs, slots.get(loaded.getFirst()).get().stepsAsked);
    }
  }

  private void requireLoaded(int slot) {
    requireOpen();
    if (slots.get(slot).isEmpty()) {
      throw new IllegalArgumentException("slot=" + slot + " is empty");
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the session is closed");
    }
  }
}
