package longrun.report;

import java.util.List;
import java.util.Optional;

/**
 * A chart with the words around it.
 *
 * @param title what it shows
 * @param curves its curves as they are named in the legend, drawn or not
 * @param chart empty where there is nothing to draw; a note says why
 * @param notes what a reader has to know to read it rightly, a sentence each
 */
record Figure(String title, List<Curve> curves, Optional<Chart> chart, List<String> notes) {}
