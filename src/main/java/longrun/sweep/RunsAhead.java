package longrun.sweep;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import longrun.train.OpenRun;
import longrun.train.RunSource;

/**
 * Runs of a cohort, opened on other threads before their slots are free: drawing parameters and
 * making a folder takes tens of milliseconds, in which a device could train all the other slots.
 */
final class RunsAhead implements RunSource, AutoCloseable {
  private static final int MAX_THREADS = 8;

  private final RunOpener opener;
  private final int cohort;
  private final int ahead;
  private final ExecutorService threads;
  private final Deque<Future<Optional<RunOpener.Opened>>> opening = new ArrayDeque<>();

  /** Of the runs under way; weak, for nobody says here when they have ended. */
  private final Map<OpenRun, Integer> numbers = new WeakHashMap<>();

  private boolean exhausted;

  /**
   * @param ahead runs that are opened before they are asked for; each holds its first state
   */
  RunsAhead(RunOpener opener, int cohort, int ahead) {
    this.opener = opener;
    this.cohort = cohort;
    this.ahead = ahead;
    this.threads =
        Executors.newFixedThreadPool(
            Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors()),
            Thread.ofPlatform().daemon().name("run-opener-", 0).factory());
    topUp();
  }

  private void topUp() {
    while (!exhausted && opening.size() < ahead) {
      opening.add(threads.submit(() -> opener.next(cohort)));
    }
  }

  @Override
  public Optional<OpenRun> next(int slot) {
    while (!opening.isEmpty()) {
      Optional<RunOpener.Opened> opened = await(opening.removeFirst());
      exhausted |= opened.isEmpty();
      topUp();
      if (opened.isPresent()) {
        numbers.put(opened.get().run(), opened.get().number());
        return Optional.of(opened.get().inSlot(slot));
      }
    }
    return Optional.empty();
  }

  @Override
  public void failed(OpenRun run, RuntimeException failure) {
    opener.failed(numbers.get(run), failure);
  }

  /** Gives back the folders of the runs that got no slot; they are as good as not begun. */
  @Override
  public void close() {
    exhausted = true;
    threads.shutdown();
    Optional<RuntimeException> failure = Optional.empty();
    while (!opening.isEmpty()) {
      try {
        await(opening.removeFirst()).ifPresent(opened -> opened.run().close());
      } catch (RuntimeException e) {
        failure.ifPresent(e::addSuppressed);
        failure = Optional.of(e);
      }
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  private static Optional<RunOpener.Opened> await(Future<Optional<RunOpener.Opened>> future) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error error -> throw error;
        default -> throw new IllegalStateException(e.getCause());
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
