package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import longrun.cuda.Emulator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code longrun verify} where cuBLAS cannot be had: under the emulated driver. */
class VerifyReportTest {
  @BeforeEach
  void emulator() {
    Emulator.require();
    Emulator.reset();
  }

  @Test
  void theAbsenceOfCublasIsALineAndNoFailure() {
    // Of cublas and layer_norm.
    InProcess verify = InProcess.run("verify", "--only", "la");
    assertTrue(verify.out().contains("\nlayer_norm "), verify::out);
    assertTrue(
        verify.out().contains("\nnot compared with cuBLAS: the device is the emulated driver's"),
        verify::out);
    assertEquals(0, verify.exitCode(), verify.err());
  }

  @Test
  void whoAsksForNothingElseIsTold() {
    InProcess verify = InProcess.run("verify", "--only", "cublas");
    assertEquals(4, verify.exitCode(), verify.err());
    assertTrue(
        verify.err().contains("--only cublas: not compared with cuBLAS: the device is"),
        verify::err);
    InProcess unknown = InProcess.run("verify", "--only", "kublas");
    assertEquals(2, unknown.exitCode(), unknown.err());
    assertTrue(unknown.err().contains("--only kublas: no group has that"), unknown::err);
  }

  @Test
  void jsonTellsWhetherCublasWasAsked() throws IOException {
    InProcess verify = InProcess.run("verify", "--only", "split_sum", "--json");
    assertEquals(0, verify.exitCode(), verify.err());
    JsonNode json = new ObjectMapper().readTree(verify.out());
    assertTrue(json.required("not_compared_with_cublas").isNull(), verify::out);
    assertEquals("split_sum", json.required("groups").get(0).required("name").textValue());
  }
}
