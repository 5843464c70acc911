package longrun.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import longrun.sweep.Sweep;
import org.junit.jupiter.api.Test;

/** The pieces that the drawings of a sweep are made of. */
class SweepDrawingTest {
  private static List<String> labels(List<Ticks.Tick> ticks) {
    return ticks.stream().map(Ticks.Tick::label).toList();
  }

  @Test
  void ticksAreRoundNumbers() {
    assertEquals(
        List.of("0", "0.2", "0.4", "0.6", "0.8", "1"), labels(Ticks.linear(-0.04, 1.04, 6)));
    assertEquals(List.of("100", "1,000", "10,000"), labels(Ticks.logarithmic(45, 25_000)));
    assertEquals(
        List.of("1,000", "2,000", "5,000", "10,000"), labels(Ticks.logarithmic(900, 11_000)));
    assertEquals(List.of("1E-6", "1E-4", "0.01", "1", "100"), labels(Ticks.logarithmic(1e-7, 100)));
    assertEquals(List.of("2E-5", "5E-5"), labels(Ticks.logarithmic(1.5e-5, 9e-5)));
    assertTrue(Ticks.logarithmic(1e-300, 1e300).size() <= 9);
  }

  @Test
  void aCurveHasGapsWhereItHasNoValue() {
    Svg svg = new Svg(10, "<a>");
    svg.curve(
        "c",
        new double[] {0, 1, 2, 3, 4.04, 5},
        new double[] {1, 2, Double.NaN, 7.25, Double.NaN, 0});
    String text = svg.toString();
    assertTrue(text.contains("d=\"M0 1l1 1M3 7.3h0M5 0h0\""), text);
    assertTrue(text.contains("aria-label=\"&lt;a&gt;\""), text);
  }

  @Test
  void smallStepsDoNotAddUpToErrors() {
    double[] x = IntStream.range(0, 1000).mapToDouble(i -> i * 0.333).toArray();
    double[] y = IntStream.range(0, 1000).mapToDouble(i -> 100 - i * 0.017).toArray();
    Svg svg = new Svg(10, "");
    svg.curve("", x, y);
    String path = svg.toString();
    path = path.substring(path.indexOf("d=\"M") + 4, path.indexOf("\"/>"));
    double endX = 0;
    double endY = 0;
    boolean first = true;
    for (String part : path.split("l", -1)) {
      String[] pair = part.trim().replaceAll("(?<=.)-", " -").split(" +", -1);
      endX += Double.parseDouble(pair[0]);
      endY = first ? Double.parseDouble(pair[1]) : endY + Double.parseDouble(pair[1]);
      first = false;
    }
    assertEquals(x[999], endX, 0.051);
    assertEquals(y[999], endY, 0.051);
  }

  @Test
  void someOfManyRunsAreEvenlySpreadAndAlwaysTheSame() {
    List<Integer> runs = IntStream.range(0, 1000).boxed().toList();
    List<Integer> picked = Spread.pick(runs, 80, run -> run / 100);
    assertEquals(80, picked.size());
    assertEquals(picked, picked.stream().sorted().distinct().toList());
    for (int group = 0; group < 10; group++) {
      int each = group;
      assertEquals(8, picked.stream().filter(run -> run / 100 == each).count());
    }
    long lastDigits = picked.stream().map(run -> run % 10).distinct().count();
    assertTrue(lastDigits >= 8, "a seed is missing: " + picked);
    assertEquals(picked, Spread.pick(runs, 80, run -> run / 100));
    assertEquals(runs, Spread.pick(runs, 1000, _ -> 0));
    assertEquals(
        12, Spread.pick(runs, 12, run -> run == 0 ? 1 : 0).size(), "a group that is too small");
  }

