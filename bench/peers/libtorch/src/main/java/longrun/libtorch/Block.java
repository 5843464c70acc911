package longrun.libtorch;

import java.util.Optional;
import longrun.config.Normalization;
import longrun.libtorch.Experiment.ModelShape;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Causal attention and an MLP, each with a residual connection. Queries, keys and values come from
 * one matrix, as is usual where a model is written to be fast.
 */
final class Block extends Module {
  private static final boolean CAUSAL = true;
  private static final boolean GROUPED_QUERIES = false;
  private static final double DROPOUT = 0;

  private final ModelShape shape;
  private final LinearImpl queriesKeysValues;
  private final LinearImpl attentionOutput;
  private final LinearImpl mlpInput;
  private final LinearImpl mlpOutput;
  private final Optional<LayerNormImpl> attentionNorm;
  private final Optional<LayerNormImpl> mlpNorm;

  Block(ModelShape shape, InitialParameters parameters, String prefix) {
    super("Block");
    this.shape = shape;
    Layers layers = new Layers(this, parameters);
    int d = shape.dModel();
    int z = shape.heads() * shape.dHead();
    String attention = prefix + "attn.";
    queriesKeysValues = layers.unfilledLinear("qkv", attention + "b_Q", d, 3 * z);
    String[] parts = {"Q", "K", "V"};
    for (int part = 0; part < parts.length; part++) {
      parameters.copy(
          attention + "W_" + parts[part],
          queriesKeysValues.weight().narrow(0, (long) part * z, z),
          weight -> weight.transpose(1, 2).reshape(z, d),
          shape.heads(),
          d,
          shape.dHead());
      if (parameters.has(attention + "b_Q")) {
        parameters.copy(
            attention + "b_" + parts[part],
            queriesKeysValues.bias().narrow(0, (long) part * z, z),
            bias -> bias.flatten(),
            shape.heads(),
            shape.dHead());
      }
    }
    attentionOutput = layers.unfilledLinear("out", attention + "b_O", z, d);
    parameters.copy(
        attention + "W_O",
        attentionOutput.weight(),
        weight -> weight.reshape(z, d).t(),
        shape.heads(),
        shape.dHead(),
        d);
    if (parameters.has(attention + "b_O")) {
      parameters.copy(attention + "b_O", attentionOutput.bias(), d);
    }
    mlpInput = layers.linear("mlp_in", prefix + "mlp.W_in", prefix + "mlp.b_in", d, shape.dMlp());
    mlpOutput =
        layers.linear("mlp_out", prefix + "mlp.W_out", prefix + "mlp.b_out", shape.dMlp(), d);
    attentionNorm = norm(layers, prefix + "ln1");
    mlpNorm = norm(layers, prefix + "ln2");
  }

  private Optional<LayerNormImpl> norm(Layers layers, String prefix) {
    return shape.normalization() == Normalization.NONE
        ? Optional.empty()
        : Optional.of(
            layers.layerNorm(
                prefix.substring(prefix.length() - 3),
                prefix,
                shape.dModel(),
                shape.normalizationEpsilon()));
  }

  /** [batch, positions, d_model] to the same. */
  Tensor forward(Tensor x) {
    return switch (shape.normalization()) {
      case NONE -> {
        Tensor y = x.add(attention(x));
        yield y.add(mlp(y));
      }
      case PRE -> {
        Tensor y = x.add(attention(attentionNorm.orElseThrow().forward(x)));
        yield y.add(mlp(mlpNorm.orElseThrow().forward(y)));
      }
      case POST -> {
        Tensor y = attentionNorm.orElseThrow().forward(x.add(attention(x)));
        yield mlpNorm.orElseThrow().forward(y.add(mlp(y)));
      }
    };
  }

  private Tensor attention(Tensor x) {
    long batch = x.size(0);
    long positions = x.size(1);
    // [3, batch, heads, positions, d_head]
    Tensor all =
        queriesKeysValues
            .forward(x)
            .view(batch, positions, 3, shape.heads(), shape.dHead())
            .permute(2, 0, 3, 1, 4);
    Tensor z =
        torch.scaled_dot_product_attention(
            all.select(0, 0),
            all.select(0, 1),
            all.select(0, 2),
            new TensorOptional(),
            DROPOUT,
            CAUSAL,
            new DoubleOptional(),
            GROUPED_QUERIES);
    return attentionOutput.forward(
        z.transpose(1, 2).reshape(batch, positions, (long) shape.heads() * shape.dHead()));
  }

  private Tensor mlp(Tensor x) {
    Tensor hidden = mlpInput.forward(x);
    return mlpOutput.forward(
        switch (shape.activation()) {
          case RELU -> torch.relu(hidden);
          case GELU -> torch.gelu(hidden);
          case SQUARE -> hidden.square();
        });
  }
}
