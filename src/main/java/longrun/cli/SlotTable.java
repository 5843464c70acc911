package longrun.cli;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import longrun.cli.ColumnLine.Tint;

/** The slots of a sweep and the runs in them, a line each: as many and as much as there is room. */
final class SlotTable {
  private static final String GAP = "  ";
  private static final int WIDE_COLUMNS = 60;

  /** Names of axes may be shortened until labels take no more than this. */
  private static final int WIDE_LABEL = 18;

  private static final int NARROW_LABEL = 9;

  private enum Column {
    SLOT("slot"),
    RUN("run"),
    LABEL(""),
    STEP("step"),
    TRAIN("train"),
    VALIDATION("val"),
    EVENTS("");

    private final String title;

    Column(String title) {
      this.title = title;
    }

    private boolean left() {
      return this == LABEL || this == EVENTS;
    }
  }

  /**
   * What a line says.
   *
   * @param lastStep whether the last step stands beside the present one
   * @param bothEvents whether it says when the run memorised, also if it has grokked since
   */
  private record Form(Set<Column> columns, boolean lastStep, boolean bothEvents) {}

  /** From the most to the least. */
  private static final List<Form> FORMS =
      List.of(
          new Form(EnumSet.allOf(Column.class), true, true),
          new Form(EnumSet.allOf(Column.class), true, false),
          new Form(EnumSet.complementOf(EnumSet.of(Column.EVENTS)), true, false),
          new Form(EnumSet.complementOf(EnumSet.of(Column.EVENTS)), false, false),
          new Form(
              EnumSet.of(Column.RUN, Column.LABEL, Column.STEP, Column.TRAIN, Column.VALIDATION),
              false,
              false),
          new Form(
              EnumSet.of(Column.RUN, Column.LABEL, Column.STEP, Column.VALIDATION), false, false),
          new Form(EnumSet.of(Column.RUN, Column.STEP, Column.VALIDATION), false, false),
          new Form(EnumSet.of(Column.RUN, Column.VALIDATION), false, false));

  private final List<SlotStatus> slots;
  private final List<String> axes;
  private final int columns;
  private final Terminal screen;
  private final Form form;

  private SlotTable(List<SlotStatus> slots, List<String> axes, int columns, Terminal screen) {
    this.slots = slots;
    this.axes = axes;
    this.columns = columns;
    this.screen = screen;
    this.form = FORMS.stream().filter(this::hasRoom).findFirst().orElseGet(() -> FORMS.getLast());
  }

  /**
   * The lines, a title first where there is room for one.
   *
   * @param idle slots without a run
   * @param rows that there are
   */
  static List<String> lines(SweepStatus status, int idle, int columns, int rows, Terminal screen) {
    List<SlotStatus> all = status.slots();
    boolean titled = rows > 2 && !all.isEmpty();
    boolean idleShown = idle > 0 && !all.isEmpty() && rows > 2;
    int room = Math.max(0, rows - (titled ? 1 : 0) - (idleShown ? 1 : 0));
    int shown = all.size() <= room ? all.size() : Math.max(0, room - 1);
    SlotTable table = new SlotTable(all.subList(0, shown), status.axes(), columns, screen);
    List<String> lines = new ArrayList<>(table.lines(titled));
    if (shown < all.size() && room > 0) {
      lines.add(
          table.faint(
              (screen.unicode() ? "… and " : "... and ")
                  + Texts.count(all.size() - shown)
                  + " more"));
    }
    if (idleShown) {
      lines.add(
          table.faint(
              Texts.count(idle)
                  + (idle == 1 ? " slot is idle" : " slots are idle")
                  + (status.waiting() == 0 ? ": no run is left to begin" : "")));
    }
    return lines;
  }

  private String faint(String text) {
    return new ColumnLine(columns, screen).add(text, Tint.FAINT).toString();
  }

