package longrun.reference;

import java.util.Optional;
import longrun.config.ModelConfig;
import longrun.task.Dataset;

/**
 * What enters the first block: the token's embedding plus what the model adds for the position.
 *
 * <pre>
 *   x[t]                 = W_E[token(t)] + position(t)
 *   position(t)          = W_pos[t], or that of SinusoidalPositions, or 0
 *
 *   dW_E[token(t)] += dx[t]
 *   dW_pos[t]      += dx[t]
 * </pre>
 */
final class Embedding {
  private final Dataset dataset;
  private final ModelConfig.Transformer config;
  private final Parameter tokens;
  private final Optional<Parameter> positions;

  Embedding(ModelConfig.Transformer config, Dataset dataset, ParameterSource parameters) {
    this.config = config;
    this.dataset = dataset;
    this.tokens = parameters.get("embed.W_E");
    this.positions =
        switch (config.positional()) {
          case LEARNED -> Optional.of(parameters.get("pos_embed.W_pos"));
          case SINUSOIDAL, NONE -> Optional.empty();
        };
  }

  /** double[context][d_model] of one example. */
  double[][] forward(int example) {
    int d = config.dModel();
    double[][] x = new double[dataset.context()][d];
    for (int t = 0; t < x.length; t++) {
      for (int c = 0; c < d; c++) {
        x[t][c] = tokens.value(dataset.token(example, t) * d + c) + position(t, c);
      }
    }
    return x;
  }

  void backward(int example, double[][] dx) {
    int d = config.dModel();
    for (int t = 0; t < dx.length; t++) {
      for (int c = 0; c < d; c++) {
        tokens.addGradient(dataset.token(example, t) * d + c, dx[t][c]);
        if (positions.isPresent()) {
          positions.get().addGradient(t * d + c, dx[t][c]);
        }
      }
    }
  }

  private double position(int t, int column) {
    return switch (config.positional()) {
      case LEARNED -> positions.orElseThrow().value(t * config.dModel() + column);
      case SINUSOIDAL -> SinusoidalPositions.value(t, column, config.dModel());
      case NONE -> 0;
    };
  }
}
