package longrun.cpu;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import longrun.bench.Bytes;
import longrun.bench.Flops;
import longrun.plan.Cost;
import longrun.plan.Operation;
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
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How fast is attention on one core, without the products around it: forward, the gradient of
 * scores and queries, and that of keys and values? An invocation computes all attentions of a step,
 * on the rows that the plan keeps (nanda-2023: one per example, over shared keys; power-2022: two
 * layers, shared rows and examples). Compare {@code flops} (GFLOP/s) with {@link
 * longrun.bench.FmaPeakBenchmark} and {@code bytes} (GB/s) with {@link MemoryPeakBenchmark}.
 *
 * <p>Forks and iterations as {@link longrun.bench} says. These kernels read single rows, and a
 * neighbour on the core costs them most, up to half; on a quiet machine look at the forks one by
 * one.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(3)
@Threads(1)
@State(Scope.Thread)
public class AttentionBenchmark {
  @Param({"nanda-2023", "power-2022"})
  public String config;

  private PreparedStep step;
  private Part forward;
  private Part gradient;
  private Part keyGradient;

  /** Kernels of one kind, and what they cost together. */
  private record Part(Kernel[] kernels, Cost cost) {}

  /** Goes through a step once, so that the arrays hold what they hold in a run. */
  @Setup(Level.Trial)
  public void prepare() {
    step = PreparedStep.of(config);
    step.computeGradients();
    forward =
        part(
            step.plan.forward(),
            Operation.Attention.class,
            operation -> new AttentionKernel(step.workspace, operation));
    gradient =
        part(
            step.plan.backward(),
            Operation.AttentionGradient.class,
            operation -> new AttentionGradientKernel(step.workspace, operation));
    keyGradient =
        part(
            step.plan.backward(),
            Operation.KeyGradient.class,
            operation -> new KeyGradientKernel(step.workspace, operation));
  }

  private interface Maker<T> {
    Kernel make(T operation);
  }

  private <T extends Operation> Part part(
      List<Operation> operations, Class<T> type, Maker<T> maker) {
    Stream<T> ofType = operations.stream().filter(type::isInstance).map(type::cast);
    return new Part(
        ofType.map(maker::make).toArray(Kernel[]::new), step.cost(type.getSimpleName()));
  }

  @Benchmark
  public float[] forward(Flops flops, Bytes bytes) {
    return run(forward, flops, bytes);
  }

  @Benchmark
  public float[] scoreAndQueryGradient(Flops flops, Bytes bytes) {
    return run(gradient, flops, bytes);
  }

  @Benchmark
  public float[] keyAndValueGradient(Flops flops, Bytes bytes) {
    return run(keyGradient, flops, bytes);
  }

  private float[] run(Part part, Flops flops, Bytes bytes) {
    for (Kernel kernel : part.kernels) {
      kernel.run(step.slot, 0, kernel.units(), step.scratch);
    }
    flops.flops += part.cost.flops();
    bytes.bytes += part.cost.bytes();
    return step.workspace.gradients;
  }
}
