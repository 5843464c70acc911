package longrun.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./longrun} and {@code scripts/find-java}. Every folder has a space in its name. */
@Timeout(120)
class LauncherTest {
  /** Says how it was called, and exits with the code that the last argument names. */
  private static final String JAVA_STAND_IN =
      """
      #!/bin/bash
      for last; do :; done
      case "$*" in *-Xshare:dump*|*DumpLoadedClassList*) exit 1 ;; esac
      printf '<%s>' "$0" "$@"
      [[ "$last" == exit-* ]] && exit "${last#exit-}"
      exit 0
      """;

  private static final String MAVEN_STAND_IN =
      """
      #!/bin/bash
      echo built >>builds
      echo "$MAVEN_OPTS $*" >arguments
      echo "noise of the build"
      mkdir -p target/lib
      echo library >target/lib/library.jar
      echo "$RANDOM" >target/longrun.jar
      """;

  @TempDir private Path temporary;
  private final Map<Process, Path[]> outputs = new HashMap<>();
  private Path folder;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(temporary.resolve("a folder"));
  }

  @Test
  void findJavaPrefersLongrunJavaHomeThenJavaHomeThenPath() throws Exception {
    Path first = java("first", "25.0.1");
    Path second = java("second", "26");
    Path third = java("third", "27-ea");
    String path = third.resolve("bin") + ":/usr/bin:/bin";
    assertEquals(
        first + "/bin/java\n",
        findJava(Map.of("LONGRUN_JAVA_HOME", "" + first, "JAVA_HOME", "" + second, "PATH", path))
            .out());
    assertEquals(
        second + "/bin/java\n", findJava(Map.of("JAVA_HOME", "" + second, "PATH", path)).out());
    assertEquals(third + "/bin/java\n", findJava(Map.of("PATH", path)).out());
  }

  @Test
  void findJavaPassesOverAnOldJavaHome() throws Exception {
    Path old = java("old", "17.0.15");
    Path other = java("other", "25");
    String path = other.resolve("bin") + ":/usr/bin:/bin";
    assertEquals(
        other + "/bin/java\n", findJava(Map.of("JAVA_HOME", "" + old, "PATH", path)).out());
  }

  @Test
  void findJavaRefusesAnOldLongrunJavaHome() throws Exception {
    Path old = java("old", "24.0.2");
    Result result = findJava(Map.of("LONGRUN_JAVA_HOME", "" + old));
    assertEquals(4, result.exitCode());
    assertEquals("", result.out());
    assertTrue(
        result.err().contains(old + ", but it holds Java 24; longrun needs Java 25"), result::err);
  }

  @Test
  void findJavaReadsSdkmanAndToolchains() throws Exception {
    Path home = Files.createDirectories(folder.resolve("home"));
    Path listed = java("listed", "99");
    write(
        home.resolve(".m2/toolchains.xml"),
        "<toolchains>\n  <jdkHome> " + listed + " </jdkHome>\n</toolchains>\n");
    // The machine's own /usr/lib/jvm comes before these, so it is taken out of a copy of the
    // script.
    Path script = folder.resolve("find-java");
    Files.writeString(
        script,
        Files.readString(Path.of("scripts/find-java"))
            .replace("/usr/lib/jvm/* /opt/java/* /opt/jdk*", ""));
    Map<String, String> environment = Map.of("HOME", home.toString());
    assertEquals(listed + "/bin/java\n", run(environment, "bash", script.toString()).out());
    Path sdkman = java("home/.sdkman/candidates/java/25.0.1-tem", "25.0.1");
    assertEquals(sdkman + "/bin/java\n", run(environment, "bash", script.toString()).out());

    Result none = run(Map.of("HOME", folder.toString()), "bash", script.toString());
    assertEquals(4, none.exitCode());
    assertTrue(none.err().contains("no Java 25 or newer found. Install a JDK 25"), none::err);
  }

  @Test
  void aDistributionRunsItsOwnJavaThroughALink() throws Exception {
    Path distribution = distribution();
    Path java = distribution.resolve("runtime");
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, Path.of("longrun 1.0/longrun"));

    Result result = run(Map.of(), link.toString(), "train", "a b", "", "exit-143");
    assertEquals(143, result.exitCode());
    String lib = distribution + "/lib/";
    assertTrue(
        result
            .out()
            .startsWith("<" + java + "/bin/java><-cp><" + lib + "a.jar:" + lib + "longrun.jar>"),
        result::out);
    assertTrue(result.out().endsWith("<longrun.cli.Main><train><a b><><exit-143>"), result::out);
    assertTrue(result.out().contains("<-XX:+UseSerialGC>"), result::out);

    Result tuned =
        run(Map.of("LONGRUN_JAVA_OPTS", "-Xmx2g -XX:+UseParallelGC"), link.toString(), "list");
    assertTrue(
        tuned.out().endsWith("<-Xmx2g><-XX:+UseParallelGC><longrun.cli.Main><list>"), tuned::out);
    assertFalse(tuned.out().contains("UseSerialGC"), tuned::out);
  }

  @Test
  void namesThatAreNotAsciiNeedAnotherLocaleThanC() throws Exception {
    Path distribution = distribution();
    write(
        distribution.resolve("runtime/bin/java"),
        """
        #!/bin/bash
        case "$*" in *-Xshare:dump*) exit 1 ;; esac
        printf %s "${LC_ALL-as it was}"
        """);
    String launcher = distribution.resolve("longrun").toString();
    assertEquals("C.UTF-8", run(Map.of(), launcher, "list").out());
    assertEquals("C.UTF-8", run(Map.of("LC_ALL", "C"), launcher, "list").out());
    assertEquals("C.UTF-8", run(Map.of("LANG", "xx_NONE.UTF-8"), launcher, "list").out());
    assertEquals("as it was", run(Map.of("LANG", "C.UTF-8"), launcher, "list").out());

    Path tools = Files.createDirectories(folder.resolve("tools"));
    write(tools.resolve("locale"), "#!/bin/bash\necho ISO-8859-1\n");
    String path = tools + ":/usr/bin:/bin";
    assertEquals("as it was", run(Map.of("PATH", path), launcher, "list").out());

    Files.delete(tools.resolve("locale"));
    for (String tool : List.of("bash", "mv", "rm")) {
      write(tools.resolve(tool), "#!/bin/bash\nexec /usr/bin/" + tool + " \"$@\"\n");
    }
    path = tools.toString();
    assertEquals("C.UTF-8", run(Map.of("PATH", path), launcher, "list").out());
    assertEquals(
        "as it was", run(Map.of("PATH", path, "LANG", "de_DE.utf8"), launcher, "list").out());
  }

  @Test
  void theProgramLearnsHowItWasCalled() throws Exception {
    Path distribution = distribution();
    String folderAndPath = distribution + ":/usr/bin:/bin";
    assertTrue(
        run(Map.of("PATH", folderAndPath), "bash", "-c", "longrun list")
            .out()
            .contains("<-Dlongrun.command=longrun>"));
    assertTrue(
        run(Map.of(), "bash", "-c", "cd '" + distribution + "' && ./longrun list")
            .out()
            .contains("<-Dlongrun.command=./longrun>"));
    String whole = distribution.resolve("longrun").toString();
    String out = run(Map.of(), whole, "list").out();
    assertTrue(out.contains("<-Dlongrun.command=" + whole + ">"), out);
    assertTrue(out.contains("<-Dlongrun.home=" + distribution.toRealPath() + ">"), out);
  }

  @Test
  void aCheckoutBuildsWhenSourcesAreNewerAndOnlyThen() throws Exception {
    Map<String, String> environment = checkout();
    String launcher = folder.resolve("longrun").toString();

    Result first = run(environment, launcher, "list");
    assertEquals(0, first.exitCode(), first::err);
    assertEquals(1, builds());
    assertTrue(first.err().startsWith("longrun: building"), first::err);
    assertTrue(first.err().contains("noise of the build"), first::err);
    String maven = Files.readString(folder.resolve("arguments"));
    assertTrue(maven.contains("-Djansi.noreset=true"), "escape codes in a pipe: " + maven);
    assertTrue(maven.contains("-Dstyle.color=never"), "escape codes in a pipe: " + maven);
    assertFalse(first.out().contains("noise"), first::out);
    assertFalse(first.out().contains(folder + "/target/longrun.jar"), "must run a copy");

    Result second = run(environment, launcher, "list");
    assertEquals("", second.err());
    assertEquals(first.out(), second.out());
    assertEquals(1, builds());

    Files.setLastModifiedTime(
        folder.resolve("target/longrun.jar"), FileTime.from(Instant.now().minusSeconds(60)));
    assertTrue(run(environment, launcher, "list").err().startsWith("longrun: building"));
    assertEquals(2, builds());
  }

  @Test
  void cudaKernelsAreCompiledOnFirstUseOnlyWhereTheyCanRun() throws Exception {
    Map<String, String> environment = checkout();
    String launcher = folder.resolve("longrun").toString();
    boolean device = Files.exists(Path.of("/dev/nvidiactl"));
    assertEquals(0, run(environment, launcher, "list").exitCode());
    assertEquals(
        device ? "optional" : "none",
        Files.readString(folder.resolve("arguments")).replaceAll("(?s).*-Dkernels=(\\w+).*", "$1"));
    write(folder.resolve("kernels/matmul.cu"), "new");
    touchSources();
    assertEquals(0, run(environment, launcher, "list").exitCode());
    int before = builds();

    write(folder.resolve("tools/nvidia-smi"), "#!/bin/bash\n");
    Files.setLastModifiedTime(
        folder.resolve("kernels/matmul.cu"), FileTime.from(Instant.now().plusSeconds(1)));
    assertEquals(0, run(environment, launcher, "list").exitCode());
    assertEquals(before + 1, builds(), "a new kernel is compiled");
    assertTrue(Files.readString(folder.resolve("arguments")).contains("-Dkernels=optional"));
  }

  @Test
  void aDeepFolderIsNoProblem() throws Exception {
    Path distribution = distribution();
    Path deep = Files.createDirectories(folder.resolve("x".repeat(200)).resolve("y".repeat(200)));
    Path moved = Files.move(distribution, deep.resolve("longrun 1.0"));
    Result result = run(Map.of(), moved.resolve("longrun").toString(), "exit-5");
    assertEquals(5, result.exitCode(), result::err);
    assertEquals("", result.err());
  }

  @Test
  void aCopyInUseOutlivesTheNextBuild() throws Exception {
    Map<String, String> environment = checkout();
    String launcher = folder.resolve("longrun").toString();
    assertEquals(0, run(environment, launcher, "list").exitCode());
    Path used = Files.readSymbolicLink(folder.resolve("target/app/current"));
    Path usedFolder = folder.resolve("target/app").resolve(used);
    Process holder =
        new ProcessBuilder("flock", "-s", usedFolder.toString(), "sleep", "100").start();
    try {
      while (new ProcessBuilder("flock", "-n", usedFolder.toString(), "true").start().waitFor()
          == 0) {
        Thread.sleep(10);
      }
      touchSources();
      assertEquals(0, run(environment, launcher, "list").exitCode());
      assertTrue(
          Files.exists(usedFolder.resolve("longrun.jar")), "removed under a running program");
      assertEquals(2, copies());
    } finally {
      holder.descendants().forEach(ProcessHandle::destroyForcibly);
      holder.destroyForcibly().waitFor();
    }
    touchSources();
    assertEquals(0, run(environment, launcher, "list").exitCode());
    assertEquals(1, copies());
  }

  @Test
  void twoFirstUsesBuildOnce() throws Exception {
    Map<String, String> environment = checkout();
    Process one = start(environment, folder.resolve("longrun").toString(), "list");
    Process two = start(environment, folder.resolve("longrun").toString(), "list");
    assertEquals(0, finish(one).exitCode());
    assertEquals(0, finish(two).exitCode());
    assertEquals(1, builds());
  }

  @Test
  void aFailedBuildAndAMissingMavenSaySo() throws Exception {
    Map<String, String> environment = checkout();
    String launcher = folder.resolve("longrun").toString();
    write(folder.resolve("tools/mvn"), "#!/bin/bash\necho 'error: does not compile'\nexit 1\n");
    Result failed = run(environment, launcher, "list");
    assertEquals(1, failed.exitCode());
    assertTrue(failed.err().endsWith("does not compile\nlongrun: the build failed\n"), failed::err);

    Files.delete(folder.resolve("tools/mvn"));
    Path tools = folder.resolve("tools");
    for (String tool : List.of("bash", "find", "dirname", "readlink", "flock", "env")) {
      write(tools.resolve(tool), "#!/bin/bash\nexec /usr/bin/" + tool + " \"$@\"\n");
    }
    Result missing =
        run(
            Map.of("PATH", tools.toString(), "JAVA_HOME", environment.get("JAVA_HOME")),
            launcher,
            "list");
    assertEquals(1, missing.exitCode());
    assertTrue(missing.err().contains("there is no Maven: install it"), missing::err);
  }

  /** A distribution with a stand-in for Java. */
  private Path distribution() throws IOException {
    Path distribution = Files.createDirectories(folder.resolve("longrun 1.0"));
    Files.copy(
        Path.of("longrun"), distribution.resolve("longrun"), StandardCopyOption.COPY_ATTRIBUTES);
    java("longrun 1.0/runtime", "25");
    write(distribution.resolve("lib/longrun.jar"), "jar");
    write(distribution.resolve("lib/a.jar"), "jar");
    return distribution;
  }

  /**
   * A checkout in {@link #folder}, with stand-ins for Java and Maven; returns the environment to
   * use it in.
   */
  private Map<String, String> checkout() throws IOException {
    for (String file : List.of("longrun", "scripts/find-java")) {
      Files.createDirectories(folder.resolve(file).getParent());
      Files.copy(Path.of(file), folder.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
    }
    write(folder.resolve("pom.xml"), "<project/>");
    write(folder.resolve("src/main/java/Main.java"), "class Main {}");
    write(folder.resolve("kernels/Makefile"), "all:");
    write(folder.resolve("tools/mvn"), MAVEN_STAND_IN);
    Path java = java("jdk", "25");
    return Map.of("JAVA_HOME", java.toString(), "PATH", folder.resolve("tools") + ":/usr/bin:/bin");
  }

  private void touchSources() throws IOException {
    Files.setLastModifiedTime(
        folder.resolve("target/longrun.jar"), FileTime.from(Instant.now().minusSeconds(60)));
  }

  private int builds() throws IOException {
    return Files.readAllLines(folder.resolve("builds")).size();
  }

  private long copies() throws IOException {
    try (Stream<Path> children = Files.list(folder.resolve("target/app"))) {
      return children.filter(child -> !Files.isSymbolicLink(child)).count();
    }
  }

  private Path java(String name, String version) throws IOException {
    Path home = folder.resolve(name);
    write(home.resolve("bin/java"), JAVA_STAND_IN);
    write(
        home.resolve("release"),
        "IMPLEMENTOR=\"Stand-in\"\nJAVA_RUNTIME_VERSION=\""
            + version
            + "+1\"\nJAVA_VERSION=\""
            + version
            + "\"\n");
    return home;
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        text,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException("cannot make executable: " + file);
    }
  }

  private Result findJava(Map<String, String> environment) throws Exception {
    return run(environment, Path.of("scripts/find-java").toAbsolutePath().toString());
  }

  private Result run(Map<String, String> environment, String... command) throws Exception {
    return finish(start(environment, command));
  }

  /** The process sees the given variables and a plain PATH, and none of this process's. */
  private Process start(Map<String, String> environment, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(temporary.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().putAll(environment);
    Path out = Files.createTempFile(temporary, "out", ".txt");
    Path err = Files.createTempFile(temporary, "err", ".txt");
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    Process process = builder.start();
    outputs.put(process, new Path[] {out, err});
    return process;
  }

  private Result finish(Process process) throws Exception {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail("still running after 60 seconds");
    }
    Path[] files = outputs.remove(process);
    return new Result(
        process.exitValue(),
        Files.readString(files[0], StandardCharsets.UTF_8),
        Files.readString(files[1], StandardCharsets.UTF_8));
  }
}
