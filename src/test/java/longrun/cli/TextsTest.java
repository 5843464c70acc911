package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextsTest {
  @Test
  void countsHaveSeparators() {
    assertEquals("0", Texts.count(0));
    assertEquals("1,350", Texts.count(1350));
    assertEquals("1 step", Texts.steps(1));
    assertEquals("1,000,000 steps", Texts.steps(1_000_000));
  }

  @Test
  void onlyAPerfectScoreReadsHundredPercent() {
    assertEquals("100.0%", Texts.percent(1));
    assertEquals("99.9%", Texts.percent(8938.0 / 8939));
    assertEquals("99.9%", Texts.percent(0.999));
    assertEquals("99.9%", Texts.percent(0.99999));
    assertEquals("23.2%", Texts.percent(0.2319));
    assertEquals("56.7%", Texts.percent(34.0 / 60));
    assertEquals("0.0%", Texts.percent(0));
    assertEquals("-", Texts.percent(Double.NaN));
  }

  @Test
  void lossesKeepTheirLeadingDigits() {
    assertEquals("5.61", Texts.loss(5.6123));
    assertEquals("1.2e-04", Texts.loss(1.2345e-4));
    assertEquals("0.00", Texts.loss(0));
    assertEquals("3.4e+05", Texts.loss(336_000));
    assertEquals("-", Texts.loss(Double.NaN));
    assertEquals("Infinity", Texts.loss(Double.POSITIVE_INFINITY));
  }

  @Test
  void jsonIsAsciiWhereTheStreamIsNotUtf8() {
    String json = "{\"model\": \"transformer 1\u00d7128\"}";
    assertEquals(json, Texts.json(json, StandardCharsets.UTF_8));
    assertEquals(
        "{\"model\": \"transformer 1\\u00d7128\"}", Texts.json(json, StandardCharsets.US_ASCII));
  }

  @Test
  void durationsAreRounded() {
    assertEquals("0 s", Texts.duration(0.2));
    assertEquals("1 min 0 s", Texts.duration(59.7));
    assertEquals("6 min 38 s", Texts.duration(398));
    assertEquals("3 h 5 min", Texts.duration(3 * 3600 + 5 * 60 + 12));
  }

  @Test
  void slowRatesKeepADecimal() {
    assertEquals("0.4", Texts.rate(0.42));
    assertEquals("87", Texts.rate(87.4));
    assertEquals("12,345", Texts.rate(12345.4));
  }
}
