package longrun.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import longrun.config.ConfigReader;
import longrun.store.StopReason;
import longrun.store.Summary.FinalMetrics;
import longrun.sweep.GroupColumns;
import longrun.sweep.ResultColumns;
import longrun.sweep.RunGroup;
import longrun.sweep.RunResult;
import longrun.sweep.RunResult.Status;
import longrun.sweep.Sweep;
import org.junit.jupiter.api.Test;

class ResultTableTest {
  private static final Sweep SWEEP =
      sweep("sweep: {training.batch_size: [full, 512], training.seed: {from: 0, count: 5}}");

  private static Sweep sweep(String yaml) {
    return Sweep.of(ConfigReader.parseSweep(yaml, "test", List.of()));
  }

  private static RunResult ended(int run, OptionalLong grokkedAt) {
    return new RunResult(
        run,
        SWEEP.values(run),
        Status.ENDED,
        Optional.of(StopReason.STEPS_DONE),
        OptionalLong.of(100),
        grokkedAt,
        OptionalLong.of(40_000),
        new FinalMetrics(1e-7, 1, 2e-5, 0.99995, 41.25),
        OptionalDouble.of(3723),
        Optional.empty());
  }

  private static List<RunResult> threeOfFiveGrokked() {
    List<RunResult> runs = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      runs.add(ended(i, i < 3 ? OptionalLong.of(1000 + 500L * i) : OptionalLong.empty()));
    }
    return runs;
  }

  @Test
  void quartilesStandBehindTheMedian() {
    List<RunGroup> groups =
        RunGroup.by(SWEEP, List.of(SWEEP.axes().getFirst()), threeOfFiveGrokked());
    var query = new ResultQuery<>(GroupColumns.of(List.of(SWEEP.axes().getFirst())));
    assertEquals(
        List.of(
            "batch_size              grokked_at                    delay   memorised_at",
            "full        2,000 (1,500–> 40,000)  20.0 (15.0–not reached)  100 (100–100)"),
        ResultTable.wholeText(
            query.columns(List.of("batch_size", "grokked_at", "delay", "memorised_at")), groups));
  }

  @Test
  void aNarrowTerminalDoesWithoutSomeColumns() {
    List<RunResult> runs = threeOfFiveGrokked();
    List<String> wide = ResultTable.text(ResultColumns.of(SWEEP), runs, 500);
    assertTrue(wide.getFirst().contains("weight_norm"), wide.getFirst());
    // No run failed.
    assertTrue(!wide.getFirst().contains("error"), wide.getFirst());
    List<String> narrow = ResultTable.text(ResultColumns.of(SWEEP), runs, 80);
    assertEquals(
        "run  batch_size  seed  status  memorised_at  grokked_at  delay", narrow.getFirst());
    assertTrue(narrow.stream().allMatch(line -> line.length() <= 80));
    List<String> narrowest = ResultTable.text(ResultColumns.of(SWEEP), runs, 10);
    assertEquals("run  batch_size  seed  status  memorised_at  grokked_at", narrowest.getFirst());
  }

  @Test
  void aLongReasonIsCutAtTheEdgeAndCannotCommandTheTerminal() {
    RunResult failed =
        new RunResult(
            0,
            SWEEP.values(0),
            Status.FAILED,
            Optional.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            new FinalMetrics(0, 0, 0, 0, 0),
            OptionalDouble.empty(),
            Optional.of("\u001b[2Jgone\n" + "a reason ".repeat(50)));
    var columns = new ResultQuery<>(ResultColumns.of(SWEEP)).columns(List.of("run", "error"));
    List<String> lines = ResultTable.text(columns, List.of(failed), 30);
    assertEquals("run  error", lines.get(0));
    assertTrue(lines.get(1).startsWith("  0  ?[2Jgone a reason a re"), lines.get(1));
    assertEquals(30, lines.get(1).length());
    assertTrue(lines.get(1).endsWith("…"));
  }

  @Test
  void jsonHasNumbersAsItHasToWriteThem() {
    Sweep odd =
        sweep(
            """
            model: {kind: mlp}
            sweep:
              training.batch_size: [full, 512]
              optimizer.weight_decay: [1e-3]
              model.bias: [true]
              optimizer.betas: [[0.9, 0.98]]
            """);
    RunResult run =
        new RunResult(
            1,
            odd.values(1),
            Status.WAITING,
            Optional.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            new FinalMetrics(0, 0, 0, 0, 0),
            OptionalDouble.empty(),
            Optional.empty());
    var columns = new ResultQuery<>(ResultColumns.of(odd));
    assertEquals(
        "[ {\n  \"batch_size\" : 512,\n  \"weight_decay\" : 0.001,\n  \"bias\" : true,\n"
            + "  \"betas\" : \"[0.9, 0.98]\"\n} ]",
        ResultTable.json(
            columns.columns(List.of("batch_size", "weight_decay", "bias", "betas")), List.of(run)));
  }
}
