package longrun.cuda;

import longrun.plan.Plan;

/**
 * Device memory that a session takes.
 *
 * @param slotBytes for each slot: parameters, optimizer, batch and buffers
 * @param tableBytes once, read by all slots
 */
public record SessionNeed(long slotBytes, long tableBytes) {

  /** What a session of a plan takes. */
  public static SessionNeed of(Plan plan) {
    return of(plan, SlotLayout.of(plan));
  }

  static SessionNeed of(Plan plan, SlotLayout layout) {
    // Sizes do not depend on addresses: a pass without them says how large the tables are.
    SessionTables sizes = new SessionTables(0);
    SessionMemory.Programs.of(plan, new Addresses(0, layout, sizes), new SessionState(0, 1));
    return new SessionNeed(
        layout.words() * SlotLayout.WORD_BYTES, Math.max(1, sizes.content().remaining()));
  }

  /** What all slots share and a step changes. */
  static long stateBytes(int slots) {
    return new SessionState(0, slots).bytes();
  }

  /** Everything that a session of that many slots takes. */
  public long bytes(int slots) {
    return slots * slotBytes + tableBytes + stateBytes(slots);
  }

  /** The most slots of a session that fits into that many bytes; 0 if none does. */
  public int fitting(long freeBytes) {
    int fitting = 0;
    int tooMany = CudaEngine.MAX_SLOTS + 1;
    while (tooMany - fitting > 1) {
      int middle = (fitting + tooMany) >>> 1;
      if (bytes(middle) <= freeBytes) {
        fitting = middle;
      } else {
        tooMany = middle;
      }
    }
    return fitting;
  }
}
