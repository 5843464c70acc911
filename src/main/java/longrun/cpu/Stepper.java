package longrun.cpu;

import java.util.Optional;
import longrun.engine.Evaluation;
import longrun.engine.ParameterLayout;
import longrun.model.Tensors;
import longrun.plan.Plan;

/** A workspace with its programs: advances and evaluates one slot at a time. */
final class Stepper {
  private final ParameterLayout layout;
  private final Team team;
  private final Workspace workspace;
  private final boolean fullBatch;
  private final Program.Phase[] gradients;
  private final Program.Phase[] update;
  private final Program.Phase[] evaluateShared;
  private final Program.Phase[] evaluateExamples;

  // Made once: a method reference in the step loop would be a new object for every step.
  private final Team.SlotTask prepare = this::prepare;
  private final Team.SlotTask takeBatch = this::takeBatch;
  private final Team.SlotTask finish = this::finish;

  /** Whose full batch the workspace holds. */
  private Optional<Slot> batchOf = Optional.empty();

  Stepper(Plan plan, ParameterLayout layout, Transposes transposes, Team team) {
    this.layout = layout;
    this.team = team;
    this.workspace = new Workspace(plan, layout, transposes);
    this.fullBatch = plan.cohort().fullBatch();
    Lowering lowering = new Lowering(plan, layout, transposes, workspace);
    this.gradients = lowering.gradients().phases();
    this.update = lowering.update().phases();
    this.evaluateShared = lowering.evaluateShared().phases();
    this.evaluateExamples = lowering.evaluateExamples().phases();
  }

  void forgetBatch() {
    batchOf = Optional.empty();
  }

  /** To be called by every worker of a job. */
  void advanceTogether(Slot slot, int steps, int worker) {
    for (int i = 0; i < steps; i++) {
      if (!team.runFirst(prepare, slot, worker)
          || slot.diverged
          || !team.runTogether(gradients, slot, worker)) {
        return;
      }
      if (!workspace.lossNotFinite && !team.runTogether(update, slot, worker)) {
        return;
      }
      if (!team.runFirst(finish, slot, worker)) {
        return;
      }
    }
  }

  void advanceAlone(Slot slot, int steps, int worker) {
    for (int i = 0; i < steps; i++) {
      prepare(slot);
      if (slot.diverged) {
        return;
      }
      team.runAlone(gradients, slot, worker);
      if (!workspace.lossNotFinite) {
        team.runAlone(update, slot, worker);
      }
      finish(slot);
    }
  }

  /** The gradients of the next step's batch, also of a run that has diverged. */
  Tensors gradients(Slot slot) {
    forgetBatch();
    team.run(
        worker -> {
          if (team.runFirst(takeBatch, slot, worker)) {
            team.runTogether(gradients, slot, worker);
          }
        });
    return layout.gather(workspace.gradients);
  }

  Evaluation evaluate(int index, Slot slot) {
    forgetBatch();
    team.run(worker -> team.runTogether(evaluateShared, slot, worker));
    Score train = score(slot, slot.run.split().train());
    Score validation = score(slot, slot.run.split().validation());
    double norm = weightNorm(slot.parameters);
    boolean finite =
        Double.isFinite(train.loss)
            && (slot.run.split().validation().length == 0 || Double.isFinite(validation.loss))
            && Double.isFinite(norm);
    return new Evaluation(
        index,
        slot.step,
        train.loss,
        train.accuracy,
        validation.loss,
        validation.accuracy,
        norm,
        slot.optimizer().learningRateAt(Math.max(1, slot.step)),
        slot.diverged || !finite);
  }

  private record Score(double loss, double accuracy) {}

  /** Mean loss and accuracy over examples, in batches, summed in the order of the examples. */
  private Score score(Slot slot, int[] examples) {
    double loss = 0;
    int correct = 0;
    for (int from = 0; from < examples.length; from += workspace.batch.length) {
      int count = Math.min(workspace.batch.length, examples.length - from);
      System.arraycopy(examples, from, workspace.batch, 0, count);
      workspace.batchCount = count;
      workspace.lossCount = count;
      team.run(worker -> team.runTogether(evaluateExamples, slot, worker));
      for (int i = 0; i < count; i++) {
        loss += workspace.loss[i];
        correct += workspace.correct[i] ? 1 : 0;
      }
    }
    return new Score(loss / examples.length, (double) correct / examples.length);
  }

  private static double weightNorm(float[] parameters) {
    double squares = 0;
    for (float w : parameters) {
      squares += (double) w * w;
    }
    return Math.sqrt(squares);
  }

  private void prepare(Slot slot) {
    if (!slot.diverged) {
      takeBatch(slot);
    }
  }

  private void takeBatch(Slot slot) {
    workspace.lossNotFinite = false;
    workspace.parameterNotFinite = false;
    if (fullBatch && batchOf.isPresent() && batchOf.get() == slot) {
      return;
    }
    workspace.batchCount = slot.nextBatch(workspace.batch);
    workspace.lossCount = workspace.batchCount;
    workspace.batchChanged();
    if (fullBatch) {
      batchOf = Optional.of(slot);
    }
  }

  /** A step that makes a parameter non-finite counts and is the last one. */
  private void finish(Slot slot) {
    if (!workspace.lossNotFinite) {
      slot.step++;
    }
    slot.diverged = workspace.lossNotFinite || workspace.parameterNotFinite;
  }
}
