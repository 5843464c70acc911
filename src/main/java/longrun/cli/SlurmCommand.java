package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import longrun.sweep.Shard;
import longrun.sweep.SweepEstimate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code longrun slurm}. */
@Command(
    name = "slurm",
    header = "Train a sweep with Slurm, a shard of its runs in each task of an array.",
    description = {
      "",
      "Creates the folder of the sweep, which every node has to see under the same path, writes"
          + " slurm/sweep.sbatch into it and submits that. Before its time limit a task checkpoints"
          + " and goes back into the queue; when all have ended, a job joins their results."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} configs/nanda-2023-fractions.yaml --gpus 8 --time 12:00:00"
          + " --partition gpu",
      "  ${COMMAND-FULL-NAME} configs/nanda-2023-fractions.yaml --shards 4 --cpus-per-task 16"
          + " --dry-run",
      "  ${COMMAND-FULL-NAME} configs/nanda-2023-fractions.yaml --gpus 2 --sbatch-option mem=16G"
    })
final class SlurmCommand implements Callable<Integer> {
  /** More than any cluster has. */
  private static final int MAX_TASKS = 1_000_000;

  /** More than any node has. */
  private static final int MAX_CPUS = 65_535;

  /** What Slurm can hold. */
  private static final int MAX_SIGNAL_SECONDS = 65_535;

  /** By how much Slurm may send a signal too early. */
  private static final int EARLY_SECONDS = 60;

  @ParentCommand private Main main;

