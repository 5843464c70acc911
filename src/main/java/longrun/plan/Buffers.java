package longrun.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Collects the buffers of a plan while it is made. */
final class Buffers {
  private final List<Buffer> list = new ArrayList<>();

  Buffer add(String name, Rows rows, int width) {
    Buffer buffer = new Buffer(list.size(), name, rows, width);
    list.add(buffer);
    return buffer;
  }

  Matrix matrix(String name, RowLayout layout, int width) {
    Optional<Buffer> shared =
        layout.sharedRows() == 0
            ? Optional.empty()
            : Optional.of(add(name + ".shared", new Rows.Shared(layout.sharedRows()), width));
    int perExample = layout.examplePositions().size();
    Optional<Buffer> examples =
        perExample == 0
            ? Optional.empty()
            : Optional.of(add(name + ".examples", new Rows.PerExample(perExample), width));
    return new Matrix(layout, shared, examples);
  }

  List<Buffer> list() {
    return List.copyOf(list);
  }
}
