package longrun.testing;

import longrun.engine.Engine;

/**
 * Two engines whose results are to be compared. An engine is never compared with itself: that would
 * pass whatever it computes.
 *
 * @param expected whose results are taken as right
 * @param actual whose results are judged
 */
public record EnginePair(Engine expected, Engine actual) {
  public EnginePair {
    if (expected.getClass() == actual.getClass() || expected.name().equals(actual.name())) {
      throw new IllegalArgumentException(
          "the "
              + expected.name()
              + " engine would be compared with itself: expected="
              + expected.getClass().getName()
              + " actual="
              + actual.getClass().getName());
    }
  }
}
