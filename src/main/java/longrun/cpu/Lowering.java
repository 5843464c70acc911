package longrun.cpu;

import java.util.ArrayList;
import java.util.List;
import longrun.engine.ParameterLayout;
import longrun.plan.Access;
import longrun.plan.Buffer;
import longrun.plan.Operation;
import longrun.plan.Plan;

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
    private final List<Access> accesses = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    Group(Program program) {
      this.program = program;
    }

    void add(Operation operation, Kernel kernel) {
      Access access = Access.of(operation);
      if (accesses.stream().anyMatch(access::conflictsWith)) {
        flush();
      }
      accesses.add(access);
      names.add(operation.kind());
      chains.add(chain(SHARED_BLOCK_ROWS, kernel));
    }

    void flush() {
      program.add(String.join("+", names), chains);
      chains.clear();
      names.clear();
      accesses.clear();
    }
  }

  /** Whether an operation of the forward or backward pass is on rows of examples. */
  private static boolean perExample(Operation operation) {
    return Access.of(operation).writesExamples();
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
}
