package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlurmCommandTest {
  @TempDir private Path folder;
  private Path config;
  private Path sweepFolder;

  @BeforeEach
  void writeSweep() throws IOException {
    config = folder.resolve("small.yaml");
    sweepFolder = folder.resolve("a sweep");
    Files.writeString(
        config,
        "task: {modulus: 7}\nsweep: {training.seed: {from: 0, count: 3}, task.train_fraction:"
            + " [0.5, 0.6]}\n");
  }

  @Test
  void aDryRunWritesAndPrintsTheScriptAndTheSweepAsItIsNow() throws IOException {
    InProcess dry = slurm("--shards", "2", "--time", "2:00:00", "--dry-run");
    assertEquals(0, dry.exitCode(), dry.err());
    assertEquals(dry.out(), Files.readString(sweepFolder.resolve("slurm/sweep.sbatch")));
    assertTrue(dry.out().contains("#SBATCH --time=0-02:00:00\n"), dry.out());
    assertTrue(dry.out().contains("sweep_folder='" + sweepFolder.toRealPath() + "'"), dry.out());
    assertTrue(
        dry.out()
            .contains(
                "launcher="
                    + Texts.shellWord(Path.of("longrun").toAbsolutePath().toString())
                    + "\n"),
        dry.out());
    assertTrue(dry.err().contains("not submitted"), dry.err());
    assertTrue(Files.exists(sweepFolder.resolve("slurm/merge.sbatch")));
    Files.writeString(config, "task: {modulus: 11}\n");
    assertTrue(Files.readString(sweepFolder.resolve("sweep.yaml")).contains("modulus: 7"));
  }

  @Test
  void theSameSweepIsTakenUpAgainAndAnotherOneRefused() throws IOException {
    assertEquals(0, slurm("--shards", "2", "--dry-run").exitCode());
    InProcess again = slurm("--shards", "2", "--cpus-per-task", "3", "--dry-run");
    assertEquals(0, again.exitCode(), again.err());
    assertTrue(again.out().contains("--cpus-per-task=3"), again.out());
    refused(
        5,
        slurm("--shards", "3", "--dry-run"),
        "2 shards",
        "3 shards",
        "--sweep-dir",
        "remove that folder");
    Path run = Files.createDirectory(sweepFolder.resolve("runs/0000"));
    Files.createFile(run.resolve("config.yaml"));
    Files.createDirectory(run.resolve("checkpoints"));
    InProcess begun = slurm("--shards", "3", "--dry-run");
    refused(5, begun, "2 shards", "3 shards", "--sweep-dir");
    assertFalse(begun.err().contains("remove that folder"), begun.err());
    refused(
        5,
        slurm("--shards", "2", "--set", "task.modulus=11", "--dry-run"),
        "another sweep",
        "--sweep-dir");
    String named = sweepFolder.toString();
    InProcess byFolder = InProcess.run("slurm", named, "--shards", "2", "--dry-run");
    assertEquals(0, byFolder.exitCode(), byFolder.err());
    refused(
        2,
        InProcess.run("slurm", named, "--shards", "2", "--set", "training.steps=9"),
        "neither --set nor --sweep-dir");
  }

  @Test
  void mistakesInTheCommandLineLeaveNothingBehind() {
    refused(2, slurm(), "--gpus N", "--shards N");
    refused(2, slurm("--gpus", "0"), "--shards N");
    refused(2, slurm("--gpus", "-1"), "--gpus -1", "0 to");
    refused(2, slurm("--shards", "0"), "--shards 0", "1 to");
    refused(2, slurm("--shards", "7"), "--shards 7", "6 runs");
    refused(2, slurm("--gpus", "7"), "--gpus 7", "6 runs");
    refused(2, slurm("--gpus", "4", "--shards", "3"), "--shards 3", "--gpus 4");
    refused(2, slurm("--shards", "2", "--cpus-per-task", "0"), "--cpus-per-task 0", "1 to");
    refused(2, slurm("--shards", "2", "--time", "12h"), "--time", "12h", "HOURS:MINUTES:SECONDS");
    refused(2, slurm("--shards", "2", "--signal-seconds", "0"), "--signal-seconds 0", "1 to");
    refused(
        2,
        slurm("--shards", "2", "--time", "2"),
        "--signal-seconds 120",
        "0-00:02:00",
        "0-00:03:00");
    refused(2, slurm("--shards", "2", "--engine", "cuda"), "--engine cuda", "--gpus N");
    refused(2, slurm("--gpus", "2", "--engine", "cpu"), "--engine cpu", "--gpus 2");
    refused(2, slurm("--shards", "2", "--partition", " "), "--partition", "no name");
    refused(2, slurm("--shards", "2", "--account", "a\nb"), "--account", "no name");
    refused(2, slurm("--shards", "2", "--sbatch-option", "array=1-9"), "--array", "--shards");
    refused(2, slurm("--shards", "2", "--sbatch-option=--array=3"), "--array", "--shards");
    refused(2, slurm("--shards", "2", "--sbatch-option", "time=5"), "use --time");
    refused(2, slurm("--shards", "2", "--sbatch-option=-t5"), "-t5", "long form");
    refused(2, slurm("--shards", "2", "--sbatch-option", "comment=a\nb"), "NAME=VALUE");
    refused(3, slurm("--shards", "2", "--set", "sweep.training.sede=[1]"), "training.sede");
    refused(
        2,
        InProcess.run("slurm", config.toString(), "--shards", "2", "--sweep-dir", folder + "/a\\b"),
        "--sweep-dir",
        "backslash");
    assertFalse(Files.exists(sweepFolder));
  }

  @Test
  void aConfigurationWithoutSweepIsRefused() throws IOException {
    Files.writeString(config, "task: {modulus: 7}\n");
    refused(3, slurm("--shards", "2"), "small.yaml", "no sweep");
  }

  @Test
  void withoutSbatchTheScriptIsWrittenAndTheMessageSaysWhereItCanBeSubmitted() throws Exception {
    LongrunProcess.Result result =
        LongrunProcess.run(
            folder,
            Map.of(
                "PATH",
                folder.toString(),
                "JDK_JAVA_OPTIONS",
                "'-Dlongrun.home=" + Path.of("").toAbsolutePath() + "'"),
            "slurm",
            config.toString(),
            "--shards",
            "2",
            "--sweep-dir",
            sweepFolder.toString());
    assertEquals(4, result.exitCode(), result.err());
    Path script = sweepFolder.toRealPath().resolve("slurm/sweep.sbatch");
    assertTrue(Files.exists(script));
    for (String words : List.of("no sbatch on the PATH", "login node", "sbatch '" + script + "'")) {
      assertTrue(result.err().contains(words), words + " in " + result.err());
    }
  }

  @Test
  void whatSbatchRefusesIsShownInItsWords() throws IOException {
    assertEquals(0, slurm("--shards", "2", "--dry-run").exitCode());
    sbatch("echo 'sbatch: error: invalid partition specified: nope' >&2; exit 1");
    CommandFailure failure = submissionFails(Map.of("PATH", folder + "/bin"));
    assertEquals(ExitCode.FAILED, failure.exitCode());
    assertTrue(failure.getMessage().contains("nothing was submitted"), failure.getMessage());
    assertTrue(
        failure.getMessage().endsWith("sbatch: error: invalid partition specified: nope"),
        failure.getMessage());
  }

  @Test
  void anArrayWithoutItsMergingJobIsSaidToRun() throws IOException {
    assertEquals(0, slurm("--shards", "2", "--dry-run").exitCode());
    sbatch("case \"$*\" in *afterany:17*) echo no >&2; exit 1 ;; *) echo '17;cluster' ;; esac");
    CommandFailure failure = submissionFails(Map.of("PATH", folder + "/bin"));
    assertEquals(ExitCode.FAILED, failure.exitCode());
    assertTrue(failure.getMessage().contains("job 17 is submitted"), failure.getMessage());
    assertTrue(
        failure.getMessage().contains("sweep --merge '" + sweepFolder.toRealPath() + "'"),
        failure.getMessage());
  }

  @Test
  void aSubmissionNamesBothJobsAndWhatToLookAt() throws IOException {
    assertEquals(0, slurm("--shards", "2", "--dry-run").exitCode());
    sbatch(
        "echo 'sbatch: warning: be good' >&2; case \"$*\" in *afterany:17*) echo 18 ;; *) echo 17"
            + " ;; esac");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    submission()
        .submit(
            Map.of("PATH", folder + "/bin"), new PrintStream(out, true, StandardCharsets.UTF_8));
    String said = out.toString(StandardCharsets.UTF_8);
    for (String words :
        List.of("job 17, 2 tasks", "job 18", "squeue --jobs 17,18", "17_1.log", "results")) {
      assertTrue(said.contains(words), words + " in " + said);
    }
  }

  private CommandFailure submissionFails(Map<String, String> environment) {
    SlurmSubmission submission = submission();
    try {
      submission.submit(environment, new PrintStream(new ByteArrayOutputStream(), true));
    } catch (CommandFailure failure) {
      return failure;
    }
    throw new AssertionError("it was submitted");
  }

  private SlurmSubmission submission() {
    try {
      return SlurmSubmission.write(
          new SlurmScripts(
              Path.of("/opt/longrun/longrun"),
              sweepFolder.toRealPath(),
              2,
              0,
              OptionalInt.empty(),
              Optional.empty(),
              120,
              Optional.empty(),
              Optional.empty(),
              List.of(),
              EngineChoice.CPU));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void sbatch(String commands) throws IOException {
    Path file = Files.createDirectories(folder.resolve("bin")).resolve("sbatch");
    Files.writeString(file, "#!/bin/bash\n" + commands + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  private InProcess slurm(String... options) {
    String[] arguments = new String[options.length + 4];
    arguments[0] = "slurm";
    arguments[1] = config.toString();
    arguments[2] = "--sweep-dir";
    arguments[3] = sweepFolder.toString();
    System.arraycopy(options, 0, arguments, 4, options.length);
    return InProcess.run(arguments);
  }

  private static void refused(int exitCode, InProcess command, String... words) {
    assertEquals(exitCode, command.exitCode(), command.out() + command.err());
    for (String word : words) {
      assertTrue(command.err().contains(word), word + " in " + command.err());
    }
  }
}
