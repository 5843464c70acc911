package longrun.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import longrun.engine.Engine;
import longrun.engine.Session;
import longrun.plan.Cohort;
import longrun.reference.ReferenceEngine;
import org.junit.jupiter.api.Test;

class EnginePairTest {
  @Test
  void refusesToCompareAnEngineWithItself() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> new EnginePair(new ReferenceEngine(), new ReferenceEngine()));
    assertTrue(
        refusal.getMessage().contains("the reference engine would be compared with itself"),
        refusal.getMessage());
  }

  @Test
  void refusesTwoEnginesOfOneName() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new EnginePair(new ReferenceEngine(), named("reference")));
  }

  @Test
  void acceptsTwoEngines() {
    EnginePair pair = new EnginePair(new ReferenceEngine(), named("other"));
    assertEquals("other", pair.actual().name());
  }

  private static Engine named(String name) {
    return new Engine() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public String description() {
        return "computes nothing";
      }

      @Override
      public int parameterBits() {
        return 64;
      }

      @Override
      public Session open(Cohort cohort, int slots) {
        throw new UnsupportedOperationException("computes nothing");
      }
    };
  }
}
