package longrun.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.sweep.Sweep;
import longrun.task.Dataset;
import longrun.task.Datasets;
import longrun.task.RunChecks;
import longrun.task.Split;
import longrun.task.Splits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file under configs/ says what it is for, can be read, and describes a run that exists. */
class ConfigFilesTest {
  private static final Path CONFIGS = Path.of("configs");
  private static final Pattern SET = Pattern.compile("--set ('[^']+'|\\S+)");

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(CONFIGS)) {
      return files.sorted().toList();
    }
  }

  @Test
  void thereIsOneForEverySetUp() throws IOException {
    Set<String> names =
        files().stream().map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    for (String name :
        List.of(
            "quickstart",
            "power-2022",
            "nanda-2023",
            "mamay",
            "grokfast",
            "prieto-2025",
            "gromov")) {
      assertTrue(names.contains(name + ".yaml"), name);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void aHeaderSaysPurposeCommandExpectedResultAndTime(Path file) throws IOException {
    List<String> header = header(file);
    for (String field : List.of("Purpose", "Command", "Expected", "Time")) {
      assertEquals(
          1,
          header.stream().filter(line -> line.matches("# " + field + ": +\\S.*")).count(),
          file + " needs one line that begins \"# " + field + ":\"");
    }
    assertTrue(
        header.stream()
            .anyMatch(
                line ->
                    line.matches(
                        "# Command: +\\./longrun (train|sweep) "
                            + CONFIGS
                            + "/"
                            + file.getFileName())),
        file + " needs its own command");
  }

  @ParameterizedTest
  @MethodSource("files")
  void itsRunCanBeBuiltAlsoWithTheOverridesOfTheHeader(Path file) throws IOException {
    buildAll(file, List.of());
    String header =
        header(file).stream()
            .map(line -> line.replaceFirst("^# *", ""))
            .collect(Collectors.joining(" "));
    Matcher matcher = SET.matcher(header);
    while (matcher.find()) {
      buildAll(file, List.of(matcher.group(1).replace("'", "")));
    }
  }

  /** A run, or every run of a sweep. */
  private static void buildAll(Path file, List<String> overrides) throws IOException {
    boolean sweeps = Files.readAllLines(file).contains("sweep:");
    if (!sweeps) {
      build(ConfigReader.read(file, overrides));
      return;
    }
    Sweep sweep = Sweep.of(ConfigReader.readSweep(file, overrides));
    assertTrue(sweep.count() > 1);
    for (int run = 0; run < sweep.count(); run++) {
      build(sweep.config(run));
    }
  }

  private static void build(RunConfig config) {
    Dataset dataset = Datasets.of(config.task());
    Split split = Splits.of(config.task(), dataset);
    RunChecks.check(config, split);
    assertTrue(Model.of(config.model(), dataset).elements() > 0);
    assertTrue(split.validation().length > 0);
    assertTrue(config.stop().isPresent(), "a run of configs/ ends by itself");
  }

  /** Sizes as published; embeddings, blocks and unembedding added up by hand. */
  @ParameterizedTest
  @CsvSource({
    "nanda-2023, 3830, 8939, 226816",
    "power-2022, 4656, 4656, 419584",
    "gromov, 4704, 4705, 145500",
    "prieto-2025, 5107, 7662, 107800"
  })
  void sizesAreThoseOfThePublishedSetUp(
      String name, int trainExamples, int validationExamples, long parameters) {
    RunConfig config = ConfigReader.read(CONFIGS.resolve(name + ".yaml"), List.of());
    Dataset dataset = Datasets.of(config.task());
    Split split = Splits.of(config.task(), dataset);
    assertEquals(trainExamples, split.train().length);
    assertEquals(validationExamples, split.validation().length);
    assertEquals(parameters, Model.of(config.model(), dataset).elements());
  }

  private static List<String> header(Path file) throws IOException {
    return Files.readAllLines(file).stream().takeWhile(line -> line.startsWith("#")).toList();
  }
}
