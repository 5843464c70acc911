package longrun.sweep;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import longrun.engine.Session;
import longrun.engine.UnsupportedCohortException;
import longrun.plan.Cohort;
import longrun.store.RunLock;
import longrun.store.StorageException;
import longrun.store.SweepFolder;
import longrun.train.DiskWork;
import longrun.train.OpenRun;
import longrun.train.RunSource;
import longrun.train.SlotLoop;
import longrun.train.StopSignal;

/**
 * Trains what is left of a sweep, or of a shard of it: runs that have ended stay as they are, runs
 * that have begun go on from their checkpoints, the others begin. What a run leaves behind is the
 * same whatever slots, order and interruptions there were.
 */
public final class SweepRunner {
  /** Part of the heap that states which wait for a slot, or for the disk, may take. */
  private static final int HEAP_SHARE = 8;

  /** Every run that is open holds two files. */
  private static final int MAX_AHEAD = 64;

  private final SweepPlan plan;
  private final Workplace workplace;
  private final StopSignal stop;
  private final SweepTally tally;
  private final RunQueue queue;
  private final RunOpener opener;

  private SweepRunner(
      SweepFolder folder,
      Sweep sweep,
      SweepPlan plan,
      Workplace workplace,
      StopSignal stop,
      SweepListener listener,
      SweepTally tally,
      RunQueue queue) {
    this.plan = plan;
    this.workplace = workplace;
    this.stop = stop;
    this.tally = tally;
    this.queue = queue;
    this.opener = new RunOpener(folder, sweep, workplace.engine(), queue, stop, listener, tally);
  }

  /**
   * Trains until every run of the shard has ended or failed, or until it is asked to stop.
   *
   * @throws StorageException if another process trains this shard, or the disk is full
   * @throws RuntimeException if the device fails; every run can then go on from its last checkpoint
   */
  public static SweepTotals run(
      SweepFolder folder,
      Sweep sweep,
      SweepPlan plan,
      Shard shard,
      Workplace workplace,
      StopSignal stop,
      SweepListener listener) {
    List<Integer> runs = IntStream.range(0, sweep.count()).filter(shard::contains).boxed().toList();
    return run(folder, sweep, plan, shard, runs, workplace, stop, listener);
  }

  /**
   * The same in another order.
   *
   * @param runs of the shard, in the order in which they are to begin
   */
  static SweepTotals run(
      SweepFolder folder,
      Sweep sweep,
      SweepPlan plan,
      Shard shard,
      List<Integer> runs,
      Workplace workplace,
      StopSignal stop,
      SweepListener listener) {
    SweepListener serial = new SerialListener(listener);
    try (RunLock _ = folder.lock(shard.index())) {
      List<Integer> begun = new ArrayList<>();
      List<Integer> waiting = new ArrayList<>();
      for (int run : runs) {
        switch (folder.progress(run)) {
          case ENDED -> {}
          case BEGUN -> begun.add(run);
          case NONE -> waiting.add(run);
        }
      }
      int ended = runs.size() - begun.size() - waiting.size();
      begun.addAll(waiting);
      RunQueue queue = new RunQueue(begun, plan);
      SweepTally tally = new SweepTally(runs.size(), ended);
      SweepRunner runner =
          new SweepRunner(folder, sweep, plan, workplace, stop, serial, tally, queue);
      int loops = runner.loops();
      serial.started(
          new SweepStart(
              folder.path(),
              shard,
              workplace.engine().name() + ": " + workplace.engine().description(),
              runner.slots(),
              queue.cohorts(),
              runs.size(),
              ended));
      runner.train();
      SweepTotals totals = tally.totals(loops);
      serial.finished(totals);
      return totals;
    }
  }

  private int loops() {
    return switch (workplace) {
      case Workplace.Cores cores -> cores.loops();
      case Workplace.Device _ -> 1;
    };
  }

  /** Runs that train at once, on a device in the first cohort. */
  private int slots() {
    return switch (workplace) {
      case Workplace.Cores cores -> cores.loops();
      case Workplace.Device _ -> {
        OptionalInt first = queue.nextCohort();
        yield first.isPresent() ? slotsOf(first.getAsInt()) : 0;
      }
    };
  }

  private int slotsOf(int cohort) {
    return switch (workplace) {
      case Workplace.Cores _ -> 1;
      case Workplace.Device device ->
          Math.max(1, Math.min(queue.runs(cohort), device.slots().applyAsInt(plan.cohort(cohort))));
    };
  }

  private void train() {
    switch (workplace) {
      case Workplace.Cores cores -> trainOnCores(cores.loops());
      case Workplace.Device _ -> trainOnDevice();
    }
  }

