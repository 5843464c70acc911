package longrun.verify;

import java.util.ArrayList;
import java.util.List;
import longrun.cuda.CudaContext;
import longrun.cuda.Struct;
import longrun.cuda.StructLayout;

/**
 * One launch of a kernel that serves several jobs ({@code kernels/common/parameters.cuh}), for some
 * slots of which some may take no part.
 *
 * @param threads of a block
 * @param parameters the kernel's structure: slots, jobs, job[]
 * @param jobs makers of the jobs, called with the case's memory
 */
record JobCase(
    String kernel,
    String description,
    int threads,
    StructLayout parameters,
    Slots slots,
    List<Maker> jobs)
    implements KernelCase {
  private static final int THREADS = 256;

  JobCase {
    jobs = List.copyOf(jobs);
  }

  /** A launch with blocks of the usual number of threads. */
  JobCase(
      String kernel, String description, StructLayout parameters, Slots slots, List<Maker> jobs) {
    this(kernel, description, THREADS, parameters, slots, jobs);
  }

  /** Who takes part. */
  enum Slots {
    ONE(true),
    /** The second of three does not. */
    THREE(true, false, true);

    private final boolean[] active;

    Slots(boolean... active) {
      this.active = active;
    }
  }

  /** Puts a job's inputs into memory. */
  interface Maker {
    Job make(CaseMemory memory);
  }

  /** One job: what the kernel is told of it, and what it has to leave. */
  interface Job {
    /** Blocks of the grid that are this job's. */
    int blocks();

    /** Fills in everything but the first block. */
    void describe(Struct job);

    /** The largest error allowed, in units of the scales that {@link #compare} uses. */
    double tolerance();

    /** Compares what the job left in a slot. */
    void compare(Comparison comparison, int slot);
  }

  @Override
  public Outcome run(CudaContext context) {
    try (CaseMemory memory = new CaseMemory(context, slots.active)) {
      Struct launch = parameters.create();
      memory.describeSlots(launch).set("jobs", jobs.size());
      List<Job> made = new ArrayList<>();
      int blocks = 0;
      double tolerance = 0;
      for (int i = 0; i < jobs.size(); i++) {
        Job job = jobs.get(i).make(memory);
        made.add(job);
        Struct fields = launch.element("job", i);
        job.describe(fields);
        fields.set("firstBlock", blocks);
        blocks += job.blocks();
        tolerance = Math.max(tolerance, job.tolerance());
      }
      memory.launch(kernel, blocks, threads, launch);
      Comparison comparison = new Comparison(tolerance);
      for (int slot : memory.activeSlots()) {
        for (Job job : made) {
          job.compare(comparison, slot);
        }
      }
      return comparison.outcome(memory);
    }
  }

  @Override
  public String toString() {
    return kernel + ": " + description;
  }
}
