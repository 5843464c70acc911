package longrun.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A sweep on disk.
 *
 * <pre>
 *   sweep.yaml            the configuration, resolved, and the axes
 *   sweep.json            number of runs and shards, format and version
 *   runs/0017/            the folder of a run, which is as every run's folder
 *   failures/0017.txt     why a run could not be trained; gone once it is tried again
 *   results.csv           a row per run, once the sweep has stopped
 *   curves.csv            a row per evaluation of every run, likewise
 *   report.html           likewise
 *   .lock, .lock-3-of-8   held by the process that trains the sweep, or a shard of it
 * </pre>
 *
 * <p>What is true of a run stands in its own folder; results, curves and report follow from those.
 * Processes that work on different shards write different run folders and failures, and nothing
 * else.
 */
public final class SweepFolder {
  private static final String SWEEP = "sweep.yaml";
  private static final String MANIFEST = "sweep.json";
  private static final String RUNS = "runs";
  private static final String FAILURES = "failures";
  private static final int MIN_DIGITS = 4;

  private final Path path;
  private final SweepManifest manifest;
  private final DurableFiles files;

  private SweepFolder(Path path, SweepManifest manifest, DurableFiles files) {
    this.path = path;
    this.manifest = manifest;
    this.files = files;
  }

  /**
   * Creates the folder of a sweep, in one instant. Missing parents are made; an existing empty
   * folder is used.
   *
   * @param yaml configuration and axes
   * @throws StorageException if something is there already, or it cannot be written; nothing is
   *     left behind then
   */
  public static SweepFolder create(Path folder, String yaml, SweepManifest manifest) {
    return create(folder, yaml, manifest, DurableFiles.DISK);
  }

  /** The same, on a disk that may be a test's. */
  public static SweepFolder create(
      Path folder, String yaml, SweepManifest manifest, DurableFiles files) {
    Path path =
        NewFolder.create(
            folder,
            "sweep folder",
            SweepFolder::refuseExisting,
            building -> fill(building, yaml, manifest, files),
            files);
    return new SweepFolder(path, manifest, files);
  }

  /**
   * Returns if a sweep's folder can be created here, as far as what is there tells.
   *
   * @throws StorageException if something is in the way
   */
  public static void requireFree(Path folder) {
    refuseExisting(folder.toAbsolutePath().normalize(), folder);
  }

  private static void fill(Path building, String yaml, SweepManifest manifest, DurableFiles files)
      throws IOException {
    files.createFolder(building);
    files.writeNew(
        building.resolve(SWEEP), output -> output.write(StandardCharsets.UTF_8.encode(yaml)));
    byte[] json = manifest.encode(SweepManifest.digest(yaml));
    files.writeNew(
        building.resolve(MANIFEST), output -> output.write(java.nio.ByteBuffer.wrap(json)));
    files.createFolder(building.resolve(RUNS));
    files.createFolder(building.resolve(FAILURES));
    files.syncFolder(building);
  }

  /**
   * The folder of a sweep that exists.
   *
   * @throws StorageException if there is none, it is of another format, or sweep.yaml was changed
   */
  public static SweepFolder open(Path folder) {
    return open(folder, DurableFiles.DISK);
  }

  /** The same, on a disk that may be a test's. */
  public static SweepFolder open(Path folder, DurableFiles files) {
    if (!Files.exists(folder)) {
      throw new StorageException(folder + ": no such sweep folder");
    }
    if (!isSweepFolder(folder)) {
      throw new StorageException(
          folder
              + " is no sweep folder: it lacks "
              + SWEEP
              + " or "
              + MANIFEST
              + (RunFolder.isRunFolder(folder) ? "; it is the folder of a single run" : ""));
    }
    try {
      Path real = folder.toRealPath();
      return new SweepFolder(
          real, SweepManifest.read(real.resolve(MANIFEST), real.resolve(SWEEP)), files);
    } catch (IOException e) {
      throw StorageException.reading(folder, e);
    }
  }

  /** Whether a path is the folder of a sweep, of whatever format. */
  public static boolean isSweepFolder(Path folder) {
    return Files.isRegularFile(folder.resolve(SWEEP))
        && Files.isRegularFile(folder.resolve(MANIFEST));
  }

  /** The disk that its runs are to be written to as well. */
  public DurableFiles files() {
    return files;
  }

  /** Where it is: absolute, links resolved. */
  public Path path() {
    return path;
  }

  public SweepManifest manifest() {
    return manifest;
  }

  /** Configuration and axes. */
  public Path sweepFile() {
    return path.resolve(SWEEP);
  }

  public Path resultsFile() {
    return path.resolve("results.csv");
  }

  public Path curvesFile() {
    return path.resolve("curves.csv");
  }

  public Path reportFile() {
    return path.resolve("report.html");
  }

