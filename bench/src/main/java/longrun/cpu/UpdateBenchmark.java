package longrun.cpu;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import longrun.bench.Bytes;
import longrun.bench.Flops;
import longrun.plan.Cost;
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
 * How near to the memory's bandwidth is the AdamW update of all parameters, on one core? Parameters
 * and both moments are read and written, gradients are read: 28 bytes for each parameter. Compare
 * {@code bytes} (GB/s) with {@link MemoryPeakBenchmark}: nanda-2023's four arrays have 3.6 MB and
 * power-2022's 6.7, which a last-level cache holds, so their peaks are the triad's of 3 and of 6
 * MiB; those of the third model, 9 million parameters, have 146 MB and, where the caches are
 * smaller, come from memory. It can exceed the triad's figure there: an update writes only what it
 * has read, and of the triad's traffic a part is not counted. In a step the arrays have had the
 * time to leave the inner caches, so an update of a small model takes longer there.
 *
 * <p>Forks and iterations as {@link longrun.bench} says.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(3)
@Threads(1)
@State(Scope.Thread)
public class UpdateBenchmark {
  @Param({
    "nanda-2023",
    "power-2022",
    "nanda-2023 model.d_model=1024 model.d_mlp=4096 training.batch_size=256"
  })
  public String config;

  private PreparedStep step;
  private UpdateKernel update;
  private Cost cost;

  /**
   * Gradients are random and never zero. A moment or a parameter whose gradient stays zero would
   * shrink from update to update until it is subnormal, which some processors are slow with; in a
   * run that takes 10,000 steps, here a second.
   */
  @Setup(Level.Trial)
  public void prepare() {
    step = PreparedStep.of(config);
    update = new UpdateKernel(step.workspace);
    cost = step.cost("Update");
    Random random = new Random(1);
    float[] gradients = step.workspace.gradients;
    for (int i = 0; i < gradients.length; i++) {
      gradients[i] = random.nextBoolean() ? 0.5f + random.nextFloat() : -0.5f - random.nextFloat();
    }
  }

  @TearDown(Level.Trial)
  public void check() {
    if (step.workspace.parameterNotFinite) {
      throw new IllegalStateException("a parameter is not finite: other work was measured");
    }
  }

  @Benchmark
  public float[] update(Flops flops, Bytes bytes) {
    update.run(step.slot, 0, update.units(), step.scratch);
    flops.flops += cost.flops();
    bytes.bytes += cost.bytes();
    return step.slot.parameters;
  }
}
