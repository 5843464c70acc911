package longrun.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Which longrun this is, from {@code longrun/version.properties} that the build writes. */
final class Version {
  private static final String RESOURCE = "/longrun/version.properties";

  private Version() {}

  /**
   * {@code longrun 0.1.0, commit 1a2b3c4d5e6f (Java 25, Linux amd64)}; {@code development} in a
   * tree that was not built.
   */
  static String line() {
    Properties properties = read();
    String commit = property(properties, "commit");
    String number = property(properties, "version");
    return "longrun "
        + (number.isEmpty() ? "development" : number)
        + (commit.isEmpty() ? "" : ", commit " + commit)
        + " (Java "
        + Runtime.version().feature()
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ")";
  }

  private static Properties read() {
    Properties properties = new Properties();
    try (InputStream resource = Version.class.getResourceAsStream(RESOURCE)) {
      if (resource != null) {
        properties.load(resource);
      }
    } catch (IOException e) {
      // A damaged jar: what can be said of the version is that it is not known.
      return new Properties();
    }
    return properties;
  }

  /** A property; empty if it is absent or the build did not fill it in. */
  private static String property(Properties properties, String name) {
    String value = properties.getProperty(name, "");
    return value.startsWith("${") ? "" : value;
  }
}
