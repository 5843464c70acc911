package longrun.reference;

import java.util.Optional;
import longrun.model.Tensors;

/** Hands out a model's parameters by name, each tied to its gradient of the same name. */
record ParameterSource(Tensors values, Tensors gradients) {

  /**
   * The parameter of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  Parameter get(String name) {
    return new Parameter(values.get(name).values(), gradients.get(name).values(), 0);
  }

  /** The parameter of that name if the model is configured to have it. */
  Optional<Parameter> getIf(boolean configured, String name) {
    return configured ? Optional.of(get(name)) : Optional.empty();
  }
}
