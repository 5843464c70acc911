package longrun.model;

import java.util.List;

/**
 * One parameter tensor of a model.
 *
 * @param name TransformerLens's name, {@code blocks.0.attn.W_Q}
 * @param shape row-major
 * @param fill how its initial values are drawn
 */
public record ParameterSpec(String name, List<Integer> shape, Fill fill) {
  public ParameterSpec {
    shape = List.copyOf(shape);
  }

  /** Elements of the tensor. */
  public int elements() {
    return shape.stream().reduce(1, Math::multiplyExact);
  }

  /** Distribution of initial values, after the configuration's scale has been applied. */
  public sealed interface Fill {
    /** Every element the same. */
    record Constant(double value) implements Fill {}

    /** N(0, standardDeviation²). */
    record Normal(double standardDeviation) implements Fill {}

    /** U(−bound, bound). */
    record Uniform(double bound) implements Fill {}
  }
}
