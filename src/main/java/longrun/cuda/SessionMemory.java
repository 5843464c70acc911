package longrun.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import longrun.plan.Plan;

/**
 * Everything that a session keeps on the device, allocated at once.
 *
 * <pre>
 *   arenas   slot 0 | slot 1 | …    each laid out by {@link SlotLayout}
 *   tables   what all slots read, by {@link SessionTables}
 *   state    what all slots share, by {@link SessionState}
 * </pre>
 */
final class SessionMemory implements AutoCloseable {
  private final SlotLayout layout;
  private final DeviceMemory arenas;
  private final DeviceMemory tables;
  private final DeviceMemory stateMemory;
  private final SessionState state;
  private final Programs programs;

  /** The launches of a session, by purpose. */
  record Programs(
      List<KernelCall> step,
      KernelCall end,
      List<KernelCall> peek,
      List<KernelCall> wholeBatch,
      List<KernelCall> evaluation) {
    static Programs of(Plan plan, Addresses addresses, SessionState state) {
      Lowering lowering = new Lowering(plan, addresses, state);
      return new Programs(
          lowering.step(),
          lowering.end(),
          lowering.peek(),
          lowering.wholeBatch(),
          lowering.evaluation());
    }
  }

  private SessionMemory(
      SlotLayout layout,
      DeviceMemory arenas,
      DeviceMemory tables,
      DeviceMemory stateMemory,
      SessionState state,
      Programs programs) {
    this.layout = layout;
    this.arenas = arenas;
    this.tables = tables;
    this.stateMemory = stateMemory;
    this.state = state;
    this.programs = programs;
  }

  /**
   * Allocates the memory of a session and fills in its tables; no slot is loaded.
   *
   * @throws CudaFailure with what is needed and how many slots would fit, if memory is short
   */
  static SessionMemory allocate(CudaContext context, Plan plan, int slots) {
    SlotLayout layout = SlotLayout.of(plan);
    // Sizes do not depend on addresses: a first pass without them says how large the tables are.
    SessionTables sizes = new SessionTables(0);
    Programs.of(plan, new Addresses(0, layout, sizes), new SessionState(0, slots));
    long tableBytes = Math.max(1, sizes.content().remaining());
    long stateBytes = new SessionState(0, slots).bytes();
    long slotBytes = layout.words() * SlotLayout.WORD_BYTES;
    long neededBytes = slots * slotBytes + tableBytes + stateBytes;
    long freeBytes = context.freeBytes();
    DeviceMemory[] allocated = new DeviceMemory[3];
    try {
      allocated[0] = context.allocate(slots * slotBytes);
      allocated[1] = context.allocate(tableBytes);
      allocated[2] = context.allocate(stateBytes);
      SessionState state = new SessionState(allocated[2].address(), slots);
      SessionTables tables = new SessionTables(allocated[1].address());
      Programs programs =
          Programs.of(plan, new Addresses(allocated[0].address(), layout, tables), state);
      allocated[1].upload(tables.content());
      SessionMemory memory =
          new SessionMemory(layout, allocated[0], allocated[1], allocated[2], state, programs);
      memory.stateMemory.fill(0, 0, stateBytes / SlotLayout.WORD_BYTES);
      return memory;
    } catch (CudaFailure failure) {
      for (DeviceMemory memory : allocated) {
        if (memory != null) {
          closeAfter(memory, failure);
        }
      }
      if (!failure.isOutOfMemory()) {
        throw failure;
      }
      long fitting = Math.max(0, (freeBytes - tableBytes - stateBytes) / slotBytes);
      throw failure.needing(
          new CudaFailure.MemoryNeed(
              neededBytes, freeBytes, slots, (int) Math.min(slots - 1L, fitting)));
    }
  }

  private static void closeAfter(DeviceMemory memory, CudaFailure failure) {
    try {
      memory.close();
    } catch (CudaFailure second) {
      failure.addSuppressed(second);
    }
  }

  SlotLayout layout() {
    return layout;
  }

  Programs programs() {
    return programs;
  }

  /** Device memory of the evaluation records, from {@link #recordOffset()}. */
  DeviceMemory stateMemory() {
    return stateMemory;
  }

  long recordOffset() {
    return state.records() - state.base();
  }

  long recordBytes() {
    return state.recordBytes();
  }

  /** Marks which slots hold runs. */
  void setLoaded(int slot, boolean loaded) {
    setFlag(state.loaded(), slot, loaded);
  }

  /** Makes one slot the chosen one. */
  void choose(int slot) {
    ByteBuffer flags =
        ByteBuffer.allocateDirect(state.slots() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    flags.putInt(slot * Integer.BYTES, 1);
    stateMemory.upload(state.chosen() - state.base(), flags);
  }

  private void setFlag(long array, int slot, boolean value) {
    ByteBuffer flag = ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    flag.putInt(0, value ? 1 : 0);
    stateMemory.upload(array - state.base() + (long) slot * Integer.BYTES, flag);
  }

  /** Copies words into a region of a slot; the buffer is direct or not, from its position. */
  void upload(int slot, SlotLayout.Region region, ByteBuffer words) {
    arenas.upload(offset(slot, region, words.remaining()), words);
  }

  /** Copies a region of a slot out, as many bytes as remain in the buffer. */
  void download(int slot, SlotLayout.Region region, ByteBuffer words) {
    arenas.download(offset(slot, region, words.remaining()), words);
  }

  /** The whole arena memory of a slot, for tests that look at what lies between regions. */
  void downloadArena(int slot, ByteBuffer words) {
    arenas.download(slot * layout.words() * SlotLayout.WORD_BYTES, words);
  }

  private long offset(int slot, SlotLayout.Region region, int bytes) {
    if (bytes > region.words() * SlotLayout.WORD_BYTES) {
      throw new IllegalArgumentException("bytes=" + bytes + " region=" + region);
    }
    return (slot * layout.words() + region.firstWord()) * SlotLayout.WORD_BYTES;
  }

  @Override
  public void close() {
    stateMemory.close();
    tables.close();
    arenas.close();
  }
}
