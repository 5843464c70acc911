package longrun.report;

import java.util.List;

/**
 * A chart, ready to be drawn.
 *
 * @param description what it shows, for people who cannot see it
 * @param curves thinned; every finite value lies on both axes
 * @param moments on the step axis, ascending
 */
record Chart(
    String description,
    StepAxis steps,
    ValueAxis values,
    List<Curve> curves,
    List<Moment> moments) {
  /** Draws charts. The seam at which a machine without fonts is told from one that can draw. */
  @FunctionalInterface
  interface Painter {
    /** The chart as one {@code <svg>} element without external references. */
    String paint(Chart chart);
  }
}
