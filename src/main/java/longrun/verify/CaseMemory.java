package longrun.verify;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaStream;
import longrun.cuda.Launch;
import longrun.cuda.Struct;

/**
 * The memory that a case runs in: an arena with a copy for each slot, of which some take part, and
 * the session's area, which they share.
 *
 * <pre>
 *   try (CaseMemory memory = new CaseMemory(context, true, false, true)) {
 *     Region in = memory.arena().matrix("in", Access.IN, rows, columns).fill(...);
 *     Region out = memory.arena().matrix("out", Access.OUT, rows, columns);
 *     Struct parameters = KernelParameters.X_PARAMETERS.create();
 *     memory.describeSlots(parameters);
 *     parameters.set("jobs", 1).element("job", 0).set("out", out.address())...;
 *     memory.launch("x", blocks, 256, parameters);
 *     Comparison comparison = new Comparison(1e-6);
 *     comparison.close(out, slot, row, column, expected, scale);
 *     return comparison.outcome(memory);
 *   }
 * </pre>
 */
public final class CaseMemory implements AutoCloseable {
  private static final int ARENA_WORDS = 1 << 18;
  private static final int SESSION_WORDS = 1 << 16;

  private final CudaContext context;
  private final List<Boolean> active;
  private final Area arena;
  private final Area session;
  private final Region activeWords;
  private final CudaStream stream;

  /**
   * Memory of a usual size: a MiB for each slot.
   *
   * @param active for each slot, whether it takes part
   */
  public CaseMemory(CudaContext context, boolean... active) {
    this(context, ARENA_WORDS, active);
  }

  /** Memory with so many words for each slot; a multiple of 4. */
  public CaseMemory(CudaContext context, int wordsPerSlot, boolean... active) {
    this.context = context;
    List<Boolean> takesPart = new ArrayList<>();
    for (boolean each : active) {
      takesPart.add(each);
    }
    this.active = Collections.unmodifiableList(takesPart);
    arena = new Area(context, "arena", active.length, wordsPerSlot);
    session = new Area(context, "session", 1, SESSION_WORDS);
    stream = context.createStream();
    activeWords = session.ints("active", Access.IN, active.length);
    activeWords.fillInts((copy, slot) -> active[slot] ? 1 : 0);
  }

  /** What every slot has of its own; pointers marked [slot] point here. */
  public Area arena() {
    return arena;
  }

  /** What the slots share; pointers marked [session] point here. */
  public Area session() {
    return session;
  }

  public int slots() {
    return active.size();
  }

  public boolean isActive(int slot) {
    return active.get(slot);
  }

  /** The slots that take part. */
  public List<Integer> activeSlots() {
    List<Integer> slots = new ArrayList<>();
    for (int slot = 0; slot < active.size(); slot++) {
      if (active.get(slot)) {
        slots.add(slot);
      }
    }
    return slots;
  }

  /** The address of the slots' activity, int[slots]. */
  public long activeAddress() {
    return activeWords.address();
  }

  /** Fills in the field {@code slots} of a kernel's parameters. */
  public Struct describeSlots(Struct parameters) {
    parameters
        .nested("slots")
        .set("active", activeAddress())
        .set("stride", (long) arena.wordsPerCopy());
    return parameters;
  }

  /** Launches a kernel for all slots, waits, and brings back what it left. */
  public void launch(String kernel, int gridX, int threads, Struct parameters) {
    launch(kernel, gridX, slots(), threads, parameters);
  }

  /** Launches a kernel whose grid is not one row of blocks for each slot. */
  public void launch(String kernel, int gridX, int gridY, int threads, Struct parameters) {
    Launch launch = new Launch(context.kernel(kernel), gridX, gridY, threads, parameters.buffer());
    compute(queue -> queue.launch(launch));
  }

  /** Waits for whatever work puts on the stream, and brings back what it left. */
  void compute(Consumer<CudaStream> work) {
    arena.upload();
    session.upload();
    work.accept(stream);
    stream.synchronize();
    arena.download();
    session.download();
  }

  /** The first thing that changed though nothing was allowed to change it; empty if none did. */
  public Optional<String> touched() {
    return arena.touched(active).or(() -> session.touched(List.of(true)));
  }

  @Override
  public void close() {
    stream.close();
    session.close();
    arena.close();
  }
}
