package longrun.reference;

import java.util.ArrayList;
import java.util.List;

/**
 * Layers one after the other: y = f_n(… f_2(f_1(x))); the backward pass is the chain rule, from the
 * last layer to the first.
 */
record Chain(List<Layer> layers) implements Layer {
  Chain {
    layers = List.copyOf(layers);
  }

  @Override
  public double[][] forward(double[][] x) {
    double[][] y = x;
    for (Layer layer : layers) {
      y = layer.forward(y);
    }
    return y;
  }

  @Override
  public double[][] backward(double[][] x, double[][] dy) {
    List<double[][]> inputs = new ArrayList<>();
    double[][] input = x;
    for (Layer layer : layers) {
      inputs.add(input);
      input = layer.forward(input);
    }
    double[][] derivative = dy;
    for (int i = layers.size() - 1; i >= 0; i--) {
      derivative = layers.get(i).backward(inputs.get(i), derivative);
    }
    return derivative;
  }
}
