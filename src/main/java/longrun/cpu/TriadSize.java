package longrun.cpu;

import java.util.OptionalLong;

/**
 * How large the three arrays of a triad are that is to measure memory and not a cache: four times
 * the last-level caches, 96 MiB at the least, and no more than a quarter of the heap that is left.
 *
 * @param bytes of the arrays together
 * @param cacheBytes of all last-level caches; empty: unknown, and 96 MiB have to do
 */
record TriadSize(long bytes, OptionalLong cacheBytes) {
  private static final long FEWEST_BYTES = 96L << 20;
  private static final int TIMES_CACHE = 4;
  private static final int SHARE_OF_HEAP = 4;

  /** For this machine, now. */
  static TriadSize here() {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    return of(CpuCaches.lastLevelBytes(), runtime.maxMemory() - used);
  }

  static TriadSize of(OptionalLong cacheBytes, long freeBytes) {
    long wanted = TIMES_CACHE * cacheBytes.orElse(0);
    long most = freeBytes / SHARE_OF_HEAP;
    return new TriadSize(Math.max(FEWEST_BYTES, Math.min(wanted, most)), cacheBytes);
  }

  /** Of each of the three arrays, in whole chunks. */
  int elements() {
    long bytesOfChunk = 3L * Float.BYTES * CpuPeaks.STREAM_CHUNK;
    int most = Integer.MAX_VALUE / CpuPeaks.STREAM_CHUNK;
    return (int) Math.min(bytes / bytesOfChunk, most) * CpuPeaks.STREAM_CHUNK;
  }

  /** {@code "128 MiB triad"}, and what is to be known where that is not four times the caches. */
  @Override
  public String toString() {
    String text = (bytes >> 20) + " MiB triad";
    if (cacheBytes.isEmpty()) {
      return text + ", caches unknown";
    }
    return bytes < TIMES_CACHE * cacheBytes.getAsLong()
        ? text + ", caches " + (cacheBytes.getAsLong() >> 20)
        : text;
  }
}
