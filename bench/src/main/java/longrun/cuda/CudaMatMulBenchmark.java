package longrun.cuda;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import longrun.bench.Needs;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * How fast are our matrix products on a GPU beside cuBLAS, on the shapes that nanda-2023 and
 * power-2022 use? The same factors in the same memory, one product for each slot, nothing fused;
 * cuBLAS by cublasSgemm for one slot and cublasSgemmStridedBatched for more, at the same precision.
 * Either result is checked before it is timed. Peaks of the device: {@code longrun bench}.
 *
 * <p>The time is the device's, by its events: around a graph in which the product stands so often
 * that it takes milliseconds. JMH cannot take that for its score, so it is counted. {@code
 * deviceNanos} is the share of the time in which the device worked (1 = all of it), and {@code
 * flops} / {@code deviceNanos} the rate in GFLOP/s. Graphs this long keep the share near 1; where
 * it is, {@code flops} is that rate as it stands. JMH has the parameters, the iterations and the
 * file of results in common with all other benchmarks, which a loop of our own would not.
 *
 * <p>One fork and short iterations: no JVM's compiler has a part in a device's time, and an
 * iteration holds tens of graphs. The warm-up brings the GPU to its clock.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 3, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
@Threads(1)
@State(Scope.Benchmark)
@Needs(Needs.Piece.DEVICE)
public class CudaMatMulBenchmark {
  /** Of a graph: a few milliseconds where a GPU does 30 TFLOP/s. */
  private static final double GRAPH_FLOPS = 1e11;

  private static final int MOST_PRODUCTS = 500;
  private static final int FEWEST_PRODUCTS = 16;

  @Param(BenchmarkDevice.NVIDIA)
  public String driver;

  /**
   * Rows x columns x depth: nn rows times a weight, nt the gradient of the rows (the weight lies
   * transposed), tn the gradient of a weight (the rows lie transposed).
   */
  @Param({
    "nn 3830x512x128",
    "nn 3830x128x512",
    "nn 3830x114x128",
    "nt 3830x512x128",
    "nt 3830x128x512",
    "tn 128x512x3830",
    "nn 227x128x128",
    "nn 1024x512x128",
    "nt 1024x128x512",
    "tn 128x512x1024"
  })
  public String product;

  @Param({"1", "8", "64"})
  public int slots;

  @Param({"fp32", "tf32"})
  public String precision;

  private CudaContext context;
  private CudaStream stream;
  private CudaEvent start;
  private CudaEvent end;
  private Optional<CublasMatmul> cublas = Optional.empty();
  private CudaGraph graph;
  private long graphFlops;

  /** Work done and time that it took the device, as rates. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Work {
    public long flops;
    public long deviceNanos;
  }

  @Setup(Level.Trial)
  public void prepare(BenchmarkParams parameters) {
    if (!precision.equals("fp32") && !precision.equals("tf32")) {
      throw new IllegalArgumentException("precision=" + precision + " is neither fp32 nor tf32");
    }
    boolean tf32 = precision.equals("tf32");
    context = BenchmarkDevice.open(driver);
    stream = context.createStream();
    start = context.createEvent();
    end = context.createEvent();
    DeviceProduct measured = new DeviceProduct(context, product, slots, tf32);
    if (parameters.getBenchmark().endsWith(".cublas")) {
      CublasMatmul opened = CublasMatmul.open(context, stream, tf32);
      cublas = Optional.of(opened);
      prepare(measured, () -> measured.multiply(opened));
    } else {
      List<Launch> launches = measured.calls().stream().map(this::launch).toList();
      prepare(measured, () -> launches.forEach(stream::launch));
    }
  }

  private void prepare(DeviceProduct measured, Runnable multiply) {
    measured.clear();
    multiply.run();
    stream.synchronize();
    measured.check();
    int products =
        context.device().emulated()
            ? 1
            : (int)
                Math.clamp(
                    Math.round(GRAPH_FLOPS / measured.flops()), FEWEST_PRODUCTS, MOST_PRODUCTS);
    graphFlops = products * measured.flops();
    graph =
        stream.capture(
            () -> {
              for (int i = 0; i < products; i++) {
                multiply.run();
              }
            });
  }

  private Launch launch(KernelCall call) {
    return new Launch(
        context.kernel(call.kernel()),
        call.gridX(),
        call.gridY(),
        call.threads(),
        call.parameters());
  }

  /** Frees everything that came from it. */
  @TearDown(Level.Trial)
  public void close() {
    cublas.ifPresent(CublasMatmul::close);
    context.close();
  }

  @Benchmark
  public void longrun(Work work) {
    replay(work);
  }

  @Benchmark
  @Needs(Needs.Piece.CUBLAS)
  public void cublas(Work work) {
    replay(work);
  }

  private void replay(Work work) {
    stream.record(start);
    stream.launch(graph);
    stream.record(end);
    end.synchronize();
    work.flops += graphFlops;
    work.deviceNanos += Math.round(end.millisSince(start) * 1e6);
  }
}
