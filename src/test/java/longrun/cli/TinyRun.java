package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import longrun.model.Tensor;
import longrun.store.Safetensors;

/** A run so small that the reference engine takes seconds for it, and what it leaves on disk. */
final class TinyRun {
  private TinyRun() {}

  /** Writes the configuration into a folder. */
  static Path config(Path folder, int steps) throws IOException {
    return Files.writeString(
        folder.resolve("tiny.yaml"),
        """
        task: {kind: modular, operation: add, modulus: 7, train_fraction: 0.5}
        model: {kind: transformer, layers: 1, d_model: 8, heads: 2, d_head: 4, d_mlp: 16}
        optimizer: {learning_rate: 1e-2, grokfast_ema: {alpha: 0.9, lambda: 1.0}}
        training: {steps: %d, batch_size: 10}
        evaluation: {every: 5}
        checkpoint: {every: 20, keep: 3}
        """
            .formatted(steps));
  }

  /** Rows of metrics.csv with the seconds taken out, header first. */
  static List<String> metricsWithoutSeconds(Path runFolder) throws IOException {
    List<String> lines = Files.readAllLines(runFolder.resolve("metrics.csv"));
    int seconds = Arrays.asList(lines.getFirst().split(",", -1)).indexOf("seconds");
    assertEquals(7, seconds, lines.getFirst());
    return lines.stream()
        .map(
            line -> {
              List<String> cells = new ArrayList<>(Arrays.asList(line.split(",", -1)));
              cells.remove(seconds);
              return String.join(",", cells);
            })
        .toList();
  }

  /** Checkpoints of a run, ascending by step; temporary files are passed over. */
  static List<Path> checkpoints(Path runFolder) {
    Path folder = runFolder.resolve("checkpoints");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Both files hold the same tensors, bit for bit. */
  static void assertSameTensors(Path expectedFile, Path actualFile) {
    var expected = Safetensors.read(expectedFile).tensors().asMap();
    var actual = Safetensors.read(actualFile).tensors().asMap();
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, tensor) ->
            assertArrayEquals(bits(tensor), bits(actual.get(name)), "bits of " + name));
  }

  /** Every file below a folder with its content, to see that nothing changed. */
  static String snapshot(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .sorted()
          .map(file -> folder.relativize(file) + " " + digest(file))
          .collect(Collectors.joining("\n"));
    }
  }

  private static long[] bits(Tensor tensor) {
    return Arrays.stream(tensor.values()).mapToLong(Double::doubleToRawLongBits).toArray();
  }

  private static int digest(Path file) {
    try {
      return Arrays.hashCode(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
