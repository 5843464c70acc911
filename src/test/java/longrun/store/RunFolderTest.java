package longrun.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  private static final Checkpoint FIRST = Checkpointing.checkpoint(0, true, 32);

  @TempDir Path parent;

  @Test
  void aNewFolderHoldsAllThatAResumeNeeds() throws IOException {
    Path path = parent.resolve("runs/deep/one");
    RunFolder created = RunFolder.create(path, Optional.of(new int[] {1, 5, 7}), FIRST);
    assertResumable(path);
    assertEquals(path.toRealPath(), created.path());
    RunFolder opened = RunFolder.open(path);
    assertEquals("1\n5\n7\n", Files.readString(opened.trainIndicesFile().orElseThrow()));
    assertEquals(Checkpointing.CONFIG, opened.configYaml());
    assertEquals(List.of(path), children(parent.resolve("runs/deep")));
  }

  @Test
  void withoutGivenIndicesThereIsNoSuchFile() {
    RunFolder folder = RunFolder.create(parent.resolve("one"), Optional.empty(), FIRST);
    assertEquals(Optional.empty(), folder.trainIndicesFile());
  }

  @Test
  void whereverItCrashesThereIsAWholeFolderOrNone() {
    boolean created = false;
    int crashes = 0;
    for (int i = 0; !created; i++) {
      Path path = parent.resolve("run" + i);
      try {
        RunFolder.create(path, Optional.of(new int[] {3}), FIRST, FaultyFiles.crashingAt(i));
        created = true;
      } catch (FaultyFiles.Crash e) {
        crashes++;
      }
      if (Files.exists(path)) {
        assertResumable(path);
      }
      // What the crash left behind is in nobody's way.
      Path again = parent.resolve("run" + i + (Files.exists(path) ? "b" : ""));
      RunFolder.create(again, Optional.empty(), FIRST);
      assertResumable(again);
      List<RunFolder> runs = RunFolder.list(parent);
      assertTrue(
          runs.stream().noneMatch(run -> run.path().getFileName().toString().startsWith(".")));
    }
    assertTrue(crashes > 15, "crashes=" + crashes);
  }

  @Test
  void onAFullDiskNothingIsLeftBehind() throws IOException {
    FaultyFiles sound = FaultyFiles.sound();
    RunFolder.create(parent.resolve("sound"), Optional.empty(), FIRST, sound);
    // The last change fsyncs the parent: by then the folder is there.
    int changes = sound.changes().size() - 1;
    for (int i = 0; i < changes; i++) {
      FaultyFiles full = FaultyFiles.fullAt(i);
      StorageException e =
          assertThrows(
              StorageException.class,
              () -> RunFolder.create(parent.resolve("new"), Optional.empty(), FIRST, full));
      assertTrue(e.getMessage().contains("No space left on device"), e.getMessage());
      assertTrue(e.getMessage().endsWith("nothing was created"), e.getMessage());
      assertEquals(List.of(parent.resolve("sound")), children(parent));
    }
  }

  @Test
  void anExistingRunIsNeverReplaced() throws IOException {
    Path path = parent.resolve("one");
    RunFolder.create(path, Optional.empty(), FIRST);
    String before = Files.readString(path.resolve("metrics.csv"));
    StorageException e =
        assertThrows(StorageException.class, () -> RunFolder.create(path, Optional.empty(), FIRST));
    assertEquals(
        path
            + " already holds a run: go on with it by `longrun resume "
            + path
            + "`, or choose another --run-dir",
        e.getMessage());
    assertEquals(before, Files.readString(path.resolve("metrics.csv")));
    assertEquals(List.of(path), children(parent));
  }

  @Test
  void anEmptyFolderIsUsedAndALinkToOneToo() throws IOException {
    Path empty = Files.createDirectory(parent.resolve("empty"));
    RunFolder.create(empty, Optional.empty(), FIRST);
    assertResumable(empty);

    Path target = Files.createDirectory(parent.resolve("target"));
    Path link = Files.createSymbolicLink(parent.resolve("link"), target);
    RunFolder.create(link, Optional.empty(), FIRST);
    assertTrue(Files.isSymbolicLink(link));
    assertResumable(target);
  }

  @Test
  void filesAndOtherFoldersAreLeftAlone() throws IOException {
    Path file = Files.writeString(parent.resolve("file"), "mine");
    StorageException e =
        assertThrows(StorageException.class, () -> RunFolder.create(file, Optional.empty(), FIRST));
    assertEquals(file + " exists and is no folder; choose another --run-dir", e.getMessage());
    Path inside = file.resolve("run");
    e =
        assertThrows(
            StorageException.class, () -> RunFolder.create(inside, Optional.empty(), FIRST));
    assertTrue(e.getMessage().contains(inside.toString()), e.getMessage());
    Path home = Files.createDirectory(parent.resolve("home"));
    Files.writeString(home.resolve("thesis.tex"), "mine");
    e = assertThrows(StorageException.class, () -> RunFolder.create(home, Optional.empty(), FIRST));
    assertTrue(e.getMessage().startsWith(home + " exists, is not empty"), e.getMessage());
    assertEquals(List.of(home.resolve("thesis.tex")), children(home));
    assertEquals("mine", Files.readString(file));
  }

  @Test
  void whatIsNoRunFolderIsNotOpened() {
    Path missing = parent.resolve("missing");
    assertEquals(
        missing + ": no such run folder",
        assertThrows(StorageException.class, () -> RunFolder.open(missing)).getMessage());
    assertTrue(
        assertThrows(StorageException.class, () -> RunFolder.open(parent))
            .getMessage()
            .contains(parent + " is no run folder: it lacks config.yaml"));
  }

  @Test
  void namesThatAreTakenGetASuffix() throws IOException {
    Path runs = parent.resolve("runs");
    Path config = Path.of("configs/nanda-2023.40.yaml");
    assertEquals(runs.resolve("nanda-2023.40-seed7"), RunFolder.unused(runs, config, 7));
    Files.createDirectories(runs.resolve("nanda-2023.40-seed7"));
    assertEquals(runs.resolve("nanda-2023.40-seed7-2"), RunFolder.unused(runs, config, 7));
    Files.createFile(runs.resolve("nanda-2023.40-seed7-2"));
    assertEquals(runs.resolve("nanda-2023.40-seed7-3"), RunFolder.unused(runs, config, 7));
    assertEquals(runs.resolve("spec-seed-1"), RunFolder.unused(runs, Path.of("spec"), -1));
  }

  @Test
  void theLockClearsAwayTemporaryFilesButNothingElse() throws IOException {
    RunFolder folder = RunFolder.create(parent.resolve("one"), Optional.empty(), FIRST);
    Path stale = folder.path().resolve("checkpoints/.step-000000010.safetensors.tmp-99");
    Path mine = folder.path().resolve(".notes.tmp");
    Files.writeString(stale, "half");
    Files.writeString(mine, "mine");
    folder.lock().close();
    assertFalse(Files.exists(stale));
    assertTrue(Files.exists(mine));
  }

  @Test
  void aProcessTrainsAFolderOnce() {
    Path path = parent.resolve("one");
    RunFolder folder = RunFolder.create(path, Optional.empty(), FIRST);
    long pid = ProcessHandle.current().pid();
    assertEquals(OptionalLong.empty(), folder.owner());
    try (RunLock _ = folder.lock()) {
      assertEquals(OptionalLong.of(pid), folder.owner());
      StorageException e =
          assertThrows(StorageException.class, () -> RunFolder.open(path).lock().close());
      assertTrue(e.getMessage().contains("(pid " + pid + ") is already training"), e.getMessage());
    }
    assertEquals(OptionalLong.empty(), folder.owner());
    folder.lock().close();
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anotherProcessIsRefusedWithTheFirstOnesIdUntilThatIsKilled() throws Exception {
    RunFolder folder = RunFolder.create(parent.resolve("one"), Optional.empty(), FIRST);
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                LockHolder.class.getName(),
                folder.path().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader output = holder.inputReader()) {
      assertEquals("locked", output.readLine());
      // Twice: to be refused must not free the lock.
      for (int i = 0; i < 2; i++) {
        StorageException e = assertThrows(StorageException.class, () -> folder.lock().close());
        assertTrue(
            e.getMessage()
                .contains("another process is training in this folder (pid " + holder.pid() + ")"),
            e.getMessage());
      }
      assertEquals(OptionalLong.of(holder.pid()), folder.owner());
      holder.destroyForcibly();
      assertTrue(holder.waitFor(30, TimeUnit.SECONDS));
      assertEquals(OptionalLong.empty(), folder.owner());
      folder.lock().close();
    } finally {
      holder.destroyForcibly();
    }
  }

  @Test
  void theFileThatARunStartsFromIsCopied() throws IOException {
    Path init = Files.writeString(parent.resolve("init"), "a".repeat(100_000));
    InitFile file = InitFile.of(init);
    assertEquals(init.toString(), file.path());
    RunFolder folder = RunFolder.create(parent.resolve("one"), Optional.empty(), startedFrom(file));
    assertEquals(-1, Files.mismatch(init, folder.initFile().orElseThrow()));
    assertEquals(Optional.of(file), folder.checkpoints().provenance().orElseThrow().init());

    Files.writeString(init, "changed");
    StorageException e =
        assertThrows(
            StorageException.class,
            () -> RunFolder.create(parent.resolve("two"), Optional.empty(), startedFrom(file)));
    assertEquals(init + ": was changed while the run was being started", e.getMessage());
    assertFalse(Files.exists(parent.resolve("two")));
  }

  private static Checkpoint startedFrom(InitFile file) {
    return new Checkpoint(
        FIRST.state(),
        FIRST.configYaml(),
        FIRST.dataDigest(),
        FIRST.bits(),
        FIRST.timing(),
        FIRST.rows(),
        new Provenance(List.of(new EngineSpan(0, "cpu")), Optional.of(file)));
  }

  private static void assertResumable(Path path) {
    RunFolder folder = RunFolder.open(path);
    Checkpoints.Restored restored = folder.checkpoints().newest(Checkpointing.expectation(true));
    assertEquals(0, restored.checkpoint().state().step());
    assertEquals(Checkpointing.CONFIG, folder.configYaml());
    try (RunLock _ = folder.lock();
        MetricsLog log = folder.resumeMetrics(10, WrittenRows.NONE)) {
      assertEquals(List.of(), log.rows());
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.toList();
    }
  }
}
