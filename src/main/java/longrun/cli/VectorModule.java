package longrun.cli;

import jdk.incubator.vector.FloatVector;

/** The Vector API, which is there only if the Java runtime was started with its module. */
final class VectorModule {
  static final String NAME = "jdk.incubator.vector";

  private VectorModule() {}

  static boolean isLoaded() {
    return ModuleLayer.boot().findModule(NAME).isPresent();
  }

  /** What the machine's vectors hold: {@code "256 bits, 8 floats"}. Only where it is loaded. */
  static String preferredSpecies() {
    return FloatVector.SPECIES_PREFERRED.vectorBitSize()
        + " bits, "
        + FloatVector.SPECIES_PREFERRED.length()
        + " floats";
  }
}
