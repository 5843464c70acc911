package longrun.documents;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What {@code ptxas -v} said of every kernel when the build compiled it, and {@code
 * kernels/REGISTERS.md}, made from that.
 *
 * @param compiler version of nvcc, as {@code 13.0.88}
 * @param uses ordered by kernel and target
 * @param functions device functions that were not inlined and need a stack of their own
 */
record RegisterTable(String compiler, List<Use> uses, List<Use> functions) {
  /** Where the build leaves the messages of the compiler. */
  static final Path REPORT = Path.of("target/ptxas");

  static final String VERSION_FILE = "nvcc-version.txt";

  private static final Pattern VERSION =
      Pattern.compile("(?m)^Cuda compilation tools,.* V([\\d.]+)");
  private static final Pattern ENTRY =
      Pattern.compile("Compiling entry function '(\\w+)' for 'sm_(\\d+)\\w*'");
  private static final Pattern FUNCTION = Pattern.compile("Function properties for (\\w+)");
  private static final Pattern STACK =
      Pattern.compile(
          "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static final Pattern USED = Pattern.compile("Used (\\d+) registers(.*)");
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");
  private static final Pattern LOCAL = Pattern.compile("(\\d+) bytes lmem");

  /**
   * What one kernel needs on one architecture.
   *
   * @param architecture 90 for sm_90
   * @param registers of a thread
   * @param sharedBytes of a block
   * @param spilledBytes stores and loads that only move registers to memory and back
   * @param stackBytes local memory of a thread
   */
  record Use(
      String kernel,
      int architecture,
      int registers,
      int sharedBytes,
      int spilledBytes,
      int stackBytes) {
    boolean isInRegisters() {
      return spilledBytes == 0 && stackBytes == 0;
    }

    @Override
    public String toString() {
      return kernel
          + " for sm_"
          + architecture
          + ": "
          + spilledBytes
          + " bytes spilled, "
          + stackBytes
          + " bytes of local memory";
    }
  }

  /**
   * Reads a build's messages.
   *
   * @param report a folder of {@code *.txt} files, one of them {@link #VERSION_FILE}
   * @throws IOException if they are not what the compiler writes
   */
  static RegisterTable read(Path report) throws IOException {
    Matcher version = VERSION.matcher(Files.readString(report.resolve(VERSION_FILE)));
    if (!version.find()) {
      throw new IOException(report.resolve(VERSION_FILE) + " names no version");
    }
    List<Use> uses = new ArrayList<>();
    List<Use> functions = new ArrayList<>();
    for (Path file : messages(report)) {
      read(file, uses, functions);
    }
    uses.sort(Comparator.comparing(Use::kernel).thenComparingInt(Use::architecture));
    return new RegisterTable(version.group(1), List.copyOf(uses), List.copyOf(functions));
  }

  /** Kernels and functions that do not keep to registers. */
  List<String> spills() {
    return Stream.concat(uses.stream(), functions.stream())
        .filter(use -> !use.isInRegisters())
        .map(Use::toString)
        .toList();
  }

  /** The file, as Markdown. */
  String text() {
    StringBuilder text =
        new StringBuilder(
            "# What the kernels need\n\n"
                + "Made from what `ptxas -v` of nvcc "
                + compiler
                + " says, by\n`mvn test -Dtest=RegisterTableTest -Dlongrun.registers=write`. A test"
                + " holds it to the build, and fails on a\nspill and on local memory.\n\n"
                + "| kernel | target | registers | shared bytes | spilled bytes | stack bytes |\n"
                + "|---|---|---|---|---|---|\n");
    for (Use use : uses) {
      text.append(
          String.format(
              "| %s | sm_%d | %d | %d | %d | %d |\n",
              use.kernel(),
              use.architecture(),
              use.registers(),
              use.sharedBytes(),
              use.spilledBytes(),
              use.stackBytes()));
    }
    return text.toString();
  }

  private static List<Path> messages(Path report) throws IOException {
    try (Stream<Path> files = Files.list(report)) {
      return files
          .filter(file -> file.toString().endsWith(".txt") && !file.endsWith(VERSION_FILE))
          .sorted()
          .toList();
    }
  }

  /** A kernel's lines: its name and target, its functions with their stacks, its registers. */
  private static void read(Path file, List<Use> uses, List<Use> functions) throws IOException {
    String kernel = "";
    int architecture = 0;
    String function = "";
    Map<String, int[]> stacks = new HashMap<>();
    for (String line : Files.readAllLines(file)) {
      Matcher entry = ENTRY.matcher(line);
      Matcher of = FUNCTION.matcher(line);
      Matcher stack = STACK.matcher(line);
      Matcher used = USED.matcher(line);
      if (entry.find()) {
        kernel = entry.group(1);
        architecture = Integer.parseInt(entry.group(2));
        stacks.clear();
      } else if (of.find()) {
        function = of.group(1);
      } else if (stack.find()) {
        int spilled = Integer.parseInt(stack.group(2)) + Integer.parseInt(stack.group(3));
        stacks.put(function, new int[] {spilled, Integer.parseInt(stack.group(1))});
        if (!function.equals(kernel)) {
          int stackBytes = Integer.parseInt(stack.group(1));
          functions.add(new Use(function, architecture, 0, 0, spilled, stackBytes));
        }
      } else if (used.find()) {
        int[] own = stacks.get(kernel);
        if (own == null) {
          throw new IOException(file + ": registers of a kernel without its stack: " + line);
        }
        uses.add(
            new Use(
                kernel,
                architecture,
                Integer.parseInt(used.group(1)),
                bytes(SHARED, used.group(2)),
                own[0],
                own[1] + bytes(LOCAL, used.group(2))));
      }
    }
  }

  private static int bytes(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
