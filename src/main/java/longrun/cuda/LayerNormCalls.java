package longrun.cuda;

import java.util.List;
import longrun.plan.Operation;
import longrun.plan.View;

/** Launches of {@code kernels/layer_norm}. */
final class LayerNormCalls {
  private static final int THREADS = 256;
  private static final int WARPS = THREADS / 32;

  private final Addresses addresses;
  private final SlotSet slots;

  LayerNormCalls(Addresses addresses, SlotSet slots) {
    this.addresses = addresses;
    this.slots = slots;
  }

  List<KernelCall> forward(List<Operation> operations, Addresses.Batch batch) {
    JobList jobs =
        new JobList("layer_norm", THREADS, KernelParameters.LAYER_NORM_PARAMETERS, slots);
    for (Operation.LayerNorm norm : MatmulCalls.cast(operations, Operation.LayerNorm.class)) {
      jobs.add(
          norm,
          Math.ceilDiv(Addresses.rows(norm.out(), batch), WARPS),
          job -> {
            row(job, "out", "outStride", norm.out());
            row(job, "in", "inStride", norm.in());
            row(job, "statistics", "statisticsStride", norm.statistics());
            job.set("scale", addresses.parameter(norm.scale()));
            job.set("shift", addresses.parameter(norm.shift()));
            Addresses.rows(job.nested("rows"), norm.out(), batch);
            job.set("columns", norm.out().width());
          });
    }
    return jobs.calls();
  }

  List<KernelCall> inputGradient(List<Operation> operations, Addresses.Batch batch) {
    JobList jobs =
        new JobList(
            "layer_norm_input_gradient",
            THREADS,
            KernelParameters.LAYER_NORM_INPUT_GRADIENT_PARAMETERS,
            slots);
    for (Operation.LayerNormInputGradient norm :
        MatmulCalls.cast(operations, Operation.LayerNormInputGradient.class)) {
      jobs.add(
          norm,
          Math.ceilDiv(Addresses.rows(norm.inGradient(), batch), WARPS),
          job -> {
            row(job, "inGradient", "inGradientStride", norm.inGradient());
            addresses.optional(job, "addend", "addendStride", norm.addend());
            row(job, "outGradient", "outGradientStride", norm.outGradient());
            row(job, "in", "inStride", norm.in());
            row(job, "statistics", "statisticsStride", norm.statistics());
            job.set("scale", addresses.parameter(norm.scale()));
            Addresses.rows(job.nested("rows"), norm.inGradient(), batch);
            job.set("columns", norm.inGradient().width());
          });
    }
    return jobs.calls();
  }

  /** Partial sums; {@link MatmulCalls#splitSums} adds them. */
  List<KernelCall> weightGradient(List<Operation> operations, Addresses.Batch batch) {
    JobList jobs =
        new JobList(
            "layer_norm_weight_gradient",
            THREADS,
            KernelParameters.LAYER_NORM_WEIGHT_GRADIENT_PARAMETERS,
            slots);
    SplitLayout layout = addresses.layout().splits();
    for (Operation.LayerNormWeightGradient gradient :
        MatmulCalls.cast(operations, Operation.LayerNormWeightGradient.class)) {
      SplitLayout.Partial partial = layout.partial(gradient);
      long first = partial.firstFloat();
      for (Operation.LayerNormWeightGradient.Term term : gradient.terms()) {
        int splits = layout.normSplits(term.outGradient());
        long address = addresses.partial(first);
        jobs.add(
            gradient,
            splits,
            job -> {
              job.set("partial", address);
              job.set("partialStride", partial.splitFloats() / 2);
              row(job, "outGradient", "outGradientStride", term.outGradient());
              row(job, "in", "inStride", term.in());
              row(job, "statistics", "statisticsStride", term.statistics());
              Addresses.rows(job.nested("rows"), term.outGradient(), batch);
              job.set("columns", term.in().width());
              job.set("splits", splits);
              job.set("rowsPerSplit", SplitLayout.normRowsPerSplit());
            });
        first += (long) splits * partial.splitFloats();
      }
    }
    return jobs.calls();
  }

  private void row(Struct job, String pointer, String stride, View view) {
    job.set(pointer, addresses.of(view));
    job.set(stride, addresses.stride(view));
  }
}
