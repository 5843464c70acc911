package longrun.cuda;

import java.util.List;
import longrun.plan.Operation;
import longrun.plan.RowIndex;
import longrun.plan.View;

/** Launches of {@code kernels/embedding}: looking rows up, and sums over the readers of rows. */
final class EmbeddingCalls {
  private static final int THREADS = 256;
  private static final int WARPS = THREADS / 32;
  private static final int STRIPE_COLUMNS = 128;

  /** For few rows, which may have thousands of readers each. */
  private static final int NARROW_STRIPE_COLUMNS = 32;

  /** About as many as a large GPU has multiprocessors. */
  private static final int ENOUGH_BLOCKS = 128;

  private final Addresses addresses;
  private final SlotSet slots;

  EmbeddingCalls(Addresses addresses, SlotSet slots) {
    this.addresses = addresses;
    this.slots = slots;
  }

  List<KernelCall> lookups(List<Operation> operations, Addresses.Batch batch) {
    JobList jobs =
        new JobList("lookup_sum", THREADS, KernelParameters.LOOKUP_SUM_PARAMETERS, slots);
    for (Operation.LookupSum sum : MatmulCalls.cast(operations, Operation.LookupSum.class)) {
      View out = sum.out();
      jobs.add(
          sum,
          Math.ceilDiv(Addresses.rows(out, batch), WARPS),
          job -> {
            job.set("out", addresses.of(out));
            job.set("outStride", addresses.stride(out));
            addresses.optional(job, "preActivation", "preActivationStride", sum.preActivation());
            job.set(
                "lookups",
                addresses.tables().structs(KernelParameters.LOOKUP, sum.lookups(), this::lookup));
            job.set("lookupCount", sum.lookups().size());
            job.set("batch", Addresses.batchOf(out, batch));
            Addresses.rows(job.nested("rows"), out, batch);
            job.set("columns", out.width());
            job.set("activation", MatmulCalls.activation(sum.activation()));
          });
    }
    return jobs.calls();
  }

  private void lookup(Struct struct, Operation.Lookup lookup) {
    switch (lookup) {
      case Operation.Lookup.ParameterRow(String parameter, RowIndex index) -> {
        struct.set("rows", addresses.parameter(parameter));
        struct.set("table", addresses.tables().table(index));
        struct.set("stride", rowLength(parameter));
        struct.set("perSlot", 1);
      }
      case Operation.Lookup.FixedParameterRow(String parameter, int row) -> {
        struct.set("rows", addresses.parameter(parameter) + 4L * row * rowLength(parameter));
        struct.set("stride", 0);
        struct.set("perSlot", 1);
      }
      case Operation.Lookup.ConstantRow(List<Double> values) -> {
        struct.set("rows", addresses.tables().floats(values));
        struct.set("stride", 0);
        struct.set("perSlot", 0);
      }
    }
  }

  /** {@link Operation.ReaderSum} and {@link Operation.LookupGradient}: both sum over readers. */
  List<KernelCall> readerSums(List<Operation> operations, Addresses.Batch batch) {
    JobList jobs =
        new JobList("reader_sum", THREADS, KernelParameters.READER_SUM_PARAMETERS, slots);
    for (Operation operation : operations) {
      if (operation instanceof Operation.ReaderSum sum) {
        addReaderSum(jobs, sum, batch);
      } else if (operation instanceof Operation.LookupGradient gradient) {
        addLookupGradient(jobs, gradient, batch);
      } else {
        throw new IllegalArgumentException("operation=" + operation);
      }
    }
    return jobs.calls();
  }

  private void addReaderSum(JobList jobs, Operation.ReaderSum sum, Addresses.Batch batch) {
    View out = sum.inGradient();
    if (sum.addend().isPresent() && !sum.addend().get().equals(out)) {
      throw new IllegalArgumentException("addend must be the sum itself: " + sum);
    }
    boolean own = out.perExample();
    int rows = Addresses.rows(out, batch);
    int stripes = stripes(rows, out.width());
    jobs.add(
        sum,
        own ? Math.ceilDiv(rows, WARPS) : rows * stripes,
        job -> {
          job.set("out", addresses.of(out));
          job.set("outStride", addresses.stride(out));
          job.set(
              "terms",
              addresses
                  .tables()
                  .structs(
                      KernelParameters.SUM_TERM,
                      sum.readers(),
                      (struct, reader) -> {
                        term(struct, reader.gradient(), batch);
                        addresses.lists(
                            struct.nested("lists"),
                            reader.source(),
                            reader.gradient().perExample());
                      }));
          job.set("termCount", sum.readers().size());
          Addresses.rows(job.nested("rows"), out, batch);
          job.set("columns", out.width());
          job.set("accumulate", sum.addend().isPresent() ? 1 : 0);
          job.set("own", own ? 1 : 0);
          job.set("stripes", stripes);
        });
  }

  private void addLookupGradient(
      JobList jobs, Operation.LookupGradient gradient, Addresses.Batch batch) {
    var entry = addresses.layout().parameterLayout().entry(gradient.parameter());
    int stripes = stripes(entry.rows(), entry.columns());
    jobs.add(
        gradient,
        entry.rows() * stripes,
        job -> {
          job.set("out", addresses.gradient(gradient.parameter()));
          job.set("outStride", entry.rowLength());
          job.set(
              "terms",
              addresses
                  .tables()
                  .structs(
                      KernelParameters.SUM_TERM,
                      gradient.terms(),
                      (struct, term) -> lookupTerm(struct, term, batch)));
          job.set("termCount", gradient.terms().size());
          job.nested("rows").set("perExample", entry.rows());
          job.set("columns", entry.columns());
          job.set("accumulate", 0);
          job.set("own", 0);
          job.set("stripes", stripes);
        });
  }

  private void lookupTerm(
      Struct struct, Operation.LookupGradient.Term term, Addresses.Batch batch) {
    term(struct, term.outGradient(), batch);
    switch (term.lookup()) {
      case Operation.Lookup.ParameterRow(String parameter, RowIndex index) ->
          addresses.lists(struct.nested("lists"), index, term.outGradient().perExample());
      case Operation.Lookup.FixedParameterRow(String parameter, int row) -> fixedRow(struct, row);
      case Operation.Lookup.ConstantRow row ->
          throw new IllegalArgumentException("a constant has no gradient: " + row);
    }
  }

  private void term(Struct struct, View gradient, Addresses.Batch batch) {
    struct.set("rows", addresses.of(gradient));
    struct.set("stride", addresses.stride(gradient));
    Addresses.rows(struct.nested("count"), gradient, batch);
    struct.set("fixedRow", -1);
  }

  /** Into how many stripes of columns, a block each, the rows are cut; the bits are the same. */
  private static int stripes(int rows, int columns) {
    int wide = Math.ceilDiv(columns, STRIPE_COLUMNS);
    return rows * wide < ENOUGH_BLOCKS ? Math.ceilDiv(columns, NARROW_STRIPE_COLUMNS) : wide;
  }

  private static void fixedRow(Struct struct, int row) {
    struct.set("fixedRow", row);
    Addresses.noLists(struct.nested("lists"));
  }

  private int rowLength(String parameter) {
    return addresses.layout().parameterLayout().entry(parameter).rowLength();
  }
}
