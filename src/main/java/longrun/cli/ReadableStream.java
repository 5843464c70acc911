package longrun.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;

/**
 * A stream of text for people, in any encoding: signs of this program that the encoding lacks are
 * written as ASCII has them, each by one character, so that columns stay columns. What else it
 * lacks becomes a question mark.
 */
final class ReadableStream extends PrintStream {
  private static final String SIGNS = "–−×…·∞";
  private static final String ASCII = "--x~.#";

  private final CharsetEncoder encoder;

  ReadableStream(OutputStream target, Charset charset) {
    super(target, true, charset);
    this.encoder = charset.newEncoder();
  }

  /** {@code println} comes here, too. */
  @Override
  public void print(String text) {
    super.print(readable(String.valueOf(text)));
  }

  private synchronized String readable(String text) {
    if (encoder.canEncode(text)) {
      return text;
    }
    StringBuilder readable = new StringBuilder(text);
    for (int i = 0; i < text.length(); i++) {
      int sign = SIGNS.indexOf(text.charAt(i));
      if (sign >= 0 && !encoder.canEncode(text.charAt(i))) {
        readable.setCharAt(i, ASCII.charAt(sign));
      }
    }
    return readable.toString();
  }
}