  @Test
  void bandsAreQuartilesOfWhatThereIs() {
    float nan = Float.NaN;
    Band band =
        Band.of(
            List.of(
                new float[] {1, nan, nan},
                new float[] {2, 5, nan},
                new float[] {3, 7, nan},
                new float[] {4, nan, nan},
                new float[] {5, nan, nan}),
            3);
    assertArrayEquals(new double[] {2, 5.5, Double.NaN}, band.lower());
    assertArrayEquals(new double[] {3, 6, Double.NaN}, band.median());
    assertArrayEquals(new double[] {4, 6.5, Double.NaN}, band.upper());
  }

  @Test
  void numbersStandInOrderAndWordsAsTheyAreWritten() {
    Sweep sweep =
        SweepFolders.sweep(
            """
            task: {kind: modular, modulus: 5, train_fraction: 0.7}
            model: {kind: mlp, hidden: [16]}
            sweep:
              optimizer.weight_decay: [1.0, 1e-1, 10]
              training.batch_size: [full, 5]
              training.steps: [60]
              training.seed: {from: 3, count: 2}
            """);
    List<ShownAxis> axes = ShownAxis.of(sweep);
    assertEquals(
        List.of("weight_decay", "batch_size", "seed"),
        axes.stream().map(ShownAxis::column).toList(),
        "an axis of one value makes no difference");
    assertEquals(List.of("1e-1", "1", "10"), axes.get(0).labels());
    assertTrue(axes.get(0).numeric());
    assertEquals(List.of("full", "5"), axes.get(1).labels());
    assertFalse(axes.get(1).numeric());
    assertTrue(axes.get(2).isSeed());
    for (int run = 0; run < sweep.count(); run++) {
      List<String> values = sweep.values(run);
      double weightDecay = Double.parseDouble(values.get(0));
      assertEquals(
          weightDecay,
          Double.parseDouble(axes.get(0).labels().get(axes.get(0).rank(run))),
          "run " + run);
      assertEquals(values.get(1), axes.get(1).labels().get(axes.get(1).rank(run)));
      assertEquals(values.get(3), axes.get(2).labels().get(axes.get(2).rank(run)));
    }
    assertEquals("weight_decay", ShownAxis.toCompare(axes).orElseThrow().column());
  }

  @Test
  void longFractionsAreRoundedUnlessThatMakesThemEqual() {
    assertEquals(
        List.of("0.01", "0.03162", "0.1"), axis("{log_range: [1e-2, 1e-1], points: 3}").labels());
    assertEquals(List.of("0.100001", "0.100002"), axis("[0.100001, 0.100002]").labels());
  }

  private static ShownAxis axis(String values) {
    return ShownAxis.of(
            SweepFolders.sweep(
                "task: {kind: modular, modulus: 5}\nsweep:\n  optimizer.weight_decay: "
                    + values
                    + "\n"))
        .getFirst();
  }

  @Test
  void colorsDifferAndTextOnThemCanBeRead() {
    assertEquals("#440154", Palette.hex(Palette.viridis(0)));
    assertEquals("#fde725", Palette.hex(Palette.viridis(1)));
    assertEquals("#fff", Palette.textOn(Palette.viridis(0)));
    assertEquals("#000", Palette.textOn(Palette.viridis(1)));
    for (int values : new int[] {2, 7, 8, 40}) {
      for (boolean ordered : new boolean[] {true, false}) {
        List<String> rules =
            Palette.css(values, ordered)
                .lines()
                .findFirst()
                .orElseThrow()
                .transform(line -> List.of(line.split("(?<=})(?=.)", -1)));
        assertEquals(values, rules.size());
        assertEquals(
            values,
            rules.stream().map(rule -> rule.substring(rule.indexOf('{'))).distinct().count());
      }
    }
    assertNotEquals(Palette.css(3, true), Palette.css(3, false));
  }

  @Test
  void longLabelsAreCutBetweenCharacters() {
    assertEquals("01234567890123456789", ShownAxis.shortened("01234567890123456789"));
    assertEquals("0123456789012345678…", ShownAxis.shortened("012345678901234567890"));
    assertEquals("😀".repeat(19) + "…", ShownAxis.shortened("😀".repeat(21)));
    assertEquals("😀".repeat(15), ShownAxis.shortened("😀".repeat(15)));
  }
}