  /** The name of a run: {@code 0017}. */
  public String runName(int run) {
    int digits = Math.max(MIN_DIGITS, Integer.toString(manifest.runs() - 1).length());
    return String.format(Locale.ROOT, "%0" + digits + "d", run);
  }

  /** Where the folder of a run is, or will be. */
  public Path runPath(int run) {
    return path.resolve(RUNS).resolve(runName(run));
  }

  /** How far a run has come. */
  public enum Progress {
    NONE,
    BEGUN,
    ENDED
  }

  /** How far a run has come; as quick as can be, since there may be millions. */
  public Progress progress(int run) {
    Path folder = runPath(run);
    if (!RunFolder.isRunFolder(folder)) {
      return Progress.NONE;
    }
    return RunFolder.hasEnded(folder) ? Progress.ENDED : Progress.BEGUN;
  }

  /** The folder of a run; empty if the run has not begun. */
  public Optional<RunFolder> run(int run) {
    Path folder = runPath(run);
    return RunFolder.isRunFolder(folder)
        ? Optional.of(RunFolder.open(folder, files))
        : Optional.empty();
  }

  /** Why a run could not be trained when it was last tried; empty if it could, or was not tried. */
  public Optional<String> failure(int run) {
    Path file = failureFile(run);
    try {
      return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
  }

  /** Says why a run could not be trained. */
  public void recordFailure(int run, String reason) {
    Path file = failureFile(run);
    try {
      files.write(file, out -> out.write(StandardCharsets.UTF_8.encode(reason.strip() + "\n")));
    } catch (IOException e) {
      throw StorageException.writing("failure of run " + run, file, "the runs are intact", e);
    }
  }

  /** The run is tried again. */
  public void clearFailure(int run) {
    Path file = failureFile(run);
    try {
      if (Files.exists(file)) {
        files.delete(file);
      }
    } catch (IOException e) {
      throw StorageException.writing("failure of run " + run, file, "the runs are intact", e);
    }
  }

  private Path failureFile(int run) {
    return path.resolve(FAILURES).resolve(runName(run) + ".txt");
  }

  /**
   * Writes a file that follows from the runs, in one instant.
   *
   * @param file one of {@link #resultsFile}, {@link #curvesFile}, {@link #reportFile}
   */
  public void write(Path file, DurableFiles.Content content) {
    try {
      files.write(file, content);
    } catch (IOException e) {
      throw StorageException.writing(
          file.getFileName().toString(), file, "the runs are intact, and it follows from them", e);
    }
  }

  /**
   * Takes the right to train a shard, and clears away what a crash of its earlier owner left.
   *
   * @param shard from 1
   * @throws StorageException if another process has it, with that one's process id
   */
  public RunLock lock(int shard) {
    RunLock lock = RunLock.acquire(lockFile(shard));
    try {
      clearAway(shard);
      return lock;
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** The process that seems to train a shard: for people. */
  public OptionalLong owner(int shard) {
    return RunLock.owner(lockFile(shard));
  }

  private Path lockFile(int shard) {
    return path.resolve(
        manifest.shards() == 1 ? ".lock" : ".lock-" + shard + "-of-" + manifest.shards());
  }

  /** Half-made run folders of the shard, and, where there is but one, temporary files. */
  private void clearAway(int shard) {
    try {
      for (Path unfinished : children(path.resolve(RUNS))) {
        String name = unfinished.getFileName().toString();
        if (name.startsWith(".") && belongs(unfinished, name, shard)) {
          NewFolder.delete(unfinished);
        }
      }
      if (manifest.shards() == 1) {
        for (Path folder : List.of(path, path.resolve(FAILURES))) {
          for (Path temporary : children(folder)) {
            if (DurableFiles.isAbandoned(temporary)) {
              files.delete(temporary);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new StorageException("cannot clear away unfinished files in " + path, e);
    }
  }

  private boolean belongs(Path unfinished, String name, int shard) {
    int dot = name.indexOf('.', 1);
    String run = dot < 0 ? "" : name.substring(1, dot);
    return run.matches("[0-9]{1,9}")
        && NewFolder.isUnfinished(unfinished, run)
        && Integer.parseInt(run) % manifest.shards() == shard - 1;
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.toList();
    }
  }

  private static void refuseExisting(Path target, Path asGiven) {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(target)) {
      throw new StorageException(asGiven + " exists and is no folder; choose another --sweep-dir");
    }
    if (isSweepFolder(target)) {
      throw new StorageException(
          asGiven + " already holds a sweep; choose another --sweep-dir, or go on with that one");
    }
    try {
      if (!children(target).isEmpty()) {
        throw new StorageException(
            asGiven
                + (RunFolder.isRunFolder(target)
                    ? " already holds a single run"
                    : " exists, is not empty and is no sweep folder")
                + "; choose another --sweep-dir");
      }
    } catch (IOException e) {
      throw StorageException.reading(asGiven, e);
    }
  }
}
