package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import longrun.store.RunFolder;
import longrun.store.SweepFolder;
import longrun.sweep.Sweep;
import longrun.sweep.SweepFiles;
import longrun.testing.SweepFolders;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsCommandTest {
  @TempDir private Path parent;
  private Path path;
  private SweepFolder folder;

  /** At a fraction of 0.3 one of four grokked; at 0.4 one of two that ended. */
  @BeforeEach
  void create() {
    path = parent.resolve("sweep");
    folder = SweepFolders.create(path, SweepFolders.EIGHT_RUNS, 1);
    SweepFolders.notGrokked(folder, 0);
    SweepFolders.grokked(folder, 1, 60);
    SweepFolders.notGrokked(folder, 2);
    SweepFolders.notGrokked(folder, 3);
    SweepFolders.grokked(folder, 4, 40);
    SweepFolders.grokked(folder, 5, 50);
    SweepFolders.begin(folder, 6, SweepFolders.rows(2, 20, 50));
  }

  private InProcess results(String... arguments) {
    List<String> words = new ArrayList<>(List.of("results", path.toString()));
    words.addAll(List.of(arguments));
    return InProcess.run(words.toArray(String[]::new));
  }

  private String text(String... arguments) {
    InProcess done = results(arguments);
    assertEquals("", done.err());
    assertEquals(0, done.exitCode());
    return done.out();
  }

  private void assertRuns(List<Integer> expected, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--columns", "run", "--csv"));
    List<Integer> runs =
        text(all.toArray(String[]::new)).lines().skip(1).map(Integer::valueOf).toList();
    assertEquals(expected, runs, String.join(" ", arguments));
  }

  @Test
  void aTable() {
    folder.recordFailure(7, "out of memory\nsee above");
    assertEquals(
        """
        run  train_fraction  seed  status   stop_reason  memorised_at  grokked_at  delay  steps\
          train_loss  train_accuracy  validation_loss  validation_accuracy  weight_norm  seconds\
          error
          0             0.3     0  ended    steps_done             20           –      –    100\
            1.00e-06          1.0000             9.10               0.2500         63.3   1.25 s
          1             0.3     1  ended    grokked                20          60    3.0    100\
            1.00e-06          1.0000         0.000100               1.0000         63.3   1.25 s
          2             0.3     2  ended    steps_done             20           –      –    100\
            1.00e-06          1.0000             9.10               0.2500         63.3   1.25 s
          3             0.3     3  ended    steps_done             20           –      –    100\
            1.00e-06          1.0000             9.10               0.2500         63.3   1.25 s
          4             0.4     0  ended    grokked                20          40    2.0    100\
            1.00e-06          1.0000         0.000100               1.0000         63.3   1.25 s
          5             0.4     1  ended    grokked                20          50    2.5    100\
            1.00e-06          1.0000         0.000100               1.0000         63.3   1.25 s
          6             0.4     2  running                          –           –      –     10\
                4.70          0.1250             9.10               0.2500         33.3   0.13 s
          7             0.4     3  failed                           –           –      –      –\
                   –               –                –                    –            –        –\
          out of memory see above
        8 runs: 6 ended, 1 running, 1 failed
        """,
        text());
  }

  @Test
  void groups() {
    assertEquals(
        """
        train_fraction  runs  ended  grokked  running  waiting  memorised_at  grokked_at\
                  delay     validation_accuracy                 seconds
                   0.3     4      4        1        0        0    20 (20–20)       > 100\
            not reached  0.2500 (0.2500–0.4375)  1.25 s (1.25 s–1.25 s)
                   0.4     4      2        2        1        1    20 (20–20)  45 (43–48)\
          2.3 (2.1–2.4)  1.0000 (1.0000–1.0000)  1.25 s (1.25 s–1.25 s)
        8 runs: 6 ended, 1 running, 1 waiting; quartiles are of the 6 that ended
        """,
        text("--group-by", "train_fraction"));
  }

  @Test
  void theFirstRowsAlone() {
    String text = text("--limit", "1", "--sort", "run:desc");
    assertEquals(3, text.lines().count(), text);
    assertTrue(text.lines().toList().get(1).startsWith("  7 "), text);
    assertTrue(text.endsWith("\nthe first 1 of 8 rows; 8 runs: 6 ended, 1 running, 1 waiting\n"));
  }

  @Test
  void conditionsChooseRuns() {
    assertRuns(List.of(0, 1, 2, 3), "--where", "train_fraction=0.30");
    assertRuns(List.of(4, 5, 6, 7), "--where", "task.train_fraction = 0.4");
    assertRuns(List.of(4, 5, 6, 7), "--where", "train_fraction!=3e-1");
    assertRuns(List.of(5, 6, 7), "--where", "train_fraction>0.3", "--where", "training.seed>=1");
    assertRuns(List.of(0, 1, 4, 5), "--where", "seed<2");
    assertRuns(List.of(1, 5), "--where", "seed<=1", "--where", "seed>0");
    assertRuns(List.of(1, 4, 5), "--where", "grokked_at!=");
    assertRuns(List.of(0, 2, 3), "--where", "grokked_at=", "--where", "status=ended");
    assertRuns(List.of(4), "--where", "grokked_at<50");
    assertRuns(List.of(0, 2, 3, 4, 5, 6, 7), "--where", "grokked_at!=60");
    assertRuns(List.of(6, 7), "--where", "status!=ended");
    assertRuns(List.of(1, 4, 5), "--where", "stop_reason=grokked");
    assertRuns(List.of(), "--where", "seed=9");
  }

  @Test
  void orders() {
    assertRuns(List.of(4, 5, 1, 0, 2, 3, 6, 7), "--sort", "grokked_at");
    assertRuns(List.of(1, 5, 4, 0, 2, 3, 6, 7), "--sort", "grokked_at:desc");
    assertRuns(
        List.of(7, 3, 6, 2, 5, 1, 4, 0), "--sort", "seed:desc", "--sort", "train_fraction:desc");
    assertRuns(List.of(7, 6), "--sort", "status:desc", "--sort", "steps:asc", "--limit", "2");
  }

  @Test
  void nothingFound() {
    assertEquals("no run meets the conditions; the sweep has 8 runs\n", text("--where", "seed=9"));
    assertEquals(
        "no run meets the conditions; the sweep has 8 runs\n",
        text("--where", "seed=9", "--group-by", "seed"));
    assertEquals("[ ]\n", text("--where", "seed=9", "--json"));
  }

  @Test
  void jsonHasStableKeysAndNumbers() throws IOException {
    JsonNode rows = new JsonMapper().readTree(text("--json"));
    assertEquals(8, rows.size());
    List<String> keys = new ArrayList<>();
    rows.get(7).fieldNames().forEachRemaining(keys::add);
    assertEquals(
        List.of(
            "run",
            "train_fraction",
            "seed",
            "status",
            "stop_reason",
            "memorised_at",
            "grokked_at",
            "delay",
            "steps",
            "train_loss",
            "train_accuracy",
            "validation_loss",
            "validation_accuracy",
            "weight_norm",
            "seconds",
            "error"),
        keys);
    JsonNode grokked = rows.get(5);
    assertTrue(grokked.get("train_fraction").isNumber());
    assertEquals(0.4, grokked.get("train_fraction").doubleValue());
    assertEquals(50, grokked.get("grokked_at").longValue());
    assertEquals(1e-6, grokked.get("train_loss").doubleValue());
    assertEquals("ended", grokked.get("status").textValue());
    assertTrue(grokked.get("error").isNull());
    assertTrue(rows.get(7).get("steps").isNull());
  }

  @Test
  void jsonOfGroups() throws IOException {
    JsonNode groups = new JsonMapper().readTree(text("--group-by", "train_fraction", "--json"));
    assertEquals(2, groups.size());
    JsonNode low = groups.get(0);
    List<String> keys = new ArrayList<>();
    low.fieldNames().forEachRemaining(keys::add);
    assertEquals(
        List.of(
            "train_fraction",
            "runs",
            "ended",
            "grokked",
            "diverged",
            "failed",
            "running",
            "waiting",
            "unreadable",
            "memorised_at_q1",
            "memorised_at_median",
            "memorised_at_q3",
            "grokked_at_q1",
            "grokked_at_median",
            "grokked_at_q3",
            "delay_q1",
            "delay_median",
            "delay_q3",
            "validation_accuracy_q1",
            "validation_accuracy_median",
            "validation_accuracy_q3",
            "seconds_q1",
            "seconds_median",
            "seconds_q3"),
        keys);
    assertTrue(low.get("grokked_at_median").isNull());
    assertEquals(1, low.get("grokked").intValue());
    assertEquals(0.25, low.get("validation_accuracy_median").doubleValue());
    JsonNode high = groups.get(1);
    assertEquals(42.5, high.get("grokked_at_q1").doubleValue());
    assertEquals(2.25, high.get("delay_median").doubleValue());
    assertEquals(1, high.get("running").intValue());
    assertEquals(1, high.get("waiting").intValue());
  }

  @Test
  void groupsAreSortedByTheirMediansAndWhatWasNotReachedIsLast() {
    assertEquals(
        "train_fraction,grokked_at_q1,grokked_at_median,grokked_at_q3\n"
            + "0.3,,,\n0.4,42.5,45.0,47.5\n",
        text(
            "--group-by",
            "task.train_fraction",
            "--sort",
            "grokked_at:desc",
            "--columns",
            "train_fraction,grokked_at",
            "--csv"));
    assertEquals(
        List.of("seed,train_fraction,runs", "0,0.4,1", "1,0.4,1"),
        text(
                "--group-by=seed,train_fraction",
                "--sort=grokked_at",
                "--columns=seed,train_fraction,runs",
                "--limit=2",
                "--csv")
            .lines()
            .toList());
  }

  @Test
  void csvIsTheFile() throws IOException {
    folder.recordFailure(7, "a, \"b\"");
    SweepFiles.write(folder, Sweep.of(folder));
    assertEquals(Files.readString(folder.resultsFile()), text("--csv"));
  }

  @Test
  void columnsAreThoseAskedForInTheirOrder() {
    assertEquals(
        """
        grokked_at  run  error
                60    1
        1 run of the sweep's 8: 1 ended
        """,
        text("--columns", "grokked_at,run,error", "--where", "run=1"));
  }

  @Test
  void aDamagedRunSaysSoAndHidesNoOther() throws IOException {
    RunFolder run = RunFolder.open(folder.runPath(1));
    Files.writeString(run.summaryFile(), "{");
    assertRuns(List.of(1), "--where", "error!=");
    String text = text("--columns", "run,status,grokked_at,error");
    assertTrue(text.contains("runs/0001/summary.json:1: damaged"), text);
    assertEquals(10, text.lines().count());
  }

  private void refused(String words, String... arguments) {
    InProcess done = results(arguments);
    assertEquals("", done.out());
    assertTrue(done.err().contains(words), () -> "\"" + words + "\" in " + done.err());
    assertEquals(ExitCode.USAGE, done.exitCode());
  }

  @Test
  void mistakesAreSaid() {
    refused("unknown column groked_at; did you mean grokked_at?", "--where", "groked_at=5");
    refused("Columns: run, train_fraction, seed, status,", "--sort", "nonsense");
    refused("unknown column grokked; did you mean grokked_at?", "--columns", "run,grokked");
    refused("did you mean task.train_fraction?", "--group-by", "task.train_fractoin");
    refused("condition \"seed\": allowed: COLUMN=VALUE", "--where", "seed");
    refused("condition \"=5\": allowed: COLUMN=VALUE", "--where", "=5");
    refused("\"many\" is none", "--where", "seed<many");
    refused("steps holds numbers, and \"many\" is none", "--where", "steps=many");
    refused("\"\" is none", "--where", "steps>");
    refused(
        "\"done\" is no status; allowed: waiting, running, ended, failed",
        "--where",
        "status=done");
    refused("\"grok\" is no stop_reason", "--where", "stop_reason!=grok");
    refused("after the colon stands asc or desc", "--sort", "seed:down");
    refused("column seed is named twice", "--columns", "seed,training.seed");
    refused(
        "--group-by status: it is no axis of the sweep; allowed: train_fraction, seed",
        "--group-by",
        "status");
    refused("--limit 0: allowed: 1 or more", "--limit", "0");
    refused("--json and --csv exclude each other", "--json", "--csv");
  }

  @Test
  void axesWithTheSameLastPartAreNamedInFull() {
    path = parent.resolve("two");
    folder =
        SweepFolders.create(
            path,
            """
            model: {kind: mlp}
            sweep: {model.activation: [relu], training.steps: [10, 20], training.seed: [0]}
            """,
            1);
    // A column of every sweep has that name already.
    refused("steps holds numbers", "--where", "steps=x");
    assertRuns(List.of(1), "--where", "training.steps=20");
    assertRuns(List.of(1), "--where", "training_steps=20");
    assertRuns(List.of(0, 1), "--where", "activation=relu");
  }

  @Test
  void foldersThatAreNoSweepsAreRefused() throws IOException {
    InProcess absent = InProcess.run("results", parent.resolve("absent").toString());
    assertEquals(ExitCode.STORAGE, absent.exitCode());
    assertTrue(absent.err().contains("absent: no such sweep folder"), absent.err());
    InProcess run = InProcess.run("results", folder.runPath(1).toString());
    assertEquals(ExitCode.STORAGE, run.exitCode());
    assertTrue(run.err().contains("it is the folder of a single run"), run.err());
    Path manifest = path.resolve("sweep.json");
    String json = Files.readString(manifest);
    Files.writeString(manifest, json.replaceFirst("\"format\" : [0-9]+", "\"format\" : 99"));
    InProcess other = results();
    assertEquals(ExitCode.STORAGE, other.exitCode());
    assertTrue(other.err().contains("sweep.json: the folder has format 99"), other.err());
    Files.writeString(manifest, json);
    Files.writeString(path.resolve("sweep.yaml"), "sweep: {training.sed: [1]}\n");
    InProcess changed = results();
    assertEquals(ExitCode.STORAGE, changed.exitCode());
    assertTrue(changed.err().contains("sweep.yaml: was changed since"), changed.err());
  }
}
