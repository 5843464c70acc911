package longrun.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import longrun.report.RunRow.Status;
import longrun.store.MetricsRow;
import longrun.store.Provenance;
import longrun.store.RunFolder;
import longrun.store.RunLock;
import longrun.store.StopReason;
import longrun.store.StorageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunListingTest {
  @TempDir private Path runs;

  private Path run(String name, int evaluations) throws IOException {
    return RunFolders.create(
        runs.resolve(name), RunFolders.CONFIG, RunFolders.grokking(evaluations));
  }

  private Path ended(String name, StopReason reason) throws IOException {
    Path folder = run(name, 200);
    RunFolders.end(
        folder,
        reason,
        OptionalLong.of(140),
        OptionalLong.of(1350),
        RunFolders.grokking(200).getLast());
    return folder;
  }

  private RunRow only() {
    List<RunRow> rows = RunListing.of(runs);
    assertEquals(1, rows.size());
    return rows.getFirst();
  }

  private static void assertDamaged(RunRow row, String problem) {
    assertEquals(Status.DAMAGED, row.status());
    assertTrue(row.problem().orElseThrow().contains(problem), row.problem().orElseThrow());
  }

  @Test
  void aFinishedRun() throws IOException {
    Path folder = ended("quickstart-seed7", StopReason.STEPS_DONE);
    RunRow row = only();
    assertEquals("quickstart-seed7", row.name());
    assertEquals(folder, row.folder());
    assertEquals(Status.FINISHED, row.status());
    assertTrue(row.problem().isEmpty());
    assertEquals("add mod 113", row.task().orElseThrow());
    assertEquals("transformer 1×128", row.model().orElseThrow());
    assertEquals(OptionalLong.of(7), row.seed());
    assertEquals(OptionalLong.of(1990), row.stepsDone());
    assertEquals(OptionalLong.of(40_000), row.stepsPlanned());
    assertEquals(OptionalLong.of(140), row.memorisedAt());
    assertEquals(OptionalLong.of(1350), row.grokkedAt());
    assertEquals(OptionalDouble.of(1350.0 / 140), row.delay());
    assertEquals(OptionalDouble.of(1), row.trainAccuracy());
    assertEquals(OptionalDouble.of(0.995), row.validationAccuracy());
    assertEquals(OptionalDouble.of(100), row.seconds());
    assertTrue(row.modified().isPresent());
  }

  @Test
  void theFolderOfOneRun() throws IOException {
    Path folder = ended("a", StopReason.GROKKED);
    assertEquals(
        List.of(Status.FINISHED), RunListing.of(folder).stream().map(RunRow::status).toList());
  }

  @Test
  void divergedInterruptedAndRunning() throws IOException {
    ended("a-diverged", StopReason.DIVERGED);
    run("b-interrupted", 100);
    Path running = run("c-running", 100);
    try (RunLock lock = RunFolder.open(running).lock()) {
      List<RunRow> rows = RunListing.of(runs);
      assertEquals(
          List.of(Status.DIVERGED, Status.INTERRUPTED, Status.RUNNING),
          rows.stream().map(RunRow::status).toList());
      RunRow interrupted = rows.get(1);
      assertEquals(OptionalLong.of(990), interrupted.stepsDone());
      assertEquals(OptionalLong.of(140), interrupted.memorisedAt());
      assertEquals(OptionalLong.empty(), interrupted.grokkedAt());
      assertEquals(OptionalDouble.empty(), interrupted.delay());
    }
  }

  @Test
  void aRunWithoutRows() throws IOException {
    run("new", 0);
    RunRow row = only();
    assertEquals(Status.INTERRUPTED, row.status());
    assertEquals(OptionalLong.empty(), row.stepsDone());
    assertEquals(OptionalDouble.empty(), row.seconds());
  }

  @Test
  void whatIsNoRunIsPassedOver() throws IOException {
    Files.createDirectories(runs.resolve("notes"));
    Files.createDirectories(runs.resolve(".quickstart.creating-1/checkpoints"));
    Files.writeString(runs.resolve("readme.txt"), "hello");
    assertEquals(List.of(), RunListing.of(runs));
  }

  @Test
  void damagedRunsAreRowsAndHideNoOthers() throws IOException {
    ended("a-good", StopReason.STEPS_DONE);
    Path noConfig = ended("b-no-config", StopReason.STEPS_DONE);
    Files.delete(noConfig.resolve("config.yaml"));
    Path badConfig = ended("c-bad-config", StopReason.STEPS_DONE);
    Files.writeString(badConfig.resolve("config.yaml"), "task: {kind: modular\n");
    Path badSummary = ended("d-bad-summary", StopReason.STEPS_DONE);
    Files.writeString(badSummary.resolve("summary.json"), "{\"memorised_at\": ");
    Path badMetrics = run("e-bad-metrics", 20);
    Files.writeString(badMetrics.resolve("metrics.csv"), MetricsRow.HEADER + "\nx,y\n");
    Path noMetrics = run("f-no-metrics", 20);
    Files.delete(noMetrics.resolve("metrics.csv"));
    Path noCheckpoints = run("g-no-checkpoints", 20);
    Files.delete(noCheckpoints.resolve("checkpoints"));
    Path metricsFolder = run("h-metrics-is-a-folder", 20);
    Files.delete(metricsFolder.resolve("metrics.csv"));
    Files.createDirectory(metricsFolder.resolve("metrics.csv"));
    Files.createSymbolicLink(runs.resolve("i-dangling"), runs.resolve("nowhere"));

    List<RunRow> rows = RunListing.of(runs);
    assertEquals(8, rows.size());
    assertEquals(Status.FINISHED, rows.get(0).status());
    assertDamaged(rows.get(1), "config.yaml is missing");
    assertDamaged(rows.get(2), "config.yaml:");
    assertEquals(OptionalLong.of(1350), rows.get(2).grokkedAt(), "the summary is intact");
    assertDamaged(rows.get(3), "summary.json:");
    assertEquals("add mod 113", rows.get(3).task().orElseThrow(), "the configuration is intact");
    assertEquals(OptionalLong.of(1990), rows.get(3).stepsDone(), "the metrics are intact");
    assertDamaged(rows.get(4), "metrics.csv:2:");
    assertDamaged(rows.get(5), "metrics.csv is missing");
    assertDamaged(rows.get(6), "checkpoints/ is missing");
    assertDamaged(rows.get(7), "metrics.csv");
  }

  @Test
  void aMissingFolderIsAnError() throws IOException {
    Path missing = runs.resolve("missing");
    String message =
        assertThrows(StorageException.class, () -> RunListing.of(missing)).getMessage();
    assertTrue(message.contains(missing + ": no such folder"), message);
    Path file = Files.writeString(runs.resolve("file"), "");
    assertTrue(
        assertThrows(StorageException.class, () -> RunListing.of(file))
            .getMessage()
            .contains("not a folder"));
  }

  @Test
  void theTableIsAligned() throws IOException {
    ended("short", StopReason.STEPS_DONE);
    run("a-much-longer-name", 100);
    List<String> lines = RunTable.text(RunListing.of(runs), 200, ZoneOffset.UTC);
    assertEquals(3, lines.size());
    assertTrue(
        lines
            .get(0)
            .matches(
                "run +status +task +model +seed +steps +memorised +grokked +delay +train"
                    + " +validation +engine +time +modified"),
        lines.get(0));
    assertTrue(
        lines
            .get(1)
            .matches(
                "a-much-longer-name  interrupted  add mod 113  transformer 1×128 +7 +990/40,000"
                    + " +140 +– +– +1\\.0000 +0\\.5050 +9\\.90 s  \\d{4}-\\d\\d-\\d\\d"
                    + " \\d\\d:\\d\\d"),
        lines.get(1));
    int end = lines.get(0).indexOf("memorised") + "memorised".length();
    for (String line : lines.subList(1, 3)) {
      assertEquals("140", line.substring(end - 3, end));
    }
  }

  @Test
  void aNarrowTerminalGetsFewerColumns() throws IOException {
    ended("some-run", StopReason.STEPS_DONE);
    List<RunRow> rows = RunListing.of(runs);
    String previous = RunTable.text(rows, 500, ZoneOffset.UTC).getFirst();
    for (int width = 150; width >= 50; width--) {
      List<String> lines = RunTable.text(rows, width, ZoneOffset.UTC);
      for (String line : lines) {
        assertTrue(line.length() <= width, width + ": " + line);
      }
      String header = lines.getFirst();
      assertTrue(header.split(" +").length <= previous.split(" +").length);
      assertTrue(header.contains("memorised") && header.contains("grokked"), header);
      previous = header;
    }
  }

  @Test
  void longNamesAreCutOnlyWhereNothingElseHelps() throws IOException {
    ended("x".repeat(60), StopReason.STEPS_DONE);
    List<RunRow> rows = RunListing.of(runs);
    assertTrue(RunTable.text(rows, 120, ZoneOffset.UTC).get(1).contains("x".repeat(60)));
    String cut = RunTable.text(rows, 60, ZoneOffset.UTC).get(1);
    assertTrue(cut.contains("x…  finished"), cut);
    assertTrue(cut.length() <= 60, cut);
  }

  @Test
  void theTableObeysNoFile() throws IOException {
    Path folder = run("evil\u001b[2J\nname", 3);
    Files.writeString(folder.resolve("config.yaml"), "\u001b[31m: {}\n");
    for (String line : RunTable.text(RunListing.of(runs), 500, ZoneOffset.UTC)) {
      assertTrue(line.chars().noneMatch(Character::isISOControl), line);
    }
  }

  @Test
  void missingRowsAreDamage() throws IOException {
    List<MetricsRow> rows = new ArrayList<>(RunFolders.grokking(100));
    rows.subList(30, 50).clear();
    RunFolders.create(runs.resolve("gap"), RunFolders.CONFIG, rows);
    assertDamaged(only(), "metrics.csv:32: expected step 300, found 500");
  }

  @Test
  void everyEngineIsListed() throws IOException {
    Path folder = run("a", 200);
    RunFolders.end(
        folder,
        StopReason.STEPS_DONE,
        OptionalLong.of(140),
        OptionalLong.of(1350),
        RunFolders.grokking(200).getLast(),
        Provenance.UNKNOWN.goesOnWith("cpu", 0).goesOnWith("reference", 1000));
    List<String> lines = RunTable.text(RunListing.of(runs), 500, ZoneOffset.UTC);
    assertTrue(lines.get(1).contains("  cpu, reference  "), lines.get(1));
    JsonNode engines = new JsonMapper().readTree(RunTable.json(RunListing.of(runs))).get(0);
    assertEquals(
        "[{\"from_step\":0,\"engine\":\"cpu\"},{\"from_step\":1000,\"engine\":\"reference\"}]",
        engines.get("engines").toString());
  }

  @Test
  void noRowsNoTable() {
    assertEquals(List.of(), RunTable.text(List.of(), 80, ZoneOffset.UTC));
    assertEquals("[ ]", RunTable.json(List.of()));
  }

  @Test
  void jsonHasEverything() throws IOException {
    ended("a", StopReason.STEPS_DONE);
    Path damaged = run("b", 3);
    Files.delete(damaged.resolve("config.yaml"));
    JsonNode rows = new JsonMapper().readTree(RunTable.json(RunListing.of(runs)));
    JsonNode finished = rows.get(0);
    assertEquals("finished", finished.get("status").textValue());
    assertEquals(140, finished.get("memorised_at").longValue());
    assertEquals(1350.0 / 140, finished.get("delay").doubleValue());
    assertTrue(finished.get("problem").isNull());
    JsonNode second = rows.get(1);
    assertEquals("damaged", second.get("status").textValue());
    assertEquals("config.yaml is missing", second.get("problem").textValue());
    assertTrue(second.get("seed").isNull());
    List<String> keys = new ArrayList<>();
    finished.fieldNames().forEachRemaining(keys::add);
    assertEquals(17, keys.size());
    assertEquals("cpu", finished.get("engines").get(0).get("engine").textValue());
    assertEquals(0, finished.get("engines").get(0).get("from_step").longValue());
  }
}
