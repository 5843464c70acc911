package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.ModelConfig;
import longrun.cuda.CudaContext;
import longrun.cuda.KernelParameters;
import longrun.cuda.Struct;
import longrun.model.Model;
import longrun.model.ParameterSpec;
import longrun.model.ParameterSpec.Fill;
import longrun.model.Tensors;

/** Cases of {@code initialize}: the bits of {@link Model#initialize}, rounded to float. */
final class InitializationCases {
  private static final int THREADS = 256;
  private static final long[] SEEDS = {0, 1, -1, Long.MAX_VALUE};

  private InitializationCases() {}

  static List<KernelCase> all() {
    List<KernelCase> cases = new ArrayList<>();
    cases.add(of(spec(new Fill.Normal(1), 1)));
    cases.add(of(spec(new Fill.Normal(0.08838834764831845), 128, 129)));
    cases.add(of(spec(new Fill.Uniform(0.1), 31, 33)));
    cases.add(of(spec(new Fill.Constant(0.1), 5, 7)));
    cases.add(
        of(
            spec(new Fill.Normal(0.5), 4, 31, 5),
            spec(new Fill.Uniform(2), 113),
            spec(new Fill.Constant(1), 3),
            spec(new Fill.Uniform(1e-3), 3, 1, 1),
            spec(new Fill.Normal(3), 97, 2)));
    return cases;
  }

  private static ParameterSpec spec(Fill fill, Integer... shape) {
    return new ParameterSpec(List.of(shape).toString(), List.of(shape), fill);
  }

  private static KernelCase of(ParameterSpec... specs) {
    List<ParameterSpec> named = new ArrayList<>();
    StringBuilder description = new StringBuilder();
    for (ParameterSpec spec : specs) {
      String name = named.size() + " " + spec.name();
      named.add(new ParameterSpec(name, spec.shape(), spec.fill()));
      description.append(description.isEmpty() ? "" : ", ");
      description.append(spec.name()).append(' ').append(spec.fill().getClass().getSimpleName());
    }
    return KernelCase.of("initialize", description.toString(), context -> run(context, named));
  }

  private static Outcome run(CudaContext context, List<ParameterSpec> specs) {
    Model model =
        new Model(
            new ModelConfig.Mlp(List.of(), true, Activation.RELU, Initialization.NORMAL_FAN_IN, 1),
            specs,
            1);
    try (CaseMemory memory = new CaseMemory(context, true, true, false, true)) {
      Region control = memory.arena().structs("control", Access.IN, KernelParameters.CONTROL, 1);
      for (int slot = 0; slot < memory.slots(); slot++) {
        control.setStruct(slot, 0, ControlStruct.of(ControlStruct.ADAMW, 0, SEEDS[slot]));
      }
      List<Placed> placed = place(specs);
      Placed last = placed.getLast();
      Region parameters =
          memory.arena().floats("parameters", Access.OUT, last.start + last.rows * last.stride);
      Region tensors =
          memory
              .session()
              .structs("tensors", Access.IN, KernelParameters.INITIAL_TENSOR, specs.size());
      int blocks = 0;
      for (int part = 0; part < placed.size(); part++) {
        Placed tensor = placed.get(part);
        tensors.setStruct(0, part, tensor.struct(specs.get(part).fill(), part, blocks));
        blocks += Math.ceilDiv(tensor.rows * tensor.stride, THREADS);
      }
      Struct struct = memory.describeSlots(KernelParameters.INITIALIZATION_PARAMETERS.create());
      struct
          .set("control", control.address())
          .set("parameters", parameters.address())
          .set("tensors", tensors.address())
          .set("tensorCount", specs.size());
      memory.launch("initialize", blocks, THREADS, struct);
      Comparison comparison = new Comparison(0);
      for (int slot : memory.activeSlots()) {
        Tensors expected = model.initialize(SEEDS[slot]);
        for (int part = 0; part < placed.size(); part++) {
          String name = specs.get(part).name();
          placed.get(part).compare(comparison, parameters, slot, name, expected.get(name).values());
        }
      }
      return comparison.outcome(memory);
    }
  }

  private static List<Placed> place(List<ParameterSpec> specs) {
    List<Placed> placed = new ArrayList<>();
    int start = 0;
    for (ParameterSpec spec : specs) {
      List<Integer> shape = spec.shape();
      int last = shape.getLast();
      int rows = shape.size() == 1 ? 1 : shape.get(shape.size() - 2);
      int groups = shape.size() == 3 ? shape.getFirst() : 1;
      Placed tensor = new Placed(start, rows, groups * last, (groups * last + 3) / 4 * 4, last);
      placed.add(tensor);
      start += rows * tensor.stride;
    }
    return placed;
  }

  /**
   * A tensor where it lies, as a matrix: heads, the first of three extents, side by side.
   *
   * @param groupColumns columns of a head
   */
  private record Placed(int start, int rows, int columns, int stride, int groupColumns) {
    Struct struct(Fill fill, int part, int firstBlock) {
      Struct struct = KernelParameters.INITIAL_TENSOR.create();
      switch (fill) {
        case Fill.Constant(double value) ->
            struct.set("scale", value).set("fill", KernelParameters.FILL_CONSTANT);
        case Fill.Normal(double deviation) ->
            struct.set("scale", deviation).set("fill", KernelParameters.FILL_NORMAL);
        case Fill.Uniform(double bound) ->
            struct.set("scale", bound).set("fill", KernelParameters.FILL_UNIFORM);
      }
      return struct
          .set("part", part)
          .set("start", start)
          .set("rows", rows)
          .set("columns", columns)
          .set("stride", stride)
          .set("groupColumns", groupColumns)
          .set("firstBlock", firstBlock);
    }

    void compare(
        Comparison comparison, Region parameters, int slot, String name, double[] expected) {
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < stride; column++) {
          float actual = parameters.at(slot, 0, start + row * stride + column);
          String place = "tensor " + name + " at [" + row + ", " + column + "] of slot " + slot;
          int head = column / groupColumns;
          int element = (head * rows + row) * groupColumns + column % groupColumns;
          comparison.sameBits(place, actual, column < columns ? (float) expected[element] : 0);
        }
      }
    }
  }
}
