package longrun.cpu;

/**
 * Evenly spaced rows in an array: row i begins at base + i·step.
 *
 * @param perUnit rows for each unit of work (an example, or a single shared row)
 * @param width valid columns
 */
record RowSpan(float[] array, int base, int step, int perUnit, int width) {
  int at(int row) {
    return base + row * step;
  }
}
