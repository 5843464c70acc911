package longrun.distribution;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * An unpacked distribution, whose commands see no environment but the given one and a PATH that
 * holds nothing but the tools which the launcher needs: no Java, no Maven, no compiler.
 */
final class Installation {
  /** What a script can count on wherever there is a shell; flock may be missing elsewhere. */
  private static final List<String> TOOLS =
      List.of("bash", "env", "flock", "locale", "mv", "readlink", "rm");

  private static final long TIMEOUT_SECONDS = 120;

  private final Path home;
  private final Path tools;
  private final Path work;

  /** How a command ended. */
  record Result(int exitCode, String out, String err) {}

  private Installation(Path home, Path tools, Path work) {
    this.home = home;
    this.tools = tools;
    this.work = work;
  }

  /** The one archive that the build packed. */
  static Path archive() throws IOException {
    Path folder = Path.of("target/dist");
    List<Path> archives = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        files.filter(file -> file.toString().endsWith(".tar.gz")).forEach(archives::add);
      }
    }
    if (archives.size() != 1) {
      fail("target/dist holds " + archives + ": mvn -Pdist verify packs the distribution first");
    }
    return archives.getFirst().toAbsolutePath();
  }

  /**
   * Unpacks the archive.
   *
   * @param folder empty; gets the installation, and {@code work} to be in
   */
  static Installation unpack(Path folder) throws Exception {
    Path tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool : TOOLS) {
      Path file = tools.resolve(tool);
      Files.writeString(file, "#!/bin/sh\nexec /usr/bin/" + tool + " \"$@\"\n");
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Path work = Files.createDirectory(folder.resolve("work"));
    Path place = Files.createDirectory(folder.resolve("a folder"));
    Installation unpacking = new Installation(place, tools, work);
    Result tar =
        unpacking.execute(
            Map.of("PATH", "/usr/bin:/bin"),
            List.of("tar", "-xzf", archive().toString(), "-C", place.toString()));
    if (tar.exitCode() != 0) {
      fail("tar: " + tar.err());
    }
    try (Stream<Path> entries = Files.list(place)) {
      List<Path> roots = entries.toList();
      if (roots.size() != 1) {
        fail("the archive unpacks into " + roots + " rather than into one folder");
      }
      return new Installation(roots.getFirst(), tools, work);
    }
  }

  /** The same installation, whose commands are started in another folder. */
  Installation in(Path otherWork) {
    return new Installation(home, tools, otherWork);
  }

  /** Its folder; there is a space in the path. */
  Path home() {
    return home;
  }

  /** The folder that commands are started in; empty at first. */
  Path work() {
    return work;
  }

  Result longrun(String... arguments) throws Exception {
    return longrun(Map.of(), arguments);
  }

  /** Runs its launcher; whatever the command, a stack trace is a failure. */
  Result longrun(Map<String, String> environment, String... arguments) throws Exception {
    return as(List.of(), environment, arguments);
  }

  /**
   * The same for another user.
   *
   * @param prefix a command that starts the rest of its arguments as that user
   */
  Result as(List<String> prefix, Map<String, String> environment, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.add(home.resolve("longrun").toString());
    command.addAll(List.of(arguments));
    Result result = execute(environment, command);
    assertFalse(result.err().contains("\tat "), result::err);
    assertFalse(result.err().contains("Exception in thread"), result::err);
    return result;
  }

  /** Runs any command in the same environment. */
  Result execute(Map<String, String> environment, List<String> command) throws Exception {
    Path out = Files.createTempFile("longrun-installation-", ".out");
    Path err = Files.createTempFile("longrun-installation-", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(work.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().clear();
      builder.environment().put("PATH", tools.toString());
      builder.environment().put("HOME", work.toString());
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        fail(command + " not done after " + TIMEOUT_SECONDS + " s: " + Files.readString(err));
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
