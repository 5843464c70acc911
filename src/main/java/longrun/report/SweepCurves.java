package longrun.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import longrun.store.StorageException;
import longrun.sweep.RunResult;
import longrun.sweep.RunResult.Status;
import longrun.sweep.SweepAxis;
import longrun.sweep.SweepResults;

/**
 * The curves of a sweep's runs, as far as a page can show them: one run's metrics are in memory at
 * a time, and what is kept of them does not grow with the number of evaluations.
 *
 * @param steps the axis of all of them
 * @param drawn the runs to draw one by one
 * @param places steps at which medians are taken
 * @param bands of validation accuracy at the places, one for each colour
 * @param begun runs that have been evaluated
 * @param read of these: what the bands are made of
 * @param validates whether any example validates, in any run
 * @param damaged what is wrong with metrics that could not be read
 */
record SweepCurves(
    StepAxis steps,
    List<Drawn> drawn,
    double[] places,
    List<Band> bands,
    int begun,
    int read,
    boolean validates,
    List<String> damaged) {

  /** Up to so many runs are all drawn. */
  static final int MOST_DRAWN = 200;

  /** So many of them are drawn where there are more. */
  static final int SAMPLE = 80;

  /** More than this say nothing new about medians and quartiles. */
  static final int MOST_READ = 4000;

  /** Places along the steps at which medians are taken. */
  static final int PLACES = 240;

  /** Points of all curves together: what keeps a page small. */
  private static final int POINTS = 220_000;

  private static final int MOST_COLUMNS = 400;
  private static final int KINDS_OF_CURVES = 4;

  /** A curve, thinned; without step 0 where the axis has no place for it. */
  record Line(double[] steps, double[] values) {}

  /** The curves of a run. */
  record Drawn(
      int run, Line trainAccuracy, Line validationAccuracy, Line trainLoss, Line validationLoss) {}

  /** Reads the curves of the runs that have any. */
  static SweepCurves read(SweepView view, SweepResults results) {
    List<Integer> begun =
        view.begun().stream()
            .filter(result -> result.steps().isPresent())
            .map(RunResult::run)
            .toList();
    return new Reader(view, results, begun).read();
  }

  private static final class Reader {
    private final SweepView view;
    private final SweepResults results;
    private final List<Integer> begun;
    private final StepAxis axis;
    private final double[] places;
    private final List<List<float[]>> accuracies = new ArrayList<>();
    private final List<Drawn> drawn = new ArrayList<>();
    private final List<String> damaged = new ArrayList<>();
    private boolean validates;

    Reader(SweepView view, SweepResults results, List<Integer> begun) {
      this.view = view;
      this.results = results;
      this.begun = begun;
      double last =
          view.begun().stream().mapToLong(result -> result.steps().orElse(0)).max().orElse(0);
      double first = Math.min(every(), last);
      axis = StepAxis.over(new double[] {first, last});
      places = places(axis.logarithmic() ? first : 0, last);
      for (int color = 0; color < view.colors(); color++) {
        accuracies.add(new ArrayList<>());
      }
    }

    SweepCurves read() {
      List<Integer> read = Spread.pick(begun, MOST_READ, view::coloredRank);
      List<Integer> shown =
          Spread.pick(read, read.size() > MOST_DRAWN ? SAMPLE : MOST_DRAWN, view::coloredRank);
      Set<Integer> toDraw = new HashSet<>(shown);
      int columns =
          Math.clamp(POINTS / (4 * KINDS_OF_CURVES * Math.max(1, shown.size())), 40, MOST_COLUMNS);
      Set<Integer> ended = new HashSet<>();
      view.of(Status.ENDED).forEach(result -> ended.add(result.run()));
      for (int run : read) {
        try {
          Metrics metrics = Metrics.of(results.curve(run));
          validates |= metrics.validates();
          accuracies.get(view.coloredRank(run)).add(atPlaces(metrics, ended.contains(run)));
          if (toDraw.contains(run)) {
            drawn.add(drawn(run, metrics, columns));
          }
        } catch (StorageException e) {
          damaged.add(e.getMessage());
        }
      }
      List<Band> bands = accuracies.stream().map(curves -> Band.of(curves, PLACES)).toList();
      return new SweepCurves(
          axis,
          drawn,
          places,
          bands,
          begun.size(),
          read.size() - damaged.size(),
          validates,
          damaged);
    }

    /** The first step that any run evaluates after step 0. */
    private double every() {
      for (SweepAxis each : view.sweep().axes()) {
        if (each.key().equals("evaluation.every")) {
          return each.values().stream().mapToDouble(Double::parseDouble).min().orElse(1);
        }
      }
      return view.sweep().base().evaluation().every();
    }

    /** Evenly from the first to the last, as the axis is. */
    private double[] places(double first, double last) {
      double[] all = new double[PLACES];
      for (int i = 0; i < PLACES; i++) {
        double share = (double) i / (PLACES - 1);
        all[i] =
            axis.logarithmic()
                ? first * Math.pow(last / first, share)
                : first + share * (last - first);
      }
      all[PLACES - 1] = last;
      return all;
    }

    private Drawn drawn(int run, Metrics metrics, int columns) {
      return new Drawn(
          run,
          line(metrics.steps(), metrics.trainAccuracy(), columns),
          line(metrics.steps(), metrics.validationAccuracy(), columns),
          line(metrics.steps(), metrics.trainLoss(), columns),
          line(metrics.steps(), metrics.validationLoss(), columns));
    }

    private Line line(double[] steps, double[] values, int columns) {
      int from = 0;
      while (from < steps.length && !axis.shows(steps[from])) {
        from++;
      }
      double[] shownSteps = Arrays.copyOfRange(steps, from, steps.length);
      double[] shownValues = Arrays.copyOfRange(values, from, values.length);
      int[] kept = Thinning.kept(shownSteps, shownValues, axis, columns);
      return new Line(Thinning.at(shownSteps, kept), Thinning.at(shownValues, kept));
    }

    /**
     * Validation accuracy at the places, along the line between two evaluations. Beyond its end a
     * run that has ended keeps its last value; of others nothing is known.
     */
    private float[] atPlaces(Metrics metrics, boolean ended) {
      double[] steps = metrics.steps();
      double[] values = metrics.validationAccuracy();
      float[] all = new float[PLACES];
      Arrays.fill(all, Float.NaN);
      int after = 0;
      double last = Double.NaN;
      for (int place = 0; place < PLACES; place++) {
        while (after < steps.length && steps[after] <= places[place]) {
          last = Double.isFinite(values[after]) ? values[after] : last;
          after++;
        }
        if (after == 0) {
          continue;
        }
        if (after == steps.length) {
          boolean there = steps[after - 1] == places[place];
          all[place] = (float) (ended || there ? last : Double.NaN);
        } else if (Double.isFinite(values[after]) && axis.shows(steps[after - 1])) {
          double from = axis.position(steps[after - 1]);
          double share =
              (axis.position(places[place]) - from) / (axis.position(steps[after]) - from);
          all[place] = (float) (last + share * (values[after] - last));
        } else {
          all[place] = (float) last;
        }
      }
      return all;
    }
  }
}
