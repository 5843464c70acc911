package longrun.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.sweep.RunGroup;
import longrun.sweep.RunResult;
import longrun.sweep.RunResult.Status;
import longrun.sweep.Sweep;
import longrun.sweep.SweepResults;

/**
 * What a page about a sweep shows of the results.
 *
 * @param name of its folder
 * @param begun results of the runs that somebody has begun or tried, ascending
 * @param axes that make a difference
 * @param colored the axis whose values have colours; empty where the runs differ in seeds alone
 */
record SweepView(
    String name,
    Sweep sweep,
    List<RunResult> begun,
    List<ShownAxis> axes,
    Optional<ShownAxis> colored) {

  /**
   * Reads every run's result; there may be many that nobody has begun, and none is kept of those.
   */
  static SweepView read(String name, Sweep sweep, SweepResults results) {
    List<RunResult> begun = new ArrayList<>();
    for (int run = 0; run < sweep.count(); run++) {
      RunResult result = results.result(run);
      if (result.status() != Status.WAITING) {
        begun.add(result);
      }
    }
    List<ShownAxis> axes = ShownAxis.of(sweep);
    return new SweepView(name, sweep, begun, axes, ShownAxis.toCompare(axes));
  }

  int waiting() {
    return sweep.count() - begun.size();
  }

  List<RunResult> of(Status status) {
    return begun.stream().filter(result -> result.status() == status).toList();
  }

  /** All runs together; those that nobody has begun are not among them. */
  RunGroup all() {
    return RunGroup.of(List.of(), begun);
  }

  /** The class of a run's colour. */
  String color(int run) {
    return "k" + coloredRank(run);
  }

  /** The rank of a run's value on the axis that has colours; 0 where none has. */
  int coloredRank(int run) {
    return colored.map(axis -> axis.rank(run)).orElse(0);
  }

  /** How many values have colours. */
  int colors() {
    return colored.map(ShownAxis::size).orElse(1);
  }

  /** What a value of that axis is called; of all runs together where none has colours. */
  String colorLabel(int rank) {
    return colored.map(axis -> axis.labels().get(rank)).orElse("all runs");
  }

  /** The runs with each value of an axis, by rank. */
  List<List<RunResult>> by(ShownAxis axis) {
    List<List<RunResult>> groups = new ArrayList<>();
    for (int rank = 0; rank < axis.size(); rank++) {
      groups.add(new ArrayList<>());
    }
    for (RunResult result : begun) {
      groups.get(axis.rank(result.run())).add(result);
    }
    return groups;
  }

  /** The runs of each colour, by rank. */
  List<List<RunResult>> byColor() {
    return colored.map(this::by).orElse(List.of(begun));
  }
}
