package longrun.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.config.Activation;
import longrun.config.Precision;
import longrun.engine.ParameterLayout;
import longrun.plan.Operation;
import longrun.plan.Operation.Residual;
import longrun.plan.Source;
import longrun.plan.View;

/** Launches of {@code kernels/matmul}. */
final class MatmulCalls {
  static final int SMALL_TILE = 64;
  static final int LARGE_TILE = 128;
  static final int WEIGHT_TILE = 64;
  static final int SPLIT_SUM_FLOATS = 1024;

  /** Large tiles are taken where they fill the multiprocessors of a large GPU about twice. */
  private static final int ENOUGH_BLOCKS = 264;

  private final Addresses addresses;
  private final SlotSet slots;
  private final String suffix;

  MatmulCalls(Addresses addresses, SlotSet slots, Precision precision) {
    this.addresses = addresses;
    this.slots = slots;
    this.suffix =
        switch (precision) {
          case FP32 -> "";
          case TF32 -> "_tf32";
          case BF16 -> throw new IllegalArgumentException("precision=" + precision);
        };
  }

  /** Products of rows and weights. */
  List<KernelCall> matmul(List<Operation> operations, Addresses.Batch batch) {
    List<Operation.MatMul> products = cast(operations, Operation.MatMul.class);
    int tile = tile(products.stream().map(Operation.MatMul::out).toList(), batch);
    JobList jobs = jobs("matmul_nn", tile);
    for (Operation.MatMul product : products) {
      int columnTiles = Math.ceilDiv(product.out().width(), tile);
      jobs.add(
          product,
          Math.ceilDiv(Addresses.rows(product.out(), batch), tile) * columnTiles,
          job -> {
            job.set("columnTiles", columnTiles);
            product(job, product, batch);
          });
    }
    return jobs.calls();
  }

  private void product(Struct job, Operation.MatMul product, Addresses.Batch batch) {
    rows(job, product.out(), product.in(), batch);
    weight(job, product.weight());
    job.set("columns", product.out().width());
    job.set("depth", product.in().width());
    job.set("activation", activation(product.activation()));
    product.bias().ifPresent(bias -> job.set("bias", addresses.parameter(bias)));
    addresses.optional(job, "preActivation", "preActivationStride", product.preActivation());
    Optional<View> sameRows =
        product.residual().map(r -> r instanceof Residual.SameRows(View view) ? view : null);
    addresses.optional(job, "addend", "addendStride", sameRows);
    List<Source> sources =
        product
            .residual()
            .map(r -> r instanceof Residual.Gathered(List<Source> gathered) ? gathered : null)
            .orElse(List.of());
    job.set("residualSources", sources.size());
    if (!sources.isEmpty()) {
      job.set(
          "residual",
          addresses.tables().structs(KernelParameters.SOURCE, sources, addresses::source));
    }
    job.set("savedStride", 0);
  }

  /** Gradients of those products with respect to their rows. */
  List<KernelCall> inputGradient(List<Operation> operations, Addresses.Batch batch) {
    List<Operation.MatMulInputGradient> products =
        cast(operations, Operation.MatMulInputGradient.class);
    int tile =
        tile(products.stream().map(Operation.MatMulInputGradient::inGradient).toList(), batch);
    JobList jobs = jobs("matmul_nt", tile);
    for (Operation.MatMulInputGradient product : products) {
      View out = product.inGradient();
      int columnTiles = Math.ceilDiv(out.width(), tile);
      jobs.add(
          product,
          Math.ceilDiv(Addresses.rows(out, batch), tile) * columnTiles,
          job -> {
            job.set("columnTiles", columnTiles);
            rows(job, out, product.outGradient(), batch);
            weight(job, product.weight());
            job.set("columns", out.width());
            job.set("depth", product.outGradient().width());
            addresses.optional(job, "addend", "addendStride", product.addend());
            job.set(
                "activation",
                activation(product.activation().map(Operation.ActivationDerivative::activation)));
            job.set("preActivationStride", 0);
            job.set("residualSources", 0);
            addresses.optional(
                job,
                "saved",
                "savedStride",
                product.activation().map(Operation.ActivationDerivative::saved));
          });
    }
    return jobs.calls();
  }

  /** Gradients of weights and biases: the partial sums of all splits, or the whole sum of one. */
  List<KernelCall> weightGradient(List<Operation> operations, Addresses.Batch batch) {
    JobList jobs =
        new JobList(
            "weight_gradient" + suffix, 128, KernelParameters.WEIGHT_GRADIENT_PARAMETERS, slots);
    for (Operation.WeightGradient gradient : cast(operations, Operation.WeightGradient.class)) {
      int split = 0;
      for (Operation.WeightGradient.Term term : gradient.terms()) {
        addTerm(jobs, gradient, term, split, batch);
        split += addresses.layout().splits().splits(term.outGradient());
      }
    }
    return jobs.calls();
  }

