package longrun.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.engine.Evaluation;
import longrun.engine.Session;

/**
 * Trains runs in the slots of one session until none is left: when a run has ended, its slot takes
 * the next one at a boundary between two blocks, and the others neither wait nor change by a bit.
 *
 * <p>A block ends where the first of the runs has something due. So that runs evaluated equally
 * often are evaluated together, a slot is filled where a run that goes on has just been evaluated:
 * the new run then keeps step with it.
 */
public final class SlotLoop {
  /** An empty slot waits no longer than this for a run to keep step with. */
  private static final long PATIENCE_STEPS = 100;

  private final Session session;
  private final RunSource source;
  private final DiskWork disk;
  private final StopSignal stop;
  private final List<Optional<OpenRun>> slots = new ArrayList<>();
  private final Pace pace = new Pace(0, System.nanoTime());
  private long steps;
  private long runSteps;
  private long stepNanos;
  private long evaluationNanos;
  private long checkpointNanos;

  /**
   * @param session with empty slots
   * @param source of runs of the session's cohort
   */
  public SlotLoop(Session session, RunSource source, DiskWork disk, StopSignal stop) {
    this.session = session;
    this.source = source;
    this.disk = disk;
    this.stop = stop;
    for (int i = 0; i < session.slots(); i++) {
      slots.add(Optional.empty());
    }
  }

  /**
   * Where the time of a loop went.
   *
   * @param runSteps steps of all runs together
   */
  public record Times(long runSteps, long stepNanos, long evaluationNanos, long checkpointNanos) {}

  /**
   * Trains until no run is left, or until it is asked to stop.
   *
   * @throws RuntimeException if the engine fails, or the source says so of a run's failure; every
   *     run can then be resumed from its last checkpoint
   */
  public void run() {
    try {
      fill();
      while (isLoaded() && !stop.requested()) {
        advance();
        boolean keepsStep = evaluate();
        each(OpenRun::isCheckpointDue, this::checkpoint);
        finishEnded();
        if (keepsStep || !isLoaded() || nextEvaluation() > PATIENCE_STEPS) {
          fill();
        }
      }
      each(run -> true, this::finish);
      disk.drain();
      judgeFailures();
    } catch (RuntimeException | Error failure) {
      abandon(failure);
      throw failure;
    }
  }

  /** Where the time has gone so far. */
  public Times times() {
    return new Times(runSteps, stepNanos, evaluationNanos, checkpointNanos);
  }

  private boolean isLoaded() {
    return slots.stream().anyMatch(Optional::isPresent);
  }

  private void fill() {
    boolean filled = true;
    while (filled && !stop.requested()) {
      filled = false;
      for (int slot = 0; slot < slots.size() && !stop.requested(); slot++) {
        if (slots.get(slot).isEmpty()) {
          Optional<OpenRun> next = source.next(slot);
          slots.set(slot, next);
          filled |= next.isPresent();
          int taken = slot;
          next.ifPresent(
              run -> guard(run, () -> session.load(taken, run.run().run(), run.begin())));
        }
      }
      if (filled) {
        evaluate();
        finishEnded();
      }
    }
  }

  /** Trains up to the next event of any run, or to the end of a block that takes long. */
  private void advance() {
    long event = Long.MAX_VALUE;
    int loaded = 0;
    for (Optional<OpenRun> run : slots) {
      if (run.isPresent()) {
        event = Math.min(event, run.get().stepsToNextEvent());
        loaded++;
      }
    }
    int block = pace.block(event);
    long before = System.nanoTime();
    session.advance(block);
    long after = System.nanoTime();
    long nanos = after - before;
    pace.measured(block, nanos);
    steps += block;
    runSteps += (long) block * loaded;
    stepNanos += nanos;
    double rate = pace.stepsPerSecond(steps, after);
    each(run -> true, (slot, run) -> run.advanced(block, nanos, rate));
  }

