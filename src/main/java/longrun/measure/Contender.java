package longrun.measure;

import java.util.OptionalInt;
import longrun.config.Precision;
import longrun.engine.Engine;

/**
 * An engine as it is to be measured.
 *
 * @param threads that the engine was made with; empty if it has none to choose
 * @param slots runs that train side by side
 * @param precision that replaces the configuration's
 * @param emulated whether its device is a test double
 */
public record Contender(
    Engine engine, OptionalInt threads, int slots, Precision precision, boolean emulated) {
  public Contender {
    if (slots < 1) {
      throw new IllegalArgumentException("slots=" + slots + " must be positive");
    }
  }

  /** What is measured when it trains a configuration. */
  public Setting setting(String configuration) {
    return new Setting(configuration, engine.name(), threads, slots, precision, emulated);
  }
}
