package longrun.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import longrun.bench.Needs;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a launch cost, apart from what the kernel computes? One block of a kernel that does
 * nearly nothing; microseconds for each.
 *
 * <ul>
 *   <li>{@code call}: through JCuda into the driver and back, for a question that the driver
 *       answers from memory. The floor of all others.
 *   <li>{@code launch} and {@code replay}: until the host can go on, of a launch and of a graph
 *       that holds one launch. The work piles up on the stream, and is waited for outside of the
 *       measured time.
 *   <li>{@code launchToCompletion} and {@code replayToCompletion}: until the host knows that it is
 *       done.
 * </ul>
 *
 * <p>Forks and iterations as those of the CPU's benchmarks ({@link longrun.bench}), since it is the
 * host that is measured: two seconds compile what the host does.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(3)
@Threads(1)
@State(Scope.Benchmark)
@Needs(Needs.Piece.DEVICE)
public class LaunchBenchmark {
  /** Far fewer than a driver's queue holds: with a full one the host would wait for the device. */
  private static final int PILE = 64;

  private static final int OPERANDS = 2;

  @Param(BenchmarkDevice.NVIDIA)
  public String driver;

  private CudaContext context;
  private CudaStream stream;
  private Launch launch;
  private CudaGraph graph;

  @Setup(Level.Trial)
  public void prepare() {
    context = BenchmarkDevice.open(driver);
    stream = context.createStream();
    launch = nearlyNothing();
    stream.launch(launch);
    stream.synchronize();
    graph = stream.capture(() -> stream.launch(launch));
  }

  /** One block that goes round no loop. */
  private Launch nearlyNothing() {
    DeviceMemory out =
        context.allocate((long) KernelParameters.PEAK_THREADS * Float.BYTES * OPERANDS);
    DeviceMemory operands = context.allocate(OPERANDS * Float.BYTES);
    operands.upload(
        ByteBuffer.allocateDirect(OPERANDS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN));
    Struct parameters =
        KernelParameters.PEAK_PARAMETERS
            .create()
            .set("out", out.address())
            .set("operands", operands.address())
            .set("rounds", 0);
    return new Launch(
        context.kernel("fma_peak"), 1, 1, KernelParameters.PEAK_THREADS, parameters.buffer());
  }

  /** Not part of the measured time. */
  @TearDown(Level.Invocation)
  public void drain() {
    stream.synchronize();
  }

  /** Frees everything that came from it. */
  @TearDown(Level.Trial)
  public void close() {
    context.close();
  }

  @Benchmark
  @OperationsPerInvocation(PILE)
  public int call() {
    int sum = 0;
    for (int i = 0; i < PILE; i++) {
      sum += Driver.version();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(PILE)
  public void launch() {
    for (int i = 0; i < PILE; i++) {
      stream.launch(launch);
    }
  }

  @Benchmark
  @OperationsPerInvocation(PILE)
  public void replay() {
    for (int i = 0; i < PILE; i++) {
      stream.launch(graph);
    }
  }

  @Benchmark
  public void launchToCompletion() {
    stream.launch(launch);
    stream.synchronize();
  }

  @Benchmark
  public void replayToCompletion() {
    stream.launch(graph);
    stream.synchronize();
  }
}
