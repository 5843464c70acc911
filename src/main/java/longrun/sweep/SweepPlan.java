package longrun.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import longrun.config.ConfigException;
import longrun.config.RunConfig;
import longrun.model.Model;
import longrun.plan.Cohort;
import longrun.task.Dataset;
import longrun.train.PreparedRun;

/**
 * Which runs of a sweep share launches. Only combinations of the axes that may change shapes are
 * looked at, so that ten million seeds cost nothing.
 */
public final class SweepPlan {
  /** Combinations of shapes. Each is prepared, and most are cohorts of their own. */
  private static final int MAX_COMBINATIONS = 10_000;

  /** Sweeps of more runs find out only when a run begins whether its values go together. */
  private static final int MAX_BOUND = 10_000;

  private static final int SHOWN_PROBLEMS = 5;

  private final Sweep sweep;
  private final ShapeAxes axes;
  private final int[] cohortOfCombination;
  private final List<SweepCohort> cohorts;

  private SweepPlan(
      Sweep sweep, ShapeAxes axes, int[] cohortOfCombination, List<SweepCohort> cohorts) {
    this.sweep = sweep;
    this.axes = axes;
    this.cohortOfCombination = cohortOfCombination;
    this.cohorts = cohorts;
  }

  /**
   * Plans a sweep.
   *
   * @throws ConfigException if some of its runs cannot be trained, with the first few and how many
   *     there are
   */
  public static SweepPlan of(Sweep sweep) {
    ShapeAxes axes = new ShapeAxes(sweep.axes());
    String keys = axes.shapes().stream().map(SweepAxis::key).collect(Collectors.joining(", "));
    if (axes.combinations() > MAX_COMBINATIONS) {
      throw new ConfigException(
          String.format(
              "sweep: %,d combinations of shapes (%s); allowed: up to %,d, for each may be a cohort"
                  + " of its own",
              axes.combinations(), keys, MAX_COMBINATIONS));
    }
    Builder builder = new Builder(sweep, axes);
    Problems problems = new Problems();
    for (int combination = 0; combination < axes.combinations(); combination++) {
      try {
        builder.add(combination);
      } catch (ConfigException e) {
        problems.add(axes.label(combination), e);
      }
    }
    int runsEach = sweep.count() / (int) axes.combinations();
    problems.throwIfAny(
        axes.combinations(),
        "combinations of " + keys,
        " (" + runs((long) problems.count * runsEach) + ")");
    bindAll(sweep);
    return builder.plan();
  }

  private static void bindAll(Sweep sweep) {
    if (sweep.count() > MAX_BOUND) {
      return;
    }
    Problems problems = new Problems();
    for (int run = 0; run < sweep.count(); run++) {
      try {
        sweep.config(run);
      } catch (ConfigException e) {
        problems.add(sweep.label(run), e);
      }
    }
    problems.throwIfAny(sweep.count(), "runs", "");
  }

  private static String runs(long count) {
    return String.format("%,d %s", count, count == 1 ? "run" : "runs");
  }

  /** Combinations that do not go together. */
  private static final class Problems {
    private final List<String> lines = new ArrayList<>();
    private int count;

    void add(String label, ConfigException problem) {
      count++;
      if (count <= SHOWN_PROBLEMS) {
        String indented = problem.getMessage().replace("\n", "\n    ");
        lines.add(indented.contains(label) ? indented : label + ": " + indented);
      }
    }

    void throwIfAny(long all, String what, String more) {
      if (count == 0) {
        return;
      }
      String rest = count > lines.size() ? "\n  and " + (count - lines.size()) + " more" : "";
      throw new ConfigException(
          String.format("sweep: %,d of %,d %s cannot be trained%s:\n  ", count, all, what, more)
              + String.join("\n  ", lines)
              + rest);
    }
  }

  /** Finds out which combinations agree. */
  private static final class Builder {
    private final Sweep sweep;
    private final ShapeAxes axes;
    private final int[] cohortOfCombination;
    private final List<Dataset> datasets = new ArrayList<>();
    private final Map<Cohort, Integer> numbers = new LinkedHashMap<>();