  private void addTerm(
      JobList jobs,
      Operation.WeightGradient gradient,
      Operation.WeightGradient.Term term,
      int firstSplit,
      Addresses.Batch batch) {
    SplitLayout layout = addresses.layout().splits();
    SplitLayout.Partial partial = layout.partial(gradient);
    ParameterLayout.Entry weight = entry(gradient.weight());
    int splits = layout.splits(term.outGradient());
    int rowTiles = Math.ceilDiv(weight.rows(), WEIGHT_TILE);
    int columnTiles = Math.ceilDiv(weight.columns(), WEIGHT_TILE);
    boolean inPlace = partial.splits() == 1;
    jobs.add(
        gradient,
        splits * rowTiles * columnTiles,
        job -> {
          job.set(
              "partial",
              inPlace
                  ? addresses.gradient(gradient.weight())
                  : addresses.partial(
                      partial.firstFloat() + (long) firstSplit * partial.splitFloats()));
          gradient
              .bias()
              .ifPresent(
                  bias ->
                      job.set(
                          "biasPartial",
                          inPlace
                              ? addresses.gradient(bias)
                              : addresses.partial(
                                  partial.biasFloat()
                                      + (long) firstSplit * partial.biasSplitFloats())));
          job.set("in", addresses.of(term.in()));
          job.set("inStride", addresses.stride(term.in()));
          job.set("outGradient", addresses.of(term.outGradient()));
          job.set("outGradientStride", addresses.stride(term.outGradient()));
          Addresses.rows(job.nested("rows"), term.outGradient(), batch);
          job.set("partialStride", weight.rowLength());
          job.set("weightRows", weight.rows());
          job.set("columns", weight.columns());
          job.set("splits", splits);
          job.set("rowsPerSplit", layout.rowsPerSplit(term.outGradient()));
          job.set("splitFloats", partial.splitFloats());
          job.set("biasSplitFloats", partial.biasSplitFloats());
          job.set("rowTiles", rowTiles);
          job.set("columnTiles", columnTiles);
        });
  }

  /** Adds up the splits of gradients that have more than one. */
  List<KernelCall> splitSums(List<Operation> parameterGradients) {
    JobList jobs = new JobList("split_sum", 256, KernelParameters.SPLIT_SUM_PARAMETERS, slots);
    for (Operation operation : parameterGradients) {
      if (operation instanceof Operation.WeightGradient gradient) {
        SplitLayout.Partial partial = addresses.layout().splits().partial(gradient);
        if (partial.splits() > 1) {
          addSum(
              jobs,
              gradient,
              gradient.weight(),
              partial.firstFloat(),
              partial.splits(),
              partial.splitFloats());
          gradient
              .bias()
              .ifPresent(
                  bias ->
                      addSum(
                          jobs,
                          gradient,
                          bias,
                          partial.biasFloat(),
                          partial.splits(),
                          partial.biasSplitFloats()));
        }
      } else if (operation instanceof Operation.LayerNormWeightGradient norm) {
        SplitLayout.Partial partial = addresses.layout().splits().partial(norm);
        int columns = entry(norm.scale()).rowLength();
        addSum(
            jobs,
            norm,
            norm.scale(),
            partial.firstFloat(),
            partial.splits(),
            partial.splitFloats());
        addSum(
            jobs,
            norm,
            norm.shift(),
            partial.firstFloat() + columns,
            partial.splits(),
            partial.splitFloats());
      }
    }
    return jobs.calls();
  }

  private void addSum(
      JobList jobs,
      Operation operation,
      String parameter,
      long firstFloat,
      int splits,
      int splitFloats) {
    int floats = entry(parameter).length();
    jobs.add(
        operation,
        Math.ceilDiv(floats, SPLIT_SUM_FLOATS),
        job -> {
          job.set("out", addresses.gradient(parameter));
          job.set("partial", addresses.partial(firstFloat));
          job.set("floats", floats);
          job.set("splits", splits);
          job.set("splitFloats", splitFloats);
        });
  }

  private JobList jobs(String kernel, int tile) {
    return new JobList(
        kernel + suffix + "_" + tile,
        tile == LARGE_TILE ? 256 : 128,
        KernelParameters.MATMUL_PARAMETERS,
        slots);
  }

  private void rows(Struct job, View out, View in, Addresses.Batch batch) {
    job.set("out", addresses.of(out));
    job.set("outStride", addresses.stride(out));
    job.set("in", addresses.of(in));
    job.set("inStride", addresses.stride(in));
    Addresses.rows(job.nested("rows"), out, batch);
    job.set("batch", Addresses.batchOf(out, batch));
  }

  private void weight(Struct job, String weight) {
    job.set("weight", addresses.parameter(weight));
    job.set("weightStride", entry(weight).rowLength());
  }

  private ParameterLayout.Entry entry(String parameter) {
    return addresses.layout().parameterLayout().entry(parameter);
  }

  /** The tile for a launch; both give the same bits. */
  private int tile(List<View> outs, Addresses.Batch batch) {
    long small = 0;
    long large = 0;
    for (View out : outs) {
      small += tiles(out, batch, SMALL_TILE);
      large += tiles(out, batch, LARGE_TILE);
    }
    return tile(small, large, slots.count());
  }

  /**
   * The same.
   *
   * @param small how many small tiles cover what is written
   * @param large how many large ones
   */
  static int tile(long small, long large, int slots) {
    boolean enough = large * slots >= ENOUGH_BLOCKS;
    boolean littleWaste = 4 * large <= small + small / 4;
    return enough && littleWaste ? LARGE_TILE : SMALL_TILE;
  }

  private static long tiles(View out, Addresses.Batch batch, int tile) {
    return (long) Math.ceilDiv(Addresses.rows(out, batch), tile) * Math.ceilDiv(out.width(), tile);
  }

  static int activation(Optional<Activation> activation) {
    if (activation.isEmpty()) {
      return KernelParameters.ACTIVATION_NONE;
    }
    return switch (activation.get()) {
      case RELU -> KernelParameters.ACTIVATION_RELU;
      case GELU -> KernelParameters.ACTIVATION_GELU;
      case SQUARE -> KernelParameters.ACTIVATION_SQUARE;
    };
  }

  static <T extends Operation> List<T> cast(List<Operation> operations, Class<T> type) {
    List<T> all = new ArrayList<>();
    operations.forEach(operation -> all.add(type.cast(operation)));
    return all;
  }
}
