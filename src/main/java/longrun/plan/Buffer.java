package longrun.plan;

/**
 * A matrix that a step computes, row-major; the engine decides on padding.
 *
 * @param index position in {@link Plan#buffers()}
 * @param name for people and errors: {@code layer0.hidden.examples}
 * @param rows how many
 * @param width columns
 */
public record Buffer(int index, String name, Rows rows, int width) {

  /** All rows. */
  public View all() {
    return switch (rows) {
      case Rows.Shared(int count) -> new View(this, 0, count);
      case Rows.PerExample(int perExample) -> new View(this, 0, perExample);
    };
  }
}
