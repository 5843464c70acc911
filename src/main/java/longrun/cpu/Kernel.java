package longrun.cpu;

/**
 * A piece of a step bound to a workspace. Its units (examples, rows, tiles) can be computed in any
 * order, by any thread: each writes elements that no other unit writes, by sums of a fixed order.
 */
interface Kernel {
  /** Units of the current batch. */
  int units();

  /**
   * Computes units {@code from … to−1}.
   *
   * @param scratch of the calling thread, at least {@link Team#SCRATCH} long
   */
  void run(Slot slot, int from, int to, float[] scratch);
}