  @Parameters(
      paramLabel = "CONFIG",
      description =
          "The configuration, YAML or JSON, with a section sweep; or the folder of a sweep that is"
              + " to go on.")
  private Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      converter = KeyValue.class,
      description = "Override a key: optimizer.learning_rate=3e-4. May be given many times.")
  private List<String> overrides = List.of();

  @Option(
      names = "--sweep-dir",
      paramLabel = "DIR",
      description = "The folder of the sweep. Default: runs/NAME-OF-CONFIG.")
  private Optional<Path> folder = Optional.empty();

  @Option(
      names = "--gpus",
      paramLabel = "N",
      description = "Tasks that run at a time, each with a GPU; 0, the default: tasks without.")
  private int gpus;

  @Option(
      names = "--shards",
      paramLabel = "N",
      description = "Shards that the runs are dealt into, a task each. Default: as many as GPUs.")
  private Optional<Integer> shards = Optional.empty();

  @Option(
      names = "--cpus-per-task",
      paramLabel = "N",
      description =
          "Cores of a task. Default: 1; with a GPU, what Slurm gives. Without GPUs, a task trains"
              + " as many runs at a time.")
  private Optional<Integer> cpusPerTask = Optional.empty();

  @Option(
      names = "--time",
      paramLabel = "D-HH:MM:SS",
      converter = SlurmTime.Converter.class,
      description = "Time limit of a task, in any form that Slurm takes. Default: the partition's.")
  private Optional<SlurmTime> time = Optional.empty();

  @Option(names = "--partition", paramLabel = "NAME", description = "Where tasks run.")
  private Optional<String> partition = Optional.empty();

  @Option(names = "--account", paramLabel = "NAME", description = "Who pays for them.")
  private Optional<String> account = Optional.empty();

  @Option(
      names = "--sbatch-option",
      paramLabel = "NAME=VALUE",
      converter = SbatchOption.Converter.class,
      description = "A further option of sbatch: mem=16G, exclusive. May be given many times.")
  private List<SbatchOption> options = List.of();

  @Option(
      names = "--signal-seconds",
      paramLabel = "N",
      description = "How long before its time limit a task checkpoints. Default: 120.")
  private int signalSeconds = 120;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      converter = EngineOptions.Converter.class,
      description = "cuda for tasks with a GPU, which is the default there; else cpu or reference.")
  private Optional<EngineChoice> engine = Optional.empty();

  @Option(names = "--yes", description = "Submit it, however many runs there are.")
  private boolean yes;

  @Option(names = "--dry-run", description = "Write and print the script, and do not submit it.")
  private boolean dryRun;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    int tasks = checkedTasks();
    checkTimes();
    checkNames();
    EngineChoice chosen = checkedEngine();
    Path launcher = Launcher.script();
    SweepTarget sweep = SweepTarget.read(config, overrides, folder);
    checkRuns(sweep.sweep().count(), tasks);
    Path target = sweep.openOrCreate(tasks).path();
    SlurmSubmission submission = SlurmSubmission.write(scripts(launcher, target, tasks, chosen));
    if (dryRun) {
      submission.show(main.output());
    } else {
      submission.submit(System.getenv(), main.output().out());
    }
    return ExitCode.DONE;
  }

  private SlurmScripts scripts(Path launcher, Path sweepFolder, int tasks, EngineChoice chosen) {
    return new SlurmScripts(
        launcher,
        sweepFolder,
        tasks,
        gpus,
        cpusPerTask.map(OptionalInt::of).orElse(OptionalInt.empty()),
        time,
        signalSeconds,
        partition,
        account,
        options,
        chosen);
  }

  private int checkedTasks() {
    if (gpus < 0 || gpus > MAX_TASKS) {
      throw range("--gpus", gpus, 0, MAX_TASKS);
    }
    int tasks = shards.orElse(gpus);
    if (shards.isEmpty() && gpus == 0) {
      throw usage("how many tasks? Give --gpus N, or --shards N for tasks without a GPU");
    }
    if (tasks < 1 || tasks > MAX_TASKS) {
      throw range("--shards", tasks, 1, MAX_TASKS);
    }
    if (tasks < gpus) {
      throw usage(
          "--shards "
              + tasks
              + " is fewer than --gpus "
              + gpus
              + ": a shard trains on one GPU; give as many shards or more");
    }
    cpusPerTask
        .filter(cpus -> cpus < 1 || cpus > MAX_CPUS)
        .ifPresent(
            cpus -> {
              throw range("--cpus-per-task", cpus, 1, MAX_CPUS);
            });
    return tasks;
  }

  private void checkRuns(int runs, int tasks) {
    if (tasks > runs) {
      throw usage(
          (shards.isPresent() ? "--shards " : "--gpus ")
              + tasks
              + " is more than the "
              + runs
              + " runs of the sweep: some would have nothing to train");
    }
    if (runs > SweepEstimate.LARGE_RUNS && !yes && !dryRun) {
      throw usage(
          Texts.count(runs)
              + " runs, "
              + Texts.count(new Shard(1, tasks).runs(runs))
              + " for a task: if that is meant, add --yes; what they take is said by "
              + Launcher.command("sweep", config.toString())
              + " --dry-run");
    }
  }

  private void checkTimes() {
    if (signalSeconds < 1 || signalSeconds > MAX_SIGNAL_SECONDS) {
      throw range("--signal-seconds", signalSeconds, 1, MAX_SIGNAL_SECONDS);
    }
    long least = signalSeconds + (long) EARLY_SECONDS;
    time.filter(limit -> limit.seconds() < least)
        .ifPresent(
            limit -> {
              throw usage(
                  "--signal-seconds "
                      + signalSeconds
                      + " leaves a time limit of "
                      + limit
                      + " no time to train: Slurm may send the signal a minute earlier; allowed:"
                      + " --time of "
                      + new SlurmTime(least)
                      + " or longer, or fewer seconds");
            });
  }

  private void checkNames() {
    if (SweepTarget.isFolder(config) && (!overrides.isEmpty() || folder.isPresent())) {
      throw usage(config + " is the folder of a sweep: it takes neither --set nor --sweep-dir");
    }
    for (Map.Entry<String, Optional<String>> name :
        Map.of("--partition", partition, "--account", account).entrySet()) {
      if (!name.getValue().map(SbatchOption::fits).orElse(true)) {
        throw usage(name.getKey() + " \"" + name.getValue().orElse("") + "\" is no name");
      }
    }
    folder
        .map(Path::toString)
        .filter(path -> path.indexOf('\\') >= 0 || !SbatchOption.fits(path))
        .ifPresent(
            path -> {
              throw usage(
                  "--sweep-dir "
                      + path
                      + ": Slurm writes no files into folders with a backslash or a control"
                      + " character in their names");
            });
  }

  /** A task does not fall back to another engine: what was reserved for it is to be used. */
  private EngineChoice checkedEngine() {
    EngineChoice usual = gpus > 0 ? EngineChoice.CUDA : EngineChoice.CPU;
    EngineChoice chosen = engine.filter(choice -> choice != EngineChoice.AUTO).orElse(usual);
    if ((chosen == EngineChoice.CUDA) != (gpus > 0)) {
      throw usage(
          "--engine "
              + chosen
              + (gpus > 0
                  ? " does not use the GPU that --gpus " + gpus + " reserves for each task"
                  : " needs a GPU for each task; give --gpus N"));
    }
    return chosen;
  }

  private ParameterException range(String option, int value, int least, int most) {
    return usage(option + " " + value + " is out of range; allowed are " + least + " to " + most);
  }

  private ParameterException usage(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
