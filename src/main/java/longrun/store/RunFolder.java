package longrun.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A run on disk.
 *
 * <pre>
 *   config.yaml           resolved
 *   train_indices.txt     if the split was given: an example number per line
 *   init.safetensors      if the first parameters were given: a copy of their file
 *   metrics.csv           a row per evaluation
 *   checkpoints/          step-000001000.safetensors, …
 *   summary.json          once the run has ended
 *   report.html           once the run has ended
 *   config.next.yaml      while the configuration is being replaced
 *   .lock                 held by the process that trains
 * </pre>
 *
 * <p>A folder comes into being in one instant, with everything that a resume needs.
 */
public final class RunFolder {
  private static final String CONFIG = "config.yaml";
  private static final String NEXT_CONFIG = "config.next.yaml";
  private static final String INIT = "init.safetensors";
  private static final String TRAIN_INDICES = "train_indices.txt";
  private static final String METRICS = "metrics.csv";
  private static final String CHECKPOINTS = "checkpoints";
  private static final String SUMMARY = "summary.json";

  private final Path path;
  private final DurableFiles files;

  private RunFolder(Path path, DurableFiles files) {
    this.path = path;
    this.files = files;
  }

  /**
   * Creates the folder of a run that is about to start. Missing parents are made; an existing empty
   * folder is used.
   *
   * @param trainIndices the training examples, if they were given
   * @param initial the state at step 0, with the content of config.yaml; if it was read from a
   *     file, that file is copied
   * @throws StorageException if something is there already, or it cannot be written; nothing is
   *     left behind then
   */
  public static RunFolder create(Path folder, Optional<int[]> trainIndices, Checkpoint initial) {
    return create(folder, trainIndices, initial, DurableFiles.DISK);
  }

  /** The same, on a disk that may be a test's. */
  public static RunFolder create(
      Path folder, Optional<int[]> trainIndices, Checkpoint initial, DurableFiles files) {
    return new RunFolder(
        NewFolder.create(
            folder,
            "run folder",
            RunFolder::refuseExisting,
            building -> fill(building, trainIndices, initial, files),
            files),
        files);
  }

  /**
   * The folder of a run that exists.
   *
   * @throws StorageException if there is none
   */
  public static RunFolder open(Path folder) {
    return open(folder, DurableFiles.DISK);
  }

  /** The same, on a disk that may be a test's. */
  public static RunFolder open(Path folder, DurableFiles files) {
    if (!Files.exists(folder)) {
      throw new StorageException(folder + ": no such run folder");
    }
    if (!isRunFolder(folder)) {
      throw new StorageException(
          folder
              + " is no run folder: it lacks "
              + CONFIG
              + " or "
              + CHECKPOINTS
              + "/"
              + (SweepFolder.isSweepFolder(folder)
                  ? "; it is the folder of a sweep, which `longrun sweep "
                      + folder
                      + "` goes on with"
                  : ""));
    }
    try {
      return new RunFolder(folder.toRealPath(), files);
    } catch (IOException e) {
      throw StorageException.reading(folder, e);
    }
  }

