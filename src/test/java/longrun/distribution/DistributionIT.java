package longrun.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import longrun.distribution.Installation.Result;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a person does who unpacks the archive. */
@Timeout(300)
class DistributionIT {
  private static final String INCUBATOR_WARNING =
      "WARNING: Using incubator modules: jdk.incubator.vector\n";
  private static final long MOST_BYTES = 60_000_000;

  private static final String TINY =
      """
      task: {kind: modular, operation: add, modulus: 7, train_fraction: 0.5}
      model: {kind: transformer, layers: 1, d_model: 8, heads: 2, d_head: 4, d_mlp: 16}
      optimizer: {learning_rate: 1e-2}
      training: {steps: 40, batch_size: 10}
      evaluation: {every: 5}
      checkpoint: {every: 20, keep: 3}
      """;

  @TempDir private static Path sharedFolder;
  private static Installation shared;

  @TempDir private Path folder;
  private Installation installation;

  @BeforeAll
  static void unpack() throws Exception {
    shared = Installation.unpack(sharedFolder);
  }

  /** Tests share what was unpacked; each has a folder of its own to be in. */
  @BeforeEach
  void makeWorkFolder() throws IOException {
    Path work = Files.createDirectory(folder.resolve("its work"));
    Files.writeString(work.resolve("tiny.yaml"), TINY);
    installation = shared.in(work);
  }

  /** An installation that was never started. */
  private void unpackAnother() throws Exception {
    installation = Installation.unpack(folder).in(installation.work());
  }

  @Test
  void theArchiveIsSmallAndHoldsWhatItShould() throws Exception {
    Path archive = Installation.archive();
    assertTrue(Files.size(archive) < MOST_BYTES, () -> archive + " is too large");
    assertEquals(
        List.of("LICENSE", "README.md", "configs", "lib", "licenses", "longrun", "runtime"),
        names(installation.home()));
    assertEquals(
        archive.getFileName().toString().replace(".tar.gz", ""),
        installation.home().getFileName().toString());
    assertEquals(names(Path.of("configs")), names(installation.home().resolve("configs")));
    Result entries =
        installation.execute(
            Map.of("PATH", "/usr/bin:/bin"),
            List.of("tar", "--numeric-owner", "-tvzf", archive.toString()));
    List<String> odd =
        entries.out().lines().filter(line -> !line.matches("[-dl][rwx-]{9} 0/0 .*")).toList();
    assertEquals(List.of(), odd, "entries of somebody");
    try (JarFile jar = new JarFile(installation.home().resolve("lib/longrun.jar").toFile())) {
      assertTrue(jar.getEntry("longrun/cuda/kernels.fatbin").getSize() > 0);
    }
  }

  @Test
  void onlyTheNativeLibrariesThatAreLoadedAreThere() throws IOException {
    TreeSet<String> natives = new TreeSet<>();
    for (String name : jars()) {
      if (name.contains("-natives-")) {
        try (JarFile jar = new JarFile(installation.home().resolve("lib/" + name).toFile())) {
          jar.stream()
              .filter(entry -> !entry.isDirectory())
              .forEach(entry -> natives.add(entry.getName().replaceFirst("-.*", "")));
        }
      }
    }
    assertEquals(new TreeSet<>(List.of("lib/libJCudaDriver", "lib/libJCublas2")), natives);
  }

  @Test
  void everyJarHasALicence() throws IOException {
    List<String> licences = names(installation.home().resolve("licenses"));
    List<String> without = new ArrayList<>();
    for (String jar : jars()) {
      String artifact = jar.replaceFirst("-\\d.*", "");
      if (!jar.equals("longrun.jar")
          && !licences.contains(artifact)
          && !licences.contains(artifact + ".txt")
          && !licences.contains(artifact.replaceFirst("-.*", "") + ".txt")) {
        without.add(jar);
      }
    }
    assertEquals(List.of(), without);
    assertTrue(Files.exists(installation.home().resolve("runtime/legal/java.base/LICENSE")));
  }

  @Test
  void noJavaIsWithinReach() throws Exception {
    for (String program : List.of("java", "mvn", "nvcc", "git")) {
      Result result = installation.execute(Map.of(), List.of("bash", "-c", "type -P " + program));
      assertNotEquals(0, result.exitCode(), result::out);
    }
  }

  @Test
  void itSaysItsVersionAndTheSecondStartTakesItsClassesFromAnArchive() throws Exception {
    unpackAnother();
    Result first = installation.longrun("--version");
    assertEquals(0, first.exitCode(), first::err);
    String version =
        Installation.archive().getFileName().toString().replaceAll("longrun-|-linux-x64.*", "");
    assertTrue(first.out().startsWith("longrun " + version + ", commit "), first::out);
    assertEquals(1, first.out().lines().count(), first::out);
    assertEquals(INCUBATOR_WARNING, first.err());
    List<Path> archives = classDataArchives();
    assertEquals(1, archives.size(), archives::toString);

    Path log = folder.resolve("classes.log");
    Result second =
        installation.longrun(
            Map.of("LONGRUN_JAVA_OPTS", "-Xlog:class+load=info:file=" + log), "--version");
    assertEquals(0, second.exitCode(), second::err);
    assertEquals(first.out(), second.out());
    assertEquals(INCUBATOR_WARNING, second.err());
    assertEquals(archives, classDataArchives());
    assertTrue(
        Pattern.compile("longrun\\.cli\\.Main source: shared objects file")
            .matcher(Files.readString(log))
            .find(),
        "the archive is not used");
  }

