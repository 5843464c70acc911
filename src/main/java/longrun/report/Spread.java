package longrun.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;

/**
 * Picks some of many runs: always the same ones, and without the regularity of every n-th, which
 * would pick the same seed each time.
 */
final class Spread {
  private Spread() {}

  /**
   * At most so many runs, as many of each group as of any other where there are enough.
   *
   * @param runs ascending
   * @param groupOf the group that a run is in
   * @return ascending
   */
  static List<Integer> pick(List<Integer> runs, int most, IntUnaryOperator groupOf) {
    if (runs.size() <= most) {
      return runs;
    }
    Map<Integer, List<Integer>> groups = new TreeMap<>();
    for (int run : runs) {
      groups.computeIfAbsent(groupOf.applyAsInt(run), _ -> new ArrayList<>()).add(run);
    }
    groups.values().forEach(group -> group.sort(Comparator.comparingLong(Spread::mixed)));
    List<Integer> picked = new ArrayList<>();
    for (int place = 0; picked.size() < most; place++) {
      for (List<Integer> group : groups.values()) {
        if (place < group.size() && picked.size() < most) {
          picked.add(group.get(place));
        }
      }
    }
    picked.sort(Comparator.naturalOrder());
    return picked;
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
  private static long mixed(int run) {
    long z = (run + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
