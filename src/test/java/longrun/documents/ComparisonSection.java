package longrun.documents;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Longrun beside other programs, from what {@code bench/compare} wrote. */
final class ComparisonSection {
  private static final double NANOS_PER_MILLISECOND = 1e6;

  private static final String UNSETTLED = " \\*";

  private final JsonNode record;
  private final StringBuilder text = new StringBuilder();

  private ComparisonSection(JsonNode record) {
    this.record = record;
  }

  static String text(JsonNode record) {
    ComparisonSection section = new ComparisonSection(record);
    Set<String> tables = new LinkedHashSet<>();
    for (JsonNode row : record.required("rows")) {
      tables.add(key(row));
    }
    section.measured();
    tables.forEach(section::table);
    section.missing();
    return section.text.toString();
  }

  private void measured() {
    JsonNode machine = record.required("machine");
    JsonNode device = record.required("device");
    text.append(
        String.format(
            Locale.ROOT,
            "\n%s, %d cores%s, %s, commit %s; ",
            machine.required("cpu").textValue(),
            machine.required("cores").intValue(),
            device.isNull() ? "" : ", " + device.required("name").textValue(),
            record.required("started_at").textValue().substring(0, 10),
            record.required("commit").textValue()));
    Set<String> versions = new TreeSet<>();
    for (JsonNode row : record.required("rows")) {
      if (row.has("version") && !row.required("engine").textValue().equals("longrun")) {
        versions.add(row.required("version").textValue());
      }
    }
    text.append(String.join(", ", versions)).append(".\n");
  }

  private void table(String key) {
    MarkdownTable table =
        new MarkdownTable(
            List.of(
                key,
                "runs",
                "threads",
                "ms per step",
                "run-steps/s",
                "longrun is faster by",
                "memory"));
    for (JsonNode row : record.required("rows")) {
      if (key(row).equals(key)) {
        table.row(cells(row));
      }
    }
    text.append('\n').append(table);
    if (table.toString().contains(UNSETTLED)) {
      text.append("\n\\*: times had not become steady when the warm-up was over.\n");
    }
  }

  private static String key(JsonNode row) {
    return row.required("configuration").textValue() + ", " + row.required("precision").textValue();
  }

  private static List<String> cells(JsonNode row) {
    List<String> cells = new ArrayList<>();
    cells.add(row.required("engine").textValue());
    cells.add(row.required("runs").asText());
    JsonNode blas = row.required("blas_threads");
    JsonNode threads = row.required("threads");
    cells.add(
        threads.isNull() ? "" : threads.asText() + (blas.isNull() ? "" : " + " + blas.asText()));
    if (!row.required("failure").isNull()) {
      cells.addAll(List.of("failed", "", "", ""));
      return cells;
    }
    if (row.required("nanos_per_step").isNull()) {
      cells.addAll(List.of(row.required("outcome").textValue().replace('_', ' '), "", "", ""));
      return cells;
    }
    cells.add(
        Figures.spread(row.required("nanos_per_step"), "least", "greatest", NANOS_PER_MILLISECOND)
            + (isSettled(row) ? "" : UNSETTLED));
    cells.add(
        Figures.number(row.required("run_steps_per_second").required("median").doubleValue()));
    cells.add(ratio(row));
    JsonNode device = row.required("device_used_bytes");
    JsonNode bytes = device.isNull() ? row.required("peak_resident_bytes") : device;
    cells.add(bytes.isNull() ? "" : Figures.megabytes(bytes.doubleValue()));
    return cells;
  }

  private static boolean isSettled(JsonNode row) {
    for (JsonNode round : row.required("rounds")) {
      if (round.required("outcome").textValue().equals("measured")
          && !round.required("settled").booleanValue()) {
        return false;
      }
    }
    return true;
  }

  /** Over as many runs of longrun. */
  private static String ratio(JsonNode row) {
    if (row.required("engine").textValue().equals("longrun")) {
      return "";
    }
    for (JsonNode ratio : row.required("times_slower")) {
      if (ratio.required("than_runs").equals(row.required("runs"))) {
        return Figures.spread(ratio, "least", "greatest", 1);
      }
    }
    return "";
  }

  private void missing() {
    List<String> names = new ArrayList<>();
    record
        .required("not_available")
        .forEach(peer -> names.add(peer.required("engine").textValue()));
    if (!names.isEmpty()) {
      text.append("\nNot on this machine: ").append(String.join(", ", names)).append(".\n");
    }
  }
}
