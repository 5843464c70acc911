package longrun.report;

import java.util.List;
import java.util.Optional;

/**
 * A drawing about a sweep with the words around it.
 *
 * @param title what it shows
 * @param legend what its colours stand for
 * @param svg empty where there is nothing to draw; a note says why
 * @param wide whether it needs its whole width to be read: it can be pushed to and fro on a narrow
 *     screen
 * @param notes what a reader has to know to read it rightly, a sentence each
 */
record SweepFigure(
    String title, Legend legend, Optional<String> svg, boolean wide, List<String> notes) {

  /**
   * What colours stand for.
   *
   * @param name of what has the values; empty if the entries say it
   */
  record Legend(String name, List<Entry> entries) {
    static final Legend NONE = new Legend("", List.of());
  }

  /**
   * A line of a legend.
   *
   * @param classes of the sample; empty where there is none
   * @param text what it stands for
   */
  record Entry(String classes, String text) {}

  static SweepFigure of(String title, Legend legend, Svg svg, List<String> notes) {
    return new SweepFigure(title, legend, Optional.of(svg.toString()), false, notes);
  }

  static SweepFigure empty(String title, String why) {
    return new SweepFigure(title, Legend.NONE, Optional.empty(), false, List.of(why));
  }
}
