package longrun.reference;

import longrun.config.ModelConfig;
import longrun.model.Model;
import longrun.task.Dataset;

/** A model with its parameters over a dataset: one example in, its logits out. */
interface Network {
  /** Logits of an example where its answer is read: double[outputs]. */
  double[] logits(int example);

  /**
   * Adds to every parameter's gradient.
   *
   * @param dLogits double[outputs], the derivative of the loss by this example's logits
   */
  void backward(int example, double[] dLogits);

  /** The network of a model; it reads and writes the arrays that {@code parameters} hands out. */
  static Network of(Model model, Dataset dataset, ParameterSource parameters) {
    return switch (model.config()) {
      case ModelConfig.Transformer config ->
          new ReferenceTransformer(config, dataset, model.outputs(), parameters);
      case ModelConfig.Mlp config -> new ReferenceMlp(config, dataset, model.outputs(), parameters);
    };
  }
}
