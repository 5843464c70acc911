package longrun.cli;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import longrun.config.ConfigReader;
import longrun.engine.Evaluation;
import longrun.store.Machine;
import longrun.store.Provenance;
import longrun.store.StopReason;
import longrun.store.Summary;
import longrun.store.Timing;
import longrun.sweep.Shard;
import longrun.sweep.Sweep;
import longrun.sweep.SweepListener;
import longrun.sweep.SweepStart;
import longrun.sweep.SweepTotals;

/**
 * A sweep that trains nothing: it tells a listener what a real one would, for tests, and for a
 * person who wants to see the screen: {@code java longrun.cli.PlayedSweep RUNS SLOTS
 * STEPS_PER_SECOND [ENDED_BEFORE]}, which a signal stops.
 */
final class PlayedSweep {
  private static final int EVERY = 10;
  private static final int AFTER_GROKKING = 1_000;
  private static final int FAILS = 11;
  private static final int DIVERGES = 7;

  private final Sweep sweep;
  private final int slots;
  private final SweepListener listener;
  private final Deque<Integer> queue = new ArrayDeque<>();
  private final NavigableMap<Integer, Playing> playing = new TreeMap<>();
  private final long firstStep;
  private int ended;
  private int failed;
  private long runSteps;
  private double seconds;

  /** A run in a slot, and its fate. */
  private static final class Playing {
    private final int run;
    private final long steps;
    private final long memorises;
    private final long groks;
    private long end;
    private double at;

    Playing(int run, long steps, long from) {
      this.run = run;
      this.steps = steps;
      this.at = from;
      memorises = 150 + run * 37L % 100 * EVERY;
      groks = 2_000 + run * 7_919L % 4_000 * EVERY;
      end = run % 23 == DIVERGES ? Math.min(1_500, steps) : steps;
    }
  }

  /**
   * @param endedBefore the first runs of the sweep, which ended earlier
   * @param firstStep of the runs that are in slots first: they are resumed
   */
  PlayedSweep(Sweep sweep, int slots, int endedBefore, long firstStep, SweepListener listener) {
    this.sweep = sweep;
    this.slots = slots;
    this.listener = listener;
    this.firstStep = firstStep;
    ended = endedBefore;
    for (int run = endedBefore; run < sweep.count(); run++) {
      queue.add(run);
    }
  }

  /** A sweep over train fractions, learning rates and seeds. */
  static Sweep sweep(int runs, long steps) {
    return Sweep.of(
        ConfigReader.parseSweep(
            """
            training: {steps: %d}
            sweep:
              task.train_fraction: [0.3]
              optimizer.learning_rate: [1e-3]
              training.seed: {from: 0, count: %d}
            """
                .formatted(steps, runs),
            "sweep.yaml",
            List.of()));
  }

  void start() {
    listener.started(
        new SweepStart(
            Path.of("/data/fractions"),
            Shard.WHOLE,
            "cpu: 1 thread, 512-bit vectors, fp32",
            slots,
            2,
            sweep.count(),
            ended));
    for (int slot = 0; slot < slots; slot++) {
      fill(slot, firstStep);
    }
  }

  private void fill(int slot, long from) {
    while (!queue.isEmpty()) {
      int run = queue.remove();
      if (run % 29 == FAILS) {
        failed++;
        listener.runFailed(run, "labels.noise: 1.5 is too much\nallowed: 0 to 1");
      } else {
        Playing next = new Playing(run, sweep.base().training().steps(), from);
        playing.put(slot, next);
        listener.runStarted(slot, run, from, next.steps);
        return;
      }
    }
  }

  /** Lets time pass. Gives whether there is more to do. */
  boolean play(double duration, double stepsPerSecond) {
    seconds += duration;
    for (int slot : List.copyOf(playing.keySet())) {
      Playing run = playing.get(slot);
      long before = (long) run.at;
      run.at = Math.min(run.end, run.at + duration * stepsPerSecond);
      runSteps += (long) run.at - before;
      listener.progressed(slot, (long) run.at);
      see(slot, run);
      if (run.at >= run.end) {
        stop(slot, run, reason(run));
        fill(slot, 0);
      }
    }
    return !playing.isEmpty();
  }

