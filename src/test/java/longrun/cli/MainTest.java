package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @TempDir private Path folder;

  @Test
  void helpShowsCommandsExamplesAndExitCodes() {
    InProcess help = InProcess.run("--help");
    assertEquals(0, help.exitCode());
    for (String words :
        List.of(
            "train",
            "resume",
            "list",
            "report",
            "results",
            "plan",
            "doctor",
            "Examples:",
            "Exit codes:",
            "143")) {
      assertTrue(help.out().contains(words), words + " in " + help.out());
    }
    assertEquals("", help.err());
  }

  @Test
  void everyCommandHasHelp() {
    for (String command :
        List.of("train", "resume", "list", "report", "results", "plan", "doctor")) {
      InProcess help = InProcess.run(command, "--help");
      assertEquals(0, help.exitCode(), command);
      assertTrue(help.out().contains("Usage: longrun " + command), help.out());
    }
  }

  @Test
  void versionIsALine() {
    InProcess version = InProcess.run("--version");
    assertEquals(0, version.exitCode());
    assertTrue(version.out().matches("longrun .*Java [0-9]+, .*\\R"), version.out());
  }

  @Test
  void usageErrorsExitWith2AndSayWhatToTry() {
    check(2, InProcess.run(), "which command?", "longrun --help");
    check(2, InProcess.run("trian", "x.yaml"), "trian", "Did you mean: longrun train?");
    check(2, InProcess.run("train", "x.yaml", "--set", "foo"), "--set", "\"foo\"", "KEY=VALUE");
    check(2, InProcess.run("plan", "x.yaml", "--set", "=7"), "--set", "\"=7\"", "KEY=VALUE");
    check(2, InProcess.run("train", "c\ufffd.yaml"), "c\ufffd.yaml", "LC_ALL=C.UTF-8");
    check(2, InProcess.run("train"), "CONFIG", "longrun train --help");
    check(2, InProcess.run("train", "x.yaml", "--sett", "a=b"), "Did you mean: --set?");
    check(2, InProcess.run("train", "x.yaml", "--engine", "gpu"), "gpu", "reference");
    check(2, InProcess.run("train", "x.yaml", "--threads", "0"), "--threads 0", "1 to");
    check(2, InProcess.run("train", "x.yaml", "--threads", "many"), "many");
    check(2, InProcess.run("train", "x.yaml", "y.yaml"), "y.yaml");
    check(2, InProcess.run("resume"), "RUN_DIR");
  }

  @Test
  void configurationErrorsExitWith3AndSayWhere() throws IOException {
    check(3, InProcess.run("train", file("absent.yaml")), "absent.yaml", "no such file");
    write("unknown.yaml", "task: {modulos: 7}\n");
    check(3, InProcess.run("train", file("unknown.yaml")), "unknown.yaml:1", "modulos", "modulus");
    write("type.yaml", "task:\n  modulus: seven\n");
    check(3, InProcess.run("train", file("type.yaml")), "type.yaml:2", "task.modulus", "seven");
    write("cut.yaml", "task: {modulus: 7");
    check(3, InProcess.run("train", file("cut.yaml")), "cut.yaml:1");
    TinyRun.config(folder, 10);
    check(
        3,
        InProcess.run("train", file("tiny.yaml"), "--set", "training.batch_size=1000"),
        "--set training.batch_size=1000: training.batch_size: 1000 is more than the 24");
    check(
        3,
        InProcess.run("train", file("tiny.yaml"), "--set", "task.modulus=3"),
        "tiny.yaml:4:35: training.batch_size: 10 is more than the 4");
    check(
        3,
        InProcess.run("plan", file("tiny.yaml"), "--set", "task.train_fraction=0.00001"),
        "--set task.train_fraction=0.00001: task.train_fraction: 0.00001 of 49 examples");
    check(
        3,
        InProcess.run(
            "train",
            file("tiny.yaml"),
            "--set",
            "training.precision=bf16",
            "--engine",
            "reference",
            "--run-dir",
            file("run")),
        "bf16",
        "fp32");
    write("indices.txt", "0\n1\n49\n");
    check(
        3,
        InProcess.run(
            "train",
            file("tiny.yaml"),
            "--train-indices",
            file("indices.txt"),
            "--engine",
            "reference"),
        "indices.txt:3",
        "49");
    assertFalse(Files.exists(folder.resolve("run")));
  }

  @Test
  void theCudaEngineHasNoThreadsToChoose() throws IOException {
    TinyRun.config(folder, 10);
    check(
        2,
        InProcess.run(
            "train",
            file("tiny.yaml"),
            "--engine",
            "cuda",
            "--threads",
            "1",
            "--run-dir",
            file("run")),
        "--threads 1: the cuda engine has no threads",
        "--engine cpu");
    assertFalse(Files.exists(folder.resolve("run")));
  }

  @Test
  void storageErrorsExitWith5AndLeaveNothing() throws IOException {
    TinyRun.config(folder, 10);
    write("exists.safetensors", "precious");
    check(5, train("--export", file("exists.safetensors")), "--export", "exists already");
    assertEquals("precious", Files.readString(folder.resolve("exists.safetensors")));
    check(5, train("--export", file("no/such/out.safetensors")), "--export", "folder");
    check(
        5, train("--export-gradients", file("exists.safetensors")), "--export-gradients", "exists");
    check(5, train("--init", file("absent.safetensors")), "absent.safetensors");
    check(5, train("--init", file("exists.safetensors")), "exists.safetensors");
    assertFalse(Files.exists(folder.resolve("run")));
    check(5, InProcess.run("resume", file("absent")), "absent");
    check(5, InProcess.run("resume", folder.toString()), folder.toString());
    check(5, InProcess.run("report", file("absent")), "absent");
    check(5, InProcess.run("list", file("absent")), "absent");
  }

  @Test
  void theEnginesThatHelpNamesAreThoseThatThereAre() {
    String all =
        Arrays.stream(EngineChoice.values())
            .map(EngineChoice::toString)
            .collect(Collectors.joining(", "));
    assertEquals(all, EngineChoice.ALLOWED);
  }

  @Test
  void moreThreadsThanCoresAreWarnedOf() throws IOException {
    int cores = Runtime.getRuntime().availableProcessors();
    assertEquals(Optional.empty(), Engines.tooManyThreads(OptionalInt.empty()));
    assertEquals(Optional.empty(), Engines.tooManyThreads(OptionalInt.of(cores)));
    assertTrue(Engines.tooManyThreads(OptionalInt.of(cores + 1)).isPresent());
    TinyRun.config(folder, 10);
    check(
        5,
        InProcess.run(
            "train",
            file("tiny.yaml"),
            "--threads",
            Integer.toString(cores + 1),
            "--run-dir",
            file("run"),
            "--init",
            file("absent.safetensors")),
        "--threads " + (cores + 1) + " is more than the " + cores);
  }

  @Test
  void aRunFolderThatCannotBeMadeIsRefusedWithTheReason() throws IOException {
    TinyRun.config(folder, 10);
    write("occupied", "a file");
    check(
        5,
        InProcess.run("train", file("tiny.yaml"), "--run-dir", file("occupied/sub/run")),
        file("occupied") + " is a file, not a folder");
    InProcess first =
        InProcess.run(
            "train", file("tiny.yaml"), "--run-dir", file("run"), "--no-report", "--quiet");
    assertEquals(0, first.exitCode(), first.err());
    check(
        5,
        InProcess.run("train", file("tiny.yaml"), "--run-dir", file("run")),
        "run already holds a run, which has ended; choose another --run-dir");
    Files.delete(folder.resolve("run/summary.json"));
    check(
        5,
        InProcess.run("train", file("tiny.yaml"), "--run-dir", file("run")),
        "run already holds a run: go on with it by `longrun resume " + file("run") + "`");
  }

  @Test
  void exportsMayNotShareAFile() throws IOException {
    TinyRun.config(folder, 10);
    String out = file("out.safetensors");
    check(2, train("--export", out, "--export-gradients", out), "--export-gradients", "same file");
  }

  private InProcess train(String... more) {
    String[] command = new String[6 + more.length];
    String[] first = {
      "train", file("tiny.yaml"), "--engine", "reference", "--run-dir", file("run")
    };
    System.arraycopy(first, 0, command, 0, first.length);
    System.arraycopy(more, 0, command, first.length, more.length);
    return InProcess.run(command);
  }

  private static void check(int exitCode, InProcess ran, String... words) {
    assertEquals(exitCode, ran.exitCode(), ran.err());
    for (String word : words) {
      assertTrue(ran.err().contains(word), word + " in: " + ran.err());
    }
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }
}
