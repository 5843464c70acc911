package longrun.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that work through one job together. The caller is worker 0; the others are daemon threads
 * that wait between jobs without burning the processor and, within one, spin for a moment before
 * they give way.
 */
final class Team implements AutoCloseable {
  /** Length of each worker's scratch array. */
  static final int SCRATCH = Math.max(HeadProducts.SCRATCH, Math.max(Gelu.PIECE, Gemm.SCRATCH));

  /**
   * A worker that waits spins about 50 µs, yields about a millisecond, then sleeps in short naps.
   */
  private static final int SPINS = 2_000;

  private static final int YIELDS = 1_000;
  private static final long NAP_NANOS = 50_000;

  private final int size;

  /**
   * Where there are more workers than processors, waiting actively only keeps others from working.
   */
  private final boolean oversubscribed;

  private final Thread[] threads;
  private final float[][] scratch;
  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger nextBlock = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private volatile int generation;

  /** Whether a worker had failed when all of them last met: so all of them see the same. */
  private volatile boolean failed;

  private volatile int jobNumber;
  private volatile Job job = worker -> {};
  private volatile boolean closed;

  /** What each worker does. Every worker has to meet the others equally often. */
  interface Job {
    void run(int worker);
  }

  /** What one worker does while the others wait. */
  interface SlotTask {
    void run(Slot slot);
  }

  Team(int size) {
    if (size < 1) {
      throw new IllegalArgumentException("threads=" + size + " must be at least 1");
    }
    this.size = size;
    this.oversubscribed = size > Runtime.getRuntime().availableProcessors();
    this.scratch = new float[size][SCRATCH];
    this.threads = new Thread[size - 1];
    for (int i = 0; i < threads.length; i++) {
      int worker = i + 1;
      threads[i] = new Thread(() -> work(worker), "longrun-cpu-" + worker);
      threads[i].setDaemon(true);
      threads[i].start();
    }
  }

  int size() {
    return size;
  }

  /**
   * Runs a job on all workers and returns when all are done. After a failure the team is good for
   * nothing more: what the job computed is half done.
   *
   * @throws IllegalStateException if a worker failed, now or earlier, with its exception as cause;
   *     or if the team is closed
   */
  void run(Job newJob) {
    if (closed) {
      throw new IllegalStateException("the session is closed");
    }
    if (failure.get() != null) {
      throw new IllegalStateException("the session has failed before", failure.get());
    }
    job = newJob;
    jobNumber = jobNumber + 1;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
    guarded(newJob, 0);
    meet();
    Throwable thrown = failure.get();
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown != null) {
      throw new IllegalStateException("a worker failed: " + thrown.getMessage(), thrown);
    }
  }

  /** Waits until every worker is here; the last one makes the phase counter start anew. */
  private void meet() {
    int mine = generation;
    if (arrived.incrementAndGet() == size) {
      arrived.set(0);
      nextBlock.set(0);
      failed = failure.get() != null;
      generation = mine + 1;
      return;
    }
    int spins = oversubscribed ? 0 : SPINS;
    int yields = oversubscribed ? 0 : YIELDS;
    for (int waits = 0; generation == mine; waits++) {
      if (waits < spins) {
        Thread.onSpinWait();
      } else if (waits < spins + yields) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(this, NAP_NANOS);
      }
    }
  }

  /**
   * Worker 0 runs a task while the others wait.
   *
   * @return whether to go on; false for all workers once one of them has failed
   */
  boolean runFirst(SlotTask task, Slot slot, int worker) {
    if (worker == 0) {
      try {
        task.run(slot);
      } catch (Throwable e) {
        // Reported by run(); the other workers must not be left waiting.
        failure.compareAndSet(null, e);
      }
    }
    meet();
    return !failed;
  }

  /**
   * Works on a program together with the other workers of the job.
   *
   * @return whether to go on; false for all workers once one of them has failed
   */
  boolean runTogether(Program.Phase[] phases, Slot slot, int worker) {
    for (Program.Phase phase : phases) {
      try {
        while (phase.run(slot, nextBlock.getAndIncrement(), scratch[worker])) {
          // The phase has done the work.
        }
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
      }
      meet();
      if (failed) {
        return false;
      }
    }
    return true;
  }

  /** Works on a program alone. */
  void runAlone(Program.Phase[] phases, Slot slot, int worker) {
    for (Program.Phase phase : phases) {
      int block = 0;
      while (phase.run(slot, block, scratch[worker])) {
        block++;
      }
    }
  }

  private void guarded(Job task, int worker) {
    try {
      task.run(worker);
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  private void work(int worker) {
    int seen = 0;
    while (!closed) {
      int number = jobNumber;
      if (number == seen) {
        LockSupport.park(this);
        continue;
      }
      seen = number;
      guarded(job, worker);
      meet();
    }
  }

  @Override
  public void close() {
    closed = true;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
  }
}
