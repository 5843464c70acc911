package longrun.reference;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import longrun.config.OptimizerConfig;
import longrun.engine.BatchOrder;
import longrun.engine.Evaluation;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.plan.Cohort;

/** One run: its state, its network and the steps it takes. */
final class ReferenceSlot {
  private final Cohort cohort;
  private final Run run;
  private final Tensors parameters;
  private final Tensors gradients;
  private final Tensors firstMoment;
  private final Tensors secondMoment;
  private final Optional<Tensors> gradientEma;
  private final Network network;
  private final BatchOrder batchOrder;
  private long step;
  private boolean diverged;

  /** Takes copies of the state, which must be one of the cohort's model. */
  ReferenceSlot(Cohort cohort, Run run, RunState state) {
    this.cohort = cohort;
    this.run = run;
    this.step = state.step();
    this.parameters = copy(state.parameters());
    this.gradients = Tensors.zeros(cohort.model().parameters());
    this.firstMoment = copy(state.firstMoment());
    this.secondMoment = copy(state.secondMoment());
    this.gradientEma = state.gradientEma().map(ReferenceSlot::copy);
    this.network =
        Network.of(cohort.model(), cohort.dataset(), new ParameterSource(parameters, gradients));
    this.batchOrder =
        new BatchOrder(
            run.config().training().seed(), cohort.trainExamples(), cohort.batchExamples());
    this.diverged = !finite(parameters);
  }

  /**
   * One step: gradient of the batch, then the update. If the loss of the batch is not finite the
   * update is not made and the run stays at the step it has reached; if the update leaves a
   * parameter that is not finite, it is the last one.
   */
  void advance() {
    if (diverged) {
      return;
    }
    double loss = computeGradients();
    if (!Double.isFinite(loss)) {
      diverged = true;
      return;
    }
    step++;
    OptimizerConfig config = run.config().optimizer();
    ReferenceOptimizer optimizer = new ReferenceOptimizer(config);
    for (String name : parameters.asMap().keySet()) {
      optimizer.update(
          step,
          parameters.get(name).values(),
          gradients.get(name).values(),
          firstMoment.get(name).values(),
          secondMoment.get(name).values(),
          gradientEma.map(ema -> ema.get(name).values()));
    }
    diverged = !finite(parameters);
  }

  /** A copy of the gradient over the next step's batch. */
  Tensors gradients() {
    computeGradients();
    return copy(gradients);
  }

  /** Leaves the gradient over the next step's batch in {@code gradients}; returns the mean loss. */
  private double computeGradients() {
    for (Tensor gradient : gradients.asMap().values()) {
      Arrays.fill(gradient.values(), 0);
    }
    int[] batch = nextBatch();
    double total = 0;
    for (int example : batch) {
      double[] logits = network.logits(example);
      int label = run.labels()[example];
      total += Losses.value(cohort.loss(), logits, label);
      double[] dLogits = Losses.gradient(cohort.loss(), logits, label);
      for (int c = 0; c < dLogits.length; c++) {
        dLogits[c] /= batch.length;
      }
      network.backward(example, dLogits);
    }
    return total / batch.length;
  }

  /** Examples of the next step. */
  private int[] nextBatch() {
    int[] train = run.split().train();
    if (cohort.fullBatch()) {
      return train;
    }
    int[] positions = new int[cohort.batchExamples()];
    int count = batchOrder.batch(step, positions);
    int[] examples = new int[count];
    for (int i = 0; i < count; i++) {
      examples[i] = train[positions[i]];
    }
    return examples;
  }

  Evaluation evaluate(int slot) {
    Score train = score(run.split().train());
    Score validation = score(run.split().validation());
    boolean nothingValidates = run.split().validation().length == 0;
    boolean finite =
        Double.isFinite(train.loss())
            && (nothingValidates || Double.isFinite(validation.loss()))
            && finite(parameters);
    return new Evaluation(
        slot,
        step,
        train.loss(),
        train.accuracy(),
        validation.loss(),
        validation.accuracy(),
        norm(parameters),
        run.config().optimizer().learningRateAt(Math.max(step, 1)),
        diverged || !finite);
  }

  /** Mean loss and share of right answers; both NaN over no examples. */
  private record Score(double loss, double accuracy) {}

  private Score score(int[] examples) {
    double loss = 0;
    int right = 0;
    for (int example : examples) {
      double[] logits = network.logits(example);
      int label = run.labels()[example];
      loss += Losses.value(cohort.loss(), logits, label);
      if (Losses.prediction(logits) == label) {
        right++;
      }
    }
    return new Score(loss / examples.length, (double) right / examples.length);
  }

  RunState save() {
    return new RunState(
        step,
        copy(parameters),
        copy(firstMoment),
        copy(secondMoment),
        gradientEma.map(ReferenceSlot::copy));
  }

  /** Square root of the sum of all squares, in parameter order. */
  private static double norm(Tensors tensors) {
    double squares = 0;
    for (Tensor tensor : tensors.asMap().values()) {
      for (double value : tensor.values()) {
        squares += value * value;
      }
    }
    return Math.sqrt(squares);
  }

  private static boolean finite(Tensors tensors) {
    for (Tensor tensor : tensors.asMap().values()) {
      for (double value : tensor.values()) {
        if (!Double.isFinite(value)) {
          return false;
        }
      }
    }
    return true;
  }

  private static Tensors copy(Tensors tensors) {
    Map<String, Tensor> copy = new LinkedHashMap<>();
    tensors
        .asMap()
        .forEach(
            (name, tensor) -> copy.put(name, new Tensor(tensor.shape(), tensor.values().clone())));
    return new Tensors(copy);
  }
}