  private void trainOnCores(int loops) {
    List<Core> cores = IntStream.range(0, loops).mapToObj(Core::new).toList();
    List<Thread> threads =
        cores.stream()
            .map(core -> Thread.ofPlatform().name("slot-" + core.slot).start(core::work))
            .toList();
    threads.forEach(SweepRunner::join);
    if (!stop.requested()) {
      long last = cores.stream().mapToLong(core -> core.endNanos).max().orElseThrow();
      cores.forEach(core -> tally.addIdle(last - core.endNanos));
    }
    List<Throwable> failures = cores.stream().flatMap(core -> core.failure.stream()).toList();
    if (!failures.isEmpty()) {
      failures.subList(1, failures.size()).forEach(failures.getFirst()::addSuppressed);
      throw asUnchecked(failures.getFirst());
    }
  }

  /** A thread that trains one run after the other, each in a session of its own cohort. */
  private final class Core {
    private final int slot;
    private Optional<Throwable> failure = Optional.empty();
    private long endNanos;

    Core(int slot) {
      this.slot = slot;
    }

    void work() {
      try {
        OptionalInt cohort = queue.nextCohort();
        while (cohort.isPresent() && !stop.requested()) {
          trainCohort(cohort.getAsInt());
          cohort = queue.nextCohort();
        }
      } catch (RuntimeException | Error e) {
        failure = Optional.of(e);
        stop.request();
      }
      endNanos = System.nanoTime();
    }

    private void trainCohort(int cohort) {
      OneAfterTheOther source = new OneAfterTheOther(opener, cohort, slot);
      try (Session session = workplace.engine().open(plan.cohort(cohort).cohort(), 1);
          DiskWork disk = DiskWork.atOnce()) {
        loop(session, source, disk);
      } catch (UnsupportedCohortException e) {
        failAll(cohort, e);
      } catch (RuntimeException e) {
        // Whatever the engine met, it met in this run.
        opener.failed(source.underWay().orElseThrow(() -> e), e);
      }
    }
  }

  private void trainOnDevice() {
    OptionalInt cohort = queue.nextCohort();
    while (cohort.isPresent() && !stop.requested()) {
      trainSlots(cohort.getAsInt());
      cohort = queue.nextCohort();
    }
  }

  private void trainSlots(int number) {
    Cohort cohort = plan.cohort(number).cohort();
    try {
      int slots = slotsOf(number);
      int states = Math.clamp(statesInMemory(cohort), 2, Math.min(slots, MAX_AHEAD) + 1);
      try (Session session = workplace.engine().open(cohort, slots);
          RunsAhead source = new RunsAhead(opener, number, states);
          DiskWork disk = DiskWork.behind(states)) {
        loop(session, source, disk);
      }
    } catch (UnsupportedCohortException | SlotsDoNotFitException e) {
      failAll(number, e);
    }
  }

  /** States, in doubles, that may wait for a slot, or for the disk, without filling the heap. */
  private static long statesInMemory(Cohort cohort) {
    int tensors = cohort.gradientEma() ? 4 : 3;
    long bytes = cohort.model().elements() * tensors * Double.BYTES;
    return Runtime.getRuntime().maxMemory() / HEAP_SHARE / bytes;
  }

  private void loop(Session session, RunSource source, DiskWork disk) {
    SlotLoop loop = new SlotLoop(session, source, disk, stop);
    try {
      loop.run();
    } finally {
      tally.add(loop.times());
    }
  }

  private void failAll(int cohort, RuntimeException failure) {
    for (OptionalInt run = queue.take(cohort); run.isPresent(); run = queue.take(cohort)) {
      opener.failed(run.getAsInt(), failure);
    }
  }

  /** Runs of a cohort for a single slot. */
  private static final class OneAfterTheOther implements RunSource {
    private final RunOpener opener;
    private final int cohort;
    private final int slot;
    private Optional<RunOpener.Opened> underWay = Optional.empty();

    OneAfterTheOther(RunOpener opener, int cohort, int slot) {
      this.opener = opener;
      this.cohort = cohort;
      this.slot = slot;
    }

    @Override
    public Optional<OpenRun> next(int slotOfSession) {
      underWay = Optional.empty();
      underWay = opener.next(cohort);
      return underWay.map(opened -> opened.inSlot(slot));
    }

    @Override
    public void failed(OpenRun run, RuntimeException failure) {
      int number = underWay.orElseThrow().number();
      underWay = Optional.empty();
      opener.failed(number, failure);
    }

    /** Number of the run in the slot, unless that has ended. */
    OptionalInt underWay() {
      return underWay
          .filter(opened -> opened.run().summary().isEmpty())
          .map(opened -> OptionalInt.of(opened.number()))
          .orElse(OptionalInt.empty());
    }
  }

  private static void join(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static RuntimeException asUnchecked(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    return (RuntimeException) failure;
  }
}
