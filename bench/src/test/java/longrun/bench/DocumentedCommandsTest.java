package longrun.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.VerboseMode;

/** JMH reads what the documents write after {@code bench/run}, and it names benchmarks. */
class DocumentedCommandsTest {
  private static final List<Path> DOCUMENTS =
      List.of(Path.of("../README.md"), Path.of("README.md"), Path.of("../.ci/run"));
  private static final Pattern LINE = Pattern.compile("(?m)^(?:\\w+=\\S+ )*bench/run(?: .*)?$");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|([^\\s'\"]+)");

  /** As a shell would cut them; without the command and a comment. */
  private static List<String> words(String line) {
    return WORD.matcher(line.replaceFirst(".*?bench/run", "").replaceFirst("(^|\\s+)#.*", ""))
        .results()
        .map(DocumentedCommandsTest::word)
        .toList();
  }

  private static String word(MatchResult match) {
    for (int group = 1; group <= 2; group++) {
      if (match.group(group) != null) {
        return match.group(group);
      }
    }
    return match.group(3);
  }

  private static List<BenchmarkListEntry> benchmarks(String pattern) {
    return List.copyOf(
        BenchmarkList.defaultList()
            .find(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT),
                List.of(pattern),
                List.of()));
  }

  @Test
  void everyCommandLineIsUnderstoodAndNamesBenchmarks() throws IOException {
    for (Path document : DOCUMENTS) {
      List<String> lines =
          LINE.matcher(Files.readString(document).replaceAll("\\\\\n *", ""))
              .results()
              .map(MatchResult::group)
              .toList();
      assertFalse(lines.isEmpty(), document::toString);
      List<String> mistakes = new ArrayList<>();
      for (String line : lines) {
        try {
          if (benchmarks(RunRequest.of(words(line)).pattern()).isEmpty()) {
            mistakes.add(line + ": no benchmark");
          }
        } catch (CommandLineOptionException e) {
          mistakes.add(line + ": " + e.getMessage());
        }
      }
      assertEquals(List.of(), mistakes, document::toString);
    }
  }

  @Test
  void quotesKeepBlanks() throws CommandLineOptionException {
    List<String> words = words("bench/run 'A|B' -f 1 -p \"product=nn 1x2x3\"   # why");
    assertEquals(List.of("A|B", "-f", "1", "-p", "product=nn 1x2x3"), words);
    assertEquals(List.of(), words("bench/run       # all"));
  }

  @Test
  void everyBenchmarkSaysHowLongItIsMeasured() {
    List<BenchmarkListEntry> all = benchmarks(".*");
    assertTrue(all.size() > 10, () -> "only " + all.size());
    for (BenchmarkListEntry entry : all) {
      assertTrue(entry.getForks().hasValue(), entry::getUsername);
      assertTrue(entry.getWarmupIterations().hasValue(), entry::getUsername);
      assertTrue(entry.getWarmupTime().hasValue(), entry::getUsername);
      assertTrue(entry.getMeasurementIterations().hasValue(), entry::getUsername);
      assertTrue(entry.getMeasurementTime().hasValue(), entry::getUsername);
    }
  }
}