  /** Whether a path is the folder of a run. */
  public static boolean isRunFolder(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG))
        && Files.isDirectory(folder.resolve(CHECKPOINTS));
  }

  /** The run folders directly inside a folder, by name; half-made ones are passed over. */
  public static List<RunFolder> list(Path runs) {
    try (Stream<Path> paths = Files.list(runs)) {
      return paths
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .filter(RunFolder::isRunFolder)
          .sorted()
          .map(RunFolder::open)
          .toList();
    } catch (IOException e) {
      throw StorageException.reading(runs, e);
    }
  }

  /**
   * A folder for a run of a configuration: {@code runs/quickstart-seed0}, or the first of {@code
   * runs/quickstart-seed0-2}, {@code -3}, … that does not exist.
   */
  public static Path unused(Path runs, Path configFile, long seed) {
    String file = configFile.toAbsolutePath().normalize().getFileName().toString();
    int dot = file.lastIndexOf('.');
    String name = (dot > 0 ? file.substring(0, dot) : file) + "-seed" + seed;
    Path folder = runs.resolve(name);
    for (int suffix = 2; Files.exists(folder, LinkOption.NOFOLLOW_LINKS); suffix++) {
      folder = runs.resolve(name + "-" + suffix);
    }
    return folder;
  }

  /** Where it is: absolute, links resolved. */
  public Path path() {
    return path;
  }

  public Path configFile() {
    return path.resolve(CONFIG);
  }

  /** config.yaml as it stands. */
  public String configYaml() {
    try {
      return Files.readString(configFile());
    } catch (IOException e) {
      throw StorageException.reading(configFile(), e);
    }
  }

  /** The file of the given training examples; empty if the configuration makes the split. */
  public Optional<Path> trainIndicesFile() {
    Path file = path.resolve(TRAIN_INDICES);
    return Files.exists(file) ? Optional.of(file) : Optional.empty();
  }

  /** The copy of the file that the first parameters were read from; empty if there is none. */
  public Optional<Path> initFile() {
    Path file = path.resolve(INIT);
    return Files.exists(file) ? Optional.of(file) : Optional.empty();
  }

  public Path metricsFile() {
    return path.resolve(METRICS);
  }

  public Path summaryFile() {
    return path.resolve(SUMMARY);
  }

  public Path reportFile() {
    return path.resolve("report.html");
  }

  public Checkpoints checkpoints() {
    return new Checkpoints(path.resolve(CHECKPOINTS), files);
  }

  /**
   * Opens metrics.csv to go on from a checkpoint: later rows are dropped.
   *
   * @param every steps between evaluations
   * @param expected the rows that were there when the checkpoint was written
   * @throws StorageException if they are damaged, missing or no longer the same
   */
  public MetricsLog resumeMetrics(int every, WrittenRows expected) {
    return MetricsLog.resume(metricsFile(), files, every, expected);
  }

  /**
   * Whether metrics.csv allows to go on from a checkpoint.
   *
   * @throws StorageException as {@link #resumeMetrics} does; nothing is changed
   */
  public void checkMetrics(int every, WrittenRows expected) {
    MetricsLog.check(metricsFile(), every, expected);
  }

  /**
   * The configuration that is about to replace the present one; empty, but for a replacement that a
   * crash has cut short.
   */
  public Optional<String> nextConfigYaml() {
    Path file = path.resolve(NEXT_CONFIG);
    try {
      return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
  }

  /**
   * Begins to replace the configuration: from here on the run has not ended, and whoever goes on
   * with it has to complete the replacement.
   */
  public void beginNextConfig(String yaml) {
    Path file = path.resolve(NEXT_CONFIG);
    try {
      files.write(file, output -> output.write(StandardCharsets.UTF_8.encode(yaml)));
    } catch (IOException e) {
      throw StorageException.writing("configuration", file, "the run is as it was", e);
    }
  }

  /** Completes a replacement, once every checkpoint holds the new configuration. */
  public void completeNextConfig() {
    try {
      files.delete(summaryFile());
      files.syncFolder(path);
      files.rename(path.resolve(NEXT_CONFIG), configFile());
      files.syncFolder(path);
    } catch (IOException e) {
      throw StorageException.writing(
          "configuration", configFile(), "the last good checkpoint is intact", e);
    }
  }

  /** How the run ended; empty if it has not. */
  public Optional<Summary> summary() {
    return hasEnded(path) ? Optional.of(SummaryJson.read(summaryFile())) : Optional.empty();
  }

  static boolean hasEnded(Path folder) {
    return Files.exists(folder.resolve(SUMMARY)) && !Files.exists(folder.resolve(NEXT_CONFIG));
  }

  /** Says that the run has ended. */
  public void writeSummary(Summary summary) {
    if (summary.stopReason() == StopReason.INTERRUPTED) {
      throw new IllegalArgumentException("an interrupted run has not ended");
    }
    byte[] json = SummaryJson.encode(summary);
    try {
      files.write(summaryFile(), output -> output.write(ByteBuffer.wrap(json)));
    } catch (IOException e) {
      throw StorageException.writing(
          "summary", summaryFile(), "the last good checkpoint is intact", e);
    }
  }

  /**
   * Takes the right to train here, and clears away what a crash of an earlier owner left.
   *
   * @throws StorageException if another process has it
   */
  public RunLock lock() {
    RunLock lock = RunLock.acquire(path.resolve(".lock"));
    try {
      deleteTemporaries(path);
      deleteTemporaries(path.resolve(CHECKPOINTS));
      return lock;
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /** The process that seems to be training here: for people. */
  public OptionalLong owner() {
    return RunLock.owner(path.resolve(".lock"));
  }

  private static void fill(
      Path building, Optional<int[]> trainIndices, Checkpoint initial, DurableFiles files)
      throws IOException {
    files.createFolder(building);
    files.writeNew(
        building.resolve(CONFIG),
        output -> output.write(StandardCharsets.UTF_8.encode(initial.configYaml())));
    if (trainIndices.isPresent()) {
      StringBuilder lines = new StringBuilder();
      for (int index : trainIndices.get()) {
        lines.append(index).append('\n');
      }
      files.writeNew(
          building.resolve(TRAIN_INDICES),
          output -> output.write(StandardCharsets.UTF_8.encode(lines.toString())));
    }
    Optional<InitFile> init = initial.provenance().init();
    if (init.isPresent()) {
      files.writeNew(building.resolve(INIT), init.get().content());
    }
    files.writeNew(building.resolve(METRICS), MetricsLog.empty());
    Path checkpoints = building.resolve(CHECKPOINTS);
    files.createFolder(checkpoints);
    files.writeNew(
        checkpoints.resolve(Checkpoints.fileName(initial.state().step())),
        Checkpoints.content(initial));
    files.syncFolder(checkpoints);
    files.syncFolder(building);
  }

  private static void refuseExisting(Path target, Path asGiven) {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(target)) {
      throw new StorageException(asGiven + " exists and is no folder; choose another --run-dir");
    }
    if (isRunFolder(target)) {
      throw new StorageException(occupied(asGiven));
    }
    try (Stream<Path> children = Files.list(target)) {
      if (children.findAny().isPresent()) {
        throw new StorageException(
            asGiven + " exists, is not empty and is no run folder; choose another --run-dir");
      }
    } catch (IOException e) {
      throw StorageException.reading(asGiven, e);
    }
  }

  private static String occupied(Path folder) {
    return folder
        + " already holds a run: go on with it by `longrun resume "
        + folder
        + "`, or choose another --run-dir";
  }

  private void deleteTemporaries(Path folder) {
    try (Stream<Path> paths = Files.list(folder)) {
      for (Path path : paths.filter(DurableFiles::isTemporary).toList()) {
        files.delete(path);
      }
    } catch (IOException e) {
      throw new StorageException("cannot clear away temporary files in " + folder, e);
    }
  }
}
