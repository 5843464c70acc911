package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;
import longrun.sweep.Shard;
import longrun.sweep.SweepStart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SweepScreenTest {
  private static final Terminal UNICODE =
      new Terminal(Optional.of(Path.of("/dev/null")), true, false);
  private static final Terminal ASCII =
      new Terminal(Optional.of(Path.of("/dev/null")), false, false);
  private static final Terminal COLOURS =
      new Terminal(Optional.of(Path.of("/dev/null")), true, true);

  private static final List<String> AXES = List.of("train_fraction", "learning_rate", "seed");
  private static final List<String> LONG_AXES =
      List.of("train_fraction", "a_name_that_goes_on_and_on_and_on", "grokfast_ema");

  @Test
  void aCommonTerminal() {
    assertEquals(
        """

        runs/fractions · 3 slots · 2 cohorts · cpu: 1 thread, 512-bit vectors, fp32
        │█████████▍                                        │  18%
        12 of 64 runs ended · 3 running · 49 waiting · 0 failed
        about 41 min 3 s left · at most 1 h 3 min · 1,234 run-steps/s
        12 min 3 s elapsed

        slot  run                               step   train     val
           0   10  tf=0.3 lr=1e-3 s=0       0/40,000       -       -
           1   11  tf=0.3 lr=1e-3 s=1   1,000/40,000  100.0%   21.0%  memorised 310
           2   12  tf=0.3 lr=1e-3 s=2   2,000/40,000  100.0%   22.0%  grokked 2,160
        """,
        draw(status(3, AXES), 80, 24, UNICODE));
  }

  @Test
  void aWideTerminal() {
    List<String> lines = lines(status(3, AXES), 200, 24, UNICODE);
    assertEquals(
        "│█████████▍                                        │  18%"
            + "  12 of 64 runs ended · 3 running · 49 waiting · 0 failed",
        lines.get(2));
    assertEquals(
        "   2   12  train_fraction=0.3 learning_rate=1e-3 seed=2   2,000/40,000  100.0%   22.0%"
            + "  memorised 310, grokked 2,160",
        lines.getLast());
  }

  @Test
  void aSmallTerminal() {
    assertEquals(
        """
        runs/fractions · 64 slots · 2 cohorts
        │█████████▊                      │  30%
        12 of 125 runs ended · 64 running
        about 41 min 3 s left · 1,234 steps/s
        """
            .lines()
            .toList(),
        draw(status(64, AXES), 40, 8, UNICODE).lines().limit(4).toList());
  }

  @ParameterizedTest
  @MethodSource("screens")
  void itFitsAndSaysWhatMatters(int columns, int rows, int slots, List<String> axes) {
    SweepStatus status = status(slots, axes);
    for (Terminal screen : List.of(UNICODE, ASCII, COLOURS)) {
      List<String> lines = lines(status, columns, rows, screen);
      assertFits(lines, columns, rows);
      String all = plain(String.join("\n", lines));
      assertTrue(all.contains("runs/fractions"), all);
      assertTrue(all.contains("12 of " + (slots + 61) + " runs ended"), all);
      assertTrue(all.contains(slots + " running"), all);
      assertTrue(all.contains("about 41 min 3 s left"), all);
      long shown = lines.stream().map(SweepScreenTest::plain).filter(l -> isSlot(l)).count();
      if (shown < slots) {
        assertTrue(all.contains(" and " + (slots - shown) + " more"), all);
        assertEquals(rows - 1, lines.size(), all);
      }
      assertTrue(shown > 0, all);
    }
  }

  static Stream<Arguments> screens() {
    List<Arguments> screens = new ArrayList<>();
    for (int columns : new int[] {40, 80, 200}) {
      for (int rows : new int[] {8, 24, 60}) {
        for (int slots : new int[] {1, 3, 64}) {
          screens.add(Arguments.of(columns, rows, slots, AXES));
          screens.add(Arguments.of(columns, rows, slots, LONG_AXES));
        }
      }
    }
    return screens.stream();
  }

  @Test
  void itFitsIntoAnyWindow() {
    for (int columns = 1; columns < 130; columns++) {
      for (int rows = 1; rows < 30; rows++) {
        assertFits(lines(status(5, LONG_AXES), columns, rows, UNICODE), columns, rows);
        assertFits(lines(status(5, AXES), columns, rows, ASCII), columns, rows);
      }
    }
  }

  @Test
  void withoutUnicodeItIsAscii() {
    String all = draw(status(64, LONG_AXES), 60, 20, ASCII);
    assertTrue(StandardCharsets.US_ASCII.newEncoder().canEncode(all), all);
    assertTrue(all.contains("[===============>"), all);
    assertTrue(all.contains("... and "), all);
  }

  @Test
  void coloursAreThereOnlyWhereTheyAreWanted() {
    SweepStatus status = status(3, AXES, 9, 2, 64);
    assertFalse(draw(status, 80, 24, UNICODE).contains("\u001b"));
    String coloured = draw(status, 80, 24, COLOURS);
    assertTrue(coloured.contains("\u001b[31m2 failed\u001b[0m"), coloured);
    assertTrue(coloured.contains("\u001b[32mgrokked 2,160\u001b[0m"), coloured);
    assertEquals(draw(status, 80, 24, UNICODE), plain(coloured));
  }

  @Test
  void nothingIsLeftToDo() {
    SweepStatus status = status(0, AXES, 63, 1, 64);
    String all = draw(status, 80, 24, UNICODE);
    assertTrue(all.contains("63 of 64 runs ended · 1 failed · 0 running · 0 waiting"), all);
    assertTrue(all.contains("100%"), all);
    assertFalse(all.contains("slot  run"), all);
  }

  @Test
  void onlyWhatIsDoneReadsHundredPercent() {
    String all = draw(status(0, AXES, 9_999_999, 0, 10_000_000), 80, 24, UNICODE);
    assertTrue(all.contains("  99%"), all);
    assertTrue(all.contains("9,999,999 of 10,000,000 runs ended"), all);
    String none = draw(status(0, AXES, 0, 0, 0), 80, 24, UNICODE);
    assertTrue(none.contains(" 100%"), none);
    assertTrue(none.contains("0 of 0 runs ended"), none);
  }

  @Test
  void emptySlotsAreCounted() {
    SweepStatus three = status(3, AXES, 61, 0, 64);
    SweepStatus status = withStart(three, 5, Shard.WHOLE);
    assertEquals(
        "2 slots are idle: no run is left to begin", lines(status, 80, 24, UNICODE).getLast());
    assertEquals(
        "1 slot is idle",
        lines(withStart(status(3, AXES), 4, Shard.WHOLE), 80, 24, UNICODE).getLast());
  }

  @Test
  void aShardIsNamed() {
    String all = draw(withStart(status(3, AXES), 3, new Shard(3, 8)), 80, 24, UNICODE);
    assertTrue(all.contains("runs/fractions · shard 3/8 · 3 slots"), all);
  }

  @Test
  void aSweepThatStopsSaysSo() {
    SweepStatus s = status(3, AXES);
    SweepStatus stopping =
        new SweepStatus(
            s.folder(),
            s.start(),
            s.axes(),
            12,
            0,
            0,
            true,
            1234,
            723,
            s.secondsLeft(),
            s.secondsLeftAtMost(),
            s.slots());
    String all = draw(stopping, 80, 24, UNICODE);
    assertTrue(all.contains("stopping · 1,234 run-steps/s"), all);
    assertFalse(all.contains("left"), all);
  }

  @Test
  void withoutAnExpectationThereIsOnlyTheLongestTime() {
    SweepStatus s = status(3, AXES);
    SweepStatus early =
        new SweepStatus(
            s.folder(),
            s.start(),
            s.axes(),
            12,
            0,
            0,
            false,
            1234,
            723,
            OptionalDouble.empty(),
            s.secondsLeftAtMost(),
            s.slots());
    String all = draw(early, 80, 24, UNICODE);
    assertTrue(all.contains("at most 1 h 3 min left · 1,234 run-steps/s"), all);
  }

  @Test
  void whatATerminalWouldObeyIsNotSentToIt() {
    SweepStatus s = status(1, AXES);
    SlotStatus evil = slot(0, List.of("\u001b[2J", "a\nb", "7"));
    SweepStatus status =
        new SweepStatus(
            Path.of("runs/\u001b[31m"),
            s.start(),
            AXES,
            0,
            0,
            0,
            false,
            1,
            1,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            List.of(evil));
    lines(status, 80, 24, UNICODE)
        .forEach(line -> assertTrue(line.chars().noneMatch(Character::isISOControl), line));
  }

  private static boolean isSlot(String line) {
    return line.matches(" *[0-9]+ .*(-|%)( +(memorised|grokked) .*)?");
  }

  private static void assertFits(List<String> lines, int columns, int rows) {
    String where = columns + " x " + rows + ":\n" + String.join("\n", lines);
    assertTrue(!lines.isEmpty() && lines.size() <= Math.max(1, rows - 1), where);
    for (String line : lines) {
      String plain = plain(line);
      assertTrue(plain.codePointCount(0, plain.length()) <= Math.max(1, columns - 1), where);
    }
  }

  private static String plain(String text) {
    return text.replaceAll("\u001b\\[[0-9]*m", "");
  }

  private static List<String> lines(SweepStatus status, int columns, int rows, Terminal screen) {
    return SweepScreen.lines(status, new Terminal.Size(columns, rows), screen);
  }

  private static String draw(SweepStatus status, int columns, int rows, Terminal screen) {
    return String.join("\n", lines(status, columns, rows, screen)) + "\n";
  }

  private static SweepStatus status(int slots, List<String> axes) {
    return status(slots, axes, 12, 0, slots + 61);
  }

  private static SweepStatus status(int slots, List<String> axes, int ended, int failed, int runs) {
    List<SlotStatus> shown = new ArrayList<>();
    for (int slot = 0; slot < slots; slot++) {
      shown.add(slot(slot, List.of("0.3", "1e-3", Integer.toString(slot))));
    }
    return new SweepStatus(
        Path.of("runs/fractions"),
        start(slots, Shard.WHOLE, runs),
        axes,
        ended,
        failed,
        0,
        false,
        1234,
        723,
        OptionalDouble.of(2463),
        OptionalDouble.of(3780),
        shown);
  }

  private static SlotStatus slot(int slot, List<String> values) {
    return new SlotStatus(
        slot,
        10 + slot,
        values,
        1_000L * slot % 40_000,
        40_000,
        slot == 0 ? Double.NaN : 1,
        slot == 0 ? Double.NaN : 0.2 + 0.01 * slot,
        slot == 0 ? OptionalLong.empty() : OptionalLong.of(310),
        slot < 2 ? OptionalLong.empty() : OptionalLong.of(2_160));
  }

  private static SweepStart start(int slots, Shard shard, int runs) {
    return new SweepStart(
        Path.of("/data/runs/fractions"),
        shard,
        "cpu: 1 thread, 512-bit vectors, fp32",
        slots,
        2,
        runs,
        3);
  }

  private static SweepStatus withStart(SweepStatus s, int slots, Shard shard) {
    return new SweepStatus(
        s.folder(),
        start(slots, shard, s.start().runs()),
        s.axes(),
        s.ended(),
        s.failed(),
        s.ending(),
        s.stopping(),
        s.stepsPerSecond(),
        s.elapsedSeconds(),
        s.secondsLeft(),
        s.secondsLeftAtMost(),
        s.slots());
  }
}
