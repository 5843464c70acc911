package longrun.documents;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Long options of the programs in {@code bench}: of Python's what their help says, of Java's those
 * that are declared in their source, which this build does not compile. What follows {@code
 * bench/run} is JMH's, and checked beside it.
 */
record BenchOptions(Set<String> names) {
  private static final String BUILT_IN = "--help";
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");
  private static final Pattern DECLARED = Pattern.compile("names = \"(--[a-z-]+)\"");
  private static final Map<String, Path> JAVA =
      Map.of(
          "bench/scaling", Path.of("bench/src/main/java/longrun/scaling/ScalingCommand.java"),
          "bench/export-experiment",
              Path.of("bench/src/main/java/longrun/experiment/ExportExperiment.java"),
          "bench/peers/libtorch_jvm",
              Path.of("bench/peers/libtorch/src/main/java/longrun/libtorch/Main.java"));

  static BenchOptions of(Path program) {
    try {
      Optional<Path> source = Optional.ofNullable(JAVA.get(program.toString()));
      if (source.isPresent()) {
        return new BenchOptions(found(DECLARED, 1, Files.readString(source.get())));
      }
      return Files.readString(program).startsWith("#!/usr/bin/env python3")
          ? new BenchOptions(found(OPTION, 0, help(program)))
          : new BenchOptions(Set.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(String option) {
    return option.equals(BUILT_IN) || names.contains(option);
  }

  private static Set<String> found(Pattern pattern, int group, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(match -> match.group(group))
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String help(Path program) throws IOException {
    Process process;
    try {
      process =
          new ProcessBuilder("python3", program.toString(), "--help")
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      if ("required".equals(System.getProperty("emulator"))) {
        fail("there is no python3 to ask for the options of " + program, e);
      }
      return abort("there is no python3 to ask for the options of " + program);
    }
    try {
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
        fail(program + " --help: " + text);
      }
      return text;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fail(e);
    }
  }
}