  private void see(int slot, Playing run) {
    long step = (long) run.at / EVERY * EVERY;
    double train = step >= run.memorises ? 1 : (double) step / run.memorises;
    double validation =
        step >= run.groks ? 0.992 : 0.15 + 0.6 * Math.pow((double) step / run.groks, 6);
    listener.evaluated(
        slot,
        new Evaluation(slot, step, 0.01, train, 2, validation, 50, 1e-3, false),
        reached(step, run.memorises),
        reached(step, run.groks));
    if (step >= run.groks && run.end == run.steps && run.groks + AFTER_GROKKING < run.steps) {
      run.end = run.groks + AFTER_GROKKING;
      listener.willEndAt(slot, run.end);
    }
  }

  private static OptionalLong reached(long step, long at) {
    return step >= at ? OptionalLong.of(at) : OptionalLong.empty();
  }

  private static StopReason reason(Playing run) {
    if (run.run % 23 == DIVERGES) {
      return StopReason.DIVERGED;
    }
    return run.end < run.steps ? StopReason.GROKKED : StopReason.STEPS_DONE;
  }

  private void stop(int slot, Playing run, StopReason reason) {
    playing.remove(slot);
    long step = (long) run.at;
    ended += reason == StopReason.INTERRUPTED ? 0 : 1;
    listener.runStopped(
        slot,
        run.run,
        summary(step, reached(step, run.memorises), reached(step, run.groks), reason));
  }

  /** The sweep is over, or was stopped. */
  void finish() {
    for (int slot : List.copyOf(playing.keySet())) {
      stop(slot, playing.get(slot), StopReason.INTERRUPTED);
    }
    double all = slots * seconds;
    listener.finished(
        new SweepTotals(
            sweep.count(),
            ended,
            failed,
            slots,
            runSteps,
            seconds,
            0.9 * all,
            0.05 * all,
            0.005 * all,
            0.035 * all));
  }

  static Summary summary(
      long steps, OptionalLong memorisedAt, OptionalLong grokkedAt, StopReason reason) {
    return new Summary(
        memorisedAt,
        grokkedAt,
        new Summary.FinalMetrics(0.01, 1, 0.5, grokkedAt.isPresent() ? 0.992 : 0.232, 50),
        reason,
        steps,
        Timing.ZERO,
        "cpu",
        "1 thread",
        new Machine("cpu", 1, "os", "java"),
        "1.0",
        Provenance.UNKNOWN);
  }

  /** Plays it in real time. */
  public static void main(String[] arguments) throws InterruptedException {
    int[] numbers = Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
    Interrupts interrupts = Interrupts.listen();
    Output output = Output.ofProcess(System.out);
    Sweep sweep = sweep(numbers[0], 40_000);
    int exitCode;
    try (SweepView view =
        new SweepView(
            output,
            Optional.ofNullable(System.getenv("QUIET")).isPresent(),
            sweep,
            Path.of("runs/fractions"),
            "longrun sweep configs/fractions.yaml",
            interrupts)) {
      PlayedSweep played =
          new PlayedSweep(sweep, numbers[1], numbers.length > 3 ? numbers[3] : 0, 0, view);
      played.start();
      boolean more = true;
      while (more && !view.stop().requested()) {
        TimeUnit.MILLISECONDS.sleep(100);
        more = played.play(0.1, numbers[2]);
      }
      if (more) {
        // As long as a real one needs for its last blocks and its checkpoints.
        TimeUnit.SECONDS.sleep(2);
      }
      played.finish();
      interrupts.endAtOnce();
      exitCode = interrupts.exitCode().orElse(ExitCode.DONE);
    }
    System.exit(exitCode);
  }
}
