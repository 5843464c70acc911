package longrun.scaling;

import java.util.Arrays;
import java.util.Optional;

/** A quantity that is varied while everything else stays. */
enum Axis {
  SLOTS("slots", "runs trained together", "runs that train together"),
  D_MODEL("d_model", "d_model", "the width of the model"),
  MODULUS("modulus", "modulus p", "the modulus"),
  SEQUENCE("sequence", "tokens of an example", "the length of a sequence"),
  THREADS("threads", "threads", "threads of the processor");

  private final String key;
  private final String unit;
  private final String words;

  Axis(String key, String unit, String words) {
    this.key = key;
    this.unit = unit;
    this.words = words;
  }

  /** In files and in their names. */
  String key() {
    return key;
  }

  /** What its values count, for under an axis. */
  String unit() {
    return unit;
  }

  /** What it is, within a sentence. */
  String words() {
    return words;
  }

  /** The file of its drawing. */
  String fileName() {
    return "scaling-" + key + ".svg";
  }

  static Optional<Axis> of(String key) {
    return Arrays.stream(values()).filter(axis -> axis.key.equals(key)).findFirst();
  }
}
