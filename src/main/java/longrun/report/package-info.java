/**
 * What a person reads about runs: the sentence that says how a run went, the page {@code
 * report.html}, the list of runs in a folder, and the table of a sweep's results.
 *
 * <p>Owns: {@link longrun.report.OutcomeSentence}, {@link longrun.report.RunReport} with its
 * charts, {@link longrun.report.SweepReport} with its own, {@link longrun.report.RunListing} and
 * {@link longrun.report.RunTable}, {@link longrun.report.ResultQuery} and {@link
 * longrun.report.ResultTable}. Imports {@code sweep} and below; XChart for the charts, Jackson for
 * JSON. Invariants: nothing here prints, exits or changes a run folder but for its {@code
 * report.html}; whatever stands in a run's files is escaped before it reaches a page; a page refers
 * to nothing outside itself; a machine that cannot draw still gets its report.
 */
package longrun.report;
