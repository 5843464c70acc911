package longrun.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The command {@code bench/run}: runs each class of benchmarks by itself and keeps what JMH
 * measured and on what. A class that fails does not keep those after it from being measured, and
 * its earlier results stay.
 */
final class RunCommand {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final int UNAVAILABLE = 4;

  /** Where Java lies on this machine is nobody's business. */
  private static final Pattern JAVA_FOLDER = Pattern.compile("(\"jvm\" : \")[^\"]*/");

  /** Where benchmarks write, unless their parameter {@code folder} names another. */
  private static final String FOLDER = "bench/target";

  /** JMH. */
  interface Jmh {
    /** Measures and writes the file of results; fails if any benchmark does. */
    void run(Options options) throws RunnerException;
  }

  private final Path root;
  private final Jmh jmh;
  private final Function<Boolean, Available> available;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * A command that measures nothing yet.
   *
   * @param root of the checkout
   * @param available given whether the emulated driver was asked for
   */
  RunCommand(
      Path root,
      Jmh jmh,
      Function<Boolean, Available> available,
      PrintStream out,
      PrintStream err) {
    this.root = root;
    this.jmh = jmh;
    this.available = available;
    this.out = out;
    this.err = err;
  }

  /** Arguments: where results go, the commit that is measured, then those of {@code bench/run}. */
  public static void main(String[] arguments) throws IOException {
    RunCommand command =
        new RunCommand(
            Path.of(""),
            options -> new Runner(options).run(),
            Available::here,
            System.out,
            System.err);
    List<String> words = List.of(arguments);
    System.exit(command.run(Path.of(words.get(0)), words.get(1), words.subList(2, words.size())));
  }

  /** Measures what the words ask for. Gives the exit code. */
  int run(Path wantedResults, String commit, List<String> words) throws IOException {
    RunRequest request;
    Map<String, List<BenchmarkListEntry>> classes;
    try {
      request = RunRequest.of(words);
      if (request.jmh().shouldHelp()) {
        out.println("bench/run [PATTERN [OPTIONS]]; see bench/README.md. The options are JMH's:");
        request.jmh().showHelp();
        return DONE;
      }
      classes = matching(request);
    } catch (CommandLineOptionException | PatternSyntaxException e) {
      return failed(USAGE, e.getMessage());
    }
    if (classes.isEmpty()) {
      return failed(USAGE, "no benchmark matches " + request.pattern());
    }
    Available here = available.apply(request.emulated());
    leaveOut(classes, here);
    if (classes.isEmpty()) {
      return failed(UNAVAILABLE, "nothing is left to measure");
    }
    Path results =
        request.results(
            root, wantedResults, classes.values().stream().flatMap(List::stream).toList());
    Files.createDirectories(results);
    List<String> failures = new ArrayList<>();
    for (Map.Entry<String, List<BenchmarkListEntry>> each : classes.entrySet()) {
      String simpleName = each.getKey().substring(each.getKey().lastIndexOf('.') + 1);
      try {
        measure(request, each.getValue(), results.resolve(simpleName + ".json.part"));
        keep(results, simpleName);
        write(
            results.resolve(simpleName + ".machine.json"),
            MachineRecord.json(commit, here.probe(), folders(request, each.getValue())));
      } catch (RunnerException e) {
        Files.deleteIfExists(results.resolve(simpleName + ".json.part"));
        failures.add(simpleName);
        err.println("bench/run: " + simpleName + " failed: " + e.getMessage());
      }
    }
    out.println("results in " + results);
    return failures.isEmpty()
        ? DONE
        : failed(FAILED, "not measured, since it failed: " + String.join(", ", failures));
  }

  private int failed(int code, String message) {
    err.println("bench/run: " + message);
    return code;
  }

  /** Benchmarks of each class that the pattern fits, by the class's name. */
  private static Map<String, List<BenchmarkListEntry>> matching(RunRequest request) {
    Map<String, List<BenchmarkListEntry>> classes = new TreeMap<>();
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    BenchmarkList.defaultList()
        .find(
            OutputFormatFactory.createFormatInstance(nowhere, VerboseMode.SILENT),
            List.of(request.pattern()),
            request.jmh().getExcludes())
        .forEach(
            entry ->
                classes
                    .computeIfAbsent(entry.getUserClassQName(), any -> new ArrayList<>())
                    .add(entry));
    return classes;
  }

  /** Takes away what cannot run here, and says why. */
  private void leaveOut(Map<String, List<BenchmarkListEntry>> classes, Available here) {
    Map<String, List<String>> leftOut = new LinkedHashMap<>();
    for (List<BenchmarkListEntry> entries : classes.values()) {
      entries.removeIf(
          entry -> {
            String name = entry.getUsername();
            Optional<String> obstacle = here.obstacle(name);
            obstacle.ifPresent(
                reason ->
                    leftOut
                        .computeIfAbsent(reason, any -> new ArrayList<>())
                        .add(name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1)));
            return obstacle.isPresent();
          });
    }
    classes.values().removeIf(List::isEmpty);
    leftOut.forEach(
        (reason, those) ->
            err.println("bench/run: leaves out " + String.join(", ", those) + ": " + reason));
  }

  private void measure(RunRequest request, List<BenchmarkListEntry> entries, Path file)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .parent(request.jmh())
            .shouldFailOnError(true)
            .resultFormat(ResultFormatType.JSON)
            .result(file.toString());
    entries.forEach(entry -> options.include("^" + Pattern.quote(entry.getUsername()) + "$"));
    jmh.run(options.build());
  }

  private static void keep(Path results, String simpleName) throws IOException {
    Path part = results.resolve(simpleName + ".json.part");
    String text = JAVA_FOLDER.matcher(Files.readString(part)).replaceAll("$1");
    write(results.resolve(simpleName + ".json"), text);
    Files.delete(part);
  }

  private List<Path> folders(RunRequest request, List<BenchmarkListEntry> entries) {
    boolean writes =
        entries.stream()
            .flatMap(entry -> entry.getParams().orElse(Map.of()).keySet().stream())
            .anyMatch("folder"::equals);
    Collection<String> names =
        writes ? request.parameter("folder", List.of(FOLDER)) : List.of(FOLDER);
    return names.stream().map(root::resolve).toList();
  }

  /** A stopped run leaves the old figures. */
  private static void write(Path file, String text) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
  }
}
