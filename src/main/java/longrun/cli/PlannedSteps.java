package longrun.cli;

import java.util.List;
import longrun.config.ConfigException;
import longrun.sweep.Shard;
import longrun.sweep.Sweep;

/** The last step of a sweep's runs, before any of them has begun. */
final class PlannedSteps {
  private static final String KEY = "training.steps";

  private PlannedSteps() {}

  /** Mean over the runs of a shard; 0 if it has none. */
  static double mean(Sweep sweep, Shard shard) {
    int axis = sweep.axes().stream().map(each -> each.key()).toList().indexOf(KEY);
    if (axis < 0) {
      return sweep.base().training().steps();
    }
    List<String> values = sweep.axes().get(axis).values();
    int stride =
        sweep.axes().stream()
            .skip(axis + 1L)
            .mapToInt(each -> each.values().size())
            .reduce(1, Math::multiplyExact);
    long[] steps = new long[values.size()];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = steps(sweep, i * stride);
    }
    double sum = 0;
    int runs = 0;
    for (long run = shard.index() - 1L; run < sweep.count(); run += shard.count()) {
      sum += steps[(int) (run / stride % steps.length)];
      runs++;
    }
    return runs == 0 ? 0 : sum / runs;
  }

  private static long steps(Sweep sweep, int run) {
    try {
      return sweep.config(run).training().steps();
    } catch (ConfigException e) {
      // It fails before its first step.
      return 0;
    }
  }
}
