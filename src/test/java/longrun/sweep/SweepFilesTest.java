package longrun.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import longrun.store.DurableFiles;
import longrun.store.MetricsRow;
import longrun.store.RunFolder;
import longrun.store.RunLock;
import longrun.store.StopReason;
import longrun.store.StorageException;
import longrun.store.SweepFolder;
import longrun.testing.SweepFolders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepFilesTest {
  @TempDir private Path parent;

  private SweepFolder create(String yaml, int shards) {
    return SweepFolders.create(parent.resolve("sweep"), yaml, shards);
  }

  private static SweepFiles.Written write(SweepFolder folder) {
    return SweepFiles.write(folder, Sweep.of(folder));
  }

  @Test
  void everyStatusHasItsRow() throws IOException {
    SweepFolder folder = create(SweepFolders.EIGHT_RUNS, 1);
    SweepFolders.grokked(folder, 0, 50);
    SweepFolders.notGrokked(folder, 1);
    MetricsRow diverged =
        new MetricsRow(0, Double.NaN, 0.125, Double.POSITIVE_INFINITY, 0.25, 31, 0.001, 0.0004);
    SweepFolders.end(
        folder,
        2,
        StopReason.DIVERGED,
        OptionalLong.empty(),
        OptionalLong.empty(),
        List.of(diverged));
    SweepFolders.begin(folder, 3, SweepFolders.rows(2, 20, 50));
    SweepFolders.begin(folder, 4, List.of());
    folder.recordFailure(5, "no \"memory\", none\nat all");
    SweepFiles.Written written = write(folder);
    assertEquals(
        """
        run,train_fraction,seed,status,stop_reason,memorised_at,grokked_at,delay,steps,\
        train_loss,train_accuracy,validation_loss,validation_accuracy,weight_norm,seconds,error
        0,0.3,0,ended,grokked,20,50,2.5,100,1.0E-6,1.0,1.0E-4,1.0,63.333333333333336,1.250,
        1,0.3,1,ended,steps_done,20,,,100,1.0E-6,1.0,9.1,0.25,63.333333333333336,1.250,
        2,0.3,2,ended,diverged,,,,0,,0.125,,0.25,31.0,0.000,
        3,0.3,3,running,,,,,10,4.7,0.125,9.1,0.25,33.333333333333336,0.125,
        4,0.4,0,running,,,,,,,,,,,,
        5,0.4,1,failed,,,,,,,,,,,,"no ""memory"", none at all"
        6,0.4,2,waiting,,,,,,,,,,,,
        7,0.4,3,waiting,,,,,,,,,,,,
        """,
        Files.readString(folder.resultsFile()));
    assertEquals(
        List.of(new ShardState(Shard.WHOLE, 2, 2, 3, 1, OptionalLong.empty())), written.shards());
    assertEquals(List.of(), written.damaged());
  }

  @Test
  void curvesHaveEveryEvaluation() throws IOException {
    SweepFolder folder = create(SweepFolders.EIGHT_RUNS, 1);
    SweepFolders.begin(folder, 1, SweepFolders.rows(2, 0, 50));
    MetricsRow odd =
        new MetricsRow(
            0, Double.NaN, 0.1 + 0.2, Double.NEGATIVE_INFINITY, Double.NaN, 1e300, 3e-320, 9.5);
    SweepFolders.begin(folder, 6, List.of(odd));
    write(folder);
    assertEquals(
        """
        run,train_fraction,seed,step,train_loss,train_accuracy,validation_loss,\
        validation_accuracy,weight_norm,learning_rate
        1,0.3,1,0,1.0E-6,1.0,9.1,0.25,30.0,0.001
        1,0.3,1,10,1.0E-6,1.0,9.1,0.25,33.333333333333336,0.001
        6,0.4,2,0,,0.30000000000000004,,,1.0E300,3.0E-320
        """,
        Files.readString(folder.curvesFile()));
  }

  @Test
  void axesThatAreNoNumbersAreQuoted() throws IOException {
    SweepFolder folder =
        create(
            """
            sweep:
              optimizer.betas: [[0.9, 0.98], [0.9, 0.999]]
              training.batch_size: [full, 512]
              training.steps: [100]
              optimizer.grokfast_ema: [null, {alpha: 0.98, lambda: 2.0}]
            """,
            1);
    SweepFolders.begin(folder, 1, SweepFolders.rows(1, 20, 50));
    write(folder);
    List<String> results = Files.readAllLines(folder.resultsFile());
    assertEquals(9, results.size());
    assertTrue(
        results.get(0).startsWith("run,betas,batch_size,training_steps,grokfast_ema,status,"));
    assertTrue(
        results.get(2).startsWith("1,\"[0.9, 0.98]\",full,100,\"{alpha: 0.98, lambda: 2.0}\",run"),
        results.get(2));
    assertTrue(results.get(7).startsWith("6,\"[0.9, 0.999]\",512,100,none,wait"), results.get(7));
    List<String> curves = Files.readAllLines(folder.curvesFile());
    assertTrue(
        curves.get(1).startsWith("1,\"[0.9, 0.98]\",full,100,\"{alpha: 0.98, lambda: 2.0}\",0,"),
        curves.get(1));
  }

  @Test
  void aColumnOfNumbersLooksLikeThemFromTheFirstRow() throws IOException {
    SweepFolder folder =
        create(
            "sweep: {optimizer.weight_decay: [1, 3e-1], training.seed: [0, 12345678901234567]}", 1);
    write(folder);
    assertEquals(
        List.of("0,1.0,0,", "1,1.0,12345678901234567,", "2,0.3,0,", "3,0.3,12345678901234567,"),
        Files.readAllLines(folder.resultsFile()).stream()
            .skip(1)
            .map(line -> line.substring(0, line.indexOf("waiting")))
            .toList());
  }

  @Test
  void numbersReadBackAsTheSame() throws IOException {
    SweepFolder folder = create(SweepFolders.EIGHT_RUNS, 1);
    double[] values = {Math.PI, 0.1, 1 / 3.0, Double.MIN_VALUE, Double.MAX_VALUE};
    MetricsRow row =
        new MetricsRow(0, values[0], values[1], values[2], values[3], values[4], 1e-3, 2);
    SweepFolders.end(
        folder, 0, StopReason.STEPS_DONE, OptionalLong.empty(), OptionalLong.empty(), List.of(row));
    write(folder);
    String[] results = Files.readAllLines(folder.resultsFile()).get(1).split(",", -1);
    String[] curves = Files.readAllLines(folder.curvesFile()).get(1).split(",", -1);
    for (int i = 0; i < values.length; i++) {
      assertEquals(values[i], Double.parseDouble(results[9 + i]));
      assertEquals(values[i], Double.parseDouble(curves[4 + i]));
    }
  }

  @Test
  void shardsAreCountedEachForItself() {
    SweepFolder folder = create(SweepFolders.EIGHT_RUNS, 3);
    SweepFolders.grokked(folder, 0, 50);
    SweepFolders.grokked(folder, 3, 50);
    SweepFolders.grokked(folder, 6, 50);
    SweepFolders.begin(folder, 4, List.of());
    folder.recordFailure(1, "no");
    try (RunLock lock = folder.lock(2)) {
      long pid = ProcessHandle.current().pid();
      List<ShardState> shards = write(folder).shards();
      assertEquals(
          List.of(
              new ShardState(new Shard(1, 3), 0, 0, 3, 0, OptionalLong.empty()),
              new ShardState(new Shard(2, 3), 1, 1, 0, 1, OptionalLong.of(pid)),
              new ShardState(new Shard(3, 3), 2, 0, 0, 0, OptionalLong.empty())),
          shards);
      assertEquals(
          List.of(true, false, false), shards.stream().map(ShardState::isComplete).toList());
    }
  }

  @Test
  void aDamagedRunIsSaidAndTheOthersAreWritten() throws IOException {
    SweepFolder folder = create(SweepFolders.EIGHT_RUNS, 1);
    SweepFolders.grokked(folder, 0, 50);
    RunFolder damaged = SweepFolders.grokked(folder, 1, 50);
    SweepFolders.grokked(folder, 2, 50);
    Files.writeString(damaged.metricsFile(), "nothing\n");
    SweepFiles.Written written = write(folder);
    assertEquals(1, written.damaged().size());
    assertTrue(written.damaged().getFirst().contains("0001/metrics.csv:1"));
    List<String> curves = Files.readAllLines(folder.curvesFile());
    assertEquals(1 + 2 * 11, curves.size());
    assertTrue(curves.stream().noneMatch(line -> line.startsWith("1,")));
    // The summary has all that the table needs.
    assertTrue(Files.readAllLines(folder.resultsFile()).get(2).startsWith("1,0.3,1,ended,grokked"));
  }

  @Test
  void aFullDiskLeavesTheFilesAsTheyWere() throws IOException {
    SweepFolder folder = create(SweepFolders.EIGHT_RUNS, 1);
    write(folder);
    String before = Files.readString(folder.curvesFile());
    SweepFolders.grokked(folder, 0, 50);
    DurableFiles full =
        new DurableFiles() {
          @Override
          protected void before(String change, Path path) throws IOException {
            if (change.equals("write") && path.toString().contains("curves.csv")) {
              throw new IOException("No space left on device");
            }
          }
        };
    StorageException e =
        assertThrows(StorageException.class, () -> write(SweepFolder.open(folder.path(), full)));
    assertTrue(e.getMessage().contains("cannot write the curves.csv"), e.getMessage());
    assertTrue(e.getMessage().contains("free some space"), e.getMessage());
    assertEquals(before, Files.readString(folder.curvesFile()));
    try (var files = Files.list(folder.path())) {
      assertTrue(files.noneMatch(file -> file.toString().contains(".tmp-")));
    }
  }
}
