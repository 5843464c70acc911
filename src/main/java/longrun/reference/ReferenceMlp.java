package longrun.reference;

import java.util.ArrayList;
import java.util.List;
import longrun.config.ModelConfig;
import longrun.task.Dataset;

/**
 * Fully connected layers with an activation between them and none after the last. The input is one
 * row, 2n wide for n operands: 1 at a and at n + b, else 0.
 */
final class ReferenceMlp implements Network {
  private final Dataset dataset;
  private final Chain layers;

  ReferenceMlp(ModelConfig.Mlp config, Dataset dataset, int outputs, ParameterSource parameters) {
    this.dataset = dataset;
    List<Integer> widths = new ArrayList<>(config.hidden());
    widths.add(outputs);
    List<Layer> all = new ArrayList<>();
    int in = 2 * dataset.operandCount();
    for (int i = 0; i < widths.size(); i++) {
      if (i > 0) {
        all.add(new Elementwise(config.activation()));
      }
      String name = "layers." + i + ".";
      int out = widths.get(i);
      all.add(
          new Linear(
              parameters.get(name + "W"), parameters.getIf(config.bias(), name + "b"), in, out));
      in = out;
    }
    layers = new Chain(all);
  }

  @Override
  public double[] logits(int example) {
    return layers.forward(input(example))[0];
  }

  @Override
  public void backward(int example, double[] dLogits) {
    layers.backward(input(example), new double[][] {dLogits});
  }

  private double[][] input(int example) {
    int n = dataset.operandCount();
    double[] row = new double[2 * n];
    row[dataset.operand(example, 0)] = 1;
    row[n + dataset.operand(example, 1)] = 1;
    return new double[][] {row};
  }
}
