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
import longrun.sweep.Sweep;

/**
 * A sweep and the folder that it has, or is to have.
 *
 * @param folder as the person knows it
 */
record SweepTarget(Sweep sweep, Path folder) {
  private static final Path RUNS = Path.of("runs");

  /**
   * Reads the sweep.
   *
   * @param named a configuration, or the folder of a sweep
   * @param asked for by --sweep-dir; empty: {@code runs/NAME}, after the configuration's file
   */
  static SweepTarget read(Path named, List<String> overrides, Optional<Path> asked) {
    if (isFolder(named)) {
      return new SweepTarget(Sweep.of(SweepFolder.open(named)), named);
    }
    return new SweepTarget(
        Sweep.of(ConfigReader.readSweep(named, overrides)),
        asked.orElseGet(() -> defaultFolder(named)));
  }

  /** Whether a sweep is named by its folder. */
  static boolean isFolder(Path named) {
    return Files.isDirectory(named) && SweepFolder.isSweepFolder(named);
  }

  private static Path defaultFolder(Path config) {
    String file = config.toAbsolutePath().normalize().getFileName().toString();
    int dot = file.lastIndexOf('.');
    return RUNS.resolve(dot > 0 ? file.substring(0, dot) : file);
  }

  /**
   * Returns if the folder can be had, as far as what is there tells: before anything costs time.
   *
   * @throws StorageException if it holds something else, or this sweep in other shards
   */
  void check(int shards) {
    if (existing(shards).isPresent()) {
      return;
    }
    RunTarget.checkParents(folder, "--sweep-dir");
    try {
      SweepFolder.requireFree(folder);
    } catch (StorageException e) {
      // Another shard may have created it this very moment.
      if (existing(shards).isEmpty()) {
        throw e;
      }
    }
  }

  /**
   * The folder, which is created unless it is there.
   *
   * @throws StorageException if it holds something else, or this sweep in other shards
   */
  SweepFolder openOrCreate(int shards) {
    Optional<SweepFolder> existing = existing(shards);
    if (existing.isPresent()) {
      return existing.get();
    }
    RunTarget.checkParents(folder, "--sweep-dir");
    try {
      return SweepFolder.create(
          folder,
          sweep.toYaml(),
          new SweepManifest(sweep.count(), shards, longrun.store.Version.current()));
    } catch (StorageException e) {
      // Another shard may have been quicker.
      return existing(shards).orElseThrow(() -> e);
    }
  }

  private Optional<SweepFolder> existing(int shards) {
    if (!SweepFolder.isSweepFolder(folder)) {
      return Optional.empty();
    }
    SweepFolder existing = SweepFolder.open(folder);
    SweepComparison.requireSame(Sweep.of(existing), sweep, folder);
    int before = existing.manifest().shards();
    if (before != shards) {
      throw new StorageException(
          folder
              + " was begun with "
              + count(before)
              + ", and this asks for "
              + count(shards)
              + ": they stay as they are, so that no two train the same run; keep to "
              + count(before)
              + ", or choose another --sweep-dir"
              + (hasBegun(existing) ? "" : ", or remove that folder: no run of it has begun"));
    }
    return Optional.of(existing);
  }

  private static boolean hasBegun(SweepFolder folder) {
    return IntStream.range(0, folder.manifest().runs())
        .anyMatch(run -> folder.progress(run) != SweepFolder.Progress.NONE);
  }

  private static String count(int shards) {
    return shards + (shards == 1 ? " shard" : " shards");
  }
}
