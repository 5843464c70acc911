package longrun.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The fixtures are all listed, whole, and not trivially equal. */
class GoldenTest {
  static final List<String> GOLDENS = Golden.NAMES;

  @Test
  void everyFixtureIsListed() throws IOException {
    Path all = Golden.folder(Golden.NAMES.getFirst()).getParent();
    try (Stream<Path> folders = Files.list(all)) {
      assertEquals(
          Golden.NAMES, folders.map(folder -> folder.getFileName().toString()).sorted().toList());
    }
  }

  @ParameterizedTest
  @FieldSource("GOLDENS")
  void aFixtureIsOneRunOverTwentySteps(String name) {
    Golden golden = Golden.load(name);
    assertEquals(
        LongStream.rangeClosed(0, 20).boxed().toList(),
        golden.rows().stream().map(Golden.Row::step).toList());
    assertEquals(
        golden.dataset().examples(),
        golden.split().train().length + golden.split().validation().length);
    assertTrue(golden.cohort().fullBatch());
    String last = golden.model().parameters().getLast().name();
    double before = golden.initialParameters().get(last).values()[0];
    double after1 = golden.parametersAfter1().get(last).values()[0];
    double after20 = golden.parametersAfter20().get(last).values()[0];
    assertTrue(before != after1 && after1 != after20, last);
  }

  @Test
  void anUnknownFixtureIsNamed() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> Golden.load("three_layers"));
    assertTrue(refusal.getMessage().contains("three_layers"), refusal.getMessage());
  }
}
