package longrun.cuda;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import longrun.bench.Flops;
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
 * cuBLAS by cublasSgemm for one slot and cublasSgemmStridedBatched for more, in the mode that its
 * users get: {@code CUBLAS_DEFAULT_MATH} for fp32, {@code CUBLAS_TF32_TENSOR_OP_MATH} for tf32.
 * Either result is checked before it is timed, fp32 to a tolerance that tf32 would miss. Peaks of
 * the device: {@code longrun bench}.
 *
 * <p>The time is the device's, by its events: around graphs in which the product stands so often
 * that each takes milliseconds, behind another one, so that the device has work when the first
 * event is recorded and the time of launching is none of it. JMH cannot take that for its score, so
 * it is counted: {@code flops} / {@code deviceNanos} is the rate in GFLOP/s, and no other figure
 * is; of the wall's time {@code deviceNanos} can be four fifths, as one graph of five is not timed.
 * JMH has the parameters, the iterations and the file of results in common with all other
 * benchmarks, which a loop of our own would not.
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

  private static final int TIMED_GRAPHS = 4;
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

  /** Time that the timed graphs took the device, as a rate: its share of the wall's. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class DeviceTime {
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
      CublasMatmul opened =
          CublasMatmul.open(
              context, stream, tf32 ? CublasMatmul.Arithmetic.TF32 : CublasMatmul.Arithmetic.FP32);
      cublas = Optional.of(opened);
      prepare(measured, () -> measured.multiply(opened));
    } else {
      List<Launch> launches = measured.calls().stream().map(call -> call.launch(context)).toList();
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

  /** Frees everything that came from it. */
  @TearDown(Level.Trial)
  public void close() {
    cublas.ifPresent(CublasMatmul::close);
    context.close();
  }

  @Benchmark
  public void longrun(Flops work, DeviceTime time) {
    replay(work, time);
  }

  @Benchmark
  @Needs(Needs.Piece.CUBLAS)
  public void cublas(Flops work, DeviceTime time) {
    replay(work, time);
  }

  private void replay(Flops work, DeviceTime time) {
    Timed timed = timed(stream, start, end, () -> stream.launch(graph));
    work.flops += timed.repetitions() * graphFlops;
    time.deviceNanos += timed.nanos();
  }

  /** What lay between two events, and how long that took the device. */
  record Timed(int repetitions, long nanos) {}

  /** The first launch keeps the device busy until the host has put the others behind it. */
  static Timed timed(CudaStream stream, CudaEvent start, CudaEvent end, Runnable launch) {
    launch.run();
    stream.record(start);
    for (int i = 0; i < TIMED_GRAPHS; i++) {
      launch.run();
    }
    stream.record(end);
    end.synchronize();
    return new Timed(TIMED_GRAPHS, Math.round(end.millisSince(start) * 1e6));
  }
}
