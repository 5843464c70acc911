package longrun.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Optional;

/**
 * What the command line of {@code bench/run} asks for.
 *
 * @param pattern regular expression over the names of benchmarks
 * @param jmh options as JMH understands them
 */
record RunRequest(String pattern, CommandLineOptions jmh) {
  private static final String ALL = ".*";
  private static final Path KEPT = Path.of("bench/results");
  private static final Path TRIES = Path.of("bench/target/tries");
  private static final Path EMULATED = Path.of("bench/target/emulated-results");

  /**
   * Reads {@code [PATTERN [JMH options]]}.
   *
   * @throws CommandLineOptionException if JMH does not know an option, or there are two patterns
   */
  static RunRequest of(List<String> words) throws CommandLineOptionException {
    boolean named = !words.isEmpty() && !words.getFirst().startsWith("-");
    CommandLineOptions jmh =
        new CommandLineOptions(words.subList(named ? 1 : 0, words.size()).toArray(String[]::new));
    if (!jmh.getIncludes().isEmpty()) {
      throw new CommandLineOptionException(
          "one pattern comes first, and then options: what is " + jmh.getIncludes().getFirst());
    }
    return new RunRequest(named ? words.getFirst() : ALL, jmh);
  }

  /** Whether the emulated driver is to stand in for a GPU. */
  boolean emulated() {
    return parameter("driver", List.of()).contains("emulated");
  }

  /** Values of a benchmark's parameter: those asked for, or others. */
  Collection<String> parameter(String name, Collection<String> otherwise) {
    return jmh.getParameter(name).orElse(otherwise);
  }

  /**
   * Where results go. Among those that are kept are none of the emulated driver, and none that were
   * measured in another way than the benchmarks' annotations say, unless for longer.
   *
   * @param root of the checkout
   * @param wanted folder
   */
  Path results(Path root, Path wanted, Collection<BenchmarkListEntry> benchmarks) {
    if (!wanted.toAbsolutePath().normalize().startsWith(root.resolve(KEPT).toAbsolutePath())) {
      return wanted;
    }
    if (emulated()) {
      return root.resolve(EMULATED);
    }
    return benchmarks.stream().allMatch(entry -> differences(entry).isEmpty())
        ? wanted
        : root.resolve(TRIES);
  }

  /** What these options make less certain, or another quantity, than a benchmark's annotations. */
  List<String> differences(BenchmarkListEntry entry) {
    List<String> found = new ArrayList<>();
    fewer(found, "forks", jmh.getForkCount(), entry.getForks());
    fewer(found, "warm-up iterations", jmh.getWarmupIterations(), entry.getWarmupIterations());
    fewer(found, "iterations", jmh.getMeasurementIterations(), entry.getMeasurementIterations());
    shorter(found, "warm-up iterations", jmh.getWarmupTime(), entry.getWarmupTime());
    shorter(found, "iterations", jmh.getMeasurementTime(), entry.getMeasurementTime());
    if (!jmh.getBenchModes().isEmpty()) {
      found.add("another mode");
    }
    if (jmh.getThreads().hasValue()) {
      found.add("another number of JMH's threads");
    }
    return found;
  }

  private static void fewer(
      List<String> found, String what, Optional<Integer> asked, Optional<Integer> annotated) {
    if (asked.hasValue() && asked.get() < annotated.orElse(Integer.MAX_VALUE)) {
      found.add("fewer " + what);
    }
  }

  private static void shorter(
      List<String> found, String what, Optional<TimeValue> asked, Optional<TimeValue> annotated) {
    if (asked.hasValue()
        && !(annotated.hasValue() && nanos(asked.get()) >= nanos(annotated.get()))) {
      found.add("shorter " + what);
    }
  }

  private static long nanos(TimeValue time) {
    return time.convertTo(TimeUnit.NANOSECONDS);
  }
}
