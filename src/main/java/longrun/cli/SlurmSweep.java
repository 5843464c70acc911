package longrun.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import longrun.config.ConfigReader;
import longrun.store.StorageException;
import longrun.store.SweepFolder;
import longrun.store.SweepManifest;
import longrun.store.Version;
import longrun.sweep.Sweep;

/**
 * The sweep that {@code longrun slurm} is to train. Tasks read it from its folder, so that they
 * train what was submitted, whatever becomes of the configuration's file.
 *
 * @param folder as the person knows it
 */
record SlurmSweep(Sweep sweep, Path folder) {

  /**
   * Reads it.
   *
   * @param named a configuration, or the folder of a sweep
   * @param asked for by --sweep-dir
   */
  static SlurmSweep read(Path named, List<String> overrides, Optional<Path> asked) {
    if (isFolder(named)) {
      return new SlurmSweep(Sweep.of(SweepFolder.open(named)), named);
    }
    return new SlurmSweep(
        Sweep.of(ConfigReader.readSweep(named, overrides)),
        asked.orElseGet(() -> NewSweep.defaultFolder(named)));
  }

  /** Whether a sweep is named by its folder. */
  static boolean isFolder(Path named) {
    return Files.isDirectory(named) && SweepFolder.isSweepFolder(named);
  }

  /**
   * Its folder, which is created unless it is there.
   *
   * @throws StorageException if it holds another sweep, or this one with another number of shards
   */
  SweepFolder openOrCreate(int shards) {
    if (!SweepFolder.isSweepFolder(folder)) {
      RunTarget.checkParents(folder, "--sweep-dir");
      return SweepFolder.create(
          folder, sweep.toYaml(), new SweepManifest(sweep.count(), shards, Version.current()));
    }
    SweepFolder existing = SweepFolder.open(folder);
    SweepComparison.requireSame(Sweep.of(existing), sweep, folder);
    if (existing.manifest().shards() != shards) {
      throw new StorageException(
          folder
              + " was begun with "
              + count(existing.manifest().shards())
              + ", and this asks for "
              + count(shards)
              + "; give --shards "
              + existing.manifest().shards()
              + " or another --sweep-dir"
              + (hasBegun(existing) ? "" : ", or remove that folder: no run of it has begun"));
    }
    return existing;
  }

  private static boolean hasBegun(SweepFolder folder) {
    return IntStream.range(0, folder.manifest().runs())
        .anyMatch(run -> folder.progress(run) != SweepFolder.Progress.NONE);
  }

  private static String count(int shards) {
    return shards + (shards == 1 ? " shard" : " shards");
  }
}
