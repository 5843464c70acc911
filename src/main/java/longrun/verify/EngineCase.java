package longrun.verify;

import java.util.function.Function;
import longrun.engine.Engine;

/**
 * A planned engine on one run, or on a few.
 *
 * @param group {@code "goldens fp32"}
 * @param description {@code "two_layer_post_norm: gradients"}
 * @param body runs it and compares
 */
public record EngineCase(String group, String description, Function<Engine, Outcome> body) {
  /** Runs it and compares. */
  public Outcome run(Engine engine) {
    return body.apply(engine);
  }

  @Override
  public String toString() {
    return group + ": " + description;
  }
}
