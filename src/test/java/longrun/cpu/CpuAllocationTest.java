package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The step loop allocates nothing once the compiler has replaced the vectors: a training run of a
 * million steps gives the garbage collector nothing to do. Measured in a JVM of its own, as a run
 * has: in one that has trained hundreds of other shapes before, the compiler's profiles are theirs.
 */
class CpuAllocationTest {
  /** A thousand steps may cost what a call from outside costs, not something for each step. */
  private static final long BYTES = 16_384;

  private static final int TIMEOUT_SECONDS = 120;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: transformer, layers: 2, d_model: 32, heads: 2, d_head: 16, d_mlp: 32,"
            + " activation: gelu, normalization: pre}",
        "{kind: transformer, layers: 1, d_model: 24, heads: 3, d_head: 5, d_mlp: 40,"
            + " normalization: post, attention_bias: true}",
        "{kind: mlp, hidden: [40, 24]}"
      })
  void theStepLoopAllocatesNothing(String model, @TempDir Path folder)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-XX:+UseSerialGC",
                // Compiled when it is asked for, not when a thread has time: the machine may be
                // busy.
                "-Xbatch",
                "-cp",
                System.getProperty("java.class.path"),
                AllocationProbe.class.getName(),
                model,
                Long.toString(BYTES))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    process.destroyForcibly();
    assertTrue(ended, "it does not end");
    String printed = Files.readString(output).strip();
    assertEquals(0, process.exitValue(), printed);
    long bytes = Long.parseLong(printed.replace("bytes=", ""));
    assertTrue(bytes <= BYTES, "bytes allocated in 1000 steps: " + bytes);
  }
}
