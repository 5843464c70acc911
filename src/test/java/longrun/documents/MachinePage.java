package longrun.documents;

import java.io.IOException;
import longrun.measure.BenchJson;

/** Everything that a machine measured: {@code bench/results/<machine>/README.md}. */
final class MachinePage {
  private MachinePage() {}

  static String text(MachineResults machine) throws IOException {
    StringBuilder text = new StringBuilder("# ").append(machine.name()).append('\n');
    text.append(
        "\n"
            + "Made from the files beside it; [bench/README.md](../../README.md) says how they were"
            + " measured.\n");
    for (String file : machine.files("comparison.json")) {
      text.append("\n## Beside other programs (`").append(file).append("`)\n");
      text.append(ComparisonSection.text(machine.read(file)));
    }
    for (String file : machine.files("bench.json")) {
      text.append("\n## `longrun bench` (`").append(file).append("`)\n");
      text.append(BenchSection.text(BenchJson.read(machine.folder().resolve(file))));
    }
    if (!machine.files(".svg").isEmpty()) {
      text.append("\n## Scaling (`scaling.json`)\n\n");
      for (String plot : machine.files(".svg")) {
        text.append("![").append(plot).append("](").append(plot).append(")\n");
      }
    }
    if (!machine.jmhClasses().isEmpty()) {
      text.append("\n## JMH (`bench/run`)\n");
    }
    for (String jmhClass : machine.jmhClasses()) {
      text.append(JmhSection.text(machine, jmhClass));
    }
    return text.toString();
  }
}
