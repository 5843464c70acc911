package longrun.libtorch;

import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LayerNormOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Module;

/** Makes libtorch's own layers, children of a module, with initial parameters. */
record Layers(Module parent, InitialParameters parameters) {

  EmbeddingImpl embedding(String name, String weight, int rows, int width) {
    EmbeddingImpl layer = parent.register_module(name, new EmbeddingImpl(rows, width));
    parameters.copy(weight, layer.weight(), rows, width);
    return layer;
  }

  /** From a weight [in, out], and a bias [out] where the file has one. */
  LinearImpl linear(String name, String weight, String bias, int in, int out) {
    LinearImpl layer = unfilledLinear(name, bias, in, out);
    parameters.copy(weight, layer.weight(), tensor -> tensor.t(), in, out);
    if (parameters.has(bias)) {
      parameters.copy(bias, layer.bias(), out);
    }
    return layer;
  }

  /** A linear layer with a bias if the file has one of that name, yet with values of libtorch's. */
  LinearImpl unfilledLinear(String name, String bias, int in, int out) {
    LinearOptions options = new LinearOptions(in, out);
    options.bias().put(parameters.has(bias));
    return parent.register_module(name, new LinearImpl(options));
  }

  LayerNormImpl layerNorm(String name, String prefix, int width, double epsilon) {
    LayerNormOptions options = new LayerNormOptions(new LongVector(new long[] {width}));
    options.eps().put(epsilon);
    LayerNormImpl layer = parent.register_module(name, new LayerNormImpl(options));
    parameters.copy(prefix + ".w", layer.weight(), width);
    parameters.copy(prefix + ".b", layer.bias(), width);
    return layer;
  }
}
