package longrun.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import longrun.model.Tensors;

/** The folder {@code checkpoints} of a run: {@code step-000001000.safetensors}, a file per step. */
public final class Checkpoints {
  private static final Pattern NAME = Pattern.compile("step-([0-9]{9,18})\\.safetensors");

  private final Path folder;
  private final DurableFiles files;

  Checkpoints(Path folder, DurableFiles files) {
    this.folder = folder;
    this.files = files;
  }

  /** A file that cannot be used, and why. */
  public record Damaged(Path file, String reason) {}

  /**
   * The newest checkpoint that can be used.
   *
   * @param damaged newer ones that cannot, newest first
   */
  public record Restored(Checkpoint checkpoint, Path file, List<Damaged> damaged) {
    public Restored {
      damaged = List.copyOf(damaged);
    }
  }

  /** Name of the file of a step. */
  public static String fileName(long step) {
    return String.format(Locale.ROOT, "step-%09d.safetensors", step);
  }

  /** Files named like checkpoints, ascending by step. */
  public List<Path> list() {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths
          .filter(path -> NAME.matcher(path.getFileName().toString()).matches())
          .sorted(Comparator.comparingLong(Checkpoints::step))
          .toList();
    } catch (IOException e) {
      throw StorageException.reading(folder, e);
    }
  }

  /** The step in the name of a checkpoint file. */
  public static long step(Path file) {
    Matcher matcher = NAME.matcher(file.getFileName().toString());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no checkpoint name: " + file);
    }
    return Long.parseLong(matcher.group(1));
  }

  /**
   * Writes a checkpoint; when this returns it survives a power failure, and if it throws, the older
   * ones are as they were.
   */
  public Path write(Checkpoint checkpoint) {
    long step = checkpoint.state().step();
    Path file = folder.resolve(fileName(step));
    try {
      files.write(file, content(checkpoint));
    } catch (IOException e) {
      throw StorageException.writing(
          "checkpoint of step " + step, file, "the last good checkpoint is intact", e);
    }
    return file;
  }

  static DurableFiles.Content content(Checkpoint checkpoint) {
    SafetensorsFile encoded = CheckpointFormat.encode(checkpoint);
    return Safetensors.content(encoded.tensors(), checkpoint.bits(), encoded.metadata());
  }

  /** Deletes all but the newest {@code keep}. */
  public void prune(int keep) {
    List<Path> all = list();
    for (Path file : all.subList(0, Math.max(0, all.size() - keep))) {
      try {
        files.delete(file);
      } catch (IOException e) {
        throw new StorageException("cannot delete the old checkpoint " + file, e);
      }
    }
  }

  /**
   * Reads one checkpoint.
   *
   * @throws StorageException if it is damaged or belongs to something else, saying why
   * @throws longrun.config.ConfigException if config.yaml is no longer what it was written with
   */
  public static Checkpoint read(Path file, CheckpointExpectation expected) {
    Checkpoint checkpoint = CheckpointFormat.read(file, expected);
    if (checkpoint.state().step() != step(file)) {
      throw new StorageException(
          file + ": holds step=" + checkpoint.state().step() + ", not the one it is named after");
    }
    return checkpoint;
  }

  /**
   * Reads the newest checkpoint that can be used.
   *
   * @throws StorageException if there is none, with every file and what is wrong with it
   * @throws longrun.config.ConfigException if config.yaml is no longer what the newest sound one
   *     was written with
   */
  public Restored newest(CheckpointExpectation expected) {
    List<Damaged> damaged = new ArrayList<>();
    for (Path file : list().reversed()) {
      try {
        return new Restored(read(file, expected), file, damaged);
      } catch (StorageException e) {
        damaged.add(new Damaged(file, e.getMessage()));
      }
    }
    StringBuilder message = new StringBuilder("no usable checkpoint in " + folder);
    if (damaged.isEmpty()) {
      message.append(": it is empty");
    }
    for (Damaged each : damaged) {
      message.append("\n  ").append(each.reason());
    }
    throw new StorageException(message.toString());
  }

  /**
   * What the newest checkpoint says about its run, for people: only its header is read. Empty if
   * none has a header.
   */
  public Optional<Provenance> provenance() {
    return list().reversed().stream().flatMap(file -> provenance(file).stream()).findFirst();
  }

  /** Empty if it is damaged, or was just deleted by the process that trains. */
  private static Optional<Provenance> provenance(Path file) {
    try {
      return Optional.of(Provenance.ofMetadata(file, Safetensors.readMetadata(file)));
    } catch (StorageException e) {
      return Optional.empty();
    }
  }

  /**
   * The tensors of a file that a run may start from. Those of a checkpoint are its parameters; the
   * optimizer state is left out.
   *
   * @throws StorageException if it cannot be read, is not valid or is a damaged checkpoint
   */
  public static Tensors parameters(Path file, SafetensorsFile content) {
    return CheckpointFormat.isCheckpoint(content)
        ? CheckpointFormat.parameters(file, content)
        : content.tensors();
  }

  /** Where {@link #setAside} puts a file. */
  public static Path asideOf(Path file) {
    return file.resolveSibling(file.getFileName() + ".damaged");
  }

  /**
   * Renames damaged files ({@code .damaged} at the end), so that they neither count when old
   * checkpoints are pruned nor are lost.
   */
  public void setAside(List<Damaged> damaged) {
    for (Damaged each : damaged) {
      Path target = asideOf(each.file());
      try {
        files.rename(each.file(), target);
      } catch (IOException e) {
        throw new StorageException("cannot rename " + each.file() + " to " + target, e);
      }
    }
  }
}
