package longrun.sweep;

import java.util.List;
import longrun.plan.Cohort;

/**
 * Runs of a sweep that can share launches.
 *
 * @param number from 0, in the order of their first runs
 * @param cohort that a session is opened for; its dataset's answers are those of the first run, for
 *     each slot has labels of its own
 * @param firstRun the first of them
 * @param runs how many they are, in the whole sweep
 * @param shapes the axes that may change shapes, each with those of its values that these runs have
 */
public record SweepCohort(
    int number, Cohort cohort, int firstRun, int runs, List<SweepAxis> shapes) {
  public SweepCohort {
    shapes = List.copyOf(shapes);
  }
}
