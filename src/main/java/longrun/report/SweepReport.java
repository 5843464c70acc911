package longrun.report;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import longrun.store.SweepFolder;
import longrun.sweep.Sweep;
import longrun.sweep.SweepResults;

/**
 * Writes {@code report.html} of a sweep: one file that needs nothing else, neither network, server
 * nor scripts. It can be written at any time, while the sweep is under way too, and again; it shows
 * what the run folders hold at that moment. Its drawings need no fonts and no display.
 */
public final class SweepReport {
  private SweepReport() {}

  /**
   * Writes the report into the sweep's folder, in one instant. What is damaged in a single run's
   * folder is said on the page.
   *
   * @return the file
   * @throws longrun.store.StorageException if the folder is another sweep's, or the report cannot
   *     be written
   */
  public static Path write(SweepFolder folder, Sweep sweep) {
    byte[] page = page(folder, sweep).getBytes(StandardCharsets.UTF_8);
    folder.write(folder.reportFile(), output -> output.write(ByteBuffer.wrap(page)));
    return folder.reportFile();
  }

  static String page(SweepFolder folder, Sweep sweep) {
    SweepResults results = SweepResults.of(folder, sweep);
    SweepView view = SweepView.read(folder.path().getFileName().toString(), sweep, results);
    return SweepPage.of(view, SweepCurves.read(view, results), Engines.read(folder, view));
  }
}
