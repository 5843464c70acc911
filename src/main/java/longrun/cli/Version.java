package longrun.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Which longrun this is, from {@code longrun/version.properties} that the build writes. */
final class Version {
  private static final String RESOURCE = "/longrun/version.properties";

  private Version() {}

  /** The version's number, {@code 0.1.0}, or {@code development} in a tree that was not packaged. */
  static String number() {
    Properties properties = new Properties();
    try (InputStream resource = Version.class.getResourceAsStream(RESOURCE)) {
      if (resource != null) {
        properties.load(resource);
      }
    } catch (IOException e) {
      return "development";
    }
    String number = properties.getProperty("version", "");
    return number.isEmpty() || number.startsWith("${") ? "development" : number;
  }

  /** {@code longrun 0.1.0 (Java 25.0.1, Linux amd64)}. */
  static String line() {
    return "longrun "
        + number()
        + " (Java "
        + Runtime.version().feature()
        + ", "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ")";
  }
}
