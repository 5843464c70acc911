package longrun.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CUDA sources keep the rules of {@link KernelSources}, and planted mistakes break them. */
class KernelSourcesTest {
  private static final KernelSources KERNELS = new KernelSources(Path.of("kernels"));
  private static final List<Path> JAVA =
      List.of(Path.of("src/main/java"), Path.of("src/test/java"));

  @TempDir private Path folder;

  @Test
  void thereAreKernels() throws IOException {
    assertFalse(KERNELS.kernels().isEmpty(), "no kernels: the rules hold of nothing");
  }

  @Test
  void everyKernelOpensWithItsHeader() throws IOException {
    assertEquals(List.of(), KERNELS.headerMistakes());
  }

  @Test
  void everyTwinExists() throws IOException {
    assertEquals(List.of(), KERNELS.twinMistakes(JAVA));
  }

  @Test
  void theIndexNamesEveryKernel() throws IOException {
    assertEquals(List.of(), KERNELS.indexMistakes());
  }

  @Test
  void arithmeticIsExactAndSumsHaveAnOrder() throws IOException {
    assertEquals(List.of(), KERNELS.inexactPlaces());
  }

  @Test
  void aHeaderThatLacksAFieldIsCaught() throws IOException {
    write(
        "good/good.cu",
        """
        // The good one.
        //
        // Computes: the identity, which is
        //   not much.
        // Shapes    out [rows]
        // Mapping: a thread each
        // Memory: none
        // Numerics: exact
        // Twin: longrun.documents.KernelSources
        #include "x.cuh"
        """);
    write(
        "bad/order.cu",
        """
        // Computes: a
        // Mapping: b
        // Shapes: c
        // Memory:
        // Numerics: e
        // Twin: f
        """);
    write("emulator/tests/other.cu", "// Says nothing.");
    assertEquals(
        List.of(
            "bad/order.cu: nothing after Memory",
            "bad/order.cu: its header has [Computes, Mapping, Shapes, Memory, Numerics, Twin]"
                + " instead of [Computes, Shapes, Mapping, Memory, Numerics, Twin]"),
        new KernelSources(folder).headerMistakes());
  }

  @Test
  void aTwinThatDoesNotExistIsCaught() throws IOException {
    write(
        "a.cu",
        """
        // Twin: longrun.plan.Operation.Attention; checked by longrun.documents.KernelSourcesTest,
        // longrun.plan.Operation.Guessing and longrun.plan.Nothing.
        """);
    write("b.cu", "// Twin: somewhere\n");
    write("c.cu", "int longrun.plan.Operation;\n");
    assertEquals(
        List.of(
            "a.cu: there is no longrun.plan.Operation.Guessing",
            "a.cu: there is no longrun.plan.Nothing",
            "b.cu: names no twin",
            "c.cu: names no twin"),
        new KernelSources(folder).twinMistakes(JAVA));
  }

  @Test
  void anIndexThatIsNotUpToDateIsCaught() throws IOException {
    write("a/a.cu", "");
    write("a/b.cu", "");
    write("emulator/tests/c.cu", "");
    write("README.md", "| `a/a.cu` | adds |\n| `a/gone.cu` | left |\n");
    assertEquals(
        List.of("README.md does not list a/b.cu", "README.md lists a/gone.cu, which is not there"),
        new KernelSources(folder).indexMistakes());
  }

  @Test
  void inexactArithmeticIsCaught() throws IOException {
    write(
        "a.cu",
        """
        // Never __expf, /* nor atomicAdd.
        float f(float x) { return __fmul_rn(expf(x), 2.0f); }
        float g(float x) { return __fdividef(x, 2.0f); }
        void h(float* x) { atomicAdd(x, 1.0f); atomicMax((int*)x, 1); }
        """);
    write("a.cuh", "asm(\"ex2.approx.f32 %0, %1;\");\nasm(\"red.global.add.f32 [%0], %1;\");\n");
    assertEquals(
        List.of(
            "a.cu:3: __fdividef",
            "a.cu:4: atomicAdd",
            "a.cuh:1: .approx",
            "a.cuh:2: red.global.add"),
        new KernelSources(folder).inexactPlaces());
  }

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
