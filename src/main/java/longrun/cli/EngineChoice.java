package longrun.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What {@code --engine} accepts. */
enum EngineChoice {
  /** The fastest engine that this machine has. */
  AUTO("the fastest this machine has"),
  CPU("float32 on the processor's vector unit"),
  REFERENCE("float64, plain loops, slow: what the others are compared with"),
  CUDA("float32 and tf32 on an NVIDIA GPU");

  /** As typed; a test holds it together with the constants. */
  static final String ALLOWED = "auto, cpu, reference, cuda";

  private final String purpose;

  EngineChoice(String purpose) {
    this.purpose = purpose;
  }

  String purpose() {
    return purpose;
  }

  /** Every choice that names an engine. */
  static List<EngineChoice> concrete() {
    return List.of(CPU, REFERENCE, CUDA);
  }

  /** The engine of that name; empty if there is none. */
  static Optional<EngineChoice> named(String name) {
    return concrete().stream().filter(choice -> choice.toString().equals(name)).findFirst();
  }

  /** As typed. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
