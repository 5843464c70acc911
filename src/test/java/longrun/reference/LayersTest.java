package longrun.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import longrun.config.Activation;
import longrun.config.Initialization;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.Positional;
import longrun.model.Model;
import longrun.model.Tensor;
import longrun.model.Tensors;
import longrun.task.Dataset;
import longrun.testing.Closeness;
import longrun.testing.SmallRuns;
import org.junit.jupiter.api.Test;

/** Forward passes against values worked out by hand. */
class LayersTest {
  private static final Dataset DATASET = SmallRuns.addition(5, 25);

  @Test
  void linear() {
    Linear layer =
        new Linear(parameter(1, 2, 3, 4, 5, 6), Optional.of(parameter(10, 20, 30)), 2, 3);
    double[][] y = layer.forward(new double[][] {{1, 0}, {2, -1}});
    assertArrayEquals(new double[] {11, 22, 33}, y[0]);
    assertArrayEquals(new double[] {8, 19, 30}, y[1]);
  }

  /** (1, 2, 3, 6) has mean 3 and variance 3.5. */
  @Test
  void layerNormalization() {
    LayerNormalization layer =
        new LayerNormalization(parameter(1, 1, 2, -1), parameter(0, 1, 5, 0), 4);
    double[] y = layer.forward(new double[][] {{1, 2, 3, 6}})[0];
    double deviation = Math.sqrt(3.5 + 1e-5);
    Closeness.assertClose("y[0]", -2 / deviation, y[0], 1e-15);
    Closeness.assertClose("y[1]", 1 - 1 / deviation, y[1], 1e-15);
    assertEquals(5, y[2]);
    Closeness.assertClose("y[3]", -3 / deviation, y[3], 1e-15);
  }

  /** Φ(1) = 0.841344746068542948585, Φ(−10) = 7.61985302416052606597e-24. */
  @Test
  void activations() {
    Elementwise gelu = new Elementwise(Activation.GELU);
    Closeness.assertClose("gelu(1)", 0.8413447460685429, gelu.value(1), 1e-15);
    Closeness.assertClose("gelu(-10)", -7.619853024160526e-23, gelu.value(-10), 1e-13);
    Closeness.assertClose("gelu'(0)", 0.5, gelu.derivative(0), 1e-15);
    Elementwise relu = new Elementwise(Activation.RELU);
    assertEquals(0, relu.value(-3));
    assertEquals(2.5, relu.value(2.5));
    assertEquals(0, relu.derivative(0));
    assertEquals(1, relu.derivative(1e-300));
    assertEquals(9, new Elementwise(Activation.SQUARE).value(-3));
    for (Activation activation : Activation.values()) {
      assertTrue(Double.isNaN(new Elementwise(activation).value(Double.NaN)), activation.name());
    }
  }

  @Test
  void sinusoidsAreInterleavedAndAnOddWidthEndsInASine() {
    Closeness.assertClose("1, 0", Math.sin(1), SinusoidalPositions.value(1, 0, 5), 1e-15);
    Closeness.assertClose("1, 1", Math.cos(1), SinusoidalPositions.value(1, 1, 5), 1e-15);
    double slower = 3 / Math.pow(10000, 2.0 / 5);
    Closeness.assertClose("3, 2", Math.sin(slower), SinusoidalPositions.value(3, 2, 5), 1e-14);
    Closeness.assertClose("3, 3", Math.cos(slower), SinusoidalPositions.value(3, 3, 5), 1e-14);
    double slowest = 3 / Math.pow(10000, 4.0 / 5);
    Closeness.assertClose("3, 4", Math.sin(slowest), SinusoidalPositions.value(3, 4, 5), 1e-14);
    assertEquals(0, SinusoidalPositions.value(0, 2, 5));
    assertEquals(1, SinusoidalPositions.value(0, 3, 5));
  }

  /**
   * One head of width 1, every projection the identity: scores are products of the inputs, outputs
   * averages of those up to the position.
   */
  @Test
  void attentionIsCausalAndWeighsByScore() {
    Attention attention = identityAttention();
    double[][] y = attention.forward(new double[][] {{1}, {2}, {-1}});
    assertEquals(1, y[0][0]);
    double second = Math.exp(4) / (Math.exp(2) + Math.exp(4));
    Closeness.assertClose("y[1]", 1 - second + 2 * second, y[1][0], 1e-15);
    double sum = Math.exp(-1) + Math.exp(-2) + Math.exp(1);
    Closeness.assertClose(
        "y[2]", (Math.exp(-1) + 2 * Math.exp(-2) - Math.exp(1)) / sum, y[2][0], 1e-14);
    double[][] other = attention.forward(new double[][] {{1}, {2}, {7}});
    assertEquals(y[0][0], other[0][0]);
    assertEquals(y[1][0], other[1][0]);
    assertNotEquals(y[2][0], other[2][0]);
  }

  @Test
  void attentionDoesNotOverflow() {
    double[][] y = identityAttention().forward(new double[][] {{100}, {200}});
    assertArrayEquals(new double[] {100}, y[0]);
    assertArrayEquals(new double[] {200}, y[1]);
  }

  /** Squares between the layers, nothing after the last: z = (W0[a] + W0[n + b])² · W1. */
  @Test
  void mlp() {
    ModelConfig config =
        new ModelConfig.Mlp(List.of(1), false, Activation.SQUARE, Initialization.NORMAL_FAN_IN, 1);
    Map<String, Tensor> values = new LinkedHashMap<>();
    values.put(
        "layers.0.W", new Tensor(List.of(10, 1), new double[] {1, 2, 3, 4, 5, 10, 20, 30, 40, 50}));
    values.put("layers.1.W", new Tensor(List.of(1, 5), new double[] {1, -1, 0, 2, 3}));
    Model model = Model.of(config, DATASET);
    Network network = Network.of(model, DATASET, source(model, new Tensors(values)));
    int example = 3 * 5 + 1;
    assertArrayEquals(new double[] {576, -576, 0, 1152, 1728}, network.logits(example));
  }

  @Test
  void logitsAreOverTheVocabularyOrTheAnswers() {
    for (boolean allTokens : new boolean[] {true, false}) {
      Model model = Model.of(transformer(1, 1, allTokens), DATASET);
      Tensors parameters = model.initialize(0);
      Network network = Network.of(model, DATASET, source(model, parameters));
      assertEquals(allTokens ? 6 : 5, network.logits(0).length);
    }
  }

  private static Attention identityAttention() {
    ModelConfig.Transformer config = transformer(1, 1, true);
    Map<String, Tensor> values = new LinkedHashMap<>();
    for (String name : List.of("W_Q", "W_K", "W_V", "W_O")) {
      values.put("blocks.0.attn." + name, new Tensor(List.of(1, 1, 1), new double[] {1}));
    }
    Tensors weights = new Tensors(values);
    return new Attention(config, new ParameterSource(weights, weights), "blocks.0.attn.");
  }

  private static ModelConfig.Transformer transformer(int dModel, int dHead, boolean allTokens) {
    return new ModelConfig.Transformer(
        1,
        dModel,
        1,
        dHead,
        2,
        Activation.RELU,
        Normalization.NONE,
        Positional.SINUSOIDAL,
        false,
        false,
        false,
        allTokens,
        Initialization.NORMAL_FAN_IN,
        1);
  }

  private static ParameterSource source(Model model, Tensors values) {
    return new ParameterSource(values, Tensors.zeros(model.parameters()));
  }

  private static Parameter parameter(double... values) {
    return new Parameter(values, new double[values.length], 0);
  }
}
