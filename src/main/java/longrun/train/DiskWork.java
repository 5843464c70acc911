package longrun.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Writes what runs leave on disk: at once, or, where a device must not wait for a disk, on a thread
 * behind it, in order.
 */
public abstract sealed class DiskWork implements AutoCloseable {
  private final List<Failed> failures = new ArrayList<>();

  /** Nothing more is written of a run once something of it could not be. */
  private final Set<OpenRun> failedRuns = Collections.newSetFromMap(new IdentityHashMap<>());

  private DiskWork() {}

  /**
   * Work on a run that failed.
   *
   * @param failure unchecked
   */
  record Failed(OpenRun run, Throwable failure) {}

  /** Everything is on disk when {@link #submit} returns. */
  public static DiskWork atOnce() {
    return new AtOnce();
  }

  /**
   * A thread writes behind whoever trains.
   *
   * @param pieces that may wait for it, at the most; each may hold the state of a run
   */
  public static DiskWork behind(int pieces) {
    return new Behind(pieces);
  }

  /** Does the work, now or later; how it fails is told by {@link #takeFailures}. */
  abstract void submit(OpenRun run, Runnable work);

  /** Waits for all work. */
  abstract void drain();

  /** Ends the thread, once all work is done. */
  @Override
  public abstract void close();

  /** What has failed since the last call. */
  final synchronized List<Failed> takeFailures() {
    List<Failed> taken = List.copyOf(failures);
    failures.clear();
    return taken;
  }

  private synchronized void failed(OpenRun run, Throwable failure) {
    failures.add(new Failed(run, failure));
    failedRuns.add(run);
  }

  /**
   * Nothing more is written of a run once this returns, and no failure of it is told: it has failed
   * in another way.
   */
  final void giveUp(OpenRun run) {
    synchronized (this) {
      failedRuns.add(run);
    }
    drain();
    synchronized (this) {
      failures.removeIf(failed -> failed.run() == run);
    }
  }

  private synchronized boolean hasFailed(OpenRun run) {
    return failedRuns.contains(run);
  }

  final void perform(OpenRun run, Runnable work) {
    try {
      if (!hasFailed(run)) {
        work.run();
      }
    } catch (RuntimeException | Error failure) {
      failed(run, failure);
    }
  }

  private static final class AtOnce extends DiskWork {
    @Override
    void submit(OpenRun run, Runnable work) {
      perform(run, work);
    }

    @Override
    void drain() {}

    @Override
    public void close() {}
  }

  private static final class Behind extends DiskWork {
    private final int pieces;
    private final Semaphore room;
    private final ExecutorService thread =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("disk-work").factory());

    Behind(int pieces) {
      this.pieces = pieces;
      this.room = new Semaphore(pieces);
    }

    @Override
    void submit(OpenRun run, Runnable work) {
      room.acquireUninterruptibly();
      thread.execute(
          () -> {
            try {
              perform(run, work);
            } finally {
              room.release();
            }
          });
    }

    @Override
    void drain() {
      room.acquireUninterruptibly(pieces);
      room.release(pieces);
    }

    @Override
    public void close() {
      thread.shutdown();
      boolean interrupted = false;
      while (!thread.isTerminated()) {
        try {
          if (thread.awaitTermination(1, TimeUnit.MINUTES)) {
            break;
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
