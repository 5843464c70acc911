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
  private static final int SHOWN = 3;

  private TensorLayout() {}

  /**
   * What stands between the tensors and the expected names and shapes; empty if nothing does. Of
   * each kind, {@value #SHOWN} are named and the others counted.
   */
  public static List<String> problems(Tensors tensors, Map<String, List<Integer>> expected) {
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    expected.forEach(
        (name, shape) -> {
          Tensor tensor = tensors.asMap().get(name);
          if (tensor == null) {
            missing.add("missing tensor " + name + " shape=" + shape);
          } else if (!tensor.shape().equals(shape)) {
            misshapen.add("tensor " + name + " shape=" + tensor.shape() + " expected=" + shape);
          }
        });
    List<String> unexpected = new ArrayList<>();
    tensors
        .asMap()
        .forEach(
            (name, tensor) -> {
              if (!expected.containsKey(name)) {
                unexpected.add("unexpected tensor " + name + " shape=" + tensor.shape());
              }
            });
    List<String> problems = new ArrayList<>();
    problems.addAll(abridged(missing, "missing"));
    problems.addAll(abridged(misshapen, "of another shape"));
    problems.addAll(abridged(unexpected, "unexpected"));
    return problems;
  }

  /**
   * The first {@value #SHOWN} problems, and how many more there are.
   *
   * @param kind what the others are: {@code "missing"}
   */
  public static List<String> abridged(List<String> problems, String kind) {
    if (problems.size() <= SHOWN) {
      return problems;
    }
    List<String> abridged = new ArrayList<>(problems.subList(0, SHOWN));
    abridged.add("and " + (problems.size() - SHOWN) + " more " + kind);
    return abridged;
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
