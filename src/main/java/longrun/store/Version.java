package longrun.store;

import java.util.Optional;

/** The version of this program. */
public final class Version {
  private Version() {}

  /** As the jar's manifest says; {@code "development"} where it does not run from a jar. */
  public static String current() {
    return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
        .orElse("development");
  }
}
