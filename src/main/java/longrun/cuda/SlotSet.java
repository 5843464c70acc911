package longrun.cuda;

/**
 * Whom a launch serves.
 *
 * @param active address of int[count] on the device; 0: the slot is skipped
 * @param count slots of the session
 * @param strideWords from one slot's arena to the next
 */
record SlotSet(long active, int count, long strideWords) {

  /** Fills in the structure {@code Slots}. */
  void write(Struct struct) {
    struct.set("active", active);
    struct.set("stride", strideWords);
  }
}
