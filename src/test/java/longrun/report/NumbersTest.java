package longrun.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  void accuracyOfLessThanAllIsNeverShownAsAll() {
    assertEquals("0.9999", Numbers.accuracy(0.99999999));
    assertEquals("1.0000", Numbers.accuracy(1));
    assertEquals("0.2900", Numbers.accuracy(0.29));
    assertEquals("0.5667", Numbers.accuracy(34.0 / 60));
    assertEquals("1.0000", Numbers.accuracy(1));
    assertEquals("NaN", Numbers.accuracy(Double.NaN));
  }

  @Test
  void durationsCarryOver() {
    assertEquals("0.00 s", Numbers.duration(0));
    assertEquals("9.99 s", Numbers.duration(9.99));
    assertEquals("47.3 s", Numbers.duration(47.34));
    assertEquals("1 min 00 s", Numbers.duration(59.96));
    assertEquals("12 min 05 s", Numbers.duration(725));
    assertEquals("1 h 00 min", Numbers.duration(3599.9));
    assertEquals("1,000 h 30 min", Numbers.duration(3_601_800));
    assertEquals("∞", Numbers.duration(Double.POSITIVE_INFINITY));
    assertEquals("NaN", Numbers.duration(Double.NaN));
  }

  @Test
  void quantitiesKeepThreeDigits() {
    assertEquals("4.73", Numbers.quantity(4.7277));
    assertEquals("2.31e-07", Numbers.quantity(2.314e-7));
    assertEquals("0.00", Numbers.quantity(0));
    assertEquals("−∞", Numbers.quantity(Double.NEGATIVE_INFINITY));
  }

  @Test
  void configuredNumbersStayShort() {
    assertEquals("0.001", Numbers.plain(1e-3));
    assertEquals("1", Numbers.plain(1));
    assertEquals("1E-8", Numbers.plain(1e-8));
    assertEquals("100000", Numbers.plain(1e5));
    assertEquals("0.9999999", Numbers.plain(0.9999999));
    assertEquals("0.0003333", Numbers.setting(1e-3 / 3));
    assertEquals("30%", Numbers.shortPercent(0.3));
    assertEquals("12.5%", Numbers.shortPercent(0.125));
  }

  @Test
  void timesKeepWhatMatters() {
    assertEquals("1.20", Numbers.times(1.2));
    assertEquals("9.6", Numbers.times(9.642));
    assertEquals("1,250", Numbers.times(1250));
  }

  @Test
  void rates() {
    assertEquals("0.512", Numbers.rate(0.512));
    assertEquals("38.4", Numbers.rate(38.42));
    assertEquals("1,210", Numbers.rate(1210.4));
  }
}
