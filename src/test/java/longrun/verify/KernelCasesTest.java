package longrun.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaFailure;
import longrun.cuda.Emulator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel computes what it should, on the device that the tests are given. */
class KernelCasesTest {
  private static final Path KERNELS = Path.of("kernels");
  private static final Pattern ENTRY =
      Pattern.compile(
          "extern \"C\" __global__[^;{]*?\\b(\\w+)\\(\\s*(?:const )?(?:longrun::)?\\w+Parameters");

  private static CudaContext context;

  @BeforeAll
  static void device() {
    Emulator.requireDevice();
  }

  @AfterAll
  static void close() {
    if (context != null) {
      context.close();
      context = null;
    }
  }

  static List<KernelCase> cases() {
    return KernelCases.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void aKernelComputesWhatItShould(KernelCase each) {
    if (context == null) {
      context = CudaContext.open();
    }
    Outcome outcome;
    try {
      outcome = each.run(context);
    } catch (CudaFailure failure) {
      // A kernel that faults ends its context, not the cases after it.
      closeAfter(failure);
      throw failure;
    }
    assertTrue(outcome.passed(), () -> each + ": " + outcome);
  }

  private static void closeAfter(CudaFailure failure) {
    try {
      context.close();
    } catch (CudaFailure second) {
      failure.addSuppressed(second);
    }
    context = null;
  }

  @Test
  void everyEntryPointHasCases() throws IOException {
    Set<String> cased = cases().stream().map(KernelCase::kernel).collect(Collectors.toSet());
    Set<String> missing = entryPoints();
    assertTrue(missing.size() > 10, missing::toString);
    missing.removeAll(cased);
    assertEquals(Set.of(), missing);
  }

  private static Set<String> entryPoints() throws IOException {
    Set<String> names = new TreeSet<>();
    List<Path> sources;
    try (Stream<Path> files = Files.walk(KERNELS)) {
      sources =
          files
              .filter(file -> file.toString().endsWith(".cu"))
              .filter(file -> !file.startsWith(KERNELS.resolve("emulator")))
              .toList();
    }
    for (Path source : sources) {
      Matcher entry = ENTRY.matcher(Files.readString(source));
      while (entry.find()) {
        names.add(entry.group(1));
      }
    }
    return names;
  }
}
