package longrun.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import longrun.config.ConfigException;
import longrun.config.ConfigReader;
import longrun.config.ModularOperation;
import longrun.config.RunConfig;
import longrun.config.SequenceFormat;
import longrun.config.TaskConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SplitsTest {
  @TempDir Path folder;

  private static TaskConfig task(int p, double fraction, long seed, double noise) {
    return new TaskConfig.Modular(
        ModularOperation.ADD, p, SequenceFormat.A_B_EQUALS, fraction, seed, noise);
  }

  private static Split split(int p, double fraction, long seed) {
    TaskConfig task = task(p, fraction, seed, 0);
    return Splits.of(task, Datasets.of(task));
  }

  @Test
  void theTwoPartsAreAscendingDisjointAndTogetherAll() {
    for (long seed : new long[] {0, 1, -1, Long.MAX_VALUE}) {
      Split split = split(31, 0.37, seed);
      assertEquals(355, split.train().length);
      int[] all =
          IntStream.concat(Arrays.stream(split.train()), Arrays.stream(split.validation()))
              .sorted()
              .toArray();
      assertArrayEquals(IntStream.range(0, 961).toArray(), all);
      for (int[] part : List.of(split.train(), split.validation())) {
        int[] sorted = part.clone();
        Arrays.sort(sorted);
        assertArrayEquals(sorted, part);
      }
    }
  }

  @Test
  void publishedSizes() {
    Split split = split(113, 0.3, 0);
    assertEquals(3_830, split.train().length);
    assertEquals(8_939, split.validation().length);
  }

  @ParameterizedTest
  @CsvSource({
    "0.29, 100, 29",
    "0.57, 100, 57",
    "0.58, 100, 58",
    "1.15e-2, 10000, 115",
    "0.3, 12769, 3830",
    "1, 7, 7",
    "0.999999, 10, 9",
    "1e-9, 1000000, 0",
    "0.7, 10, 7"
  })
  void floorsAreThoseOfTheDecimalAsWritten(double share, int count, int expected) {
    assertEquals(expected, Splits.floorOfShare(share, count));
  }

  @Test
  void theSeedDecidesAndNothingElse() {
    assertArrayEquals(split(31, 0.5, 7).train(), split(31, 0.5, 7).train());
    assertFalse(Arrays.equals(split(31, 0.5, 7).train(), split(31, 0.5, 8).train()));
    int[] small = split(31, 0.2, 7).train();
    int[] large = split(31, 0.5, 7).train();
    for (int example : small) {
      assertTrue(Arrays.binarySearch(large, example) >= 0, "a larger fraction only adds");
    }
  }

  @Test
  void everyExampleIsAboutEquallyLikely() {
    int[] counts = new int[49];
    int seeds = 2000;
    for (int seed = 0; seed < seeds; seed++) {
      for (int example : split(7, 0.5, seed).train()) {
        counts[example]++;
      }
    }
    // 24 of 49 train: 980 expected, standard deviation 22.
    for (int count : counts) {
      assertTrue(Math.abs(count - 980) < 5 * 22, Arrays.toString(counts));
    }
  }

  @Test
  void everythingMayTrain() {
    Split split = split(5, 1.0, 0);
    assertEquals(25, split.train().length);
    assertEquals(0, split.validation().length);
  }

  @Test
  void aFractionThatLeavesNothingIsRefused() {
    ConfigException e = assertThrows(ConfigException.class, () -> split(5, 0.039, 0));
    assertEquals(
        "task.train_fraction: 0.039 of 25 examples leaves none to train on; allowed: at least"
            + " 0.040000",
        e.getMessage());
    assertEquals(1, split(5, 0.04, 0).train().length);
  }

  @Test
  void aListFixesTheSplit() throws IOException {
    Dataset dataset = Datasets.of(task(3, 0.5, 0, 0));
    Path file = folder.resolve("indices.txt");
    Files.writeString(file, "# the training set\n\n 8\n3 # three\r\n0\n");
    Split split = Splits.readIndices(file, dataset);
    assertArrayEquals(new int[] {0, 3, 8}, split.train());
    assertArrayEquals(new int[] {1, 2, 4, 5, 6, 7}, split.validation());
  }

  @Test
  void goldenListsAreRead() {
    Dataset dataset = Datasets.of(task(13, 0.4, 0, 0));
    Split split =
        Splits.readIndices(
            Path.of("src/test/resources/golden/one_layer_no_norm/train_indices.txt"), dataset);
    assertEquals(67, split.train().length);
    assertEquals(169 - 67, split.validation().length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1\\n"
            + "2\\n"
            + "9       | :3: | \"9\" is not an example number; allowed: a whole number from 0 to 8",
        "-1              | :1: | \"-1\" is not an example number",
        "0\\n\\n1.0      | :3: | \"1.0\" is not an example number",
        "0 1             | :1: | \"0 1\" is not an example number",
        "99999999999999999999 | :1: | is not an example number",
        "4\\n# x\\n4     | :3: | example 4 was listed before, on line 1",
        "# nothing       | :1: | lists no example",
      })
  void aBrokenListIsRefusedWithItsLine(String text, String line, String part) throws IOException {
    Dataset dataset = Datasets.of(task(3, 0.5, 0, 0));
    Path file = Files.writeString(folder.resolve("broken.txt"), text.replace("\\n", "\n"));
    String message =
        assertThrows(ConfigException.class, () -> Splits.readIndices(file, dataset)).getMessage();
    assertTrue(message.startsWith(file + line), message);
    assertTrue(message.contains(part), message);
  }

  @Test
  void aMissingListIsRefused() {
    Dataset dataset = Datasets.of(task(3, 0.5, 0, 0));
    Path file = folder.resolve("missing.txt");
    String message =
        assertThrows(ConfigException.class, () -> Splits.readIndices(file, dataset)).getMessage();
    assertEquals(file + ": there is no such file", message);
  }

  @Test
  void indicesAreChecked() {
    Dataset dataset = Datasets.of(task(3, 0.5, 0, 0));
    for (int[] indices : List.of(new int[] {9}, new int[] {-1}, new int[] {1, 1}, new int[0])) {
      assertThrows(IllegalArgumentException.class, () -> Splits.fromIndices(indices, dataset));
    }
  }

  @Test
  void withoutNoiseLabelsAreTheAnswers() {
    TaskConfig task = task(31, 0.5, 3, 0);
    Dataset dataset = Datasets.of(task);
    assertArrayEquals(dataset.answers(), Labels.of(task, dataset, Splits.of(task, dataset)));
  }

  @Test
  void noiseChangesItsShareOfTheTrainingAnswersOnly() {
    TaskConfig task = task(31, 0.5, 3, 0.25);
    Dataset dataset = Datasets.of(task);
    Split split = Splits.of(task, dataset);
    int[] labels = Labels.of(task, dataset, split);
    int changed = 0;
    for (int example : split.train()) {
      changed += labels[example] == dataset.answer(example) ? 0 : 1;
      assertTrue(labels[example] >= 0 && labels[example] < 31);
    }
    // 120 of 480 are drawn anew; about 120/31 = 4 of them draw the true answer.
    assertTrue(changed <= 120 && changed >= 105, "changed=" + changed);
    for (int example : split.validation()) {
      assertEquals(dataset.answer(example), labels[example]);
    }
    assertArrayEquals(labels, Labels.of(task, dataset, split), "a function of the seed");
    TaskConfig otherSeed = task(31, 0.5, 4, 0.25);
    assertFalse(Arrays.equals(labels, Labels.of(otherSeed, dataset, split)));
  }

  @Test
  void fullNoiseIsUniform() {
    TaskConfig task = task(97, 1.0, 5, 1.0);
    Dataset dataset = Datasets.of(task);
    int[] labels = Labels.of(task, dataset, Splits.of(task, dataset));
    int[] counts = new int[97];
    int right = 0;
    for (int example = 0; example < labels.length; example++) {
      counts[labels[example]]++;
      right += labels[example] == dataset.answer(example) ? 1 : 0;
    }
    // 97 expected in each, standard deviation about 10.
    for (int count : counts) {
      assertTrue(Math.abs(count - 97) < 50, Arrays.toString(counts));
    }
    assertTrue(Math.abs(right - 97) < 50, "right=" + right);
  }

  @Test
  void aBatchLargerThanTheTrainingSetIsRefused() {
    RunConfig config =
        ConfigReader.parse("{}", "test", List.of("task.modulus=5", "training.batch_size=8"));
    Dataset dataset = Datasets.of(config.task());
    Split split = Splits.of(config.task(), dataset);
    assertEquals(7, split.train().length);
    assertEquals(
        "training.batch_size: 8 is more than the 7 training examples; allowed: full or up to 7",
        assertThrows(ConfigException.class, () -> RunChecks.check(config, split)).getMessage());
    RunChecks.check(ConfigReader.override(config, List.of("training.batch_size=7")), split);
    RunChecks.check(ConfigReader.override(config, List.of("training.batch_size=full")), split);
  }
}
