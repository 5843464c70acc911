package longrun.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a Linux machine says about itself in its files.
 *
 * @param root of the file system; another folder in tests
 * @param environment PATH, LD_LIBRARY_PATH and CUDA_HOME are read
 */
record MachineProbe(Path root, Map<String, String> environment) {
  private static final String CUDA_DRIVER = "libcuda.so.1";
  private static final List<String> LIBRARY_FOLDERS =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib",
          "/lib/x86_64-linux-gnu",
          "/usr/lib/wsl/lib",
          "/usr/local/nvidia/lib64");
  private static final List<String> VECTOR_FLAGS = List.of("avx", "fma", "avx2", "avx512f");

  static MachineProbe ofProcess() {
    return new MachineProbe(Path.of("/"), System.getenv());
  }

  /** The processor's name, {@code "AMD EPYC 7763 64-Core Processor"}. */
  Optional<String> processor() {
    return cpuinfo("model name");
  }

  /** Vector extensions of the processor that matter here, {@code [avx, fma, avx2]}. */
  List<String> vectorExtensions() {
    List<String> flags = List.of(cpuinfo("flags").orElse("").split(" "));
    return VECTOR_FLAGS.stream().filter(flags::contains).toList();
  }

  /** Where the CUDA driver's library is. */
  Optional<Path> cudaDriver() {
    List<String> folders = new ArrayList<>(list(environment.get("LD_LIBRARY_PATH")));
    folders.addAll(LIBRARY_FOLDERS);
    return firstExisting(folders, CUDA_DRIVER);
  }

  /** Names of the NVIDIA cards whose kernel driver is loaded; their device nodes if nameless. */
  List<String> gpus() {
    List<String> names = new ArrayList<>();
    for (Path card : children(under("/proc/driver/nvidia/gpus"), "*")) {
      value(card.resolve("information"), "Model").ifPresent(names::add);
    }
    if (names.isEmpty()) {
      for (Path node : children(under("/dev"), "nvidia[0-9]*")) {
        names.add("/dev/" + node.getFileName());
      }
    }
    return names;
  }

  /** Where the CUDA compiler is. */
  Optional<Path> cudaCompiler() {
    List<String> folders = new ArrayList<>(list(environment.get("PATH")));
    Optional.ofNullable(environment.get("CUDA_HOME")).ifPresent(home -> folders.add(home + "/bin"));
    folders.add("/usr/local/cuda/bin");
    return firstExisting(folders, "nvcc");
  }

  private Optional<String> cpuinfo(String key) {
    return value(under("/proc/cpuinfo"), key);
  }

  /** The value of the first line {@code key : value}. */
  private static Optional<String> value(Path file, String key) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .map(line -> line.split(":", 2))
          .filter(pair -> pair.length == 2 && pair[0].strip().equals(key))
          .map(pair -> pair[1].strip())
          .findFirst();
    } catch (IOException | java.io.UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private static List<Path> children(Path folder, String glob) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
      stream.forEach(children::add);
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return List.of();
    }
    children.sort(null);
    return children;
  }

  private Optional<Path> firstExisting(List<String> folders, String file) {
    return folders.stream()
        .map(folder -> under(folder).resolve(file))
        .filter(Files::exists)
        .findFirst();
  }

  private Path under(String absolute) {
    return root.resolve(absolute.startsWith("/") ? absolute.substring(1) : absolute);
  }

  private static List<String> list(String folders) {
    return folders == null
        ? List.of()
        : Stream.of(folders.split(":")).filter(folder -> folder.startsWith("/")).toList();
  }
}
