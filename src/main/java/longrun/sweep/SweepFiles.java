package longrun.sweep;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import longrun.store.DurableFiles;
import longrun.store.MetricsRow;
import longrun.store.StorageException;
import longrun.store.SweepFolder;

/**
 * Writes what follows from the runs of a sweep, of all its shards: results.csv and curves.csv. One
 * run is held in memory at a time; whoever opens a file sees the old one or the new one, whole.
 */
public final class SweepFiles {
  private SweepFiles() {}

  /**
   * What was found in the run folders.
   *
   * @param shards how far each has come, in order
   * @param damaged what is wrong with files of single runs, a message each; what follows from those
   *     is missing in the files written
   */
  public record Written(List<ShardState> shards, List<String> damaged) {
    public Written {
      shards = List.copyOf(shards);
      damaged = List.copyOf(damaged);
    }
  }

  /**
   * Writes both, of as much as there is; the sweep may be under way.
   *
   * @throws StorageException if the folder is another sweep's, or a file cannot be written; the
   *     file that was there is intact then
   */
  public static Written write(SweepFolder folder, Sweep sweep) {
    SweepResults results = SweepResults.of(folder, sweep);
    int[][] counts = new int[folder.manifest().shards()][RunResult.Status.values().length];
    List<String> damaged = new ArrayList<>();
    write(
        folder,
        folder.resultsFile(),
        writer -> {
          ResultsCsv<RunResult> csv = new ResultsCsv<>(ResultColumns.of(sweep), writer);
          csv.header();
          for (int run = 0; run < sweep.count(); run++) {
            RunResult result = results.result(run);
            counts[run % counts.length][result.status().ordinal()]++;
            csv.row(result);
            if (result.status() != RunResult.Status.FAILED) {
              result.error().ifPresent(damaged::add);
            }
          }
        });
    write(
        folder,
        folder.curvesFile(),
        writer -> {
          CurvesCsv csv = new CurvesCsv(sweep, writer);
          csv.header();
          for (int run = 0; run < sweep.count(); run++) {
            csv.run(run, curve(results, run, damaged));
          }
        });
    List<ShardState> shards = new ArrayList<>();
    for (int i = 0; i < counts.length; i++) {
      shards.add(state(folder, new Shard(i + 1, counts.length), counts[i]));
    }
    return new Written(shards, damaged.stream().distinct().toList());
  }

  private static ShardState state(SweepFolder folder, Shard shard, int[] counts) {
    return new ShardState(
        shard,
        counts[RunResult.Status.WAITING.ordinal()],
        counts[RunResult.Status.RUNNING.ordinal()],
        counts[RunResult.Status.ENDED.ordinal()],
        counts[RunResult.Status.FAILED.ordinal()],
        folder.owner(shard.index()));
  }

  private static List<MetricsRow> curve(SweepResults results, int run, List<String> damaged) {
    try {
      return results.curve(run);
    } catch (StorageException e) {
      damaged.add(e.getMessage());
      return List.of();
    }
  }

  /** Writes text. */
  @FunctionalInterface
  private interface Text {
    void writeTo(Writer writer) throws IOException;
  }

  private static void write(SweepFolder folder, Path file, Text text) {
    folder.write(
        file,
        output -> {
          Writer writer =
              new BufferedWriter(
                  new OutputStreamWriter(stream(output), StandardCharsets.UTF_8), 1 << 16);
          text.writeTo(writer);
          writer.flush();
        });
  }

  private static OutputStream stream(DurableFiles.Output output) {
    return new OutputStream() {
      @Override
      public void write(int value) throws IOException {
        output.write(ByteBuffer.wrap(new byte[] {(byte) value}));
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        output.write(ByteBuffer.wrap(bytes, offset, length));
      }
    };
  }
}