  private List<String> lines(boolean titled) {
    int room = Math.max(0, labelRoom(form));
    List<List<String>> values = slots.stream().map(SlotStatus::values).toList();
    List<String> labels = AxisLabels.fitting(axes, values, room, screen.unicode());
    int labelWidth = labels.stream().mapToInt(ColumnLine::length).max().orElse(0);
    List<String> lines = new ArrayList<>();
    if (titled) {
      ColumnLine line = new ColumnLine(columns, screen);
      form.columns().forEach(column -> put(line, column, column.title, labelWidth, Tint.FAINT));
      lines.add(line.toString());
    }
    for (int i = 0; i < slots.size(); i++) {
      SlotStatus slot = slots.get(i);
      ColumnLine line = new ColumnLine(columns, screen);
      for (Column column : form.columns()) {
        String text = column == Column.LABEL ? labels.get(i) : cell(column, slot);
        put(line, column, text, labelWidth, tint(column, slot));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private void put(ColumnLine line, Column column, String text, int labelWidth, Tint tint) {
    int width = column == Column.LABEL ? labelWidth : width(column, form);
    if (line.used() > 0) {
      line.add(GAP);
    }
    int end = line.used() + width;
    if (!column.left()) {
      line.to(end - ColumnLine.length(text));
    }
    line.add(text, tint).to(end);
  }

  private String cell(Column column, SlotStatus slot) {
    return switch (column) {
      case SLOT -> Integer.toString(slot.slot());
      case RUN -> Integer.toString(slot.run());
      case LABEL -> String.join(" ", slot.values());
      case STEP ->
          Texts.count(slot.step()) + (form.lastStep() ? "/" + Texts.count(slot.last()) : "");
      case TRAIN -> Texts.percent(slot.trainAccuracy());
      case VALIDATION -> Texts.percent(slot.validationAccuracy());
      case EVENTS -> events(slot);
    };
  }

  private String events(SlotStatus slot) {
    String memorised = event("memorised ", slot.memorisedAt());
    String grokked = event("grokked ", slot.grokkedAt());
    if (memorised.isEmpty() || grokked.isEmpty()) {
      return memorised + grokked;
    }
    return form.bothEvents() ? memorised + ", " + grokked : grokked;
  }

  private static String event(String name, OptionalLong step) {
    return step.isPresent() ? name + Texts.count(step.getAsLong()) : "";
  }

  private static Tint tint(Column column, SlotStatus slot) {
    return column == Column.EVENTS && slot.grokkedAt().isPresent() ? Tint.GREEN : Tint.NONE;
  }

  private boolean hasRoom(Form candidate) {
    if (!candidate.columns().contains(Column.LABEL)) {
      return fixedWidth(candidate) <= columns;
    }
    List<List<String>> values = slots.stream().map(SlotStatus::values).toList();
    int wanted = columns < WIDE_COLUMNS ? NARROW_LABEL : WIDE_LABEL;
    return labelRoom(candidate) >= Math.min(wanted, AxisLabels.fullLength(axes, values));
  }

  private int labelRoom(Form candidate) {
    return columns - fixedWidth(candidate);
  }

  private int fixedWidth(Form candidate) {
    int width = GAP.length() * (candidate.columns().size() - 1);
    for (Column column : candidate.columns()) {
      width += column == Column.LABEL ? 0 : width(column, candidate);
    }
    return width;
  }

  /** The same while the slots' runs go on, so that columns stay where they are. */
  private int width(Column column, Form candidate) {
    int step = slots.stream().mapToInt(slot -> Texts.count(slot.last()).length()).max().orElse(1);
    int content =
        switch (column) {
          case SLOT -> slots.isEmpty() ? 1 : Integer.toString(slots.getLast().slot()).length();
          case RUN ->
              slots.stream()
                  .mapToInt(slot -> Integer.toString(slot.run()).length())
                  .max()
                  .orElse(1);
          case LABEL -> 0;
          case STEP -> candidate.lastStep() ? 2 * step + 1 : step;
          case TRAIN, VALIDATION -> Texts.percent(1).length();
          case EVENTS ->
              "memorised ".length()
                  + step
                  + (candidate.bothEvents() ? ", grokked ".length() + step : 0);
        };
    return Math.max(content, column.title.length());
  }
}
