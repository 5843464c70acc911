package longrun.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import longrun.cli.ColumnLine.Tint;
import longrun.sweep.Shard;
import longrun.sweep.SweepStart;

/**
 * The screen that shows a sweep while it trains:
 *
 * <pre>
 *
 *   runs/fractions · 8 slots · 2 cohorts · cpu: 1 thread, 512-bit vectors, fp32
 *   │█████████▊                              │  20%  12 of 64 runs ended · 8 running · 44 waiting
 *   about 41 min 3 s left · at most 1 h 3 min · 1,234 run-steps/s · 12 min 3 s elapsed
 *
 *   slot  run                                     step   train    val
 *      0   17  train_fraction=0.3 seed=7  2,350/40,000  100.0%  99.2%  memorised 310, grokked 2,160
 * </pre>
 *
 * Lines are narrower than the window by a column, for a terminal is not sure what to do after the
 * last one, and by a row, which leaves the last thing said in sight.
 */
final class SweepScreen {
  /** From so many rows on there is room for blank lines and for lines that go on in the next. */
  private static final int HIGH_ROWS = 16;

  /**
   * From so many rows on the first line is blank, for the cursor and the "^C" that is shown there.
   */
  private static final int BLANK_FIRST_ROWS = 10;

  private static final int SHORT_UNITS_COLUMNS = 60;
  private static final int SHORTEST_BAR = 20;
  private static final int LONGEST_BAR = 50;

  /** Its two ends, {@code " 20%"} and two spaces. */
  private static final int BESIDE_BAR = 9;

  private static final String EIGHTHS = " ▏▎▍▌▋▊▉";

  private final SweepStatus status;
  private final int columns;
  private final Terminal screen;

  /** Something that is said in a colour. */
  private record Piece(String text, Tint tint) {
    Piece(String text) {
      this(text, Tint.NONE);
    }
  }

  private SweepScreen(SweepStatus status, int columns, Terminal screen) {
    this.status = status;
    this.columns = columns;
    this.screen = screen;
  }

  /** The lines, at least one, each of them with its colours where the terminal wants those. */
  static List<String> lines(SweepStatus status, Terminal.Size size, Terminal screen) {
    return new SweepScreen(status, Math.max(1, size.columns() - 1), screen)
        .lines(size.rows(), Math.max(1, size.rows() - 1));
  }

  private List<String> lines(int windowRows, int rows) {
    boolean high = windowRows >= HIGH_ROWS;
    int most = high ? 2 : 1;
    List<String> header = flow(header(), most);
    List<String> progress = progress(most);
    List<String> time = flow(time(), most);
    List<String> lines = new ArrayList<>();
    if (windowRows >= BLANK_FIRST_ROWS) {
      lines.add("");
    }
    lines.addAll(header);
    lines.addAll(progress);
    lines.addAll(time);
    if (lines.size() > rows) {
      // Too low for a header: what counts is how far the sweep is.
      lines.clear();
      lines.addAll(progress);
      lines.addAll(time);
      return List.copyOf(lines.subList(0, Math.min(rows, lines.size())));
    }
    int idle = Math.max(0, status.start().slots() - status.slots().size());
    int room = rows - lines.size() - (high ? 1 : 0);
    List<String> slots = SlotTable.lines(status, idle, columns, room, screen);
    if (high && !slots.isEmpty()) {
      lines.add("");
    }
    lines.addAll(slots);
    return lines;
  }

  private List<Piece> header() {
    SweepStart start = status.start();
    List<Piece> pieces = new ArrayList<>();
    pieces.add(new Piece(status.folder().toString(), Tint.BOLD));
    if (!start.shard().equals(Shard.WHOLE)) {
      pieces.add(new Piece("shard " + start.shard()));
    }
    pieces.add(new Piece(SweepTexts.counted(start.slots(), "slot")));
    pieces.add(new Piece(SweepTexts.counted(start.cohorts(), "cohort")));
    pieces.add(new Piece(start.engine()));
    return pieces;
  }

