package longrun.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import longrun.report.SweepReport;
import longrun.store.SweepFolder;
import longrun.sweep.ShardState;
import longrun.sweep.Sweep;
import longrun.sweep.SweepFiles;

/** {@code longrun sweep --merge}: joins the results of a sweep's shards. */
final class MergedSweep {
  private MergedSweep() {}

  /**
   * Writes results.csv and curves.csv of all shards, and says how far each has come. A shard that
   * is not complete, or trains at this moment, is no error: the files have what there is.
   */
  static void write(Path folder, boolean report, Output output) {
    SweepFolder sweepFolder = SweepFolder.open(folder);
    SweepFiles.Written written = SweepFiles.write(sweepFolder, Sweep.of(sweepFolder));
    PrintStream out = output.out();
    lines(written.shards()).forEach(out::println);
    written.damaged().forEach(message -> output.err().println("longrun: warning: " + message));
    out.println("results: " + folder.resolve(sweepFolder.resultsFile().getFileName()));
    out.println("curves: " + folder.resolve(sweepFolder.curvesFile().getFileName()));
    if (report) {
      SweepReport.write(sweepFolder, Sweep.of(sweepFolder));
      out.println("report: " + folder.resolve(sweepFolder.reportFile().getFileName()));
    }
  }

  /** A line for the sweep, and one for each shard that is not complete. */
  static List<String> lines(List<ShardState> shards) {
    int runs = shards.stream().mapToInt(ShardState::runs).sum();
    int ended = shards.stream().mapToInt(ShardState::ended).sum();
    List<String> lines = new ArrayList<>();
    lines.add(
        Texts.count(ended)
            + " of "
            + Texts.count(runs)
            + (runs == 1 ? " run has ended" : " runs have ended"));
    for (ShardState shard : shards) {
      if (!shard.isComplete() || shard.owner().isPresent()) {
        lines.add("shard " + shard.shard() + ": " + state(shard));
      }
    }
    return lines;
  }

  private static String state(ShardState shard) {
    List<String> parts = new ArrayList<>();
    add(parts, shard.ended(), "ended");
    add(parts, shard.running(), "begun and not ended");
    add(parts, shard.waiting(), "waiting");
    add(parts, shard.failed(), "failed");
    String counts = String.join(", ", parts);
    return shard.owner().isPresent()
        ? counts + "; process " + shard.owner().getAsLong() + " is training it"
        : counts;
  }

  private static void add(List<String> parts, int count, String what) {
    if (count > 0) {
      parts.add(Texts.count(count) + " " + what);
    }
  }
}
