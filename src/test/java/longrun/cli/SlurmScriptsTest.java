package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlurmScriptsTest {
  @TempDir private Path folder;

  private static final SlurmScripts CPU =
      new SlurmScripts(
          Path.of("/opt/longrun/longrun"),
          Path.of("/data/wd"),
          3,
          0,
          OptionalInt.of(4),
          Optional.of(new SlurmTime(3600)),
          120,
          Optional.empty(),
          Optional.empty(),
          List.of(),
          EngineChoice.CPU);

  @Test
  void directivesOfAnArrayWithoutGpus() {
    assertEquals(
        List.of(
            "--job-name=wd-sweep",
            "--array=1-3",
            "--nodes=1",
            "--ntasks=1",
            "--cpus-per-task=4",
            "--time=0-01:00:00",
            "--signal=B:USR1@120",
            "--requeue",
            "--open-mode=append",
            "--output=/data/wd/slurm/%A_%a.log"),
        directives(CPU.array()));
    assertEquals(
        List.of(
            "--job-name=wd-merge",
            "--ntasks=1",
            "--time=0-00:30:00",
            "--output=/data/wd/slurm/%j-merge.log"),
        directives(CPU.merge()));
    assertTrue(CPU.array().contains("--shard \"$shard/$shards\" --engine cpu --slots 4 --yes &"));
    assertTrue(CPU.merge().endsWith("\nexec /opt/longrun/longrun sweep --merge /data/wd\n"));
  }

  @Test
  void directivesOfAnArrayWithGpusAndEverythingElse() {
    SlurmScripts gpu =
        new SlurmScripts(
            Path.of("/opt/longrun/longrun"),
            Path.of("/data/50% of \"it\"/wd"),
            16,
            8,
            OptionalInt.empty(),
            Optional.empty(),
            300,
            Optional.of("gpu,long"),
            Optional.of("the lab"),
            List.of(
                option("mem=16G"),
                option("--exclusive"),
                option("gres=gpu:h100:1"),
                option("comment=it's $HOME")),
            EngineChoice.CUDA);
    assertEquals(
        List.of(
            "--job-name=wd-sweep",
            "--partition=gpu,long",
            "--account=\"the lab\"",
            "--array=1-16%8",
            "--nodes=1",
            "--ntasks=1",
            "--gres=gpu:1",
            "--signal=B:USR1@300",
            "--requeue",
            "--open-mode=append",
            "--output=\"/data/50%% of \\\"it\\\"/wd/slurm/%A_%a.log\"",
            "--mem=16G",
            "--exclusive",
            "--gres=gpu:h100:1",
            "--comment=\"it's $HOME\""),
        directives(gpu.array()));
    assertTrue(gpu.array().contains("--engine cuda --yes &"), gpu.array());
    assertTrue(gpu.array().contains("\nsweep_folder='/data/50% of \"it\"/wd'\n"), gpu.array());
    List<String> merging = directives(gpu.merge());
    assertTrue(merging.contains("--mem=16G"), merging.toString());
    assertFalse(gpu.merge().contains("gpu:"), "joining takes no GPU: " + merging);
  }

  @Test
  void directivesStandBeforeTheFirstCommandWhereSbatchLooksForThem() {
    for (String script : List.of(CPU.array(), CPU.merge())) {
      assertTrue(script.startsWith("#!/bin/bash\n"), script);
      assertTrue(
          script
              .lines()
              .takeWhile(line -> line.startsWith("#") || line.isBlank())
              .toList()
              .containsAll(script.lines().filter(line -> line.startsWith("#SBATCH")).toList()));
      assertFalse(script.contains("@S") || script.contains("@L"), "a mark is unfilled: " + script);
    }
  }

  @Test
  void aTaskEndsAsLongrunEnds() throws Exception {
    assertEquals(new Ended(7, ""), task("exit 7", ""));
    assertEquals(new Ended(0, ""), task("exit 0", ""));
    assertEquals(new Ended(137, ""), task("kill -9 $$", ""));
  }

  @Test
  void theSignalBeforeTheLimitCheckpointsOnceAndRequeues() throws Exception {
    String patient = "trap 'echo TERM >>\"$0.terms\"; sleep 0.3; exit 143' TERM; ";
    String training = "touch \"$0.up\"; while :; do sleep 0.02; done";
    assertEquals(
        new Ended(143, "requeue 5_2"),
        task(patient + training, "kill -USR1 $task; sleep 0.1; kill -USR1 $task"));
    assertEquals("TERM\n", Files.readString(folder.resolve("a launcher.terms")));
  }

  @Test
  void aTaskWhoseRunsEndedBeforeTheCheckpointIsNotRequeued() throws Exception {
    assertEquals(
        new Ended(0, ""),
        task(
            "trap 'exit 0' TERM; touch \"$0.up\"; while :; do sleep 0.02; done",
            "kill -USR1 $task"));
  }

  @Test
  void aTaskThatSlurmCancelsWaitsForTheCheckpointAndIsNotRequeued() throws Exception {
    String training =
        "trap 'sleep 0.3; touch \"$0.saved\"; exit 143' TERM; echo $$ >\"$0.up\";"
            + " while :; do sleep 0.02; done";
    assertEquals(new Ended(143, ""), task(training, "kill -TERM $task $(cat 'a launcher.up')"));
    assertTrue(Files.exists(folder.resolve("a launcher.saved")));
  }

  /** How a task ended, and what it asked of scontrol. */
  private record Ended(int exitCode, String scontrol) {}

  /**
   * Runs the array's script as Slurm does, with a launcher and a scontrol that stand in.
   *
   * @param launcher its commands, in bash
   * @param meanwhile what happens to $task, the process of the script, once the launcher is up
   */
  private Ended task(String launcher, String meanwhile) throws Exception {
    Path program = executable("a launcher", launcher);
    Files.createDirectories(folder.resolve("bin"));
    executable("bin/scontrol", "echo \"$@\" >>\"$0.log\"");
    SlurmScripts scripts =
        new SlurmScripts(
            program,
            folder.resolve("a sweep"),
            3,
            0,
            OptionalInt.empty(),
            Optional.empty(),
            120,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            EngineChoice.CPU);
    Files.writeString(folder.resolve("sweep.sbatch"), scripts.array());
    String around =
        "bash sweep.sbatch & task=$!\n"
            + (meanwhile.isEmpty()
                ? ""
                : "while ! test -s 'a launcher.up' && ! test -e 'a launcher.up'; do sleep 0.02;"
                    + " done; sleep 0.1\n"
                    + meanwhile
                    + "\n")
            + "wait $task\n";
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-c", around)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile());
    builder.environment().put("SLURM_ARRAY_TASK_ID", "2");
    builder.environment().put("SLURM_ARRAY_JOB_ID", "5");
    builder.environment().merge("PATH", folder.resolve("bin") + ":", (old, bin) -> bin + old);
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the task does not end");
    } finally {
      process.destroyForcibly();
    }
    Path log = folder.resolve("bin/scontrol.log");
    return new Ended(process.exitValue(), Files.exists(log) ? Files.readString(log).strip() : "");
  }

  private Path executable(String name, String commands) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, "#!/bin/bash\n" + commands + "\n");
    assertTrue(file.toFile().setExecutable(true));
    return file;
  }

  private static SbatchOption option(String text) {
    return new SbatchOption.Converter().convert(text);
  }

  private static List<String> directives(String script) {
    return script
        .lines()
        .filter(line -> line.startsWith("#SBATCH "))
        .map(line -> line.substring("#SBATCH ".length()))
        .toList();
  }
}
