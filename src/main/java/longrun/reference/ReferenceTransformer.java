package longrun.reference;

import java.util.ArrayList;
import java.util.List;
import longrun.config.ModelConfig;
import longrun.task.Dataset;

/**
 * A decoder-only transformer. With A the attention and M the MLP of a block, and LN layer
 * normalisation:
 *
 * <pre>
 *   none   x ← x + A(x)         x ← x + M(x)
 *   pre    x ← x + A(LN1(x))    x ← x + M(LN2(x))    a final LN after the last block
 *   post   x ← LN1(x + A(x))    x ← LN2(x + M(x))
 * </pre>
 *
 * Every block, the final normalisation and the unembedding are computed at every position; the loss
 * reads the last.
 */
final class ReferenceTransformer implements Network {
  private final ModelConfig.Transformer config;
  private final ParameterSource parameters;
  private final Embedding embedding;
  private final Chain layers;
  private final int outputs;

  ReferenceTransformer(
      ModelConfig.Transformer config, Dataset dataset, int outputs, ParameterSource parameters) {
    this.config = config;
    this.parameters = parameters;
    this.outputs = outputs;
    this.embedding = new Embedding(config, dataset, parameters);
    List<Layer> all = new ArrayList<>();
    for (int block = 0; block < config.layers(); block++) {
      all.addAll(block("blocks." + block + "."));
    }
    all.addAll(
        switch (config.normalization()) {
          case PRE -> List.of(normalization("ln_final"));
          case NONE, POST -> List.of();
        });
    all.add(linear("unembed.W_U", "unembed.b_U", config.unembedBias(), config.dModel(), outputs));
    this.layers = new Chain(all);
  }

  @Override
  public double[] logits(int example) {
    double[][] everywhere = layers.forward(embedding.forward(example));
    return everywhere[everywhere.length - 1];
  }

  @Override
  public void backward(int example, double[] dLogits) {
    double[][] x = embedding.forward(example);
    double[][] everywhere = new double[x.length][outputs];
    everywhere[x.length - 1] = dLogits;
    embedding.backward(example, layers.backward(x, everywhere));
  }

  private List<Layer> block(String prefix) {
    Layer attention = new Attention(config, parameters, prefix + "attn.");
    Layer mlp = mlp(prefix + "mlp.");
    return switch (config.normalization()) {
      case NONE -> List.of(new Residual(attention), new Residual(mlp));
      case PRE ->
          List.of(
              new Residual(new Chain(List.of(normalization(prefix + "ln1"), attention))),
              new Residual(new Chain(List.of(normalization(prefix + "ln2"), mlp))));
      case POST ->
          List.of(
              new Residual(attention),
              normalization(prefix + "ln1"),
              new Residual(mlp),
              normalization(prefix + "ln2"));
    };
  }

  private Layer mlp(String prefix) {
    boolean bias = config.mlpBias();
    return new Chain(
        List.of(
            linear(prefix + "W_in", prefix + "b_in", bias, config.dModel(), config.dMlp()),
            new Elementwise(config.activation()),
            linear(prefix + "W_out", prefix + "b_out", bias, config.dMlp(), config.dModel())));
  }

  private Layer linear(String weight, String bias, boolean hasBias, int in, int out) {
    return new Linear(parameters.get(weight), parameters.getIf(hasBias, bias), in, out);
  }

  private Layer normalization(String name) {
    return new LayerNormalization(
        parameters.get(name + ".w"), parameters.get(name + ".b"), config.dModel());
  }
}
