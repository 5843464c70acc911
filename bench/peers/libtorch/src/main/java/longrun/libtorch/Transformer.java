package longrun.libtorch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.config.Normalization;
import longrun.libtorch.Experiment.ModelShape;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A decoder-only transformer as libtorch's users write one: a module of modules, every position
 * through every layer. What native memory it holds is freed with the scope in which it was made.
 */
final class Transformer extends Module {
  private final ModelShape shape;
  private final EmbeddingImpl embedding;
  private final Optional<Tensor> positions;
  private final List<Block> blocks = new ArrayList<>();
  private final Optional<LayerNormImpl> finalNorm;
  private final LinearImpl unembedding;

  /**
   * @param positional [positions · d_model], where positions are fixed
   * @throws ExperimentException if the parameters are not those of such a model
   */
  Transformer(ModelShape shape, InitialParameters parameters, Optional<float[]> positional) {
    super("Transformer");
    this.shape = shape;
    Layers layers = new Layers(this, parameters);
    embedding = layers.embedding("embed", "embed.W_E", shape.vocabulary(), shape.dModel());
    positions = positions(parameters, positional);
    for (int layer = 0; layer < shape.layers(); layer++) {
      Block block = new Block(shape, parameters, "blocks." + layer + ".");
      blocks.add(register_module("block" + layer, block));
    }
    finalNorm =
        shape.normalization() == Normalization.PRE
            ? Optional.of(
                layers.layerNorm(
                    "ln_final", "ln_final", shape.dModel(), shape.normalizationEpsilon()))
            : Optional.empty();
    unembedding =
        layers.linear("unembed", "unembed.W_U", "unembed.b_U", shape.dModel(), shape.outputs());
    parameters.requireAllCopied();
  }

  private Optional<Tensor> positions(InitialParameters parameters, Optional<float[]> positional) {
    if (positional.isPresent()) {
      Tensor fixed = AbstractTensor.create(positional.get(), shape.positions(), shape.dModel());
      return Optional.of(register_buffer("positional", fixed));
    }
    if (!parameters.has("pos_embed.W_pos")) {
      return Optional.empty();
    }
    Tensor learned =
        register_parameter("positional", torch.zeros(shape.positions(), shape.dModel()));
    parameters.copy("pos_embed.W_pos", learned, shape.positions(), shape.dModel());
    return Optional.of(learned);
  }

  /** Logits at the last position: tokens [batch, positions] to [batch, outputs]. */
  Tensor forward(Tensor tokens) {
    Tensor x = embedding.forward(tokens);
    if (positions.isPresent()) {
      x = x.add(positions.get());
    }
    for (Block block : blocks) {
      x = block.forward(x);
    }
    if (finalNorm.isPresent()) {
      x = finalNorm.get().forward(x);
    }
    return unembedding.forward(x).select(1, shape.positions() - 1L);
  }
}
