package longrun.verify;

import longrun.config.OptimizerConfig;
import longrun.cuda.CudaContext;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;

/** Parameters of a few tensors, gradients and moments, in chunks, and the launches on them. */
final class OptimizerBuffers implements AutoCloseable {
  /** Start and floats of each tensor: several chunks, one, several, less than a warp. */
  static final int[][] TENSORS = {{0, 2600}, {2600, 1024}, {3624, 1028}, {4652, 8}};

  /** Start, floats, first chunk of its tensor, chunks of its tensor. */
  static final int[][] CHUNKS = chunks();

  static final int FLOATS = 4660;

  private static final int PARAMETERS = 0;
  private static final int FIRST_GRADIENTS = 10;

  final CaseMemory memory;
  final Region parameters;
  final Region gradients;
  final Region firstMoment;
  final Region secondMoment;
  final Region ema;
  final Region sums;
  private final Region control;
  private final Region running;
  private final CaseValues values = new CaseValues(1);
  private final Struct update;
  private final Struct step;

  /**
   * Buffers of runs that have done {@code startStep} updates.
   *
   * @param orthogonal whether the chunks' sums are given to the kernels
   */
  OptimizerBuffers(
      CudaContext context,
      OptimizerConfig config,
      long startStep,
      boolean orthogonal,
      boolean... active) {
    memory = new CaseMemory(context, active);
    Area arena = memory.arena();
    boolean later = startStep > 0;
    parameters = filled("parameters", (slot, row, i) -> values.normal(PARAMETERS + slot, i) / 4);
    gradients = arena.floats("gradients", Access.IN_OUT, FLOATS);
    firstMoment =
        filled("firstMoment", (slot, row, i) -> later ? values.normal(20 + slot, i) / 10 : 0);
    secondMoment =
        filled("secondMoment", (slot, row, i) -> later ? values.uniform(30 + slot, i) : 0);
    // At the first step what it was does not matter.
    ema = filled("gradientEma", (slot, row, i) -> later ? values.normal(40 + slot, i) : Float.NaN);
    sums = arena.doubles("sums", Access.OUT, 3 * CHUNKS.length);
    control = arena.structs("control", Access.IN_OUT, KernelParameters.CONTROL, 1);
    for (int slot = 0; slot < active.length; slot++) {
      control.setStruct(slot, 0, ControlStruct.of(config, startStep, slot));
    }
    running = memory.session().ints("running", Access.IN_OUT, active.length);
    Region chunks =
        memory.session().structs("chunks", Access.IN, KernelParameters.CHUNK, CHUNKS.length);
    for (int i = 0; i < CHUNKS.length; i++) {
      chunks.setStruct(
          0,
          i,
          KernelParameters.CHUNK
              .create()
              .set("start", CHUNKS[i][0])
              .set("floats", CHUNKS[i][1])
              .set("firstChunkOfTensor", CHUNKS[i][2])
              .set("chunksOfTensor", CHUNKS[i][3]));
    }
    update = memory.describeSlots(KernelParameters.UPDATE_PARAMETERS.create());
    update
        .set("chunks", chunks.address())
        .set("control", control.address())
        .set("parameters", parameters.address())
        .set("gradients", gradients.address())
        .set("firstMoment", firstMoment.address())
        .set("secondMoment", secondMoment.address())
        .set("gradientEma", config.grokfastEma().isPresent() ? ema.address() : 0)
        .set("sums", orthogonal ? sums.address() : 0);
    step = memory.describeSlots(KernelParameters.STEP_PARAMETERS.create());
    step.set("control", control.address())
        .set("running", running.address())
        .set("slotCount", active.length)
        .set("mode", KernelParameters.STEP_TRAIN)
        .set("trainExamples", 10)
        .set("batchExamples", 10);
  }

  private Region filled(String name, Region.FloatAt content) {
    return memory.arena().floats(name, Access.IN_OUT, FLOATS).fill(content);
  }

  /**
   * New gradients in every slot: three times the parameters and something else.
   *
   * @param remainder how large the part that is not along the parameters is
   */
  void drawGradients(int round, double remainder) {
    gradients.fill(
        (slot, row, i) ->
            (float)
                (3.0 * parameters.at(slot, 0, i)
                    + remainder * values.normal(FIRST_GRADIENTS + slot, round * FLOATS + i)));
  }

  void begin() {
    memory.launch("step_begin", 1, 1, 32, step);
  }

  void end() {
    memory.launch("step_end", 1, 1, 32, step);
  }

  /** One of the kernels over chunks. */
  void launch(String kernel) {
    memory.launch(kernel, CHUNKS.length, 256, update);
  }

  Struct control(int slot) {
    return control.structAt(slot, 0, KernelParameters.CONTROL);
  }

  /** Writes a slot's control structure anew, with one field changed. */
  void setControl(int slot, Struct content, String field, long value) {
    Struct changed = KernelParameters.CONTROL.create().copyFrom(content);
    control.setStruct(slot, 0, changed.set(field, value));
  }

  /** Floats as they are now, by slot. */
  float[][] copy(Region region) {
    float[][] copy = new float[memory.slots()][FLOATS];
    for (int slot = 0; slot < copy.length; slot++) {
      for (int i = 0; i < FLOATS; i++) {
        copy[slot][i] = region.at(slot, 0, i);
      }
    }
    return copy;
  }

  private static int[][] chunks() {
    java.util.List<int[]> chunks = new java.util.ArrayList<>();
    for (int[] tensor : TENSORS) {
      int count = Math.ceilDiv(tensor[1], KernelParameters.CHUNK_FLOATS);
      int first = chunks.size();
      for (int i = 0; i < count; i++) {
        int at = i * KernelParameters.CHUNK_FLOATS;
        int floats = Math.min(KernelParameters.CHUNK_FLOATS, tensor[1] - at);
        chunks.add(new int[] {tensor[0] + at, floats, first, count});
      }
    }
    return chunks.toArray(int[][]::new);
  }

  @Override
  public void close() {
    memory.close();
  }
}
