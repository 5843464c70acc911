package longrun.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.engine.ParameterLayout;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.model.Tensors;
import longrun.plan.Cohort;

/** Brings runs to the device and their states back. */
final class SlotTransfer {
  private final Cohort cohort;
  private final SessionMemory memory;
  private final SlotLayout layout;
  private final ParameterLayout parameters;
  private final float[] array;
  private final ByteBuffer staging;

  SlotTransfer(Cohort cohort, SessionMemory memory) {
    this.cohort = cohort;
    this.memory = memory;
    this.layout = memory.layout();
    this.parameters = layout.parameterLayout();
    this.array = new float[parameters.length()];
    this.staging = direct(parameters.length());
  }

  private static ByteBuffer direct(int words) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(words, SlotLayout.WORD_BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  void load(int slot, Run run, RunState state) {
    boolean finite = upload(slot, "parameters", state.parameters());
    upload(slot, "first moment", state.firstMoment());
    upload(slot, "second moment", state.secondMoment());
    state.gradientEma().ifPresent(ema -> upload(slot, "gradient ema", ema));
    upload(slot, "labels", run.labels());
    upload(slot, "train", run.split().train());
    upload(slot, "validation", run.split().validation());
    upload(slot, "evaluation counts", evaluationCounts());
    Struct control = KernelParameters.CONTROL.create();
    OptimizerConfig optimizer = run.config().optimizer();
    control.set("step", state.step());
    control.set("epoch", -1);
    control.set("seed", run.config().training().seed());
    control.set("learningRate", optimizer.learningRate());
    control.set("weightDecay", optimizer.weightDecay());
    control.set("beta1", optimizer.beta1());
    control.set("beta2", optimizer.beta2());
    control.set("epsilon", optimizer.epsilon());
    control.set(
        "emaAlpha", optimizer.grokfastEma().map(OptimizerConfig.GrokfastEma::alpha).orElse(0.0));
    control.set(
        "emaLambda", optimizer.grokfastEma().map(OptimizerConfig.GrokfastEma::lambda).orElse(0.0));
    control.set("warmupSteps", optimizer.warmupSteps());
    control.set("coupledDecay", optimizer.kind() == OptimizerKind.ADAM ? 1 : 0);
    control.set("diverged", finite ? 0 : 1);
    control.zeroUnset();
    memory.upload(slot, layout.region("control"), control.buffer());
  }

  /** Examples of each batch of an evaluation, of the training and then of the validation set. */
  private int[] evaluationCounts() {
    int[] counts = new int[layout.evaluationBatches(0) + layout.evaluationBatches(1)];
    int at = 0;
    for (int part = 0; part < 2; part++) {
      for (int i = 0; i < layout.evaluationBatches(part); i++) {
        counts[at++] =
            Math.min(
                layout.evaluationExamples(),
                layout.examplesOf(part) - i * layout.evaluationExamples());
      }
    }
    return counts;
  }

  RunState save(int slot) {
    ByteBuffer words =
        direct(Math.toIntExact(KernelParameters.CONTROL.bytes() / SlotLayout.WORD_BYTES));
    memory.download(slot, layout.region("control"), words);
    return new RunState(
        Struct.at(KernelParameters.CONTROL, words, 0).integer("step"),
        download(slot, "parameters"),
        download(slot, "first moment"),
        download(slot, "second moment"),
        cohort.gradientEma() ? Optional.of(download(slot, "gradient ema")) : Optional.empty());
  }

  Tensors gradients(int slot) {
    return download(slot, "gradients");
  }

  /**
   * Uploads tensors in the device's layout.
   *
   * @return whether all of them are finite
   */
  private boolean upload(int slot, String region, Tensors tensors) {
    parameters.scatter(tensors, array);
    staging.asFloatBuffer().put(array);
    memory.upload(slot, layout.region(region), staging);
    for (float value : array) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private void upload(int slot, String region, int[] values) {
    ByteBuffer words = direct(values.length);
    words.asIntBuffer().put(values);
    memory.upload(slot, layout.region(region), words);
  }

  private Tensors download(int slot, String region) {
    memory.download(slot, layout.region(region), staging);
    staging.asFloatBuffer().get(array);
    return parameters.gather(array);
  }
}
