package longrun.cpu;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import longrun.plan.Buffer;
import longrun.plan.Operation;
import longrun.plan.Operation.Residual;
import longrun.plan.Plan;
import longrun.plan.View;

/**
 * Turns a plan into programs over a workspace. Operations on the rows of examples form one chain,
 * run block by block of examples; operations on shared rows run in phases of their own, side by
 * side where neither reads what the other writes; gradients of parameters form one phase.
 */
final class Lowering {
  /** Rows of a block of examples: large enough to reuse weights, small enough for the L2 cache. */
  private static final int BLOCK_ROWS = 64;

  private static final int SHARED_BLOCK_ROWS = 16;

  private final Plan plan;
  private final ParameterLayout layout;
  private final Transposes transposes;
  private final Workspace workspace;

  Lowering(Plan plan, ParameterLayout layout, Transposes transposes, Workspace workspace) {
    this.plan = plan;
    this.layout = layout;
    this.transposes = transposes;
    this.workspace = workspace;
  }

  /** Forward and backward, leaving the gradients of all parameters in the workspace. */
  Program gradients() {
    Program program = new Program();
    List<Program.Chain> copies = new ArrayList<>();
    for (Transposes.Entry entry : transposes.entries()) {
      copies.add(chain(16, new TransposeKernel(workspace, entry)));
    }
    program.add("transposes", copies);
    List<Operation> operations = new ArrayList<>(plan.forward());
    operations.add(plan.loss());
    operations.addAll(plan.backward());
    addRows(program, operations, false);
    List<Program.Chain> gradients = new ArrayList<>();
    for (Operation operation : plan.parameterGradients()) {
      gradients.add(
          chain(operation instanceof Operation.WeightGradient ? 1 : 8, kernel(operation, false)));
    }
    program.add("parameter gradients", gradients);
    return program;
  }

  /** From gradients to parameters. */
  Program update() {
    Program program = new Program();
    if (plan.cohort().gradientEma()) {
      program.add("grokfast", List.of(chain(1, new GrokfastKernel(workspace))));
    }
    if (plan.cohort().orthogonalGradient()) {
      program.add("orthogonal", List.of(chain(1, new OrthogonalKernel(workspace, layout))));
    }
    program.add("update", List.of(chain(1, new UpdateKernel(workspace))));
    return program;
  }

  /** What an evaluation needs once per parameter state: the shared rows. */
  Program evaluateShared() {
    Program program = new Program();
    addRows(program, plan.forward().stream().filter(o -> !perExample(o)).toList(), true);
    return program;
  }

  /** What an evaluation needs for each batch of examples. */
  Program evaluateExamples() {
    Program program = new Program();
    List<Operation> operations =
        new ArrayList<>(plan.forward().stream().filter(Lowering::perExample).toList());
    operations.add(plan.loss());
    addRows(program, operations, true);
    return program;
  }

  private static Program.Chain chain(int block, Kernel... kernels) {
    return new Program.Chain(kernels, block);
  }

  private void addRows(Program program, List<Operation> operations, boolean evaluate) {
    List<Kernel> examples = new ArrayList<>();
    Group group = new Group(program);
    for (Operation operation : operations) {
      if (perExample(operation)) {
        group.flush();
        examples.add(kernel(operation, evaluate));
      } else {
        addExamples(program, examples);
        group.add(operation, kernel(operation, evaluate));
      }
    }
    group.flush();
    addExamples(program, examples);
  }

  private void addExamples(Program program, List<Kernel> examples) {
    if (!examples.isEmpty()) {
      int rows =
          plan.buffers().stream()
              .map(Buffer::rows)
              .mapToInt(
                  r -> r instanceof longrun.plan.Rows.PerExample(int perExample) ? perExample : 1)
              .max()
              .orElse(1);
      program.add(
          "examples",
          List.of(chain(Math.max(4, BLOCK_ROWS / rows), examples.toArray(Kernel[]::new))));
      examples.clear();
    }
  }

  /** Shared operations that can run side by side. */
  private static final class Group {
    private final Program program;
    private final List<Program.Chain> chains = new ArrayList<>();
    private final Set<Buffer> read = new HashSet<>();
    private final Set<Buffer> written = new HashSet<>();
    private final List<String> names = new ArrayList<>();

    Group(Program program) {
      this.program = program;
    }

    void add(Operation operation, Kernel kernel) {
      Set<Buffer> reads = new HashSet<>();
      Set<Buffer> writes = new HashSet<>();
      access(operation, reads, writes);
      boolean conflict =
          reads.stream().anyMatch(written::contains)
              || writes.stream().anyMatch(b -> written.contains(b) || read.contains(b));
      if (conflict) {
        flush();
      }
      read.addAll(reads);
      written.addAll(writes);
      names.add(operation.kind());
      chains.add(chain(SHARED_BLOCK_ROWS, kernel));
    }

