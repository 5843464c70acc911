package longrun.cpu;

import java.util.concurrent.TimeUnit;
import longrun.bench.Bytes;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How many bytes per second go through one thread, and through two, out of a cache and out of
 * memory? STREAM's triad of {@link CpuPeaks}, the peak that {@code longrun bench} and {@code
 * longrun plan} use, here with error bars. The figure is {@code bytes}, in ops/ns = GB/s.
 *
 * <p>By STREAM's convention what is written counts once, though a processor first reads the lines
 * that it is going to write: the memory moves up to a third more than the figure says. Whoever
 * writes only what it has read, as an optimizer does, can so exceed it.
 *
 * <p>Forks and iterations as {@link longrun.bench} says. The loop is compiled after 0.4 s.
 * Neighbours count most, on the core and in the shared cache, and the best of the iterations is
 * nearest to the machine.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(3)
@Threads(1)
@State(Scope.Benchmark)
public class MemoryPeakBenchmark {
  private static final int BYTES_PER_ELEMENT = 3 * Float.BYTES;

  private static final String MEMORY = "memory";

  /**
   * All three arrays together: about what the updates of nanda-2023 and of power-2022 touch, and
   * what {@link TriadSize} chooses, four times the last-level caches where they are known; the size
   * of these is recorded with the results.
   */
  @Param({"3 MiB", "6 MiB", MEMORY})
  public String size;

  @Param({"1", "2"})
  public int threads;

  private Team team;
  private CpuPeaks.Triad triad;

  @Setup(Level.Trial)
  public void prepare() {
    triad = new CpuPeaks.Triad(size.equals(MEMORY) ? TriadSize.here().elements() : elements());
    team = new Team(threads);
  }

  private int elements() {
    if (!size.matches("[1-9]\\d{0,2} MiB")) {
      throw new IllegalArgumentException("size=" + size + " is neither memory nor N MiB");
    }
    return (Integer.parseInt(size.replace(" MiB", "")) << 20) / BYTES_PER_ELEMENT;
  }

  @TearDown(Level.Trial)
  public void close() {
    team.close();
  }

  @Benchmark
  public void triad(Bytes moved) {
    triad.run(team);
    moved.bytes += triad.bytes();
  }
}
