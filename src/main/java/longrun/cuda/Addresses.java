package longrun.cuda;

import java.util.Optional;
import longrun.plan.Operation;
import longrun.plan.RowIndex;
import longrun.plan.Source;
import longrun.plan.View;

/**
 * Where everything lies on the device: rows in the arena of slot 0, tables in the region of the
 * session. With both bases 0 it serves to count launches and bytes without a device.
 */
final class Addresses {
  private final long arena;
  private final SlotLayout layout;
  private final SessionTables tables;

  /** The batch that operations on rows of examples work on: addresses in the arena of slot 0. */
  record Batch(long examples, long count, int capacity) {}

  Addresses(long arena, SlotLayout layout, SessionTables tables) {
    this.arena = arena;
    this.layout = layout;
    this.tables = tables;
  }

  SlotLayout layout() {
    return layout;
  }

  SessionTables tables() {
    return tables;
  }

  /** The first row of a view. */
  long of(View view) {
    return arena + SlotLayout.WORD_BYTES * layout.firstWord(view);
  }

  /** A region of the slot, by name. */
  long region(String name) {
    return arena + SlotLayout.WORD_BYTES * layout.region(name).firstWord();
  }

  long of(SlotLayout.Region region) {
    return arena + SlotLayout.WORD_BYTES * region.firstWord();
  }

  /** A field of the slot's control structure. */
  long control(String field) {
    return region("control") + KernelParameters.CONTROL.placed(field).offset();
  }

  long parameter(String name) {
    return arena + SlotLayout.WORD_BYTES * layout.parameterWord("parameters", name);
  }

  long gradient(String parameter) {
    return arena + SlotLayout.WORD_BYTES * layout.parameterWord("gradients", parameter);
  }

  /** A float of the region of partial sums. */
  long partial(long firstFloat) {
    return region("partial sums") + SlotLayout.WORD_BYTES * firstFloat;
  }

  int stride(View view) {
    return layout.stride(view);
  }

  /** Most rows that a view has in a batch. */
  static int rows(View view, Batch batch) {
    return view.rows(batch.capacity());
  }

  /** Fills in {@code Rows}. */
  static void rows(Struct struct, View view, Batch batch) {
    struct.set("examples", view.perExample() ? batch.count() : 0);
    struct.set("perExample", view.count());
  }

  /** The batch's numbers for readers that are examples, null for shared rows. */
  static long batchOf(View readers, Batch batch) {
    return readers.perExample() ? batch.examples() : 0;
  }

  /** Fills in {@code Source}. */
  void source(Struct struct, Source source) {
    struct.set("rows", of(source.view()));
    struct.set(
        "table",
        switch (source) {
          case Source.Indexed(View view, RowIndex index) -> tables.table(index);
          case Source.SameExample(View view) -> 0L;
        });
    struct.set("stride", stride(source.view()));
  }

  /** Fills in {@code ReaderLists}: who reads each row through the source. */
  void lists(Struct struct, Source source, boolean byExample) {
    switch (source) {
      case Source.Indexed(View view, RowIndex index) -> lists(struct, index, byExample);
      case Source.SameExample(View view) -> noLists(struct);
    }
  }

  /** Fills in {@code ReaderLists} where each row is read by the reader of its own number. */
  static void noLists(Struct struct) {
    struct.set("starts", 0);
    struct.set("readers", 0);
    struct.set("perSlot", 0);
  }

  /** Fills in {@code ReaderLists} of a table. */
  void lists(Struct struct, RowIndex index, boolean byExample) {
    if (byExample) {
      SlotLayout.Lists lists = layout.lists(index).orElseThrow();
      struct.set("starts", of(lists.starts()));
      struct.set("readers", of(lists.readers()));
      struct.set("perSlot", 1);
    } else {
      SessionTables.Lists lists = tables.lists(index);
      struct.set("starts", lists.starts());
      struct.set("readers", lists.readers());
      struct.set("perSlot", 0);
    }
  }

  /** Fills in the optional pointer and stride of a view. */
  void optional(Struct struct, String pointer, String stride, Optional<View> view) {
    struct.set(pointer, view.map(this::of).orElse(0L));
    struct.set(stride, view.map(this::stride).orElse(0));
  }

  /** The parameter that a lookup reads and the gradient's layout entry. */
  static String parameterOf(Operation.Lookup lookup) {
    return switch (lookup) {
      case Operation.Lookup.ParameterRow row -> row.parameter();
      case Operation.Lookup.FixedParameterRow row -> row.parameter();
      case Operation.Lookup.ConstantRow row ->
          throw new IllegalArgumentException("a constant is no parameter: " + row);
    };
  }
}
