package longrun.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import longrun.config.Precision;
import longrun.store.StorageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchJsonTest {
  private static final BenchResult RESULT =
      Samples.result(
          List.of(Samples.cpuPeaks(2)),
          Samples.measured(Samples.cpu(2, 1), 4000, 4400, 4200),
          Samples.measured(Samples.cuda(64, Precision.FP32, true), List.of(1, 2), 7, 8, 9),
          Samples.outOfMemory(256),
          new Measurement(
              Samples.cuda(512, Precision.FP32, false),
              "a GPU",
              new Outcome.OutOfMemory(
                  OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty())),
          new Measurement(
              Samples.cpu(1, 1), "a processor", new Outcome.Unsupported("no \"such\" thing")),
          new Measurement(Samples.cpu(2, 2), "a processor", new Outcome.Diverged(2)),
          new Measurement(Samples.cpu(2, 4), "a processor", new Outcome.Failed("no heap")));

  @TempDir private Path folder;

  @Test
  void whatIsWrittenIsReadAndNothingElseIsLeft() throws IOException {
    Path file = folder.resolve("result.json");
    Files.writeString(file, "before");
    BenchJson.write(RESULT, file);
    assertEquals(RESULT, BenchJson.read(file));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void derivedFiguresAreWrittenBesideTheSamples() throws IOException {
    JsonNode root = new ObjectMapper().readTree(BenchJson.encode(RESULT));
    JsonNode cpu = root.required("measurements").get(0);
    assertEquals(4200, cpu.required("block_nanos").get(2).longValue());
    assertEquals(2100, cpu.required("nanos_per_step").required("median").doubleValue());
    assertEquals(2200, cpu.required("nanos_per_step").required("greatest").doubleValue());
    JsonNode rates = cpu.required("rates");
    assertEquals(1e9 / 2100, rates.required("run_steps_per_second").doubleValue(), 1e-6);
    assertEquals(1e12 / 2100, rates.required("useful_flops_per_second").doubleValue(), 1e-3);
    assertEquals(1e12 / 2100 / 4e9, rates.required("share_of_peak_flops").doubleValue(), 1e-12);
    assertEquals(1, rates.required("speed_up_over_cpu").doubleValue());
    JsonNode gpu = root.required("measurements").get(1);
    assertTrue(gpu.required("emulated").booleanValue());
    assertTrue(gpu.required("threads").isNull());
    assertTrue(gpu.required("rates").required("share_of_peak_flops").isNull());
    assertEquals(200, root.required("measurements").get(2).required("fitting_slots").intValue());
    assertEquals("560.35.03", root.required("device").required("driver_release").textValue());
    assertTrue(root.required("configurations").get(0).required("yaml").textValue().contains("\n"));
  }

  @Test
  void aFileThatIsNoResultIsNamedWithItsPlace() throws IOException {
    refused("{\n\"format\": \"longrun bench 1\",\n", ":3: ", "not valid JSON");
    refused("[1]", "not a JSON object");
    refused("{}", "format is missing");
    refused("task: {modulus: 5}", ":1: ", "not valid JSON");
    refused(changed("longrun bench 1", "longrun bench 2"), "format=\"longrun bench 2\"");
    refused(changed("\"slots\" : 64", "\"slots\" : 0"), "measurements[1].slots=0", "positive");
    refused(changed("\"slots\" : 64", "\"slots\" : 5000000000"), "measurements[1].slots=", "count");
    refused(changed("4000,", "-4000,"), "measurements[0].block_nanos[0]=-4000");
    refused(changed("\"precision\" : \"tf32\"", "\"precision\" : \"fp8\""), "precision=\"fp8\"");
    refused(changed("\"outcome\" : \"diverged\"", "\"outcome\" : \"lost\""), "outcome=\"lost\"");
    refused(changed("\"started_at\" : \"2026", "\"started_at\" : \"x"), "started_at=");
    refused(
        changed("\"configuration\" : \"tiny\"", "\"configuration\" : \"other\""),
        "measurements[0].configuration=\"other\"");
    refused(
        changed("\"peak_resident_bytes\" : ", "\"peak_resident_bytes\" : -"),
        "peak_resident_bytes=-");
    refused(
        changed("\"round_blocks\" : [ 1, 2 ]", "\"round_blocks\" : [ 2, 2 ]"),
        "measurements[1].round_blocks=[2,2]",
        "add up");
    refused(changed("\"cores\" : 2", "\"kernels\" : 2"), "machine.cores is missing");
    Path absent = folder.resolve("absent.json");
    String message =
        assertThrows(StorageException.class, () -> BenchJson.read(absent)).getMessage();
    assertTrue(message.contains("absent.json: no such file"), message);
  }

  @Test
  void samplesOfOtherProgramsAreOneRoundUnlessTheySayOtherwise() throws IOException {
    ObjectNode root = (ObjectNode) new ObjectMapper().readTree(BenchJson.encode(RESULT));
    ((ObjectNode) root.required("measurements").get(1)).remove("round_blocks");
    Path file = Files.writeString(folder.resolve("other.json"), root.toString());
    Outcome outcome = BenchJson.read(file).measurements().get(1).outcome();
    assertEquals(
        List.of(3), assertInstanceOf(Outcome.Measured.class, outcome).timing().roundBlocks());
  }

  /** The file with the first occurrence replaced. */
  private static String changed(String from, String to) {
    String text = new String(BenchJson.encode(RESULT), StandardCharsets.UTF_8);
    int at = text.indexOf(from);
    assertTrue(at >= 0, from);
    return text.substring(0, at) + to + text.substring(at + from.length());
  }

  private void refused(String content, String... words) throws IOException {
    Path file = Files.writeString(folder.resolve("wrong.json"), content);
    String message = assertThrows(StorageException.class, () -> BenchJson.read(file)).getMessage();
    assertTrue(message.startsWith(file.toString()), message);
    for (String word : words) {
      assertTrue(message.contains(word), word + " in: " + message);
    }
  }

  @Test
  void aFileThatCannotBeWrittenSaysSo() {
    Path file = folder.resolve("no-folder").resolve("result.json");
    String message =
        assertThrows(StorageException.class, () -> BenchJson.write(RESULT, file)).getMessage();
    assertTrue(message.contains("cannot write the results to " + file), message);
  }
}
