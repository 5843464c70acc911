package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of bench/README.md holds every benchmark, and says which of them need a GPU. */
class BenchmarkTableTest {
  private static final String SUFFIX = "Benchmark.java";
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(\\w+Benchmark)`( \\(GPU\\))? \\|");

  @Test
  void theTableHoldsExactlyTheBenchmarksThatExist() throws IOException {
    Set<String> table =
        ROW.matcher(Files.readString(Path.of("bench/README.md")))
            .results()
            .map(row -> row.group(1) + (row.group(2) == null ? "" : row.group(2)))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> classes = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("bench/src/main/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(SUFFIX)).toList()) {
        boolean gpu = Files.readString(file).contains("@Needs(Needs.Piece.DEVICE)");
        classes.add(file.getFileName().toString().replace(".java", gpu ? " (GPU)" : ""));
      }
    }
    assertFalse(classes.isEmpty());
    assertEquals(classes, table);
  }
}
