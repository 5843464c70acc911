package longrun.config;

import java.util.Optional;

/**
 * A configuration that cannot be used. The message says file, line, path, value, what is allowed
 * and, for an unknown key, the nearest valid one; it is meant for the user as it stands.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String key;

  public ConfigException(String message) {
    this("", message, null);
  }

  public ConfigException(String message, Throwable cause) {
    this("", message, cause);
  }

  private ConfigException(String key, String message, Throwable cause) {
    super(message, cause);
    this.key = key;
  }

  /**
   * A value that is refused by what only follows from the configuration, where the place of the
   * value is not known.
   *
   * @param key path of the value: {@code training.batch_size}
   */
  public static ConfigException withoutPlace(String key, String problem) {
    return new ConfigException(key, key + ": " + problem, null);
  }

  /** Path of the value whose place is to be said yet; empty if the message needs none. */
  public Optional<String> key() {
    return key.isEmpty() ? Optional.empty() : Optional.of(key);
  }
}
