package longrun.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import longrun.model.ParameterSpec;
import longrun.model.Tensor;
import longrun.model.Tensors;

/** Compares tensors that were read with those that a model has. */
public final class TensorLayout {
  private TensorLayout() {}

  /** What stands between the tensors and the expected names and shapes; empty if nothing does. */
  public static List<String> problems(Tensors tensors, Map<String, List<Integer>> expected) {
    List<String> problems = new ArrayList<>();
    expected.forEach(
        (name, shape) -> {
          Tensor tensor = tensors.asMap().get(name);
          if (tensor == null) {
            problems.add("missing tensor " + name + " shape=" + shape);
          } else if (!tensor.shape().equals(shape)) {
            problems.add("tensor " + name + " shape=" + tensor.shape() + " expected=" + shape);
          }
        });
    tensors
        .asMap()
        .forEach(
            (name, tensor) -> {
              if (!expected.containsKey(name)) {
                problems.add("unexpected tensor " + name + " shape=" + tensor.shape());
              }
            });
    return problems;
  }

  /** Names and shapes of parameters, each name behind the prefix. */
  public static Map<String, List<Integer>> shapes(String prefix, List<ParameterSpec> parameters) {
    Map<String, List<Integer>> shapes = new LinkedHashMap<>();
    for (ParameterSpec parameter : parameters) {
      shapes.put(prefix + parameter.name(), parameter.shape());
    }
    return shapes;
  }

  /** The tensors named prefix + parameter, under the parameters' names and in their order. */
  public static Tensors select(String prefix, List<ParameterSpec> parameters, Tensors tensors) {
    Map<String, Tensor> selected = new LinkedHashMap<>();
    for (ParameterSpec parameter : parameters) {
      selected.put(parameter.name(), tensors.get(prefix + parameter.name()));
    }
    return new Tensors(selected);
  }
}