  @Test
  void theDoctorNamesTheRuntimeThatCameWithIt() throws Exception {
    Result doctor = installation.longrun("doctor");
    assertEquals(0, doctor.exitCode(), doctor::err);
    assertTrue(
        doctor.out().contains(installation.home().resolve("runtime").toString()), doctor.out());
    assertTrue(doctor.out().contains("CUDA driver"), doctor.out());
  }

  @Test
  void aConfigurationThatCameWithItIsRead() throws Exception {
    Path config = installation.home().resolve("configs/quickstart.yaml");
    Result plan = installation.longrun("plan", config.toString());
    assertEquals(0, plan.exitCode(), plan::err);
  }

  @Test
  void itTrainsOnTheCpuThroughALink() throws Exception {
    Path link = sharedFolder.resolve("linked");
    Files.createSymbolicLink(link, installation.home().resolve("longrun"));
    Result train =
        installation.execute(
            Map.of(), List.of(link.toString(), "train", "tiny.yaml", "--engine", "cpu"));
    assertEquals(0, train.exitCode(), train::err);
    assertRunIsWhole("cpu");
  }

  @Test
  void itTrainsOnTheCudaEngine() throws Exception {
    Path driver = Path.of("target/emulator").toAbsolutePath();
    assertTrue(Files.exists(driver.resolve("libcuda.so.1")), "the emulated driver is not built");
    Map<String, String> environment = Map.of("LD_LIBRARY_PATH", driver.toString());
    Result train = installation.longrun(environment, "train", "tiny.yaml", "--engine", "cuda");
    assertEquals(0, train.exitCode(), train::err);
    assertRunIsWhole("cuda");
    Result verify = installation.longrun(environment, "verify", "--only", "split_sum");
    assertEquals(0, verify.exitCode(), verify::out);
  }

  @Test
  void withoutADriverTheCudaEngineIsRefused() throws Exception {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "this machine has a driver");
    Result train = installation.longrun("train", "tiny.yaml", "--engine", "cuda");
    assertEquals(4, train.exitCode(), train::err);
    assertTrue(train.err().contains("libcuda.so.1"), train::err);
    assertEquals(List.of("tiny.yaml"), names(installation.work()));
  }

  @Test
  void anInstallationThatCannotBeWrittenToWorks() throws Exception {
    unpackAnother();
    List<String> user = becomeUserWhoCannotWrite();
    List<String> lib = names(installation.home().resolve("lib"));
    for (int start = 0; start < 2; start++) {
      Result version = installation.as(user, Map.of(), "--version");
      assertEquals(0, version.exitCode(), version::err);
      assertEquals(INCUBATOR_WARNING, version.err());
      assertEquals(lib, names(installation.home().resolve("lib")));
    }
    Result train = installation.as(user, Map.of(), "train", "tiny.yaml", "--engine", "cpu");
    assertEquals(0, train.exitCode(), train::err);
    assertRunIsWhole("cpu");
    assertEquals(lib, names(installation.home().resolve("lib")));
  }

  /** Root can write everywhere, so it gives its rights up for a command. */
  private List<String> becomeUserWhoCannotWrite() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path work = installation.work();
    Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxrwxrwx"));
    if (Files.getAttribute(folder, "unix:uid").equals(0)) {
      return List.of(
          "/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--");
    }
    Path lib = installation.home().resolve("lib");
    Files.setPosixFilePermissions(lib, PosixFilePermissions.fromString("r-xr-xr-x"));
    return List.of();
  }

  /** The run in the work folder has its metrics, checkpoints and a report with curves. */
  private void assertRunIsWhole(String engine) throws Exception {
    Path run = installation.work().resolve("runs/tiny-seed0");
    String summary = Files.readString(run.resolve("summary.json"));
    assertTrue(summary.contains("\"" + engine + "\""), summary);
    assertEquals(10, Files.readAllLines(run.resolve("metrics.csv")).size());
    assertTrue(Files.exists(run.resolve("checkpoints/step-000000040.safetensors")));
    assertTrue(Files.readString(run.resolve("report.html")).contains("<svg"), "no curves");
  }

  private List<String> jars() throws IOException {
    List<String> jars = names(installation.home().resolve("lib"));
    return jars.stream().filter(name -> name.endsWith(".jar")).toList();
  }

  private List<Path> classDataArchives() throws IOException {
    try (Stream<Path> files = Files.list(installation.home().resolve("lib"))) {
      return files.filter(file -> file.toString().contains(".jsa")).toList();
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
