package longrun.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import longrun.plan.Operation;

/**
 * Independent jobs of one kernel, in as few launches as the kernel's structure has room for.
 *
 * <pre>
 *   blocks of a launch:  | job 0 …      | job 1 … | job 2 …        |
 *                        ^ firstBlock 0 ^         ^
 * </pre>
 */
final class JobList {
  private final String kernel;
  private final int threads;
  private final StructLayout layout;
  private final int capacity;
  private final SlotSet slots;
  private final List<KernelCall> calls = new ArrayList<>();
  private final List<Operation> operations = new ArrayList<>();
  private Struct parameters;
  private int jobs;
  private int blocks;

  /**
   * @param layout of the kernel's structure: slots, jobs, job[]
   */
  JobList(String kernel, int threads, StructLayout layout, SlotSet slots) {
    this.kernel = kernel;
    this.threads = threads;
    this.layout = layout;
    this.capacity = ((StructLayout.Array) layout.placed("job").field().type()).length();
    this.slots = slots;
    this.parameters = layout.create();
  }

  /**
   * Adds a job.
   *
   * @param operation that it carries out
   * @param jobBlocks blocks that it needs
   * @param fill sets the fields of the job, all but firstBlock
   */
  void add(Operation operation, int jobBlocks, Consumer<Struct> fill) {
    operations.add(operation);
    add(jobBlocks, fill);
  }

  /** Adds a job that is not an operation of the plan. */
  void add(int jobBlocks, Consumer<Struct> fill) {
    if (jobs == capacity) {
      flush();
    }
    Struct job = parameters.element("job", jobs);
    job.set("firstBlock", blocks);
    fill.accept(job);
    jobs++;
    blocks = Math.addExact(blocks, jobBlocks);
  }

  /** The launches; the list is empty again. */
  List<KernelCall> calls() {
    flush();
    List<KernelCall> all = List.copyOf(calls);
    calls.clear();
    return all;
  }

  private void flush() {
    if (jobs > 0) {
      slots.write(parameters.nested("slots"));
      parameters.set("jobs", jobs);
      calls.add(
          new KernelCall(
              kernel,
              blocks,
              slots.count(),
              threads,
              parameters.buffer(),
              operations.stream().distinct().toList()));
    }
    parameters = layout.create();
    operations.clear();
    jobs = 0;
    blocks = 0;
  }
}
