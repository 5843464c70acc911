package longrun.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import longrun.report.ReportPage.Drawn;
import longrun.store.DurableFiles;
import longrun.store.RunFolder;
import longrun.store.StorageException;

/**
 * Writes {@code report.html} of a run: one file that needs nothing else, neither network nor
 * server. It can be written at any time, for a run that has ended or not, and again.
 */
public final class RunReport {
  private final Chart.Painter painter;

  /** Reports with charts, where this machine can draw. */
  public RunReport() {
    this(new XChartPainter());
  }

  RunReport(Chart.Painter painter) {
    this.painter = painter;
  }

  /**
   * Writes the report into the run folder, in one instant. Where this machine lacks what AWT needs
   * to draw text, the report has its tables, and says what is missing in place of the charts.
   *
   * @return the file
   * @throws StorageException if metrics.csv or summary.json is missing or damaged, or the report
   *     cannot be written
   * @throws longrun.config.ConfigException if config.yaml is damaged
   */
  public Path write(Path runFolder) {
    byte[] page = page(RunView.read(runFolder)).getBytes(StandardCharsets.UTF_8);
    Path file = RunFolder.open(runFolder).reportFile();
    try {
      DurableFiles.DISK.write(file, output -> output.write(ByteBuffer.wrap(page)));
    } catch (IOException e) {
      throw StorageException.writing("report", file, "the run itself is complete on disk", e);
    }
    return file;
  }

  String page(RunView run) {
    Figures.Set figures = Figures.of(run.metrics(), run.memorisedAt(), run.grokkedAt());
    List<Drawn> drawn = new ArrayList<>();
    Optional<String> notDrawn = Optional.empty();
    for (Figure figure : figures.figures()) {
      if (figure.chart().isEmpty()) {
        drawn.add(new Drawn(figure, Optional.empty()));
        continue;
      }
      try {
        drawn.add(new Drawn(figure, Optional.of(painter.paint(figure.chart().get()))));
      } catch (Error | RuntimeException e) {
        if (!DrawingFailure.isOne(e)) {
          throw e;
        }
        notDrawn = Optional.of(DrawingFailure.explain(e));
      }
    }
    return ReportPage.of(run, drawn, figures.readingNotes(), notDrawn);
  }
}
