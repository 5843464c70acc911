package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** longrun in a process of its own, as a shell would start it, with a limit on its time. */
final class LongrunProcess implements AutoCloseable {
  static final long TIMEOUT_SECONDS = 120;

  /** Hides the devices of every driver, and the emulated one with them. */
  static final Map<String, String> WITHOUT_CUDA =
      Map.of("LD_LIBRARY_PATH", "", "CUDA_VISIBLE_DEVICES", "");

  /** Set where the build has no image, and tests use another. */
  private static final String KERNEL_IMAGE = "longrun.cuda.image";

  private static final int SIGINT_BIT = 1;
  private static final String INCUBATOR_WARNING =
      "WARNING: Using incubator modules: jdk.incubator.vector";

  private final Process process;
  private final Path out;
  private final Path err;

  /** How it ended. */
  record Result(int exitCode, String out, String err) {}

  private LongrunProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  static LongrunProcess start(Path folder, String... arguments) throws IOException {
    return start(folder, Map.of(), List.of(arguments));
  }

  static LongrunProcess start(Path folder, Map<String, String> environment, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    if (interruptIsIgnored()) {
      // A child inherits an ignored SIGINT, for example from a build that a script put into the
      // background; a person's shell does not start programs so.
      command.addAll(List.of("env", "--default-signal=INT"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1"));
    if (System.getProperty(KERNEL_IMAGE) != null) {
      command.add("-D" + KERNEL_IMAGE + "=" + System.getProperty(KERNEL_IMAGE));
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments);
    Path out = Files.createTempFile("longrun-test-", ".out");
    Path err = Files.createTempFile("longrun-test-", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeAll(List.of("LONGRUN_DEBUG", "JAVA_TOOL_OPTIONS"));
    builder.environment().putAll(environment);
    return new LongrunProcess(builder.start(), out, err);
  }

  /** Runs it to its end; whatever the command, a stack trace is a failure. */
  static Result run(Path folder, String... arguments) throws Exception {
    return run(folder, Map.of(), arguments);
  }

  /** The same with more in its environment. */
  static Result run(Path folder, Map<String, String> environment, String... arguments)
      throws Exception {
    try (LongrunProcess started = start(folder, environment, List.of(arguments))) {
      return started.await();
    }
  }

  Result await() throws Exception {
    if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail("not done after " + TIMEOUT_SECONDS + " s; stderr: " + Files.readString(err));
    }
    Result result = new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    assertNoStackTrace(result.err());
    return result;
  }

  /** Sends a signal by its name, {@code INT}. */
  void signal(String name) throws Exception {
    int exitCode =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
            .inheritIO()
            .start()
            .waitFor();
    if (exitCode != 0 && process.isAlive()) {
      fail("kill -" + name + " exited " + exitCode);
    }
  }

  /** Waits until the condition holds; false if the process ended first. */
  boolean waitUntil(BooleanSupplier condition) throws Exception {
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
    while (!condition.getAsBoolean()) {
      if (!process.isAlive()) {
        return false;
      }
      if (System.nanoTime() > deadlineNanos) {
        fail("waited " + TIMEOUT_SECONDS + " s in vain; stderr: " + Files.readString(err));
      }
      Thread.sleep(2);
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.deleteIfExists(out);
    Files.deleteIfExists(err);
  }

  static void assertNoStackTrace(String text) {
    assertFalse(text.contains("\tat "), text);
    assertFalse(text.contains("Exception in thread"), text);
    // The Java runtime says this one before any class of ours is loaded, and cannot be silenced.
    assertFalse(text.replace(INCUBATOR_WARNING, "").contains("WARNING: "), text);
  }

  private static boolean interruptIsIgnored() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .map(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16))
        .anyMatch(ignored -> (ignored >>> SIGINT_BIT & 1) == 1);
  }
}
