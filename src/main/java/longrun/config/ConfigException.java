package longrun.config;

/**
 * A configuration that cannot be used. The message says file, line, path, value, what is allowed
 * and, for an unknown key, the nearest valid one; it is meant for the user as it stands.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
