package longrun.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Rules that the class files no longer show. */
final class SourceRules {
  /**
   * The order in which {@code reduceLanes} adds or multiplies floats is not defined, so the bits of
   * a sum could differ between machines and between interpreted and compiled code. Only operators
   * written out and known to be exact pass.
   */
  private static final Pattern REDUCTION =
      Pattern.compile(
          "\\breduceLanes(ToLong)?\\s*\\("
              + "(?!\\s*(VectorOperators\\s*\\.\\s*)?(MIN|MAX|AND|OR|XOR)\\b)");

  private static final Pattern COMMENT_OR_TEXT =
      Pattern.compile(
          "/\\*.*?\\*/|//[^\\n]*|\"\"\".*?\"\"\"|\"(\\\\.|[^\"\\\\\\n])*\"|'(\\\\.|[^'\\\\\\n])+'",
          Pattern.DOTALL);

  private SourceRules() {}

  /** Folders, relative to {@code sources}, that hold a Java file but no package-info.java. */
  static List<Path> packagesWithoutInfo(Path sources) throws IOException {
    return javaFiles(sources).stream()
        .map(Path::getParent)
        .distinct()
        .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
        .map(sources::relativize)
        .toList();
  }

  /**
   * Places, as {@code File.java:line}, where lanes are reduced by anything but an exact operator.
   */
  static List<String> unorderedReductions(Path sources) throws IOException {
    List<String> places = new ArrayList<>();
    for (Path file : javaFiles(sources)) {
      String code = withoutCommentsAndTexts(Files.readString(file));
      Matcher reduction = REDUCTION.matcher(code);
      while (reduction.find()) {
        long line = 1 + code.substring(0, reduction.start()).chars().filter(c -> c == '\n').count();
        places.add(file.getFileName() + ":" + line);
      }
    }
    return places;
  }

  private static List<Path> javaFiles(Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  /** Line breaks stay, so that line numbers do. */
  private static String withoutCommentsAndTexts(String source) {
    return COMMENT_OR_TEXT
        .matcher(source)
        .replaceAll(match -> match.group().replaceAll("[^\\n]", " "));
  }
}
