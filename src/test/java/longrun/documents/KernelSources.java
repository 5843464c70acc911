package longrun.documents;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Rules for the CUDA sources below a folder; the emulated driver's own are not among them. */
final class KernelSources {
  /** What the comment at the top of a kernel file says, in this order. */
  static final List<String> FIELDS =
      List.of("Computes", "Shapes", "Mapping", "Memory", "Numerics", "Twin");

  private static final Pattern FIELD =
      Pattern.compile("^// (" + String.join("|", FIELDS) + ")(?::| {2,})(.*)$");

  /** A class of this program: packages in small letters, then one or more names. */
  private static final Pattern CLASS_NAME =
      Pattern.compile("\\blongrun((?:\\.[a-z]+)+)\\.([A-Z]\\w*)((?:\\.[A-Z]\\w*)*)");

  /**
   * Intrinsics and instructions that trade accuracy for speed. Those with a rounding in their name,
   * {@code __fmul_rn}, are exact and may stay.
   */
  private static final Pattern FAST_MATH =
      Pattern.compile(
          "\\b__(?:expf|exp10f|logf|log2f|log10f|powf|sinf|cosf|tanf|tanhf|sincosf|fdividef)\\b"
              + "|\\.approx\\b|\\.ftz\\b");

  /**
   * Additions whose order depends on the schedule. On integers they would be exact; none needs
   * them.
   */
  private static final Pattern UNORDERED_SUM =
      Pattern.compile("\\batomic(?:Add|Sub|CAS)(?:_\\w+)?\\b|\\b(?:atom|red)\\.[\\w.]*add\\b");

  private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\\n]*", Pattern.DOTALL);
  private static final Pattern CU_NAME = Pattern.compile("[\\w/]+\\.cu\\b");

  private final Path folder;

  KernelSources(Path folder) {
    this.folder = folder;
  }

  /** Kernel files, relative to the folder. */
  List<Path> kernels() throws IOException {
    return files(".cu");
  }

  /** What the headers of kernel files lack. */
  List<String> headerMistakes() throws IOException {
    List<String> mistakes = new ArrayList<>();
    for (Path file : kernels()) {
      List<String> fields = new ArrayList<>();
      for (String line : header(file)) {
        Matcher field = FIELD.matcher(line);
        if (field.matches()) {
          fields.add(field.group(1));
          if (field.group(2).isBlank()) {
            mistakes.add(file + ": nothing after " + field.group(1));
          }
        }
      }
      if (!fields.equals(FIELDS)) {
        mistakes.add(file + ": its header has " + fields + " instead of " + FIELDS);
      }
    }
    return mistakes;
  }

  /**
   * Twins that do not exist, and kernel files that name none.
   *
   * @param sources folders of Java sources
   */
  List<String> twinMistakes(List<Path> sources) throws IOException {
    List<String> mistakes = new ArrayList<>();
    for (Path file : kernels()) {
      String header = String.join("\n", header(file)).replaceAll("\\n// *", " ");
      int twin = header.indexOf(" Twin");
      List<MatchResult> names =
          CLASS_NAME.matcher(twin < 0 ? "" : header.substring(twin)).results().toList();
      if (names.isEmpty()) {
        mistakes.add(file + ": names no twin");
      }
      for (MatchResult name : names) {
        if (!exists(name, sources)) {
          mistakes.add(file + ": there is no " + name.group());
        }
      }
    }
    return mistakes;
  }

  /** Kernel files that the index does not name, and names in it of no file. */
  List<String> indexMistakes() throws IOException {
    List<String> named =
        CU_NAME
            .matcher(Files.readString(folder.resolve("README.md")))
            .results()
            .map(MatchResult::group)
            .distinct()
            .toList();
    List<String> present = kernels().stream().map(Path::toString).toList();
    List<String> mistakes = new ArrayList<>();
    present.stream()
        .filter(file -> !named.contains(file))
        .forEach(file -> mistakes.add("README.md does not list " + file));
    named.stream()
        .filter(file -> !present.contains(file) && !file.startsWith("emulator/"))
        .forEach(file -> mistakes.add("README.md lists " + file + ", which is not there"));
    return mistakes;
  }

  /** Places, as {@code folder/file.cu:line}, with inexact arithmetic or sums without an order. */
  List<String> inexactPlaces() throws IOException {
    List<String> places = new ArrayList<>();
    for (String ending : List.of(".cu", ".cuh")) {
      for (Path file : files(ending)) {
        String code =
            COMMENT
                .matcher(Files.readString(folder.resolve(file)))
                .replaceAll(comment -> comment.group().replaceAll("[^\\n]", " "));
        for (Pattern pattern : List.of(FAST_MATH, UNORDERED_SUM)) {
          Matcher use = pattern.matcher(code);
          while (use.find()) {
            long line = 1 + code.substring(0, use.start()).chars().filter(c -> c == '\n').count();
            places.add(file + ":" + line + ": " + use.group());
          }
        }
      }
    }
    return places;
  }

  /** The comment lines that a file opens with. */
  private List<String> header(Path file) throws IOException {
    return Files.readAllLines(folder.resolve(file)).stream()
        .takeWhile(line -> line.startsWith("//"))
        .toList();
  }

  private List<Path> files(String ending) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(ending))
          .map(folder::relativize)
          .filter(file -> !file.startsWith("emulator"))
          .sorted()
          .toList();
    }
  }

  private static boolean exists(MatchResult name, List<Path> sources) throws IOException {
    Path file =
        Path.of("longrun" + name.group(1).replace('.', '/')).resolve(name.group(2) + ".java");
    for (Path folder : sources) {
      if (Files.exists(folder.resolve(file))) {
        String source = Files.readString(folder.resolve(file));
        return Pattern.compile("\\.")
            .splitAsStream(name.group(3))
            .filter(nested -> !nested.isEmpty())
            .allMatch(
                nested ->
                    Pattern.compile("\\b(?:class|record|interface|enum) " + nested + "\\b")
                        .matcher(source)
                        .find());
      }
    }
    return false;
  }
}
