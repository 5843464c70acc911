package longrun.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this program, as summaries record it. */
public final class Version {
  private static final String RESOURCE = "/longrun/version.properties";

  private Version() {}

  /** {@code "0.1.0 (1a2b3c4d5e6f)"}; {@code "development"} in a tree that was not built. */
  public static String current() {
    Properties properties = new Properties();
    try (InputStream resource = Version.class.getResourceAsStream(RESOURCE)) {
      if (resource != null) {
        properties.load(resource);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE, e);
    }
    String version = filled(properties, "version");
    String commit = filled(properties, "commit");
    return (version.isEmpty() ? "development" : version)
        + (commit.isEmpty() ? "" : " (" + commit + ")");
  }

  /** A property; empty if it is absent or the build did not fill it in. */
  private static String filled(Properties properties, String name) {
    String value = properties.getProperty(name, "");
    return value.startsWith("${") ? "" : value;
  }
}
