package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where there is no driver, that is all that happens: in a process of its own. */
class NoDriverTest {
  @TempDir private Path folder;

  @Test
  void nothingOfJcudaIsTouchedAndTheDriverIsNamed() throws Exception {
    Path classes = folder.resolve("classes.log");
    String said = run("", "-Xlog:class+load:file=" + classes);
    assumeFalse(said.startsWith("opened"), "there is a real driver on this machine");
    assertTrue(said.startsWith("DRIVER|driver: libcuda.so.1 cannot be loaded"), said);
    assertTrue(said.contains("install NVIDIA's driver"), said);
    List<String> touched =
        Files.readAllLines(classes).stream().filter(line -> line.contains(" jcuda.")).toList();
    assertEquals(List.of(), touched);
    assertTrue(Files.readString(classes).contains("longrun.cuda.ForeignDriver"));
  }

  @Test
  void alibraryThatIsNoDriverIsNamed() throws Exception {
    Files.writeString(folder.resolve("libcuda.so.1"), "planted");
    String said = run(folder.toString(), "-Xshare:auto");
    assumeFalse(said.startsWith("opened"), "there is a real driver on this machine");
    assertTrue(said.startsWith("DRIVER|driver: libcuda.so.1 cannot be loaded"), said);
  }

  private String run(String libraryPath, String option) throws Exception {
    Path out = folder.resolve("out.txt");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                option,
                "-cp",
                System.getProperty("java.class.path"),
                Opening.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().put("LD_LIBRARY_PATH", libraryPath);
    Process process = builder.start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return Files.readString(out);
  }

  /** Tries to open a context. */
  static final class Opening {
    private Opening() {}

    public static void main(String[] arguments) {
      try (CudaContext context = CudaContext.open()) {
        System.out.println("opened " + context.device().description());
      } catch (CudaUnavailableException e) {
        System.out.println(e.missing().piece() + "|" + e.getMessage());
      }
    }
  }
}
