package longrun.documents;

import java.io.IOException;
import longrun.measure.BenchJson;

/** The README's figures of speed; the rest is on each machine's own page. */
final class SpeedSection {
  static final String BEGIN = "<!-- from bench/results: begin -->\n";
  static final String END = "<!-- from bench/results: end -->\n";

  private SpeedSection() {}

  /** What belongs between the two markers. */
  static String text() throws IOException {
    StringBuilder text = new StringBuilder(BEGIN);
    text.append("\n### Beside other programs\n");
    for (MachineResults machine : MachineResults.all()) {
      for (String file : machine.files("comparison.json")) {
        text.append(ComparisonSection.text(machine.read(file)));
      }
    }
    text.append("\n### By itself\n");
    for (MachineResults machine : MachineResults.all()) {
      for (String file : machine.files("bench.json")) {
        text.append(BenchSection.text(BenchJson.read(machine.folder().resolve(file))));
      }
      text.append("\nMore of this machine, plots of how time grows among it: [")
          .append(machine.name())
          .append("](bench/results/")
          .append(machine.name())
          .append("/README.md).\n");
    }
    return text.append('\n').append(END).toString();
  }
}
