package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ReadableStreamTest {
  private static final String LINE = "1\u00d716 \u2013 \u2212\u221e name\u2026 \u00e4";

  @Test
  void signsThatTheEncodingLacksAreReplacedOneByOne() {
    assertEquals("1x16 - -# name~ ?", printed(StandardCharsets.US_ASCII));
    assertEquals("1\u00d716 - -# name~ \u00e4", printed(StandardCharsets.ISO_8859_1));
    assertEquals(LINE, printed(StandardCharsets.UTF_8));
  }

  private static String printed(Charset charset) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new ReadableStream(bytes, charset).println(LINE);
    return bytes.toString(charset).stripTrailing();
  }
}
