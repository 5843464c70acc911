package longrun.cli;

import jdk.incubator.vector.FloatVector;

/** Asks the Vector API what it has. Load this class only where its module is present. */
final class VectorProbe {
  private VectorProbe() {}

  /** {@code "256 bits, 8 floats"}. */
  static String preferredSpecies() {
    return FloatVector.SPECIES_PREFERRED.vectorBitSize()
        + " bits, "
        + FloatVector.SPECIES_PREFERRED.length()
        + " floats";
  }
}
