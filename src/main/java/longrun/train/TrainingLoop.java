package longrun.train;

import java.nio.file.Path;
import java.util.List;
import longrun.config.RunConfig;
import longrun.engine.Engine;
import longrun.engine.Evaluation;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.store.Checkpoint;
import longrun.store.Checkpoints;
import longrun.store.Machine;
import longrun.store.MetricsLog;
import longrun.store.MetricsRow;
import longrun.store.RunFolder;
import longrun.store.StopReason;
import longrun.store.Summary;
import longrun.store.Version;

/**
 * Steps, evaluations and checkpoints of one run in slot 0 of a session.
 *
 * <p>Which steps are evaluated, and which get a scheduled checkpoint, depends on the configuration
 * and the rows alone. What depends on the clock (the size of a block, where an interruption falls)
 * changes neither parameters nor rows: that is why an interruption evaluates nothing.
 */
final class TrainingLoop {
  private static final int SLOT = 0;

  private final RunConfig config;
  private final Checkpoint from;
  private final Engine engine;
  private final Session session;
  private final MetricsLog metrics;
  private final Checkpoints checkpoints;
  private final StopSignal stop;
  private final TrainingListener listener;
  private final StopRule stopRule;
  private final GrokkingDetector detector;
  private final Stopwatch stopwatch;
  private final Pace pace;
  private long step;
  private long checkpointedStep;
  private Summary.FinalMetrics last;
  private boolean diverged;

  TrainingLoop(
      RunFolder folder,
      PreparedRun run,
      Checkpoint from,
      Engine engine,
      Session session,
      MetricsLog metrics,
      StopSignal stop,
      TrainingListener listener) {
    this.config = run.config();
    this.from = from;
    this.engine = engine;
    this.session = session;
    this.metrics = metrics;
    this.checkpoints = folder.checkpoints();
    this.stop = stop;
    this.listener = listener;
    this.stopRule = StopRule.of(config);
    this.detector = GrokkingDetector.of(config.evaluation(), metrics.rows());
    this.stopwatch = new Stopwatch(from.timing());
    this.step = from.state().step();
    this.checkpointedStep = step;
    this.pace = new Pace(step, System.nanoTime());
    List<MetricsRow> rows = metrics.rows();
    this.last =
        rows.isEmpty()
            ? new Summary.FinalMetrics(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN)
            : finalMetrics(rows.getLast());
  }

  /** Trains until the run ends or is asked to stop. */
  Summary run() {
    if (isEvaluated(step) && (metrics.rows().isEmpty() || lastRowStep() < step)) {
      evaluate();
    }
    while (!diverged && step < lastStep() && !stop.requested()) {
      advance(nextEvent());
      if (isEvaluated(step)) {
        evaluate();
      }
      if (!diverged && step % config.checkpoint().every() == 0) {
        checkpoint();
      }
    }
    if (diverged) {
      metrics.sync();
      return summary(StopReason.DIVERGED);
    }
    if (checkpointedStep != step) {
      checkpoint();
    }
    if (step < lastStep()) {
      return summary(StopReason.INTERRUPTED);
    }
    return summary(lastStep() < stopRule.steps() ? StopReason.GROKKED : StopReason.STEPS_DONE);
  }

  private long lastStep() {
    return stopRule.lastStep(detector);
  }

  private long lastRowStep() {
    return metrics.rows().getLast().step();
  }

  private boolean isEvaluated(long step) {
    return step % config.evaluation().every() == 0 || step == lastStep();
  }

  /** The next step at which something other than training happens. */
  private long nextEvent() {
    long evaluation = nextMultiple(config.evaluation().every());
    long checkpoint = nextMultiple(config.checkpoint().every());
    return Math.min(lastStep(), Math.min(evaluation, checkpoint));
  }

  private long nextMultiple(int every) {
    return (step / every + 1) * every;
  }

  /** Trains up to a step, or up to the end of a block after which somebody wants it to stop. */
  private void advance(long target) {
    do {
      int steps = pace.block(target - step);
      long before = System.nanoTime();
      session.advance(steps);
      long after = System.nanoTime();
      step += steps;
      stopwatch.addSteps(after - before);
      pace.measured(steps, after - before);
      listener.progressed(step, pace.stepsPerSecond(step, after));
    } while (step < target && !stop.requested());
  }

  private void evaluate() {
    long before = System.nanoTime();
    Evaluation evaluation = session.evaluate().getFirst();
    stopwatch.addEvaluation(System.nanoTime() - before);
    if (evaluation.step() != step && !evaluation.diverged()) {
      throw new IllegalStateException(
          "the engine is at step=" + evaluation.step() + ", expected step=" + step);
    }
    MetricsRow row = MetricsRow.of(evaluation, stopwatch.read().total());
    last = finalMetrics(row);
    diverged = evaluation.diverged();
    step = evaluation.step();
    long endBefore = lastStep();
    // A slot that diverges stops, maybe at a step that has its row already.
    if (metrics.rows().isEmpty() || row.step() > lastRowStep()) {
      metrics.append(row);
      detector.see(row.step(), row.trainAccuracy(), row.validationAccuracy());
    }
    listener.evaluated(evaluation, detector.memorisedAt(), detector.grokkedAt());
    if (lastStep() != endBefore) {
      listener.willEndAt(lastStep());
    }
  }

  /**
   * Writes a checkpoint, unless the run has diverged without an evaluation having seen it yet: the
   * last finite checkpoint must stay, and the next evaluation will tell.
   */
  private void checkpoint() {
    long before = System.nanoTime();
    RunState state = session.save(SLOT);
    if (state.step() != step || !FiniteCheck.canGoOn(state)) {
      return;
    }
    metrics.sync();
    Path file =
        checkpoints.write(
            new Checkpoint(
                state,
                from.configYaml(),
                from.dataDigest(),
                from.bits(),
                stopwatch.read(),
                metrics.written(),
                from.provenance()));
    checkpointedStep = step;
    checkpoints.prune(config.checkpoint().keep());
    stopwatch.addCheckpoint(System.nanoTime() - before);
    listener.checkpointed(step, file);
  }

  private Summary summary(StopReason reason) {
    return new Summary(
        detector.memorisedAt(),
        detector.grokkedAt(),
        last,
        reason,
        step,
        stopwatch.read(),
        engine.name(),
        engine.description(),
        Machine.current(),
        Version.current(),
        from.provenance());
  }

  private static Summary.FinalMetrics finalMetrics(MetricsRow row) {
    return new Summary.FinalMetrics(
        row.trainLoss(),
        row.trainAccuracy(),
        row.validationLoss(),
        row.validationAccuracy(),
        row.weightNorm());
  }
}
