package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import longrun.documents.RegisterTable.Use;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kernels keep to registers, and {@code kernels/REGISTERS.md} says what the build's compiler said.
 * After a change of kernels: {@code mvn test -Dtest=RegisterTableTest -Dlongrun.registers=write}.
 */
class RegisterTableTest {
  private static final Path TABLE = Path.of("kernels/REGISTERS.md");
  private static final Path FATBIN = Path.of("target/classes/longrun/cuda/kernels.fatbin");
  private static final Pattern ENTRY_POINT =
      Pattern.compile(
          "extern \"C\" __global__(?:\\s+void|\\s+__launch_bounds__\\([^)]*\\))+\\s+(\\w+)\\(");

  private static final String VERSION =
      "Cuda compilation tools, release 13.0, V13.0.88\nBuild cuda_13.0\n";
  private static final String MESSAGES =
      """
      ptxas info    : 0 bytes gmem
      ptxas info    : Compiling entry function 'score' for 'sm_120'
      ptxas info    : Function properties for score
          0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
      ptxas info    : Used 40 registers, used 1 barriers, 96 bytes smem, 440 bytes cmem[0]
      ptxas info    : Compile time = 154.707 ms
      ptxas info    : Compiling entry function 'record' for 'sm_90a'
      ptxas info    : Function properties for record
          0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
      ptxas info    : Used 24 registers, used 0 barriers, 440 bytes cmem[0], 80 bytes cmem[2]
      """;

  @TempDir private Path folder;

  @Test
  void everyKernelKeepsToRegisters() throws IOException {
    assertEquals(List.of(), table().spills());
  }

  @Test
  void everyKernelIsCompiledForEveryArchitecture() throws IOException {
    RegisterTable table = table();
    List<String> expected = new ArrayList<>();
    for (int architecture : List.of(80, 86, 89, 90, 120)) {
      for (String kernel : entryPoints()) {
        expected.add(kernel + " sm_" + architecture);
      }
    }
    assertEquals(
        new TreeSet<>(expected),
        table.uses().stream()
            .map(use -> use.kernel() + " sm_" + use.architecture())
            .collect(Collectors.toCollection(TreeSet::new)));
    assertEquals(expected.size(), table.uses().size(), "kernels of the same name");
  }

  @Test
  void theTableIsTheBuilds() throws IOException {
    RegisterTable table = table();
    if ("write".equals(System.getProperty("longrun.registers"))) {
      Files.writeString(TABLE, table.text());
      return;
    }
    String committed = Files.readString(TABLE);
    if (!committed.contains("nvcc " + table.compiler() + " ")) {
      skip(TABLE + " is of another nvcc than " + table.compiler() + ", which built the kernels");
    }
    assertEquals(table.text(), committed);
  }

  @Test
  void theMessagesAreUnderstood() throws IOException {
    write(RegisterTable.VERSION_FILE, VERSION);
    write("sm_90.txt", MESSAGES);
    write("objects/kernels.sm_90.cubin", "no messages");
    RegisterTable table = RegisterTable.read(folder);
    assertEquals("13.0.88", table.compiler());
    assertEquals(
        List.of(new Use("record", 90, 24, 0, 0, 0), new Use("score", 120, 40, 96, 0, 0)),
        table.uses());
    assertEquals(List.of(), table.spills());
    assertTrue(table.text().contains("| score | sm_120 | 40 | 96 | 0 | 0 |\n"), table::text);
  }

  @Test
  void aSpillAndLocalMemoryAreCaught() throws IOException {
    write(RegisterTable.VERSION_FILE, VERSION);
    write(
        "a.txt",
        MESSAGES.replaceFirst("0 bytes spill stores, 0 bytes", "4 bytes spill stores, 8 bytes"));
    write("b.txt", MESSAGES.replaceFirst("0 bytes stack frame", "16 bytes stack frame"));
    write("c.txt", MESSAGES.replaceFirst("440 bytes cmem", "32 bytes lmem, 440 bytes cmem"));
    write(
        "d.txt",
        MESSAGES.replaceFirst(
            "ptxas info    : Used",
            """
            ptxas info    : Function properties for _ZN7longrun6helperEf
                24 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
            ptxas info    : Used\
            """));
    assertEquals(
        List.of(
            "score for sm_120: 12 bytes spilled, 0 bytes of local memory",
            "score for sm_120: 0 bytes spilled, 16 bytes of local memory",
            "score for sm_120: 0 bytes spilled, 32 bytes of local memory",
            "_ZN7longrun6helperEf for sm_120: 0 bytes spilled, 24 bytes of local memory"),
        RegisterTable.read(folder).spills());
  }

  @Test
  void messagesOfAnotherKindAreRefused() throws IOException {
    write(RegisterTable.VERSION_FILE, "gcc 14\n");
    assertThrows(IOException.class, () -> RegisterTable.read(folder));
    write(RegisterTable.VERSION_FILE, VERSION);
    write("a.txt", "ptxas info    : Used 40 registers\n");
    assertThrows(IOException.class, () -> RegisterTable.read(folder));
  }

  /** The build's; where there is none, the test that asks is skipped, or fails if it may not be. */
  private static RegisterTable table() throws IOException {
    if (!Files.exists(FATBIN) || !Files.exists(RegisterTable.REPORT)) {
      skip("the build compiled no CUDA kernels: there is no nvcc");
    }
    return RegisterTable.read(RegisterTable.REPORT);
  }

  private static void skip(String reason) {
    if ("required".equals(System.getProperty("emulator"))
        || "required".equals(System.getProperty("kernels"))) {
      fail(reason);
    }
    abort(reason);
  }

  private static List<String> entryPoints() throws IOException {
    KernelSources sources = new KernelSources(Path.of("kernels"));
    List<String> names = new ArrayList<>();
    for (Path file : sources.kernels()) {
      String text = Files.readString(Path.of("kernels").resolve(file));
      List<String> own = ENTRY_POINT.matcher(text).results().map(RegisterTableTest::name).toList();
      assertTrue(!own.isEmpty(), () -> file + " has no kernel, or writes it in an unknown way");
      names.addAll(own);
    }
    return names;
  }

  private static String name(MatchResult match) {
    return match.group(1);
  }

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
