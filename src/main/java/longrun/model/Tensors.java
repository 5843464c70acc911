package longrun.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tensors by name, in a model's parameter order. The map is fixed; the values may be shared. */
public final class Tensors {
  private final Map<String, Tensor> byName;

  public Tensors(Map<String, Tensor> byName) {
    this.byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
  }

  /** Zeros in the shapes of the given parameters. */
  public static Tensors zeros(List<ParameterSpec> specs) {
    Map<String, Tensor> zeros = new LinkedHashMap<>();
    for (ParameterSpec spec : specs) {
      zeros.put(spec.name(), new Tensor(spec.shape(), new double[spec.elements()]));
    }
    return new Tensors(zeros);
  }

  /** Unmodifiable, in order. */
  public Map<String, Tensor> asMap() {
    return byName;
  }

  /**
   * The tensor of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Tensor get(String name) {
    Tensor tensor = byName.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor name=" + name + " among " + byName.keySet());
    }
    return tensor;
  }
}
