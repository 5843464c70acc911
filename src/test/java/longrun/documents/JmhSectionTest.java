package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** On results that were made up. */
class JmhSectionTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text.replace('\'', '"'));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static String section(String name, String... results) {
    return JmhSection.text(
        name,
        json("{'measured': '2026-01-31T12:00:00Z', 'commit': 'abc'}"),
        Stream.of(results).map(JmhSectionTest::json).toList());
  }

  /** With a rate of 2 of the wall's time, of which the device worked half. */
  private static String product(String method, String slots, String flops, String deviceNanos) {
    return String.format(
        Locale.ROOT,
        """
        {'benchmark': 'longrun.cuda.CudaMatMulBenchmark.%s', 'forks': 1,
         'warmupIterations': 2, 'warmupTime': '200 ms',
         'measurementIterations': 3, 'measurementTime': '200 ms',
         'params': {'product': 'nn 1x2x3', 'slots': '%s', 'precision': 'fp32'},
         'primaryMetric': {'score': 7.0, 'scoreError': 'NaN', 'scoreUnit': 'ops/ns'},
         'secondaryMetrics': {
           'flops': {'score': 4.0, 'scoreError': 'NaN', 'scoreUnit': 'ops/ns', 'rawData': [%s]},
           'deviceNanos':
             {'score': 0.5, 'scoreError': 'NaN', 'scoreUnit': 'ops/ns', 'rawData': [%s]}}}
        """,
        method,
        slots,
        flops,
        deviceNanos);
  }

  @Test
  void whatADeviceTimedIsWorkOverItsTimeBesideCublas() {
    assertEquals(
        """

        ### CudaMatMulBenchmark

        2026-01-31, commit abc, 1 fork × 3 iterations of 200 ms, after 2 of 200 ms

        | product | slots | precision | longrun, GFLOP/s | cuBLAS, GFLOP/s | longrun / cuBLAS |
        |---|---|---|---|---|---|
        | nn 1x2x3 | 1 | fp32 | 9.00 (8.00–20.0) | 18.0 (16.0–24.0) | 0.500 |
        | nn 1x2x3 | 64 | fp32 | 30.0 (20.0–40.0) |  |  |
        """,
        section(
            "CudaMatMulBenchmark",
            product("cublas", "1", "[8.0, 9.0, 6.0]", "[0.5, 0.5, 0.25]"),
            product("longrun", "1", "[4.0, 4.5, 5.0]", "[0.5, 0.5, 0.25]"),
            product("longrun", "64", "[5.0, 10.0]", "[0.25, 0.25]")));
  }

  @Test
  void everyIterationHasItsTime() {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> section("CudaMatMulBenchmark", product("cublas", "1", "[8.0, 9.0]", "[0.5]")))
            .getMessage();
    assertTrue(
        message.endsWith(".cublas: 2 iterations with flops and 1 with the device's time"), message);
  }

  /** Counted work, in a class whose figures need a word of explanation. */
  @Test
  void forksAndIterationsStandAboveTheScores() {
    String triad =
        """
        {'benchmark': 'longrun.cpu.MemoryPeakBenchmark.triad', 'forks': 3,
         'warmupIterations': 2, 'warmupTime': '1 s',
         'measurementIterations': 3, 'measurementTime': '1 s', 'params': {'size': '3 MiB'},
         'primaryMetric': {'score': 7.0, 'scoreError': 1.0, 'scoreUnit': 'ops/ns'},
         'secondaryMetrics': {
           'bytes': {'score': 92.1, 'scoreError': 5.66, 'scoreUnit': 'ops/ns', 'rawData': [[1.0]]}}}
        """;
    List<String> lines = section("MemoryPeakBenchmark", triad).lines().toList();
    assertEquals(
        "2026-01-31, commit abc, 3 forks × 3 iterations of 1 s, after 2 of 1 s", lines.get(3));
    assertTrue(lines.get(5).startsWith("What is written counts once"), lines.get(5));
    assertEquals("| triad | 3 MiB | 92.1 | 5.66 | GB/s |", lines.getLast());
    assertEquals(
        "2026-01-31, commit abc, 3 forks × 3 iterations of 1 s, after 2 of 1 s; "
            + "1 fork × 3 iterations of 1 s, after 2 of 1 s",
        section("MemoryPeakBenchmark", triad, triad.replace("'forks': 3", "'forks': 1"))
            .lines()
            .toList()
            .get(3));
  }
}
