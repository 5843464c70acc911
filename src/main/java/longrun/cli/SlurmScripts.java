package longrun.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What Slurm is given to train a sweep: a script for the array, of which each task trains a shard,
 * and one for the job that joins their results.
 *
 * @param launcher the script that starts this program, absolute
 * @param sweepFolder absolute
 * @param shards tasks of the array
 * @param gpus tasks that run at a time, each with a GPU; 0: tasks without one, all at a time
 * @param cpusPerTask empty: what Slurm gives a task with a GPU, or one core
 * @param time empty: the partition's own limit
 * @param signalSeconds how long before the limit a task is to checkpoint
 * @param options further ones of sbatch, as {@link SbatchOption} makes them
 */
record SlurmScripts(
    Path launcher,
    Path sweepFolder,
    int shards,
    int gpus,
    OptionalInt cpusPerTask,
    Optional<SlurmTime> time,
    int signalSeconds,
    Optional<String> partition,
    Optional<String> account,
    List<SbatchOption> options,
    EngineChoice engine) {

  /** In the folder of the sweep: the scripts, and what the tasks print. */
  static final String FOLDER = "slurm";

  /** Joining reads and writes files, and little of that. */
  private static final SlurmTime MERGE_TIME = new SlurmTime(30 * 60);

  private static final String ARRAY =
      """
      #!/bin/bash
      # Trains the runs of a sweep with Slurm, a shard of them in each task of an array. Written by `longrun slurm`.
      #
      # Before its time limit a task checkpoints and goes back into the queue by itself; Slurm puts it there after a
      # preemption or when a node fails. Killed at any instant, it loses what it did since its last checkpoint and no
      # more. By hand, with the number of the array's job:
      #
      #   scancel --batch --signal=USR1 JOB_3     task 3 checkpoints and goes back into the queue
      #   sbatch --array=3 sweep.sbatch           trains shard 3 again, after its task has failed
      #
      @DIRECTIVES@

      # shellcheck disable=SC2317 # functions that only traps call
      set -u

      launcher=@LAUNCHER@
      sweep_folder=@SWEEP@
      shards=@SHARDS@
      shard=${SLURM_ARRAY_TASK_ID:?it is to be started by sbatch}
      task=${SLURM_ARRAY_JOB_ID}_$shard
      time_is_up=false # USR1 has come
      cancelled=false  # TERM has come
      longrun=

      say() { printf '%(%F %T)T task %s: %s\\n' -1 "$task" "$*"; }

      # USR1 comes to this shell alone. longrun takes TERM: it checkpoints and ends with 143; a second one would end it
      # at once.
      on_usr1() {
        if ! $time_is_up; then
          time_is_up=true
          say 'USR1: to be checkpointed'
          if [[ -n "$longrun" ]]; then kill -TERM "$longrun" 2>/dev/null; fi
        fi
      }

      # TERM comes from Slurm to every process of a task that it cancels, preempts or requeues, so longrun has it too.
      # Here it only must not end this shell, for then Slurm would kill longrun at its checkpoint.
      on_term() {
        cancelled=true
        say 'TERM: waiting for the checkpoint'
      }

      trap on_usr1 USR1
      trap on_term TERM

      say "shard $shard of $shards on ${SLURMD_NODENAME:-a node}, start $((${SLURM_RESTART_COUNT:-0} + 1))"
      "$launcher" sweep "$sweep_folder" --shard "$shard/$shards" @OPTIONS@ &
      longrun=$!
      if $time_is_up; then kill -TERM "$longrun" 2>/dev/null; fi

      # A signal ends `wait` early. When longrun has gone, `wait` tells its exit code.
      while kill -0 "$longrun" 2>/dev/null; do wait "$longrun"; done
      trap '' USR1 TERM
      wait "$longrun"
      exit_code=$?
      say "longrun ended with exit code $exit_code"

      if $time_is_up && ! $cancelled && ((exit_code == 143)); then
        for ((attempt = 1; attempt <= 5; attempt++)); do
          if scontrol requeue "$task"; then
            say 'back in the queue'
            exit "$exit_code"
          fi
          sleep 2
        done
        say "Slurm does not requeue it; by hand: scontrol requeue $task"
      fi
      exit "$exit_code"
      """;

  private static final String MERGE =
      """
      #!/bin/bash
      # Joins what the tasks of sweep.sbatch have left into results.csv, curves.csv and report.html. Written by
      # `longrun slurm`, which submits it to begin when all of them have ended, however they ended.
      #
      @DIRECTIVES@

      exec @LAUNCHER@ sweep --merge @SWEEP@
      """;

  /** The script of the array: {@code sweep.sbatch}. */
  String array() {
    List<String> directives = new ArrayList<>(common("sweep"));
    directives.add("--array=1-" + shards + (gpus > 0 && gpus < shards ? "%" + gpus : ""));
    directives.add("--nodes=1");
    directives.add("--ntasks=1");
    if (gpus > 0) {
      directives.add("--gres=gpu:1");
      cpusPerTask.ifPresent(cpus -> directives.add("--cpus-per-task=" + cpus));
    } else {
      directives.add("--cpus-per-task=" + cpusPerTask.orElse(1));
    }
    time.ifPresent(limit -> directives.add("--time=" + limit));
    directives.add("--signal=B:USR1@" + signalSeconds);
    directives.add("--requeue");
    directives.add("--open-mode=append");
    directives.add("--output=" + log("%A_%a.log"));
    options.forEach(option -> directives.add(option.directive()));
    return filled(ARRAY, directives)
        .replace("@SHARDS@", Integer.toString(shards))
        .replace("@OPTIONS@", trainingOptions());
  }

  /** The script of the job after it: {@code merge.sbatch}. */
  String merge() {
    List<String> directives = new ArrayList<>(common("merge"));
    directives.add("--ntasks=1");
    directives.add("--time=" + MERGE_TIME);
    directives.add("--output=" + log("%j-merge.log"));
    options.stream()
        .filter(option -> !option.isAboutGpus())
        .forEach(option -> directives.add(option.directive()));
    return filled(MERGE, directives);
  }

  private List<String> common(String purpose) {
    List<String> directives = new ArrayList<>();
    directives.add("--job-name=" + SbatchOption.word(sweepFolder.getFileName() + "-" + purpose));
    partition.ifPresent(name -> directives.add("--partition=" + SbatchOption.word(name)));
    account.ifPresent(name -> directives.add("--account=" + SbatchOption.word(name)));
    return directives;
  }

  /**
   * A task is told its share of the node, for it may see all of it; nobody is there to be asked.
   */
  private String trainingOptions() {
    return "--engine " + engine + (gpus > 0 ? "" : " --slots " + cpusPerTask.orElse(1)) + " --yes";
  }

  private String log(String pattern) {
    return SbatchOption.word(
        sweepFolder.toString().replace("%", "%%") + "/" + FOLDER + "/" + pattern);
  }

  private String filled(String template, List<String> directives) {
    return template
        .replace("@DIRECTIVES@", "#SBATCH " + String.join("\n#SBATCH ", directives))
        .replace("@LAUNCHER@", Texts.shellWord(launcher.toString()))
        .replace("@SWEEP@", Texts.shellWord(sweepFolder.toString()));
  }
}
