package longrun.report;

/** A step that a chart marks with a vertical line and a label. */
record Moment(String label, long step, Ink ink) {}
