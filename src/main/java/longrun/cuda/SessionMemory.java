package longrun.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
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
final class SessionMemory {
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
    SessionNeed need = SessionNeed.of(plan, layout);
    long freeBytes = context.freeBytes();
    List<DeviceMemory> allocated = new ArrayList<>();
    try {
      for (long bytes :
          new long[] {slots * need.slotBytes(), need.tableBytes(), SessionNeed.stateBytes(slots)}) {
        allocated.add(context.allocate(bytes));
      }
      return filled(plan, layout, slots, allocated.get(0), allocated.get(1), allocated.get(2));
    } catch (CudaFailure failure) {
      CudaResource.closeAfter(failure, allocated);
      if (!failure.isOutOfMemory()) {
        throw failure;
      }
      throw failure.needing(
          new CudaFailure.MemoryNeed(
              need.bytes(slots), freeBytes, slots, Math.min(slots - 1, need.fitting(freeBytes))));
    } catch (RuntimeException | Error failure) {
      CudaResource.closeAfter(failure, allocated);
      throw failure;
    }
  }

  private static SessionMemory filled(
      Plan plan,
      SlotLayout layout,
      int slots,
      DeviceMemory arenas,
      DeviceMemory tableMemory,
      DeviceMemory stateMemory) {
    SessionState state = new SessionState(stateMemory.address(), slots);
    SessionTables tables = new SessionTables(tableMemory.address());
    Programs programs = Programs.of(plan, new Addresses(arenas.address(), layout, tables), state);
    tableMemory.upload(tables.content());
    stateMemory.fill(0, 0, state.bytes() / SlotLayout.WORD_BYTES);
    return new SessionMemory(layout, arenas, tableMemory, stateMemory, state, programs);
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

  /** What is to be freed. */
  List<CudaResource> resources() {
    return List.of(stateMemory, tables, arenas);
  }
}