    /** As its first run has it. */
    private final List<Cohort> cohorts = new ArrayList<>();

    Builder(Sweep sweep, ShapeAxes axes) {
      this.sweep = sweep;
      this.axes = axes;
      this.cohortOfCombination = new int[(int) axes.combinations()];
    }

    void add(int combination) {
      RunConfig config = sweep.config(axes.firstRun(combination));
      PreparedRun run = PreparedRun.of(config, Optional.empty());
      Dataset dataset = shared(run.dataset());
      int trainExamples = run.split().train().length;
      Model structure = Model.of(config.model().structure(), dataset);
      Cohort key = Cohort.of(config, dataset, structure, trainExamples);
      cohortOfCombination[combination] =
          numbers.computeIfAbsent(
              key,
              _ -> {
                cohorts.add(Cohort.of(config, dataset, run.model(), trainExamples));
                return numbers.size();
              });
    }

    /** One object for all datasets with the same inputs. */
    private Dataset shared(Dataset dataset) {
      return datasets.stream()
          .filter(dataset::hasInputsOf)
          .findFirst()
          .orElseGet(
              () -> {
                datasets.add(dataset);
                return dataset;
              });
    }

    SweepPlan plan() {
      int runsEach = sweep.count() / cohortOfCombination.length;
      List<List<Integer>> members = new ArrayList<>();
      cohorts.forEach(_ -> members.add(new ArrayList<>()));
      for (int combination = 0; combination < cohortOfCombination.length; combination++) {
        members.get(cohortOfCombination[combination]).add(combination);
      }
      List<SweepCohort> all = new ArrayList<>();
      for (int number = 0; number < cohorts.size(); number++) {
        List<Integer> own = members.get(number);
        all.add(
            new SweepCohort(
                number,
                cohorts.get(number),
                axes.firstRun(own.getFirst()),
                own.size() * runsEach,
                shapes(own)));
      }
      return new SweepPlan(sweep, axes, cohortOfCombination, List.copyOf(all));
    }

    private List<SweepAxis> shapes(List<Integer> combinations) {
      List<SweepAxis> shapes = new ArrayList<>();
      for (int i = 0; i < axes.shapes().size(); i++) {
        SweepAxis axis = axes.shapes().get(i);
        TreeSet<Integer> taken = new TreeSet<>();
        for (int combination : combinations) {
          taken.add(axes.indices(combination)[i]);
        }
        shapes.add(
            new SweepAxis(
                axis.key(), axis.column(), taken.stream().map(axis.values()::get).toList()));
      }
      return shapes;
    }
  }

  /** What is planned. */
  public Sweep sweep() {
    return sweep;
  }

  /** How many cohorts there are. */
  public int cohorts() {
    return cohorts.size();
  }

  /** A cohort by its number. */
  public SweepCohort cohort(int number) {
    return cohorts.get(number);
  }

  /** The number of a run's cohort; no configuration is read for it. */
  public int cohortOf(int run) {
    return cohortOfCombination[axes.combinationOf(run)];
  }

  /** How many runs of a shard each cohort has, by its number. */
  public int[] runs(Shard shard) {
    if (shard.count() == 1) {
      return cohorts.stream().mapToInt(SweepCohort::runs).toArray();
    }
    int[] runs = new int[cohorts.size()];
    for (long run = shard.index() - 1L; run < sweep.count(); run += shard.count()) {
      runs[cohortOf((int) run)]++;
    }
    return runs;
  }

  /** What each axis that may change shapes does to cohorts, in the order of the sweep. */
  public List<Separation> separations() {
    return Separation.of(this);
  }

  /** Axes whose values share cohorts whatever they are, in the order of the sweep. */
  public List<SweepAxis> values() {
    return axes.values();
  }

  /** Combinations of values that may change shapes, with their cohorts. */
  ShapeAxes axes() {
    return axes;
  }

  /** The cohort of a combination. */
  int cohortOfCombination(int combination) {
    return cohortOfCombination[combination];
  }
}
