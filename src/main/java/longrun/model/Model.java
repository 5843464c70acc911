package longrun.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import longrun.config.Initialization;
import longrun.config.ModelConfig;
import longrun.config.Normalization;
import longrun.config.Positional;
import longrun.model.ParameterSpec.Fill;
import longrun.random.Philox;
import longrun.random.Stream;
import longrun.task.Dataset;

/**
 * A model for a dataset: the configuration together with every parameter's name, shape and initial
 * distribution. Two models are equal when their configurations and parameters are.
 *
 * @param config as configured
 * @param parameters in canonical order
 * @param outputs width of the logits
 */
public record Model(ModelConfig config, List<ParameterSpec> parameters, int outputs) {
  public Model {
    parameters = List.copyOf(parameters);
  }

  /** The model that the configuration describes over the dataset's tokens and answers. */
  public static Model of(ModelConfig config, Dataset dataset) {
    return switch (config) {
      case ModelConfig.Transformer transformer -> transformer(transformer, dataset);
      case ModelConfig.Mlp mlp -> mlp(mlp, dataset);
    };
  }

  /** Number of parameters over all tensors. */
  public long elements() {
    return parameters.stream().mapToLong(ParameterSpec::elements).sum();
  }

  /** Initial parameters of a seed: a pure function, the same on every machine and engine. */
  public Tensors initialize(long seed) {
    Philox random = new Philox(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int part = 0; part < parameters.size(); part++) {
      ParameterSpec spec = parameters.get(part);
      double[] values = new double[spec.elements()];
      for (int i = 0; i < values.length; i++) {
        values[i] =
            switch (spec.fill()) {
              case Fill.Constant(double value) -> value;
              case Fill.Normal(double deviation) ->
                  deviation * random.normal(Stream.INITIALIZATION, part, i);
              case Fill.Uniform(double bound) ->
                  bound * (2 * random.uniform(Stream.INITIALIZATION, part, i) - 1);
            };
      }
      tensors.put(spec.name(), new Tensor(spec.shape(), values));
    }
    return new Tensors(tensors);
  }

  private static Model transformer(ModelConfig.Transformer config, Dataset dataset) {
    int d = config.dModel();
    int vocabulary = dataset.vocabulary();
    int outputs = config.unembedAllTokens() ? vocabulary : dataset.answerCount();
    Specs specs = new Specs(config.initialization(), config.initializationScale(), d);
    specs.embedding("embed.W_E", vocabulary, d);
    if (config.positional() == Positional.LEARNED) {
      specs.embedding("pos_embed.W_pos", dataset.context(), d);
    }
    int z = config.heads() * config.dHead();
    for (int layer = 0; layer < config.layers(); layer++) {
      String block = "blocks." + layer + ".";
      if (config.normalization() != Normalization.NONE) {
        specs.norm(block + "ln1", d);
      }
      for (String name : List.of("Q", "K", "V")) {
        specs.weight(block + "attn.W_" + name, d, d, config.heads(), d, config.dHead());
        if (config.attentionBias()) {
          specs.bias(block + "attn.b_" + name, d, config.heads(), config.dHead());
        }
      }
      specs.weight(block + "attn.W_O", z, d, config.heads(), config.dHead(), d);
      if (config.attentionBias()) {
        specs.bias(block + "attn.b_O", z, d);
      }
      if (config.normalization() != Normalization.NONE) {
        specs.norm(block + "ln2", d);
      }
      specs.weight(block + "mlp.W_in", d, d, d, config.dMlp());
      if (config.mlpBias()) {
        specs.bias(block + "mlp.b_in", d, config.dMlp());
      }
      specs.weight(block + "mlp.W_out", config.dMlp(), d, config.dMlp(), d);
      if (config.mlpBias()) {
        specs.bias(block + "mlp.b_out", config.dMlp(), d);
      }
    }
    if (config.normalization() == Normalization.PRE) {
      specs.norm("ln_final", d);
    }
    specs.weight("unembed.W_U", d, vocabulary, d, outputs);
    if (config.unembedBias()) {
      specs.bias("unembed.b_U", d, outputs);
    }
    return new Model(config, specs.list, outputs);
  }

  private static Model mlp(ModelConfig.Mlp config, Dataset dataset) {
    int outputs = dataset.answerCount();
    int in = 2 * dataset.operandCount();
    List<Integer> widths = new ArrayList<>(config.hidden());
    widths.add(outputs);
    Specs specs = new Specs(config.initialization(), config.initializationScale(), in);
    for (int i = 0; i < widths.size(); i++) {
      int out = widths.get(i);
      specs.weight("layers." + i + ".W", in, in, in, out);
      if (config.bias()) {
        specs.bias("layers." + i + ".b", in, out);
      }
      in = out;
    }
    return new Model(config, specs.list, outputs);
  }

  /** Collects parameters, applying the initialisation scheme. */
  private static final class Specs {
    private final List<ParameterSpec> list = new ArrayList<>();
    private final Initialization scheme;
    private final double scale;
    private final int dModel;

    Specs(Initialization scheme, double scale, int dModel) {
      this.scheme = scheme;
      this.scale = scale;
      this.dModel = dModel;
    }

    void embedding(String name, Integer... shape) {
      Fill fill =
          switch (scheme) {
            case NORMAL_FAN_IN, NORMAL_D_MODEL -> new Fill.Normal(scale / Math.sqrt(dModel));
            case UNIFORM_FAN_IN -> new Fill.Normal(scale);
          };
      list.add(new ParameterSpec(name, List.of(shape), fill));
    }

    /** A weight; {@code nandaFan} takes the place of the fan-in in {@code NORMAL_D_MODEL}. */
    void weight(String name, int fanIn, int nandaFan, Integer... shape) {
      Fill fill =
          switch (scheme) {
            case NORMAL_FAN_IN -> new Fill.Normal(scale / Math.sqrt(fanIn));
            case NORMAL_D_MODEL -> new Fill.Normal(scale / Math.sqrt(nandaFan));
            case UNIFORM_FAN_IN -> new Fill.Uniform(scale / Math.sqrt(fanIn));
          };
      list.add(new ParameterSpec(name, List.of(shape), fill));
    }

    void bias(String name, int fanIn, Integer... shape) {
      Fill fill =
          switch (scheme) {
            case NORMAL_FAN_IN, NORMAL_D_MODEL -> new Fill.Constant(0);
            case UNIFORM_FAN_IN -> new Fill.Uniform(scale / Math.sqrt(fanIn));
          };
      list.add(new ParameterSpec(name, List.of(shape), fill));
    }

    void norm(String name, int width) {
      list.add(new ParameterSpec(name + ".w", List.of(width), new Fill.Constant(1)));
      list.add(new ParameterSpec(name + ".b", List.of(width), new Fill.Constant(0)));
    }
  }
}
