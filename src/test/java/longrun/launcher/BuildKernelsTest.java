package longrun.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/build-kernels}, with stand-ins for make and the compilers. */
@Timeout(120)
class BuildKernelsTest {
  private static final String FATBIN = "target/classes/longrun/cuda/kernels.fatbin";

  /** Knows the compilers on the PATH, says how it was called, makes what was asked for. */
  private static final String MAKE =
      """
      #!/bin/bash
      cd "$3"
      case "$4" in
        has-nvcc) type -P nvcc >/dev/null && exit; echo "the kernel image needs nvcc" >&2; exit 1 ;;
        has-cxx) type -P g++ >/dev/null && exit; echo "the driver needs g++" >&2; exit 1 ;;
      esac
      echo "$*" >>../made
      for word; do
        case "$word" in FATBIN=*) echo fresh >"${word#*=}" ;; esac
      done
      """;

  @TempDir private Path temporary;
  private Path folder;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(temporary.resolve("a folder"));
    // The machine's own toolkit is taken out of the copy.
    write(
        "scripts/build-kernels",
        Files.readString(Path.of("scripts/build-kernels")).replace("/usr/local/cuda", "/nowhere"));
    write("kernels/matmul/matmul.cu", "");
    write("kernels/emulator/driver.cc", "");
    for (String tool : List.of("bash", "dirname", "find", "getconf", "mkdir", "rm")) {
      write("tools/" + tool, "#!/bin/bash\nexec /usr/bin/" + tool + " \"$@\"\n");
    }
  }

  @Test
  void withoutACompilerTheBuildGoesOnUnlessItIsRequired() throws Exception {
    write("tools/make", MAKE);
    Result fatbin = run("fatbin", "optional", "optional");
    assertEquals(0, fatbin.exitCode());
    assertEquals(
        "longrun: no CUDA kernels: the kernel image needs nvcc. The build goes on without.\n",
        fatbin.err());
    assertEquals(1, run("fatbin", "optional", "required").exitCode());
    assertEquals(1, run("fatbin", "required", "optional").exitCode());

    Result emulator = run("emulator", "optional");
    assertEquals(0, emulator.exitCode());
    assertTrue(
        emulator.err().contains("tests of the CUDA engine are skipped: the driver needs g++"),
        emulator::err);
    assertEquals(1, emulator.err().lines().count(), emulator::err);
    assertEquals(1, run("emulator", "required").exitCode());
    assertFalse(Files.exists(folder.resolve("made")));

    write("tools/nvcc", "#!/bin/bash\n");
    write("tools/g++", "#!/bin/bash\n");
    Files.delete(folder.resolve("tools/make"));
    assertTrue(run("fatbin", "required").err().contains("there is no make"));
    assertEquals(1, run("emulator", "required").exitCode());
  }

  @Test
  void makeIsToldWhatToBuild() throws Exception {
    write("tools/make", MAKE);
    write("tools/nvcc", "#!/bin/bash\n");
    write("tools/g++", "#!/bin/bash\n");
    Result fatbin = run("fatbin", "optional", "none");
    assertEquals("", fatbin.err());
    assertEquals("fresh\n", Files.readString(folder.resolve(FATBIN)));
    assertEquals("", run("emulator", "optional").err());
    List<String> made = Files.readAllLines(folder.resolve("made"));
    assertTrue(
        made.get(0)
            .endsWith(
                ("-C kernels fatbin NVCC=" + folder.resolve("tools/nvcc"))
                    + (" FATBIN=../" + FATBIN + " REPORT=../target/ptxas")),
        made.get(0));
    assertTrue(made.get(1).endsWith("-C kernels emulator OUT=../target/emulator"), made.get(1));
    assertEquals(2, made.size());

    assertEquals(0, run("fatbin", "none", "required").exitCode());
    assertEquals(0, run("emulator", "none").exitCode());
    assertEquals(2, Files.readAllLines(folder.resolve("made")).size(), "none is none");
  }

  @Test
  void whatDoesNotCompileIsAFailure() throws Exception {
    write(
        "tools/make",
        "#!/bin/bash\n[[ $4 == has-* ]] && exit\necho 'matmul.cu(3): error' >&2\nexit 2\n");
    write("tools/nvcc", "#!/bin/bash\n");
    write("tools/g++", "#!/bin/bash\n");
    Result fatbin = run("fatbin", "optional", "optional");
    assertEquals(1, fatbin.exitCode());
    assertEquals(
        "matmul.cu(3): error\nlongrun: the CUDA kernels do not compile with "
            + folder.resolve("tools/nvcc")
            + "; -Dkernels=none builds without them\n",
        fatbin.err());
    assertEquals(2, run("emulator", "optional").exitCode());
  }

  @Test
  void aFatbinOfOlderSourcesDoesNotStay() throws Exception {
    write(FATBIN, "old");
    assertEquals(0, run("fatbin", "none").exitCode());
    assertTrue(Files.exists(folder.resolve(FATBIN)), "it is as new as its sources");
    FileTime later = FileTime.from(Instant.now().plusSeconds(5));
    Files.setLastModifiedTime(folder.resolve("kernels/emulator/driver.cc"), later);
    assertEquals(0, run("fatbin", "none").exitCode());
    assertTrue(Files.exists(folder.resolve(FATBIN)), "the emulator is no part of it");

    Files.setLastModifiedTime(folder.resolve("kernels/matmul/matmul.cu"), later);
    assertEquals(0, run("fatbin", "none").exitCode());
    assertFalse(Files.exists(folder.resolve(FATBIN)));
    write(FATBIN, "old");
    assertEquals(0, run("fatbin", "optional").exitCode());
    assertFalse(Files.exists(folder.resolve(FATBIN)));
  }

  @Test
  void aWishThatDoesNotExistIsRefused() throws Exception {
    Result result = run("fatbin", "optional", "require");
    assertEquals(2, result.exitCode());
    assertTrue(result.err().contains("-Demulator=require: known are required,"), result::err);
    assertEquals(2, run("fatbinary", "optional").exitCode());
  }

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
    if (!path.toFile().setExecutable(true)) {
      throw new IOException("cannot make executable: " + path);
    }
  }

  private Result run(String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(folder.resolve("scripts/build-kernels").toString());
    command.addAll(List.of(arguments));
    Path out = temporary.resolve("out");
    Path err = temporary.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(temporary.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", folder.resolve("tools").toString());
    Process process = builder.start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail("still running after 60 seconds");
    }
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