  /** Evaluates the runs of which it is due. Gives whether one of them goes on. */
  private boolean evaluate() {
    if (slots.stream().flatMap(Optional::stream).noneMatch(OpenRun::isEvaluationDue)) {
      return false;
    }
    long before = System.nanoTime();
    List<Evaluation> evaluations = session.evaluate();
    long nanos = System.nanoTime() - before;
    evaluationNanos += nanos;
    boolean goesOn = false;
    for (Evaluation evaluation : evaluations) {
      int slot = evaluation.slot();
      Optional<OpenRun> run = slots.get(slot).filter(OpenRun::isEvaluationDue);
      if (run.isPresent()) {
        long step = run.get().step();
        guard(run.get(), () -> run.get().evaluated(evaluation, nanos));
        // A slot that has diverged stopped before its neighbours did.
        runSteps -= step - run.get().step();
        goesOn |= slots.get(slot).filter(going -> !going.hasEnded()).isPresent();
      }
    }
    return goesOn;
  }

  private long nextEvaluation() {
    return slots.stream()
        .flatMap(Optional::stream)
        .mapToLong(OpenRun::stepsToNextEvaluation)
        .min()
        .orElse(0);
  }

  private void checkpoint(int slot, OpenRun run) {
    long before = System.nanoTime();
    run.checkpoint(session.save(slot))
        .ifPresent(checkpoint -> disk.submit(run, () -> run.store(checkpoint)));
    long nanos = System.nanoTime() - before;
    checkpointNanos += nanos;
    run.spentOnCheckpoint(nanos);
  }

  private void finishEnded() {
    judgeFailures();
    each(OpenRun::hasEnded, this::finish);
    judgeFailures();
  }

  /** Empties the slot of a run that has come to its end, or is to be interrupted. */
  private void finish(int slot, OpenRun run) {
    if (run.lacksCheckpoint()) {
      checkpoint(slot, run);
    }
    leave(slot);
    disk.submit(run, run::finish);
  }

  private void leave(int slot) {
    slots.set(slot, Optional.empty());
    session.unload(slot);
  }

  /** What is asked of a run. */
  private interface Question {
    boolean isTrueOf(OpenRun run);
  }

  /** What is done with a run. */
  private interface Action {
    void on(int slot, OpenRun run);
  }

  private void each(Question which, Action action) {
    for (int slot = 0; slot < slots.size(); slot++) {
      int loaded = slot;
      slots
          .get(slot)
          .filter(which::isTrueOf)
          .ifPresent(run -> guard(run, () -> action.on(loaded, run)));
    }
  }

  /** Does what concerns one run alone: if that fails, the others go on. */
  private void guard(OpenRun run, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException failure) {
      disk.giveUp(run);
      drop(run, failure);
    }
  }

  private void judgeFailures() {
    List<DiskWork.Failed> failures = disk.takeFailures();
    failures.forEach(failed -> close(failed.run(), failed.failure()));
    for (DiskWork.Failed failed : failures) {
      switch (failed.failure()) {
        case RuntimeException failure -> drop(failed.run(), failure);
        case Error error -> throw error;
        default -> throw new IllegalStateException(failed.failure());
      }
    }
  }

  private void drop(OpenRun run, RuntimeException failure) {
    close(run, failure);
    int slot = slots.indexOf(Optional.of(run));
    if (slot >= 0) {
      leave(slot);
    }
    source.failed(run, failure);
  }

  /** Gives back the folders of the runs that a failure of all has left in their slots. */
  private void abandon(Throwable failure) {
    disk.drain();
    disk.takeFailures().forEach(failed -> close(failed.run(), failure));
    slots.stream().flatMap(Optional::stream).forEach(run -> close(run, failure));
  }

  private static void close(OpenRun run, Throwable failure) {
    try {
      run.close();
    } catch (RuntimeException suppressed) {
      failure.addSuppressed(suppressed);
    }
  }
}
