package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import longrun.cuda.StructLayout.Array;
import longrun.cuda.StructLayout.Nested;
import longrun.cuda.StructLayout.Placed;
import longrun.cuda.StructLayout.Scalar;
import longrun.cuda.StructLayout.Type;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java and the kernels mean the same structures. */
class KernelParametersTest {
  private static final Path HEADER = Path.of("kernels/common/parameters.cuh");
  private static final Pattern STRUCT = Pattern.compile("struct (\\w+) \\{(.*?)\\};");
  private static final Pattern FIELD =
      Pattern.compile("(?:const )?(\\w+(?: \\w+)*?)(\\*)? (\\w+)(?:\\[(\\w+)])?");
  private static final Pattern CONSTANT = Pattern.compile("constexpr int (\\w+) = (\\d+);");
  private static final Pattern ENUM = Pattern.compile("enum \\w+ \\{(.*?)}");
  private static final Pattern ENUMERATOR = Pattern.compile("(\\w+) = (\\d+)");

  @Test
  void everyStructureHasTheFieldsOfTheHeader() throws IOException {
    Map<String, List<String>> declared = structures();
    Map<String, List<String>> laidOut = new LinkedHashMap<>();
    for (StructLayout layout : KernelParameters.ALL) {
      laidOut.put(
          layout.name(),
          layout.fields().stream()
              .map(placed -> describe(placed.field().type()) + " " + placed.field().name())
              .toList());
    }
    assertFalse(declared.isEmpty(), "nothing was found in " + HEADER);
    assertEquals(List.copyOf(declared.keySet()), List.copyOf(laidOut.keySet()));
    declared.forEach((name, fields) -> assertEquals(fields, laidOut.get(name), name));
  }

  @Test
  void everyConstantHasTheValueOfTheHeader() throws Exception {
    Map<String, Integer> ours = new TreeMap<>();
    for (var field : KernelParameters.class.getFields()) {
      if (field.getType() == int.class && Modifier.isStatic(field.getModifiers())) {
        ours.put(field.getName(), field.getInt(null));
      }
    }
    assertEquals(constants(), ours);
    assertTrue(ours.size() > 10, ours::toString);
  }

  @Test
  void everyParameterStructureCanBePassed() {
    for (StructLayout layout : KernelParameters.ALL) {
      assertTrue(layout.bytes() <= Launch.MAX_PARAMETER_BYTES, layout + " " + layout.bytes());
    }
  }

  @Test
  void theCompilerLaysThemOutAlike(@TempDir Path folder) throws Exception {
    StringBuilder program = new StringBuilder("#include <cstddef>\n#include <cstdio>\n");
    program.append("#include \"").append(HEADER.toAbsolutePath()).append("\"\n");
    program.append("using namespace longrun;\nint main() {\n");
    List<String> expected = new ArrayList<>();
    for (StructLayout layout : KernelParameters.ALL) {
      print(program, layout.name(), "sizeof(" + layout + ")");
      expected.add(layout.name() + " " + layout.bytes());
      for (Placed placed : layout.fields()) {
        String field = placed.field().name();
        print(program, layout + "." + field, "offsetof(" + layout + ", " + field + ")");
        expected.add(layout + "." + field + " " + placed.offset());
      }
    }
    Path source = folder.resolve("sizes.cc");
    Files.writeString(source, program.append("}\n"));
    Path binary = folder.resolve("sizes");
    try {
      output(folder, "g++", "-std=c++20", "-o", binary.toString(), source.toString());
    } catch (IOException e) {
      if ("required".equals(System.getProperty("emulator"))) {
        throw e;
      }
      abort("there is no g++ to ask: " + e.getMessage());
    }
    assertEquals(expected, output(folder, binary.toString()).lines().toList());
  }

  private static void print(StringBuilder program, String label, String number) {
    program.append("std::printf(\"").append(label).append(" %zu\\n\", ").append(number);
    program.append(");\n");
  }

  private static String output(Path folder, String... command) throws Exception {
    Path out = Files.createTempFile(folder, "out", ".txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    String said = Files.readString(out, StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  /** The header without comments and line breaks. */
  private static String header() throws IOException {
    return Files.readString(HEADER).replaceAll("//[^\n]*", "").replaceAll("\\s+", " ");
  }

  /** Of each structure, its fields: {@code "int32 jobs"}, {@code "MatmulJob[8] job"}. */
  private static Map<String, List<String>> structures() throws IOException {
    Map<String, Integer> constants = constants();
    Map<String, List<String>> structures = new LinkedHashMap<>();
    Matcher struct = STRUCT.matcher(header());
    while (struct.find()) {
      List<String> fields = new ArrayList<>();
      for (String declaration : struct.group(2).split(";", -1)) {
        if (declaration.isBlank()) {
          continue;
        }
        Matcher field = FIELD.matcher(declaration.strip());
        assertTrue(field.matches(), struct.group(1) + ": " + declaration);
        String type = field.group(2) != null ? "pointer" : type(field.group(1));
        String length = field.group(4);
        if (length != null) {
          int count =
              constants.containsKey(length) ? constants.get(length) : Integer.parseInt(length);
          type += "[" + count + "]";
        }
        fields.add(type + " " + field.group(3));
      }
      structures.put(struct.group(1), fields);
    }
    return structures;
  }

  private static String type(String declared) {
    return switch (declared) {
      case "int" -> "int32";
      case "long long" -> "int64";
      case "unsigned long long" -> "uint64";
      case "float" -> "float32";
      case "double" -> "float64";
      default -> declared;
    };
  }

  private static String describe(Type type) {
    return switch (type) {
      case Scalar scalar -> scalar.name().toLowerCase(java.util.Locale.ROOT);
      case Nested nested -> nested.layout().name();
      case Array array -> describe(array.element()) + "[" + array.length() + "]";
    };
  }

  private static Map<String, Integer> constants() throws IOException {
    Map<String, Integer> constants = new TreeMap<>();
    String header = header();
    Matcher constant = CONSTANT.matcher(header);
    while (constant.find()) {
      constants.put(constant.group(1), Integer.parseInt(constant.group(2)));
    }
    Matcher enumeration = ENUM.matcher(header);
    while (enumeration.find()) {
      Matcher enumerator = ENUMERATOR.matcher(enumeration.group(1));
      while (enumerator.find()) {
        constants.put(enumerator.group(1), Integer.parseInt(enumerator.group(2)));
      }
    }
    return constants;
  }
}
