package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import longrun.store.RunLock;
import longrun.store.SweepFolder;
import longrun.testing.SweepFolders;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergedSweepTest {
  @TempDir private Path parent;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path path;
  private SweepFolder folder;

  @BeforeEach
  void create() {
    path = parent.resolve("sweep");
    folder = SweepFolders.create(path, SweepFolders.EIGHT_RUNS, 3);
  }

  private String merge() {
    MergedSweep.write(
        path,
        false,
        new Output(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            Terminal.plain()));
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void allShardsThatAreComplete() throws IOException {
    IntStream.range(0, 8).forEach(run -> SweepFolders.grokked(folder, run, 50));
    assertEquals(
        "8 of 8 runs have ended\nresults: %s\ncurves: %s\n"
            .formatted(path.resolve("results.csv"), path.resolve("curves.csv")),
        merge());
    assertEquals(1 + 8, Files.readAllLines(path.resolve("results.csv")).size());
    assertEquals(1 + 8 * 11, Files.readAllLines(path.resolve("curves.csv")).size());
  }

  @Test
  void shardsThatLackRunsAreNamed() {
    SweepFolders.grokked(folder, 0, 50);
    SweepFolders.grokked(folder, 3, 50);
    SweepFolders.grokked(folder, 6, 50);
    SweepFolders.begin(folder, 4, SweepFolders.rows(2, 20, 50));
    folder.recordFailure(1, "no memory");
    try (RunLock lock = folder.lock(2)) {
      String text = merge();
      assertTrue(
          text.startsWith(
              "3 of 8 runs have ended\n"
                  + "shard 2/3: 1 begun and not ended, 1 waiting, 1 failed; process "
                  + ProcessHandle.current().pid()
                  + " is training it\n"
                  + "shard 3/3: 2 waiting\n"),
          text);
    }
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void whatCannotBeReadIsWarnedOf() throws IOException {
    Files.writeString(SweepFolders.grokked(folder, 0, 50).metricsFile(), "");
    merge();
    assertTrue(
        err.toString(StandardCharsets.UTF_8)
            .matches("longrun: warning: .*0000/metrics.csv:1: expected the header .*\n"));
  }
}
