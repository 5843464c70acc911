package longrun.report;

import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.List;
import org.knowm.xchart.internal.chartpart.Annotation;

/**
 * The vertical lines at a chart's moments, each with its label above the plot. A label stands to
 * the right of its line, to the left where the right has no room; a line in the row of another
 * label never crosses it (see {@link #paint}).
 */
final class MomentMarker extends Annotation {
  /** Pixels between two rows of labels, and above the plot in all. */
  private static final int ROW_PIXELS = 17;

  private static final int GAP_PIXELS = 5;

  private final List<Moment> moments;
  private final Font font;

  MomentMarker(List<Moment> moments, Font font) {
    super(false);
    this.moments = moments;
    this.font = font;
  }

  /** Pixels that the labels take above the plot. */
  static int heightPixels(int moments) {
    return moments * ROW_PIXELS + 4;
  }

  /**
   * Where labels stand to the right of their lines, an earlier moment's label stands higher, so
   * that its line passes the rows below left of their labels; where the last label stands to the
   * left, so do all, and it is the other way round.
   */
  @Override
  public void paint(Graphics2D g) {
    bounds = new Rectangle2D.Double();
    if (moments.isEmpty()) {
      return;
    }
    int top = getYAxisScreenValueForMin();
    int bottom = getYAxisScreenValueForMax();
    int right = getXAxisScreenValueForMax();
    double lastX = getXAxisScreenValue((double) moments.getLast().step());
    double widest = moments.stream().mapToDouble(moment -> width(moment, g)).max().orElse(0);
    boolean leftward = lastX + GAP_PIXELS + widest > right;
    for (int i = 0; i < moments.size(); i++) {
      Moment moment = moments.get(i);
      int row = leftward ? i + 1 : moments.size() - i;
      double x = getXAxisScreenValue((double) moment.step()) + 0.5;
      double baseline = top - (row - 1) * ROW_PIXELS - 7;
      g.setColor(moment.ink().color());
      g.setStroke(
          new BasicStroke(
              1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 10f, new float[] {5f, 3f}, 0f));
      g.draw(new Line2D.Double(x, bottom, x, baseline - 9));
      double textX = leftward ? x - GAP_PIXELS - width(moment, g) : x + GAP_PIXELS;
      fillText(g, moment.label(), textX, baseline);
    }
  }

  private double width(Moment moment, Graphics2D g) {
    return new TextLayout(moment.label(), font, g.getFontRenderContext()).getAdvance();
  }

  private void fillText(Graphics2D g, String text, double x, double baseline) {
    Shape outline =
        new TextLayout(text, font, g.getFontRenderContext())
            .getOutline(AffineTransform.getTranslateInstance(x, baseline));
    g.fill(outline);
  }
}
