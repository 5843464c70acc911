package longrun.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import longrun.cuda.CudaFailure;
import longrun.report.SweepReport;
import longrun.store.RunFolder;
import longrun.store.StorageException;
import longrun.store.SweepFolder;
import longrun.sweep.Shard;
import longrun.sweep.Sweep;
import longrun.sweep.SweepFiles;
import longrun.sweep.SweepPlan;
import longrun.sweep.SweepRunner;
import longrun.sweep.SweepTotals;
import longrun.sweep.Workplace;

/**
 * What {@code longrun sweep} was asked for: a sweep that begins, or goes on. Whatever can be found
 * wrong is found before the folder is created.
 *
 * @param target what is trained, and where
 * @param again the command that goes on with it
 */
record NewSweep(
    SweepTarget target,
    Optional<EngineChoice> engine,
    OptionalInt slots,
    Shard shard,
    boolean dryRun,
    boolean yes,
    boolean report,
    boolean quiet,
    String again) {
  /** Trains to the end of the last run. Gives the exit code. */
  int train(Output output) {
    Interrupts interrupts = Interrupts.listen();
    Sweep sweep = target.sweep();
    Path folder = target.folder();
    checkShards(sweep);
    target.check(shard.count());
    SweepPlan plan = SweepPlan.of(sweep);
    SweepWorkplace workplace = SweepWorkplace.of(engine(sweep, output), slots, plan, shard);
    if (dryRun) {
      SweepPlanText.print(
          output.out(), plan, workplace.estimate(), workplace.label(), freeDiskBytes());
      return ExitCode.DONE;
    }
    Workplace where = workplace.workplace(yes);
    SweepFolder place = target.openOrCreate(shard.count());
    SweepTotals totals;
    try (SweepView view = new SweepView(output, quiet, sweep, folder, again, interrupts)) {
      totals = SweepRunner.run(place, sweep, plan, shard, where, view.stop(), view);
    } catch (CudaFailure e) {
      keepWhatThereIs(place, sweep, output, e);
      throw e;
    } catch (StorageException e) {
      if (e.isExhausted()) {
        output.out().println("with space, go on with: " + again);
      }
      throw e;
    }
    // All that cannot be had again is on disk.
    interrupts.endAtOnce();
    boolean left = totals.ended() + totals.failed() < totals.runs();
    if (shard.count() > 1) {
      output
          .out()
          .println("join the shards with: " + Launcher.command("sweep --merge", folder.toString()));
    } else {
      writeResults(place, sweep, output);
    }
    if (left) {
      return interrupts.exitCode().orElse(ExitCode.FAILED);
    }
    return totals.failed() > 0 ? ExitCode.FAILED : ExitCode.DONE;
  }

  /** The engine that was asked for, else the one that has trained runs of this sweep. */
  private EngineChoice engine(Sweep sweep, Output output) {
    Optional<EngineChoice> before = engineBefore(sweep);
    if (engine.isPresent() && before.isPresent() && engine.get() != before.get()) {
      output
          .err()
          .println(
              "longrun: runs of this sweep were trained by the "
                  + before.get()
                  + " engine, and "
                  + engine.get()
                  + " was asked for: if that is another, the results will not be, bit for bit,"
                  + " those of an uninterrupted sweep");
    }
    return engine.or(() -> before).orElse(EngineChoice.AUTO);
  }

  /** Of the first run that has begun. */
  private Optional<EngineChoice> engineBefore(Sweep sweep) {
    Path folder = target.folder();
    if (!SweepFolder.isSweepFolder(folder)) {
      return Optional.empty();
    }
    SweepFolder existing = SweepFolder.open(folder);
    for (int run = 0; run < Math.min(sweep.count(), existing.manifest().runs()); run++) {
      Optional<RunFolder> begun = existing.run(run);
      if (begun.isPresent()) {
        return Optional.of(ResumedRun.lastEngine(begun.get()));
      }
    }
    return Optional.empty();
  }

  /** On the disk that will have the folder. */
  private OptionalLong freeDiskBytes() {
    Path there = target.folder().toAbsolutePath();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    try {
      return OptionalLong.of(Files.getFileStore(there).getUsableSpace());
    } catch (IOException e) {
      // Only a line of the dry run; training says what is wrong with the disk.
      return OptionalLong.empty();
    }
  }

  private void checkShards(Sweep sweep) {
    if (shard.count() > sweep.count()) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "--shard "
              + shard
              + ": the sweep has "
              + sweep.count()
              + (sweep.count() == 1 ? " run" : " runs")
              + "; some shards would be empty");
    }
  }

  /** A device has failed: every run can go on from its checkpoint, and be looked at as it is. */
  private void keepWhatThereIs(SweepFolder place, Sweep sweep, Output output, CudaFailure failure) {
    try {
      if (shard.count() == 1) {
        SweepFiles.write(place, sweep);
      }
    } catch (StorageException e) {
      failure.addSuppressed(e);
    }
    output.out().println("go on with: " + again);
  }

  private void writeResults(SweepFolder place, Sweep sweep, Output output) {
    SweepFiles.Written written = SweepFiles.write(place, sweep);
    written.damaged().forEach(message -> output.err().println("longrun: warning: " + message));
    output.out().println("results: " + target.folder().resolve("results.csv"));
    if (report) {
      SweepReport.write(place, sweep);
      output.out().println("report: " + target.folder().resolve("report.html"));
    }
  }
}
