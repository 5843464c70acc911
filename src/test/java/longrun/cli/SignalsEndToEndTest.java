package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import longrun.cli.LongrunProcess.Result;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are interrupted or killed go on as if nothing had happened. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SignalsEndToEndTest {
  private static final int STEPS = 1200;
  private static final int KILLS = 5;

  @TempDir private static Path folder;
  private static Path whole;

  @BeforeAll
  static void trainWithoutInterruption() throws Exception {
    TinyRun.config(folder, STEPS);
    whole = folder.resolve("whole");
    Result result = train(whole, "--no-report");
    assertEquals(0, result.exitCode(), result.err());
  }

  @Test
  void anInterruptedRunIsResumedBitForBit() throws Exception {
    stopsAndGoesOn("INT", 130);
  }

  @Test
  void aTerminatedRunIsResumedBitForBit() throws Exception {
    stopsAndGoesOn("TERM", 143);
  }

  @Test
  void aKilledRunIsResumedBitForBit() throws Exception {
    Path run = folder.resolve("killed");
    Random random = new Random(20261121);
    int killedInTraining = 0;
    String[] command = trainCommand(run, "--no-report");
    for (int kill = 1; kill <= KILLS; kill++) {
      int rows = STEPS / 5 * kill / (KILLS + 1);
      try (LongrunProcess process = LongrunProcess.start(folder, command)) {
        boolean training = process.waitUntil(() -> size(run.resolve("metrics.csv")) > 60L * rows);
        TimeUnit.MICROSECONDS.sleep(random.nextInt(40_000));
        process.signal("KILL");
        if (training && process.await().exitCode() == 137) {
          killedInTraining++;
        }
      }
      command = new String[] {"resume", "killed", "--no-report"};
    }
    assertTrue(killedInTraining >= KILLS / 2, "only " + killedInTraining + " kills hit training");
    Result result = LongrunProcess.run(folder, command);
    assertEquals(0, result.exitCode(), result.err());
    assertSameAsWhole(run);
  }

  @Test
  void aSecondSignalEndsAtOnce() throws Exception {
    Path run = folder.resolve("impatient");
    try (LongrunProcess process = LongrunProcess.start(folder, trainCommand(run))) {
      assertTrue(process.waitUntil(() -> TinyRun.checkpoints(run).size() > 1));
      for (int i = 0; i < 5; i++) {
        process.signal("INT");
      }
      Result result = process.await();
      assertEquals(130, result.exitCode(), result.err());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 150, 300, 450})
  void anInterruptDuringStartUpLeavesNothingOrAWholeRun(int delayMillis) throws Exception {
    Path run = folder.resolve("early-" + delayMillis);
    try (LongrunProcess process = LongrunProcess.start(folder, trainCommand(run))) {
      Thread.sleep(delayMillis);
      process.signal("INT");
      Result result = process.await();
      assertEquals(130, result.exitCode(), result.err());
    }
    assertEquals(Files.exists(run), !TinyRun.checkpoints(run).isEmpty());
    assertEquals(Files.exists(run), Files.exists(run.resolve("config.yaml")));
  }

  private static void stopsAndGoesOn(String signal, int exitCode) throws Exception {
    Path run = folder.resolve("stopped-by-" + signal);
    try (LongrunProcess process = LongrunProcess.start(folder, trainCommand(run, "--no-report"))) {
      assertTrue(process.waitUntil(() -> TinyRun.checkpoints(run).size() > 1), "never trained");
      process.signal(signal);
      Result stopped = process.await();
      assertEquals(exitCode, stopped.exitCode(), stopped.err());
      assertTrue(stopped.err().contains("SIG" + signal), stopped.err());
      assertTrue(stopped.out().contains("longrun resume " + run.getFileName()), stopped.out());
    }
    Result resumed =
        LongrunProcess.run(folder, "resume", run.getFileName().toString(), "--no-report");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertSameAsWhole(run);
  }

  private static void assertSameAsWhole(Path run) throws IOException {
    assertEquals(TinyRun.metricsWithoutSeconds(whole), TinyRun.metricsWithoutSeconds(run));
    Path expected = TinyRun.checkpoints(whole).getLast();
    Path actual = TinyRun.checkpoints(run).getLast();
    assertEquals(expected.getFileName(), actual.getFileName());
    TinyRun.assertSameTensors(expected, actual);
  }

  private static Result train(Path run, String... more) throws Exception {
    return LongrunProcess.run(folder, trainCommand(run, more));
  }

  private static String[] trainCommand(Path run, String... more) {
    String[] command = new String[6 + more.length];
    String[] first = {
      "train", "tiny.yaml", "--engine", "reference", "--run-dir", run.getFileName().toString()
    };
    System.arraycopy(first, 0, command, 0, first.length);
    System.arraycopy(more, 0, command, first.length, more.length);
    return command;
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0;
    }
  }
}
