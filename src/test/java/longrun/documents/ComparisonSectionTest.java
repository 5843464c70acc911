package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import org.junit.jupiter.api.Test;

/** On a record as {@code bench/compare} writes it. */
class ComparisonSectionTest {
  private static String section(boolean settled) throws Exception {
    JsonNode record =
        new JsonMapper()
            .readTree(
                """
                {
                  "machine": {"cpu": "a processor", "cores": 2},
                  "device": null,
                  "started_at": "2026-01-31T12:00:00Z",
                  "commit": "1a2b3c4d5e6f",
                  "not_available": [],
                  "rows": [
                    {
                      "configuration": "tiny", "precision": "fp32", "engine": "pytorch-eager",
                      "runs": 1, "threads": 2, "blas_threads": null, "failure": null,
                      "version": "PyTorch 2.6.0", "outcome": "measured",
                      "rounds": [
                        {"outcome": "measured", "settled": true},
                        {"outcome": "measured", "settled": %s}
                      ],
                      "nanos_per_step": {"median": 2e6, "least": 1e6, "greatest": 3e6},
                      "run_steps_per_second": {"median": 500},
                      "times_slower": [],
                      "peak_resident_bytes": null, "device_used_bytes": null
                    },
                    {
                      "configuration": "tiny", "precision": "fp32", "engine": "jax-vmap",
                      "runs": 64, "threads": null, "blas_threads": null, "failure": null,
                      "outcome": "out_of_memory", "nanos_per_step": null
                    }
                  ]
                }
                """
                    .formatted(settled));
    return ComparisonSection.text(record);
  }

  @Test
  void timesThatWereNotSteadyAreMarked() throws Exception {
    String marked = "| pytorch-eager | 1 | 2 | 2.00 (1.00–3.00) \\* |";
    String text = section(false);
    assertTrue(text.contains(marked), text);
    assertEquals(1, text.lines().filter(line -> line.startsWith("\\*: times")).count(), text);
    assertFalse(section(true).contains("*"), section(true));
  }

  @Test
  void whoRanOutOfMemoryBeforeTheFirstRoundSaysSo() throws Exception {
    List<String> rows = section(true).lines().filter(line -> line.contains("jax-vmap")).toList();
    assertEquals(List.of("| jax-vmap | 64 |  | out of memory |  |  |  |"), rows);
  }
}
