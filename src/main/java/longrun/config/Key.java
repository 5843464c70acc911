package longrun.config;

import java.util.Optional;
import java.util.function.Function;

/**
 * One key of the configuration, whole: where it stands, what it may be, what it is when absent, and
 * how to find it in a configuration that exists.
 *
 * @param path {@code optimizer.grokfast_ema.alpha}
 * @param type what values it can have
 * @param defaultValue when the key is absent
 * @param only the kind of task or model that has this key; empty: every one
 * @param getter its value in a configuration; empty where the configuration has no such key
 *     (another kind, or an optional section that is absent)
 * @param doc one line for people
 * @param <T> the value in Java
 */
record Key<T>(
    String path,
    ValueType<T> type,
    T defaultValue,
    Optional<Kind> only,
    Function<RunConfig, Optional<T>> getter,
    String doc) {

  /** A choice that other keys depend on. */
  enum Kind {
    MODULAR("task.kind", "modular"),
    PERMUTATION("task.kind", "permutation"),
    TRANSFORMER("model.kind", "transformer"),
    MLP("model.kind", "mlp");

    private final String path;
    private final String value;

    Kind(String path, String value) {
      this.path = path;
      this.value = value;
    }

    /** The key that makes the choice. */
    String path() {
      return path;
    }

    /** As written in a configuration. */
    String value() {
      return value;
    }
  }

  /** Path of the section: everything before the last dot. */
  String section() {
    return path.substring(0, path.lastIndexOf('.'));
  }

  /** The last part of the path. */
  String name() {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** The value in a configuration, as YAML; empty where the configuration has no such key. */
  Optional<String> textIn(RunConfig config) {
    return getter.apply(config).map(type::write);
  }
}
