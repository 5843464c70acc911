package longrun.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;
import longrun.plan.Cost;
import longrun.plan.Ledger;

/** The operations of a plan as a table: a line each, under a heading for each part of the step. */
final class PlanTable {
  /** Characters in a line. */
  static final int WIDTH = 100;

  private static final double MEGA = 1e6;

  /** What an operation writes is cut if it must be; nothing else is. */
  private static final int NARROWEST_WRITES = 12;

  private PlanTable() {}

  /** One line of cells. */
  private record Row(
      String kind,
      String writes,
      String shape,
      String weight,
      String megaflops,
      String megabytes,
      String percent) {}

  static List<String> lines(Ledger ledger) {
    List<String> headings = new ArrayList<>();
    List<Row> rows = new ArrayList<>();
    long flops = ledger.total().flops();
    for (Ledger.Entry entry : ledger.entries()) {
      headings.add(heading(entry));
      rows.add(row(entry, flops));
    }
    for (Ledger.Phase phase : Ledger.Phase.values()) {
      headings.add("total");
      rows.add(row("", name(phase), "", "", ledger.total(phase), flops));
    }
    headings.add("total");
    rows.add(row("", "step", "", "", ledger.total(), flops));
    Row titles = new Row("operation", "writes", "rows × width", "weight", "MFLOP", "MB", "% FLOPs");
    List<Row> all = new ArrayList<>(rows);
    all.add(titles);
    int[] widths = {
      widest(all, row -> row.kind.length()),
      widest(all, row -> row.writes.length()),
      widest(all, row -> row.shape.length()),
      widest(all, row -> row.weight.length()),
      widest(all, row -> row.megaflops.length()),
      widest(all, row -> row.megabytes.length()),
      widest(all, row -> row.percent.length())
    };
    int total = 2 * widths.length;
    for (int width : widths) {
      total += width;
    }
    widths[1] = Math.max(NARROWEST_WRITES, widths[1] - Math.max(0, total - WIDTH));
    List<String> lines = new ArrayList<>();
    lines.add(line(titles, widths));
    String heading = "";
    for (int i = 0; i < rows.size(); i++) {
      if (!headings.get(i).equals(heading)) {
        heading = headings.get(i);
        lines.add(heading);
      }
      lines.add(line(rows.get(i), widths));
    }
    return lines;
  }

  private static String heading(Ledger.Entry entry) {
    String rows = entry.perExample() ? "rows of each example" : "shared rows";
    return switch (entry.phase()) {
      case FORWARD -> "forward, " + rows;
      case BACKWARD -> "backward: gradients of " + rows;
      case PARAMETER_GRADIENTS -> "gradients of parameters, summed over rows";
      case UPDATE -> "update";
    };
  }

  private static String name(Ledger.Phase phase) {
    return switch (phase) {
      case FORWARD -> "forward and loss";
      case BACKWARD -> "backward";
      case PARAMETER_GRADIENTS -> "gradients of parameters";
      case UPDATE -> "update";
    };
  }

  private static Row row(Ledger.Entry entry, long allFlops) {
    return row(
        kind(entry),
        writes(entry),
        Texts.count(entry.rows()) + " × " + Texts.count(entry.width()),
        entry.weight().map(PlanTable::shortName).orElse(""),
        entry.cost(),
        allFlops);
  }

  private static Row row(
      String kind, String writes, String shape, String weight, Cost cost, long allFlops) {
    return new Row(
        kind,
        writes,
        shape,
        weight,
        String.format(Locale.ROOT, "%,.1f", cost.flops() / MEGA),
        String.format(Locale.ROOT, "%,.2f", cost.bytes() / MEGA),
        String.format(Locale.ROOT, "%.1f", 100.0 * cost.flops() / allFlops));
  }

  /** Where the heading says that gradients are computed, the kind and the name need not. */
  private static String kind(Ledger.Entry entry) {
    return switch (entry.phase()) {
      case FORWARD, UPDATE -> entry.kind();
      case BACKWARD, PARAMETER_GRADIENTS -> entry.kind().replaceFirst("(Input)?Gradient$", "");
    };
  }

  /** The first name whole, of the others what differs: {@code 0.mlp.W_in, b_in}. */
  private static String writes(Ledger.Entry entry) {
    List<String> names = entry.writes().stream().map(PlanTable::shortName).toList();
    String first = names.getFirst();
    StringBuilder writes = new StringBuilder(first);
    for (String name : names.subList(1, names.size())) {
      int shared = 0;
      int dot = name.indexOf('.');
      while (dot >= 0 && first.startsWith(name.substring(0, dot + 1))) {
        shared = dot + 1;
        dot = name.indexOf('.', shared);
      }
      writes.append(", ").append(name.substring(shared));
    }
    return writes.toString();
  }

  /** {@code 0.attn.q} for {@code blocks.0.attn.q.gradient.examples}. */
  private static String shortName(String name) {
    return name.replaceFirst("^blocks\\.", "")
        .replaceFirst("\\.(shared|examples)(?=\\[|$)", "")
        .replaceFirst("\\.gradient(?=[.\\[]|$)", "");
  }

  private static int widest(List<Row> rows, ToIntFunction<Row> length) {
    return rows.stream().mapToInt(length).max().orElseThrow();
  }

  private static String line(Row row, int[] widths) {
    return "  "
        + left(row.kind, widths[0])
        + "  "
        + left(cut(row.writes, widths[1]), widths[1])
        + "  "
        + right(row.shape, widths[2])
        + "  "
        + left(row.weight, widths[3])
        + "  "
        + right(row.megaflops, widths[4])
        + "  "
        + right(row.megabytes, widths[5])
        + "  "
        + right(row.percent, widths[6]);
  }

  private static String left(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  private static String right(String text, int width) {
    return " ".repeat(width - text.length()) + text;
  }

  private static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 1) + "…";
  }
}
