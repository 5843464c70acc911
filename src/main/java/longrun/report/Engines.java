package longrun.report;

import java.util.Map;
import java.util.TreeMap;
import longrun.store.RunFolder;
import longrun.store.StorageException;
import longrun.store.Summary;
import longrun.store.SweepFolder;
import longrun.sweep.RunResult;
import longrun.sweep.RunResult.Status;

/**
 * What ended the runs of a sweep: engines, machines and versions, each with the number of runs.
 *
 * @param read runs that say so
 */
record Engines(
    Map<String, Integer> engines,
    Map<String, Integer> machines,
    Map<String, Integer> versions,
    int read) {

  static Engines read(SweepFolder folder, SweepView view) {
    Map<String, Integer> engines = new TreeMap<>();
    Map<String, Integer> machines = new TreeMap<>();
    Map<String, Integer> versions = new TreeMap<>();
    var ended = view.of(Status.ENDED).stream().map(RunResult::run).toList();
    int read = 0;
    for (int run : Spread.pick(ended, SweepCurves.MOST_READ, _ -> 0)) {
      try {
        var summary = RunFolder.open(folder.runPath(run)).summary();
        if (summary.isPresent()) {
          add(summary.get(), engines, machines, versions);
          read++;
        }
      } catch (StorageException e) {
        // The results say that it is damaged, and how.
        continue;
      }
    }
    return new Engines(engines, machines, versions, read);
  }

  private static void add(
      Summary summary,
      Map<String, Integer> engines,
      Map<String, Integer> machines,
      Map<String, Integer> versions) {
    String spans = Descriptions.engines(summary.provenance().engines());
    engines.merge(
        (spans.isEmpty() ? summary.engine() : spans) + " on " + summary.engineDescription(),
        1,
        Integer::sum);
    machines.merge(
        summary.machine().cpu()
            + ", "
            + Numbers.counted(summary.machine().cores(), "core")
            + ", "
            + summary.machine().os()
            + ", Java "
            + summary.machine().java(),
        1,
        Integer::sum);
    versions.merge(summary.version(), 1, Integer::sum);
  }
}
