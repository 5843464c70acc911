package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A little of everything: allocates, uploads, captures a fill, a launch and copies, launches the
 * graph, waits in every way, downloads and compares. Every driver function of {@link Driver} is
 * called at least once.
 */
final class DriverScenario {
  private static final int ROWS = 8;
  private static final int COLUMNS = 4;
  private static final int TABLE_OFFSET = 0;
  private static final int LOOKUP_OFFSET = 256;
  private static final int EXAMPLES_OFFSET = 512;
  private static final int OUT_OFFSET = 1024;
  private static final int OUT_BYTES = ROWS * COLUMNS * Float.BYTES;
  private static final int MEMORY_BYTES = 4096;
  private static final int THREADS = 256;
  private static final int MARK = 0x3f800000;

  private DriverScenario() {}

  /** Runs it in a context of its own; fails unless the results are right. */
  static void run() {
    try (CudaContext context = CudaContext.open()) {
      run(context);
      context.synchronize();
    }
  }

  private static void run(CudaContext context) {
    try (DeviceMemory memory = context.allocate(MEMORY_BYTES);
        DeviceMemory copy = context.allocate(MEMORY_BYTES);
        PinnedMemory pinned = context.allocatePinned(MEMORY_BYTES);
        CudaStream stream = context.createStream();
        CudaStream second = context.createStream();
        CudaEvent start = context.createEvent();
        CudaEvent end = context.createEvent()) {
      assertTrue(context.freeBytes() > 0);
      memory.fill(0, 0, MEMORY_BYTES / Integer.BYTES);
      memory.upload(TABLE_OFFSET, floats(1, 2, 3, 4));
      memory.upload(LOOKUP_OFFSET, lookup(memory).buffer());
      memory.upload(EXAMPLES_OFFSET, ints(1));
      Launch launch = launch(context, memory);
      try (CudaGraph graph =
          stream.capture(
              () -> {
                stream.fill(memory, MARK, OUT_OFFSET + OUT_BYTES, 1);
                stream.launch(launch);
                stream.copy(copy, 0, memory, OUT_OFFSET, OUT_BYTES + Integer.BYTES);
                stream.download(pinned, 0, copy, 0, OUT_BYTES + Integer.BYTES);
              })) {
        assertEquals(4, graph.nodes());
        stream.record(start);
        stream.launch(graph);
        stream.record(end);
        second.waitFor(end);
        second.upload(copy, MEMORY_BYTES / 2, pinned, 0, OUT_BYTES);
        second.synchronize();
        end.synchronize();
        assertTrue(end.isDone());
        assertTrue(end.millisSince(start) >= 0);
        check(pinned.buffer());
        ByteBuffer results =
            ByteBuffer.allocate(OUT_BYTES + Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        copy.download(results);
        check(results);
        copy.download(MEMORY_BYTES / 2, results.slice(0, OUT_BYTES));
        check(results);
      }
    }
  }

  private static Struct lookup(DeviceMemory memory) {
    return KernelParameters.LOOKUP
        .create()
        .set("rows", memory.address(TABLE_OFFSET))
        .set("stride", COLUMNS)
        .set("perSlot", 0);
  }

  /** Every row becomes the table's only row. */
  private static Launch launch(CudaContext context, DeviceMemory memory) {
    Struct parameters = KernelParameters.LOOKUP_SUM_PARAMETERS.create().set("jobs", 1);
    parameters.nested("slots").set("active", memory.address(EXAMPLES_OFFSET)).set("stride", 0);
    Struct job = parameters.element("job", 0);
    job.nested("rows").set("perExample", ROWS);
    job.set("out", memory.address(OUT_OFFSET))
        .set("lookups", memory.address(LOOKUP_OFFSET))
        .set("outStride", COLUMNS)
        .set("preActivationStride", 0)
        .set("columns", COLUMNS)
        .set("lookupCount", 1)
        .set("activation", KernelParameters.ACTIVATION_NONE)
        .set("firstBlock", 0);
    return new Launch(context.kernel("lookup_sum"), 1, 1, THREADS, parameters.buffer());
  }

  private static void check(ByteBuffer results) {
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        assertEquals(
            column + 1f,
            results.getFloat((row * COLUMNS + column) * Float.BYTES),
            "out[" + row + ", " + column + "]");
      }
    }
    assertEquals(1f, results.getFloat(OUT_BYTES), "the word that was filled");
  }

  private static ByteBuffer floats(float... values) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      buffer.putFloat(value);
    }
    return buffer.flip();
  }

  /** On the heap, since that has to work too. */
  private static ByteBuffer ints(int... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      buffer.putInt(value);
    }
    return buffer.flip();
  }
}
