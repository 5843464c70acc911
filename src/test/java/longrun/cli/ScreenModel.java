package longrun.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * A terminal in memory, which knows the control sequences that the program uses and refuses others.
 * What scrolls off its top is kept.
 */
final class ScreenModel {
  private static final char ESCAPE = '\u001b';

  private final int columns;
  private final int rows;
  private final List<String> scrolledOff = new ArrayList<>();
  private final List<StringBuilder> lines = new ArrayList<>();
  private int row;
  private int column;
  private boolean wrapping = true;
  private boolean cursorShown = true;

  ScreenModel(int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
    for (int i = 0; i < rows; i++) {
      lines.add(new StringBuilder());
    }
  }

  void write(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\r' -> column = 0;
        case '\n' -> nextLine();
        case ESCAPE -> {
          int end = i + 2;
          while (!Character.isLetter(text.charAt(end))) {
            end++;
          }
          obey(text.substring(i + 2, end), text.charAt(end));
          i = end;
        }
        default -> put(c);
      }
    }
  }

  private void obey(String argument, char command) {
    int count = argument.matches("[0-9]+") ? Integer.parseInt(argument) : 1;
    switch (argument.startsWith("?") ? argument + command : String.valueOf(command)) {
      case "K" -> cut(row);
      case "J" -> {
        cut(row);
        for (int below = row + 1; below < rows; below++) {
          lines.get(below).setLength(0);
        }
      }
      case "A" -> row = Math.max(0, row - count);
      case "B" -> row = Math.min(rows - 1, row + count);
      case "m" -> {}
      case "?25l" -> cursorShown = false;
      case "?25h" -> cursorShown = true;
      case "?7l" -> wrapping = false;
      case "?7h" -> wrapping = true;
      default -> throw new IllegalArgumentException("ESC [" + argument + command);
    }
  }

  private void cut(int at) {
    lines.get(at).setLength(Math.min(lines.get(at).length(), column));
  }

  private void put(char c) {
    if (column == columns) {
      if (!wrapping) {
        column--;
      } else {
        column = 0;
        nextLine();
      }
    }
    StringBuilder line = lines.get(row);
    while (line.length() <= column) {
      line.append(' ');
    }
    line.setCharAt(column, c);
    column++;
  }

  private void nextLine() {
    if (row < rows - 1) {
      row++;
    } else {
      scrolledOff.add(lines.removeFirst().toString());
      lines.add(new StringBuilder());
    }
  }

  /** All that was written and not drawn over, without the blank rest of the screen. */
  List<String> text() {
    List<String> all = new ArrayList<>(scrolledOff);
    lines.forEach(line -> all.add(line.toString().stripTrailing()));
    while (!all.isEmpty() && all.getLast().isEmpty()) {
      all.removeLast();
    }
    return all;
  }

  /** The line in which the cursor is, among those of {@link #text}. */
  int cursorLine() {
    return scrolledOff.size() + row;
  }

  int cursorColumn() {
    return column;
  }

  boolean cursorShown() {
    return cursorShown;
  }

  boolean wrapping() {
    return wrapping;
  }
}