  private List<String> progress(int most) {
    List<Piece> counts = counts();
    int beside = columns - width(counts) - BESIDE_BAR;
    if (beside >= SHORTEST_BAR) {
      ColumnLine line = bar(Math.min(LONGEST_BAR, beside)).add("  ");
      join(line, counts);
      return List.of(line.toString());
    }
    List<String> lines = new ArrayList<>();
    lines.add(bar(Math.min(LONGEST_BAR, columns - BESIDE_BAR + 2)).toString());
    lines.addAll(flow(counts, most));
    return lines;
  }

  private ColumnLine bar(int length) {
    double share = status.share();
    ColumnLine line = new ColumnLine(columns, screen);
    if (length > 0) {
      line.add(screen.unicode() ? "│" : "[");
      line.add(screen.unicode() ? blocks(share, length) : signs(share, length), Tint.YELLOW);
      line.add(screen.unicode() ? "│" : "]");
    }
    // Rounded down: only what is done reads 100%.
    return line.add(String.format(Locale.ROOT, "%4d%%", (int) Math.floor(100 * share)));
  }

  private static String blocks(double share, int length) {
    int eighths = (int) Math.floor(share * length * EIGHTHS.length());
    int full = eighths / EIGHTHS.length();
    return full == length
        ? "█".repeat(full)
        : "█".repeat(full)
            + EIGHTHS.charAt(eighths % EIGHTHS.length())
            + " ".repeat(length - full - 1);
  }

  private static String signs(double share, int length) {
    int full = (int) Math.floor(share * length);
    return full == length
        ? "=".repeat(full)
        : "=".repeat(full) + ">" + " ".repeat(length - full - 1);
  }

  private List<Piece> counts() {
    List<Piece> pieces = new ArrayList<>();
    pieces.add(new Piece(SweepTexts.ended(status)));
    if (status.failed() > 0) {
      pieces.add(new Piece(Texts.count(status.failed()) + " failed", Tint.RED));
    }
    pieces.add(new Piece(Texts.count(status.running()) + " running"));
    pieces.add(new Piece(Texts.count(status.waiting()) + " waiting"));
    if (status.failed() == 0) {
      pieces.add(new Piece("0 failed"));
    }
    return pieces;
  }

  private List<Piece> time() {
    List<Piece> pieces = new ArrayList<>();
    if (status.stopping()) {
      pieces.add(new Piece("stopping", Tint.YELLOW));
    } else {
      SweepTexts.left(status).forEach(left -> pieces.add(new Piece(left)));
    }
    String unit = columns < SHORT_UNITS_COLUMNS ? " steps/s" : " run-steps/s";
    pieces.add(new Piece(Texts.rate(status.stepsPerSecond()) + unit));
    pieces.add(new Piece(Texts.duration(status.elapsedSeconds()) + " elapsed"));
    return pieces;
  }

  private String separator() {
    return screen.unicode() ? " · " : " | ";
  }

  /** In a line, the pieces that fit, in so many lines at the most; a piece is cut only alone. */
  private List<String> flow(List<Piece> pieces, int most) {
    List<String> lines = new ArrayList<>();
    List<Piece> line = new ArrayList<>();
    for (Piece piece : pieces) {
      line.add(piece);
      if (line.size() > 1 && width(line) > columns) {
        line.removeLast();
        if (lines.size() + 1 < most) {
          lines.add(joined(line));
          line = new ArrayList<>(List.of(piece));
        }
      }
    }
    lines.add(joined(line));
    return lines;
  }

  private int width(List<Piece> pieces) {
    int width = separator().length() * (pieces.size() - 1);
    for (Piece piece : pieces) {
      width += ColumnLine.length(piece.text());
    }
    return width;
  }

  private String joined(List<Piece> pieces) {
    ColumnLine line = new ColumnLine(columns, screen);
    join(line, pieces);
    return line.toString();
  }

  private void join(ColumnLine line, List<Piece> pieces) {
    for (int i = 0; i < pieces.size(); i++) {
      line.add(i == 0 ? "" : separator()).add(pieces.get(i).text(), pieces.get(i).tint());
    }
  }
}
