package longrun.report;

/** Puts text into a page so that it stays text. */
final class Html {
  private Html() {}

  /** The text, for use between tags and inside quoted attributes. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            character -> {
              switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(isText(character) ? character : 0xFFFD);
              }
            });
    return escaped.toString();
  }

  /** Whether XML, the stricter of the two, allows the character. */
  private static boolean isText(int character) {
    return character == '\t'
        || character == '\n'
        || character == '\r'
        || (character >= 0x20 && character < 0x7F)
        || (character > 0x9F && character < 0xD800)
        || (character >= 0xE000 && character < 0xFFFE)
        || character >= 0x10000;
  }
}