    void flush() {
      program.add(String.join("+", names), chains);
      chains.clear();
      names.clear();
      read.clear();
      written.clear();
    }
  }

  /** Whether an operation of the forward or backward pass is on rows of examples. */
  private static boolean perExample(Operation operation) {
    Set<Buffer> writes = new HashSet<>();
    access(operation, new HashSet<>(), writes);
    return writes.stream().anyMatch(b -> b.all().perExample());
  }

  private Kernel kernel(Operation operation, boolean evaluate) {
    return switch (operation) {
      case Operation.LookupSum o -> new LookupSumKernel(workspace, layout, o);
      case Operation.LayerNorm o -> new LayerNormKernel(workspace, layout, o);
      case Operation.MatMul o -> new MatMulKernel(workspace, layout, o);
      case Operation.Attention o -> new AttentionKernel(workspace, o);
      case Operation.LossAndGradient o -> new LossKernel(workspace, o, evaluate);
      case Operation.MatMulInputGradient o ->
          new MatMulInputGradientKernel(workspace, transposes, o);
      case Operation.WeightGradient o -> new WeightGradientKernel(workspace, layout, o);
      case Operation.LayerNormInputGradient o ->
          new LayerNormInputGradientKernel(workspace, layout, o);
      case Operation.LayerNormWeightGradient o ->
          new LayerNormWeightGradientKernel(workspace, layout, o);
      case Operation.AttentionGradient o -> new AttentionGradientKernel(workspace, o);
      case Operation.KeyGradient o -> new KeyGradientKernel(workspace, o);
      case Operation.ReaderSum o -> new ReaderSumKernel(workspace, o);
      case Operation.LookupGradient o -> new LookupGradientKernel(workspace, layout, o);
    };
  }

  /** Buffers that an operation reads and writes. */
  private static void access(Operation operation, Set<Buffer> reads, Set<Buffer> writes) {
    switch (operation) {
      case Operation.LookupSum o -> {
        write(writes, o.out());
        o.preActivation().ifPresent(v -> write(writes, v));
      }
      case Operation.LayerNorm o -> {
        write(reads, o.in());
        write(writes, o.out(), o.statistics());
      }
      case Operation.MatMul o -> {
        write(reads, o.in());
        write(writes, o.out());
        o.preActivation().ifPresent(v -> write(writes, v));
        o.residual()
            .ifPresent(
                residual -> {
                  switch (residual) {
                    case Residual.SameRows(var view) -> write(reads, view);
                    case Residual.Gathered(var sources) ->
                        sources.forEach(s -> write(reads, s.view()));
                  }
                });
      }
      case Operation.Attention o -> {
        attentionReads(o, reads);
        write(writes, o.out(), o.probabilities());
      }
      case Operation.LossAndGradient o -> write(writes, o.logits());
      case Operation.MatMulInputGradient o -> {
        write(reads, o.outGradient());
        o.addend().ifPresent(v -> write(reads, v));
        o.activation().ifPresent(a -> write(reads, a.saved()));
        write(writes, o.inGradient());
      }
      case Operation.LayerNormInputGradient o -> {
        write(reads, o.outGradient(), o.in(), o.statistics());
        o.addend().ifPresent(v -> write(reads, v));
        write(writes, o.inGradient());
      }
      case Operation.AttentionGradient o -> {
        attentionReads(o.attention(), reads);
        write(reads, o.attention().probabilities(), o.outGradient());
        write(writes, o.scoreGradient(), o.queryGradient());
      }
      case Operation.KeyGradient o -> {
        o.readers()
            .forEach(
                reader -> {
                  attentionReads(reader.gradient().attention(), reads);
                  write(
                      reads,
                      reader.gradient().attention().probabilities(),
                      reader.gradient().scoreGradient(),
                      reader.gradient().outGradient());
                });
        write(writes, o.keyGradient(), o.valueGradient());
      }
      case Operation.ReaderSum o -> {
        o.addend().ifPresent(v -> write(reads, v));
        o.readers().forEach(reader -> write(reads, reader.gradient()));
        write(writes, o.inGradient());
      }
      case Operation.WeightGradient o ->
          o.terms().forEach(t -> write(reads, t.in(), t.outGradient()));
      case Operation.LayerNormWeightGradient o ->
          o.terms().forEach(t -> write(reads, t.outGradient(), t.in(), t.statistics()));
      case Operation.LookupGradient o -> o.terms().forEach(t -> write(reads, t.outGradient()));
    }
  }

  private static void attentionReads(Operation.Attention attention, Set<Buffer> reads) {
    write(reads, attention.query().view());
    attention.keys().forEach(key -> write(reads, key.key().view(), key.value().view()));
  }

  private static void write(Set<Buffer> set, View... views) {
    for (View view : views) {
      set.add(view.buffer());
    }
  }
}
