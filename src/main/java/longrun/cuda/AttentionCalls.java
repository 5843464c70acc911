package longrun.cuda;

import java.util.List;
import longrun.plan.Operation;
import longrun.plan.Source;
import longrun.plan.View;

/** Launches of {@code kernels/attention}. */
final class AttentionCalls {
  private static final int THREADS = 256;

  /** Rows, or pairs of row and head, of a block: one for each warp. */
  private static final int WARPS = THREADS / 32;

  private final Addresses addresses;
  private final SlotSet slots;

  AttentionCalls(Addresses addresses, SlotSet slots) {
    this.addresses = addresses;
    this.slots = slots;
  }

  List<KernelCall> forward(List<Operation> operations, Addresses.Batch batch) {
    JobList jobs = new JobList("attention", THREADS, KernelParameters.ATTENTION_PARAMETERS, slots);
    for (Operation.Attention attention : MatmulCalls.cast(operations, Operation.Attention.class)) {
      jobs.add(
          attention,
          blocks(attention, batch),
          job -> {
            job.set("out", addresses.of(attention.out()));
            job.set("outStride", addresses.stride(attention.out()));
            job.set("probabilities", addresses.of(attention.probabilities()));
            job.set("probabilityStride", addresses.stride(attention.probabilities()));
            addresses.source(job.nested("query"), attention.query());
            shape(job, attention, batch);
          });
    }
    return jobs.calls();
  }

  List<KernelCall> gradient(List<Operation> operations, Addresses.Batch batch) {
    JobList jobs =
        new JobList(
            "attention_gradient", THREADS, KernelParameters.ATTENTION_GRADIENT_PARAMETERS, slots);
    for (Operation.AttentionGradient gradient :
        MatmulCalls.cast(operations, Operation.AttentionGradient.class)) {
      Operation.Attention attention = gradient.attention();
      jobs.add(
          gradient,
          blocks(attention, batch),
          job -> {
            job.set("scoreGradient", addresses.of(gradient.scoreGradient()));
            job.set("scoreStride", addresses.stride(gradient.scoreGradient()));
            job.set("queryGradient", addresses.of(gradient.queryGradient()));
            job.set("queryGradientStride", addresses.stride(gradient.queryGradient()));
            job.set("outGradient", addresses.of(gradient.outGradient()));
            job.set("outGradientStride", addresses.stride(gradient.outGradient()));
            job.set("probabilities", addresses.of(attention.probabilities()));
            job.set("probabilityStride", addresses.stride(attention.probabilities()));
            shape(job, attention, batch);
          });
    }
    return jobs.calls();
  }

  List<KernelCall> keyGradient(List<Operation> operations, Addresses.Batch batch) {
    JobList jobs =
        new JobList("key_gradient", THREADS, KernelParameters.KEY_GRADIENT_PARAMETERS, slots);
    for (Operation.KeyGradient gradient :
        MatmulCalls.cast(operations, Operation.KeyGradient.class)) {
      View keys = gradient.keyGradient();
      Operation.Attention any = gradient.readers().getFirst().gradient().attention();
      boolean own = keys.perExample();
      int pairs = Addresses.rows(keys, batch) * any.heads();
      jobs.add(
          gradient,
          own ? Math.ceilDiv(pairs, WARPS) : pairs,
          job -> {
            job.set("keyGradient", addresses.of(keys));
            job.set("keyStride", addresses.stride(keys));
            job.set("valueGradient", addresses.of(gradient.valueGradient()));
            job.set("valueStride", addresses.stride(gradient.valueGradient()));
            job.set(
                "readers",
                addresses
                    .tables()
                    .structs(
                        KernelParameters.KEY_READER,
                        gradient.readers(),
                        (struct, reader) -> reader(struct, reader, batch)));
            job.set("readerSets", gradient.readers().size());
            Addresses.rows(job.nested("rows"), keys, batch);
            job.set("heads", any.heads());
            job.set("dHead", any.dHead());
            job.set("own", own ? 1 : 0);
          });
    }
    return jobs.calls();
  }

  private void reader(Struct struct, Operation.KeyReader reader, Addresses.Batch batch) {
    Operation.AttentionGradient gradient = reader.gradient();
    Operation.Attention attention = gradient.attention();
    struct.set("scoreGradient", addresses.of(gradient.scoreGradient()));
    struct.set("scoreStride", addresses.stride(gradient.scoreGradient()));
    struct.set("probabilities", addresses.of(attention.probabilities()));
    struct.set("probabilityStride", addresses.stride(attention.probabilities()));
    struct.set("outGradient", addresses.of(gradient.outGradient()));
    struct.set("outGradientStride", addresses.stride(gradient.outGradient()));
    addresses.source(struct.nested("query"), attention.query());
    struct.set("batch", Addresses.batchOf(attention.out(), batch));
    addresses.lists(struct.nested("lists"), reader.source(), attention.out().perExample());
    struct.set("keyPosition", reader.keyPosition());
    struct.set("length", attention.keys().size());
  }

  private static int blocks(Operation.Attention attention, Addresses.Batch batch) {
    return Math.ceilDiv(Addresses.rows(attention.out(), batch) * attention.heads(), WARPS);
  }

  private void shape(Struct job, Operation.Attention attention, Addresses.Batch batch) {
    List<Source> keys = attention.keys().stream().map(Operation.Key::key).toList();
    List<Source> values = attention.keys().stream().map(Operation.Key::value).toList();
    SessionTables tables = addresses.tables();
    job.set("keys", tables.structs(KernelParameters.SOURCE, keys, addresses::source));
    job.set("values", tables.structs(KernelParameters.SOURCE, values, addresses::source));
    job.set("batch", Addresses.batchOf(attention.out(), batch));
    Addresses.rows(job.nested("rows"), attention.out(), batch);
    job.set("heads", attention.heads());
    job.set("dHead", attention.dHead());
    job.set("length", keys.size());
    job.set("scale", (float) (1 / Math.sqrt(attention.dHead())));
  }
}
