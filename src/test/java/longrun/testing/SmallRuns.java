package longrun.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import longrun.config.CheckpointConfig;
import longrun.config.EvaluationConfig;
import longrun.config.Loss;
import longrun.config.ModelConfig;
import longrun.config.ModularOperation;
import longrun.config.OptimizerConfig;
import longrun.config.OptimizerKind;
import longrun.config.Precision;
import longrun.config.RunConfig;
import longrun.config.SequenceFormat;
import longrun.config.TaskConfig;
import longrun.config.TrainingConfig;
import longrun.engine.RunState;
import longrun.model.Model;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.task.Dataset;
import longrun.task.Split;

/** Tiny runs for tests of engines, put together without reading any configuration. */
public final class SmallRuns {
  private SmallRuns() {}

  /** {@code a + b} modulo the modulus as {@code a b =}: some of the pairs, spread over all. */
  public static Dataset addition(int modulus, int examples) {
    int[] tokens = new int[examples * 3];
    int[] operands = new int[examples * 2];
    int[] answers = new int[examples];
    for (int i = 0; i < examples; i++) {
      int pair = (int) ((long) i * modulus * modulus / examples);
      int a = pair / modulus;
      int b = pair % modulus;
      tokens[3 * i] = a;
      tokens[3 * i + 1] = b;
      tokens[3 * i + 2] = modulus;
      operands[2 * i] = a;
      operands[2 * i + 1] = b;
      answers[i] = (a + b) % modulus;
    }
    return new Dataset(
        "a + b mod " + modulus, 3, modulus + 1, modulus, modulus, tokens, operands, answers);
  }

  /** Every example trains but those whose number leaves {@code remainder} when divided by 3. */
  public static Split split(Dataset dataset, int remainder) {
    List<Integer> train = new ArrayList<>();
    List<Integer> validation = new ArrayList<>();
    for (int example = 0; example < dataset.examples(); example++) {
      (example % 3 == remainder ? validation : train).add(example);
    }
    return new Split(array(train), array(validation));
  }

  /** AdamW with a learning rate of 0.01, a decay of 0.1 and nothing else. */
  public static OptimizerConfig adamw() {
    return optimizer(OptimizerKind.ADAMW, 0.01, 0.1, 0);
  }

  /** An optimizer with betas 0.9 and 0.98, epsilon 1e-8 and no filter. */
  public static OptimizerConfig optimizer(
      OptimizerKind kind, double learningRate, double weightDecay, int warmupSteps) {
    return new OptimizerConfig(
        kind, learningRate, weightDecay, 0.9, 0.98, 1e-8, warmupSteps, Optional.empty(), false);
  }

  /** The same optimizer with Grokfast's average in front. */
  public static OptimizerConfig withGrokfast(
      OptimizerConfig config, double alpha, double lambda, boolean orthogonalGradient) {
    return new OptimizerConfig(
        config.kind(),
        config.learningRate(),
        config.weightDecay(),
        config.beta1(),
        config.beta2(),
        config.epsilon(),
        config.warmupSteps(),
        Optional.of(new OptimizerConfig.GrokfastEma(alpha, lambda)),
        orthogonalGradient);
  }

  /** A run in which only what is given matters; its task section is not looked at by engines. */
  public static RunConfig config(
      ModelConfig model, OptimizerConfig optimizer, Loss loss, OptionalInt batchSize, long seed) {
    return new RunConfig(
        new TaskConfig.Modular(ModularOperation.ADD, 5, SequenceFormat.A_B_EQUALS, 0.5, 0, 0),
        model,
        optimizer,
        new TrainingConfig(seed, 100, batchSize, loss, Precision.FP32),
        new EvaluationConfig(1, 0.99, 3),
        new CheckpointConfig(100, 1),
        Optional.empty());
  }

  /**
   * Step 0, with the initial parameters of a seed moved by uniform noise in ±0.2, so that biases
   * are not 0 and normalisation weights not 1; all of them floats, so that engines of any precision
   * start from the same numbers.
   */
  public static RunState initialState(Model model, long seed, boolean gradientEma) {
    Random noise = new Random(seed);
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    model
        .initialize(seed)
        .asMap()
        .forEach(
            (name, tensor) -> {
              double[] values = tensor.values().clone();
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) (values[i] + 0.4 * noise.nextDouble() - 0.2);
              }
              parameters.put(name, new Tensor(tensor.shape(), values));
            });
    return stateAt(0, model, new Tensors(parameters), gradientEma);
  }

  /** A state with the given parameters and empty moments. */
  public static RunState stateAt(long step, Model model, Tensors parameters, boolean gradientEma) {
    return new RunState(
        step,
        parameters,
        Tensors.zeros(model.parameters()),
        Tensors.zeros(model.parameters()),
        gradientEma ? Optional.of(Tensors.zeros(model.parameters())) : Optional.empty());
  }

  private static int[] array(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }
}
