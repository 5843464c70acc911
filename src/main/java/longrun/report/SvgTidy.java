package longrun.report;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * Makes VectorGraphics2D's SVG fit for a page: it comes as a file with a document type that names a
 * URL, a fixed size, fixed colours, ids that repeat from chart to chart, and an element for every
 * segment of a curve.
 */
final class SvgTidy {
  private static final Pattern LONG_FRACTION = Pattern.compile("-?\\d+\\.\\d{3,}(?:E-?\\d+)?");

  private SvgTidy() {}

  /**
   * The {@code <svg>} element alone: as wide as its place allows, its curves joined, its colours
   * CSS variables (see {@link Ink}), coordinates to a hundredth of a pixel.
   */
  static String tidy(String file, String description) {
    int start = file.indexOf("<svg");
    if (start < 0) {
      throw new IllegalArgumentException("no <svg> element in " + file.length() + " characters");
    }
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      Document document =
          factory
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(file.substring(start))));
      Element root = document.getDocumentElement();
      for (String attribute : List.of("x", "y", "width", "height", "version", "xmlns:xlink")) {
        root.removeAttribute(attribute);
      }
      root.setAttribute("role", "img");
      root.setAttribute("aria-label", description);
      tidy(root, "c" + Integer.toHexString(description.hashCode()) + "-");
      Transformer transformer = TransformerFactory.newInstance().newTransformer();
      transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
      StringWriter out = new StringWriter();
      transformer.transform(new DOMSource(root), new StreamResult(out));
      return out.toString();
    } catch (ParserConfigurationException | SAXException | IOException | TransformerException e) {
      throw new IllegalStateException("cannot read the chart library's SVG: " + e.getMessage(), e);
    }
  }

  private static void tidy(Element parent, String idPrefix) {
    List<Element> children = new ArrayList<>();
    for (Node child = parent.getFirstChild(); child != null; ) {
      Node next = child.getNextSibling();
      if (child instanceof Element element) {
        children.add(element);
      } else {
        parent.removeChild(child);
      }
      child = next;
    }
    joinLines(children);
    for (Element child : children) {
      tidy(child, idPrefix);
      tidyAttributes(child, idPrefix);
      if (isEmpty(child)) {
        parent.removeChild(child);
      }
    }
  }

  private static boolean isEmpty(Element element) {
    return switch (element.getTagName()) {
      case "g" -> !element.hasChildNodes();
      case "path" -> element.getAttribute("d").isEmpty();
      default -> element.getAttribute("style").contains("-opacity:0;");
    };
  }

  private static void tidyAttributes(Element element, String idPrefix) {
    if (element.hasAttribute("style")) {
      String style = element.getAttribute("style");
      for (Ink ink : Ink.values()) {
        style = style.replace(ink.svgColor(), ink.cssReference());
      }
      element.setAttribute("style", style);
    }
    if (element.hasAttribute("id")) {
      element.setAttribute("id", idPrefix + element.getAttribute("id"));
    }
    if (element.hasAttribute("clip-path")) {
      element.setAttribute(
          "clip-path", element.getAttribute("clip-path").replace("url(#", "url(#" + idPrefix));
    }
    for (String name :
        List.of("d", "points", "transform", "x1", "y1", "x2", "y2", "cx", "cy", "rx", "ry")) {
      if (element.hasAttribute(name)) {
        element.setAttribute(name, rounded(element.getAttribute(name)));
      }
    }
  }

  /** Replaces runs of lines, each starting where the one before ended, by one polyline. */
  private static void joinLines(List<Element> elements) {
    for (int start = 0; start < elements.size(); start++) {
      Element first = elements.get(start);
      int end = start + 1;
      while (end < elements.size() && continues(elements.get(end - 1), elements.get(end))) {
        end++;
      }
      if (end - start < 2) {
        continue;
      }
      StringBuilder points = new StringBuilder();
      points.append(first.getAttribute("x1")).append(',').append(first.getAttribute("y1"));
      for (Element line : elements.subList(start, end)) {
        points.append(' ').append(line.getAttribute("x2"));
        points.append(',').append(line.getAttribute("y2"));
      }
      Element polyline = first.getOwnerDocument().createElement("polyline");
      polyline.setAttribute("points", points.toString());
      polyline.setAttribute("style", first.getAttribute("style"));
      polyline.setAttribute("stroke-linejoin", "round");
      first.getParentNode().insertBefore(polyline, first);
      for (Element line : elements.subList(start, end)) {
        line.getParentNode().removeChild(line);
      }
      elements.subList(start, end).clear();
      elements.add(start, polyline);
    }
  }

  private static boolean continues(Element before, Element line) {
    return before.getTagName().equals("line")
        && line.getTagName().equals("line")
        && before.getAttribute("style").equals(line.getAttribute("style"))
        && before.getAttribute("x2").equals(line.getAttribute("x1"))
        && before.getAttribute("y2").equals(line.getAttribute("y1"));
  }

  private static String rounded(String numbers) {
    Matcher matcher = LONG_FRACTION.matcher(numbers);
    return matcher.replaceAll(
        match ->
            String.format(
                Locale.ROOT,
                "%s",
                new BigDecimal(match.group())
                    .setScale(2, RoundingMode.HALF_EVEN)
                    .stripTrailingZeros()
                    .toPlainString()));
  }
}
