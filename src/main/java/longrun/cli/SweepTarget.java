package longrun.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.IntStream;
import longrun.store.SweepFolder;
import longrun.store.SweepManifest;
import longrun.store.Version;
import longrun.sweep.Sweep;

/** The folder that a sweep is trained in: a new one, or one that holds the same sweep. */
final class SweepTarget {
  private static final Path RUNS = Path.of("runs");

  private SweepTarget() {}

  /**
   * Opens or creates it.
   *
   * @param asked for by --sweep-dir; empty: runs/NAME, of the configuration's file
   * @throws CommandFailure if it holds another sweep, or the same with another number of shards
   */
  static SweepFolder openOrCreate(Optional<Path> asked, Path config, Sweep sweep, int shards) {
    Path path = asked.orElseGet(() -> RUNS.resolve(name(config)));
    if (!SweepFolder.isSweepFolder(path)) {
      return SweepFolder.create(
          path, sweep.toYaml(), new SweepManifest(sweep.count(), shards, Version.current()));
    }
    SweepFolder folder = SweepFolder.open(path);
    if (!Sweep.of(folder).isSame(sweep)) {
      throw refused(path + " holds another sweep than " + config + " describes; choose another --sweep-dir");
    }
    if (folder.manifest().shards() != shards) {
      throw refused(
          path
              + " was begun with "
              + count(folder.manifest().shards())
              + ", and this asks for "
              + count(shards)
              + "; choose another --sweep-dir"
              + (hasBegun(folder) ? "" : ", or remove this one: no run of it has begun"));
    }
    return folder;
  }

  private static boolean hasBegun(SweepFolder folder) {
    return IntStream.range(0, folder.manifest().runs())
        .anyMatch(run -> folder.progress(run) != SweepFolder.Progress.NONE);
  }

  private static String count(int shards) {
    return shards + (shards == 1 ? " shard" : " shards");
  }

  private static String name(Path config) {
    String file = config.toAbsolutePath().normalize().getFileName().toString();
    int dot = file.lastIndexOf('.');
    return dot > 0 ? file.substring(0, dot) : file;
  }

  private static CommandFailure refused(String message) {
    return new CommandFailure(ExitCode.STORAGE, message);
  }
}
