package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineProbeTest {
  @TempDir private Path root;

  @Test
  void aMachineWithNothingHasNothing() {
    MachineProbe machine = new MachineProbe(root, Map.of());
    assertEquals(Optional.empty(), machine.processor());
    assertEquals(List.of(), machine.vectorExtensions());
    assertEquals(List.of(), machine.gpus());
    assertEquals(Optional.empty(), machine.cudaDriver());
    assertEquals(Optional.empty(), machine.cudaCompiler());
  }

  @Test
  void readsTheProcessor() throws IOException {
    write(
        "proc/cpuinfo",
        """
        processor\t: 0
        model name\t: AMD Ryzen 9 5950X: really
        flags\t\t: fpu avx sse4a fma avx2 avx512_not_f
        processor\t: 1
        model name\t: another
        """);
    MachineProbe machine = new MachineProbe(root, Map.of());
    assertEquals(Optional.of("AMD Ryzen 9 5950X: really"), machine.processor());
    assertEquals(List.of("avx", "fma", "avx2"), machine.vectorExtensions());
  }

  @Test
  void namesGpusByModelElseByNode() throws IOException {
    write("dev/nvidia0", "");
    write("dev/nvidiactl", "");
    MachineProbe machine = new MachineProbe(root, Map.of());
    assertEquals(List.of("/dev/nvidia0"), machine.gpus());
    write(
        "proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t NVIDIA RTX A6000\nIRQ: 1\n");
    assertEquals(List.of("NVIDIA RTX A6000"), machine.gpus());
  }

  @Test
  void findsDriverAndCompilerWhereTheyAreLookedFor() throws IOException {
    write("usr/local/cuda/bin/nvcc", "");
    write("usr/lib64/libcuda.so.1", "");
    MachineProbe machine = new MachineProbe(root, Map.of());
    assertEquals(Optional.of(root.resolve("usr/lib64/libcuda.so.1")), machine.cudaDriver());
    assertEquals(Optional.of(root.resolve("usr/local/cuda/bin/nvcc")), machine.cudaCompiler());
    write("first/libcuda.so.1", "");
    write("home/cuda/bin/nvcc", "");
    MachineProbe pointed =
        new MachineProbe(
            root, Map.of("LD_LIBRARY_PATH", "relative:/first:", "CUDA_HOME", "/home/cuda"));
    assertEquals(Optional.of(root.resolve("first/libcuda.so.1")), pointed.cudaDriver());
    assertEquals(Optional.of(root.resolve("home/cuda/bin/nvcc")), pointed.cudaCompiler());
  }

  private void write(String file, String content) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }
}
