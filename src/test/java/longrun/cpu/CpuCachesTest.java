package longrun.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuCachesTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path processors;

  private void cache(int processor, int index, int level, String size, String shared)
      throws IOException {
    Path folder = processors.resolve("cpu" + processor + "/cache/index" + index);
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("level"), level + "\n");
    Files.writeString(folder.resolve("size"), size + "\n");
    Files.writeString(folder.resolve("shared_cpu_list"), shared + "\n");
  }

  @Test
  void aSharedCacheCountsOnce() throws IOException {
    for (int processor = 0; processor < 4; processor++) {
      String half = processor < 2 ? "0-1" : "2-3";
      cache(processor, 0, 1, "48K", "" + processor);
      cache(processor, 2, 2, "1024K", "" + processor);
      cache(processor, 3, 3, processor < 2 ? "32768K" : "96M", half);
    }
    Files.createDirectories(processors.resolve("cpufreq"));
    Files.createDirectories(processors.resolve("cpu4"));
    assertEquals(OptionalLong.of(128 * MIB), CpuCaches.lastLevelBytes(processors));
  }

  @Test
  void withoutAThirdLevelTheSecondIsTheLast() throws IOException {
    cache(0, 0, 1, "64K", "0");
    cache(0, 1, 2, "2M", "0");
    cache(1, 0, 1, "64K", "1");
    cache(1, 1, 2, "2M", "1");
    assertEquals(OptionalLong.of(4 * MIB), CpuCaches.lastLevelBytes(processors));
  }

  @Test
  void whatIsNotToldIsUnknown() throws IOException {
    assertEquals(OptionalLong.empty(), CpuCaches.lastLevelBytes(processors));
    assertEquals(OptionalLong.empty(), CpuCaches.lastLevelBytes(processors.resolve("none")));
    Files.createDirectories(processors.resolve("cpu0"));
    assertEquals(OptionalLong.empty(), CpuCaches.lastLevelBytes(processors));
    cache(0, 3, 3, "plenty", "0");
    assertEquals(OptionalLong.empty(), CpuCaches.lastLevelBytes(processors));
  }

  @Test
  void theTriadIsFourTimesTheCaches() {
    TriadSize size = TriadSize.of(OptionalLong.of(32 * MIB), 6144 * MIB);
    assertEquals("128 MiB triad", size.toString());
    assertEquals(682 << 14, size.elements());
    assertEquals(
        768 * MIB, TriadSize.of(OptionalLong.of(192 * MIB), 6144 * MIB).bytes(), "two sockets");
  }

  @Test
  void smallAndUnknownCachesAreGivenAtLeast96MiB() {
    TriadSize small = TriadSize.of(OptionalLong.of(8 * MIB), 6144 * MIB);
    assertEquals("96 MiB triad", small.toString());
    assertEquals(8 << 20, small.elements());
    TriadSize unknown = TriadSize.of(OptionalLong.empty(), 6144 * MIB);
    assertEquals("96 MiB triad, caches unknown", unknown.toString());
    assertEquals(8 << 20, unknown.elements());
  }

  @Test
  void theHeapIsNotFilledAndThatIsSaid() {
    assertEquals(
        "256 MiB triad, caches 384",
        TriadSize.of(OptionalLong.of(384 * MIB), 1024 * MIB).toString());
    assertEquals(
        "96 MiB triad, caches 384", TriadSize.of(OptionalLong.of(384 * MIB), MIB).toString());
  }

  @Test
  void anArrayHasNoMoreElementsThanJavaAllows() {
    TriadSize size = TriadSize.of(OptionalLong.of(1L << 40), 1L << 50);
    assertEquals(Integer.MAX_VALUE / (1 << 14) * (1 << 14), size.elements());
  }
}
