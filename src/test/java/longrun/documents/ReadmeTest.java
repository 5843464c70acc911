package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import longrun.cli.Main;
import longrun.sweep.SweepColumns;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  private static final Path README = Path.of("README.md");
  private static final Path DISTRIBUTION_README = Path.of("src/dist/README.md");
  private static final List<Path> BENCH_READMES =
      List.of(
          Path.of("bench/README.md"),
          Path.of("bench/peers/README.md"),
          Path.of("bench/peers/libtorch/README.md"));

  @Test
  void theTableHoldsExactlyTheCommandsThatExist() throws IOException {
    assertEquals(
        commands(),
        new TreeSet<>(matches("(?m)^\\| `([a-z]+)[^`]*` \\|", Files.readString(README))));
  }

  @Test
  void theExitCodesAreTheProgramsOwn() throws IOException {
    String table = section("## Exit codes\n", Files.readString(README)).split("\n## ", -1)[0];
    assertEquals(
        matches("(?m)^  +(\\d+ +\\S.*)$", section("Exit codes:", help())).stream()
            .map(line -> line.replaceFirst(" +", " "))
            .toList(),
        matches("(?m)^\\| (\\d+ \\| .*) \\|$", table).stream()
            .map(line -> line.replaceFirst(" \\| ", " "))
            .toList());
  }

  @Test
  void theColumnsOfASweepAreTheProgramsOwn() throws IOException {
    String section =
        section("## Sweeps: results\n", Files.readString(README)).split("\n## ", -1)[0];
    for (String file : List.of("results", "curves")) {
      List<String> columns = new ArrayList<>(List.of(SweepColumns.RUN, "*the axes*"));
      columns.addAll(
          file.equals("results")
              ? SweepColumns.RESULTS_AFTER_AXES
              : SweepColumns.CURVES_AFTER_AXES);
      assertEquals(
          columns,
          matches("(?m)^\\| (\\S+|\\*the axes\\*) \\| (?:both|" + file + ") \\|", section));
    }
  }

  @Test
  void everyCommandLineIsReal() throws IOException {
    List<String> lines = commandLines(Files.readString(README));
    assertTrue(lines.size() >= 8, () -> "too few command lines found: " + lines);
    List<String> distribution = commandLines(Files.readString(DISTRIBUTION_README));
    assertTrue(distribution.size() >= 2, () -> "too few command lines found: " + distribution);
    lines.addAll(distribution);
    for (Path document : BENCH_READMES) {
      List<String> bench = commandLines(Files.readString(document));
      assertTrue(bench.size() >= 3, () -> document + ": too few command lines found: " + bench);
      lines.addAll(bench);
    }
    List<String> mistakes = new ArrayList<>();
    for (String line : lines) {
      mistakes.addAll(mistakes(line));
    }
    assertEquals(List.of(), mistakes);
  }

  @Test
  void aWrongCommandLineIsCaught() {
    assertEquals(List.of(), mistakes("./longrun train configs/quickstart.yaml --quiet"));
    assertEquals(List.of("no command tarin"), mistakes("./longrun tarin configs/quickstart.yaml"));
    assertEquals(
        List.of("train has no option --sett"),
        mistakes("./longrun train configs/quickstart.yaml --sett x=1"));
    assertEquals(
        List.of("no file configs/none.yaml"), mistakes("./longrun train configs/none.yaml"));
    assertEquals(List.of("no file bench/walk"), mistakes("bench/walk FmaPeak"));
    assertEquals(
        List.of("no file bench/peers/torch.py"), mistakes("bench/peers/torch.py exported"));
    assertEquals(List.of("bench/scaling has no option --drow"), mistakes("bench/scaling --drow"));
    assertEquals(
        List.of("bench/export-experiment has no option --run"),
        mistakes("bench/export-experiment configs/nanda-2023.yaml exported --run 64"));
    assertEquals(List.of("bench/tables has no option --all"), mistakes("bench/tables --all"));
  }

  @Test
  void aWrongOptionOfAPythonProgramIsCaught() {
    assertEquals(
        List.of("bench/compare has no option --jason"),
        mistakes("bench/compare --only longrun --jason comparison.json"));
    assertEquals(
        List.of("bench/peers/pytorch_eager.py has no option --thread"),
        mistakes("bench/peers/pytorch_eager.py exported --thread 2"));
    assertEquals(List.of(), mistakes("mvn -Pdist package"));
    assertEquals(List.of("no profile dust"), mistakes("mvn -Pdust package"));
  }

  @Test
  void continuousIntegrationRunsTheFirstTwo() throws IOException {
    String script = Files.readString(Path.of(".ci/run"));
    List<String> lines = commandLines(Files.readString(README));
    assertTrue(script.contains("\n" + lines.get(0) + "\n"), lines.get(0));
    String tests = lines.get(1).replace("mvn ", "mvn -B ");
    assertTrue(script.lines().anyMatch(line -> line.matches(tests + "( -[PD]\\S+)*")), tests);
  }

  /** Lines of code blocks that start a program, without their comments. */
  private static List<String> commandLines(String text) {
    List<String> lines = new ArrayList<>();
    for (String block : matches("(?s)```\\n(.*?)```", text)) {
      block
          .lines()
          .filter(line -> line.matches("((\\.|\\.\\.)/longrun|mvn|bench/[\\w./-]+)( .*)?"))
          .filter(line -> !line.startsWith("bench/results/"))
          .map(line -> line.replaceFirst("\\s+#.*", "").replaceFirst("^\\.\\./", "./").strip())
          .forEach(lines::add);
    }
    return lines;
  }

  private static List<String> mistakes(String commandLine) {
    String[] words = commandLine.split(" +", -1);
    List<String> mistakes = new ArrayList<>();
    if (words[0].contains("/") && !Files.isExecutable(Path.of(words[0]))) {
      mistakes.add("no file " + words[0]);
    }
    if (words[0].equals("mvn")) {
      for (String profile : matches("-P(\\w+)", commandLine)) {
        if (!pom().contains("<id>" + profile + "</id>")) {
          mistakes.add("no profile " + profile);
        }
      }
    }
    if (words[0].startsWith("bench/") && mistakes.isEmpty()) {
      BenchOptions known = BenchOptions.of(Path.of(words[0]));
      for (String word : words) {
        if (word.startsWith("--") && !known.has(word)) {
          mistakes.add(words[0] + " has no option " + word);
        }
      }
    }
    for (String word : words) {
      if (word.startsWith("configs/") && !Files.exists(Path.of(word))) {
        mistakes.add("no file " + word);
      }
    }
    if (!words[0].equals("./longrun")) {
      return mistakes;
    }
    if (!commands().contains(words[1])) {
      mistakes.add("no command " + words[1]);
      return mistakes;
    }
    Set<String> options = Set.copyOf(matches("(--[a-z-]+)", help(words[1])));
    for (String word : words) {
      if (word.startsWith("--") && !options.contains(word)) {
        mistakes.add(words[1] + " has no option " + word);
      }
    }
    return mistakes;
  }

  private static String pom() {
    try {
      return Files.readString(Path.of("pom.xml"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> commands() {
    return new TreeSet<>(matches("(?m)^  ([a-z]+) {2,}[A-Z]", section("Commands:", help())));
  }

  private static String help(String... command) {
    String[] arguments =
        Stream.concat(Stream.of(command), Stream.of("--help")).toArray(String[]::new);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    PrintStream errors = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    assertEquals(0, Main.run(arguments, stream, errors));
    return out.toString(StandardCharsets.UTF_8);
  }

  private static String section(String heading, String text) {
    int start = text.indexOf(heading);
    assertTrue(start >= 0, () -> "no " + heading + " in\n" + text);
    return text.substring(start + heading.length()).split("\n\n[A-Z][a-z ]+:\n", -1)[0];
  }

  private static List<String> matches(String regex, String text) {
    return Pattern.compile(regex).matcher(text).results().map(ReadmeTest::firstGroup).toList();
  }

  private static String firstGroup(MatchResult match) {
    return match.group(1);
  }
}
