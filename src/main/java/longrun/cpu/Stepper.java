package longrun.cpu;

import java.util.Optional;
import longrun.engine.Evaluation;
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
      if (worker == 0) {
        prepare(slot);
      }
      team.meet();
      if (slot.diverged) {
        return;
      }
      team.runTogether(gradients, slot, worker);
      if (!workspace.nonFinite) {
        team.runTogether(update, slot, worker);
      }
      if (worker == 0) {
        finish(slot);
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
      if (!workspace.nonFinite) {
        team.runAlone(update, slot, worker);
      }
      finish(slot);
    }
  }

  /** The gradients of the next step's batch. */
  Tensors gradients(Slot slot) {
    team.run(
        worker -> {
          if (worker == 0) {
            prepare(slot);
          }
          team.meet();
          team.runTogether(gradients, slot, worker);
        });
    return layout.gather(workspace.gradients);
  }

  Evaluation evaluate(int index, Slot slot) {
    forgetBatch();
    team.run(worker -> team.runTogether(evaluateShared, slot, worker));
    Score train = score(slot, slot.run.split().train());
    Score validation = score(slot, slot.run.split().validation());
    double norm = weightNorm(slot.parameters);
    boolean finite = Double.isFinite(train.loss) && Double.isFinite(norm);
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
    if (slot.diverged) {
      // The flag stays: a slower worker may still be about to read it.
      return;
    }
    workspace.nonFinite = false;
    if (fullBatch && batchOf.isPresent() && batchOf.get() == slot) {
      return;
    }
    workspace.batchCount = slot.nextBatch(workspace.batch);
    workspace.lossCount = workspace.batchCount;
    workspace.batchChanged();
    batchOf = Optional.of(slot);
  }

  private void finish(Slot slot) {
    if (workspace.nonFinite) {
      slot.diverged = true;
    } else {
      slot.step++;
    }
  }
}
