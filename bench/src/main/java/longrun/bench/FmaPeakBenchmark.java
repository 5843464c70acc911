package longrun.bench;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Peak rate of float fused multiply-adds on one core, from Java: what a matmul kernel is compared
 * with. Two flops per lane and instruction; no memory is touched between the first load and the
 * last store. The figure is the secondary result {@code flops} in ops/ns, that is GFLOP/s.
 *
 * <p>Warm-up: C2 has compiled the loop after 0.4 s, and no slower clock under wide vectors showed
 * in the three seconds after that. Three forks: where the compiler puts registers and code differs
 * from one JVM to the next, and that spread belongs to the answer.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
@Threads(1)
@State(Scope.Thread)
public class FmaPeakBenchmark {
  /**
   * Independent chains of dependent instructions. To keep two units busy at a latency of 4 cycles
   * takes 8 or more (at 5 cycles, 10); with the two operands 12 still fit into the 16 registers of
   * AVX2.
   */
  private static final int CHAINS = 12;

  private static final int ROUNDS = 10_000;

  private static final VectorSpecies<Float> PREFERRED = FloatVector.SPECIES_PREFERRED;

  /**
   * A constant of the JVM, not a parameter: the compiler turns vector calls into instructions only
   * where it knows the species. So the two benchmarks differ by a property of their forks.
   */
  private static final VectorSpecies<Float> SPECIES =
      VectorSpecies.of(
          float.class,
          VectorShape.forBitSize(
              Integer.getInteger("longrun.bench.vectorBits", PREFERRED.vectorBitSize())));

  // Read from the heap, so that the compiler can neither compute with them nor see that all chains
  // are alike.
  // x * 0.5 + 1 tends to 2: neither overflow nor subnormals, which some processors handle in
  // microcode.
  private float factor = 0.5f;
  private float summand = 1f;
  private final float[] chains = new float[CHAINS * SPECIES.length()];

  /** Refuses to measure vectors that the processor does not have: they would be emulated. */
  @Setup
  public void check() {
    if (SPECIES.vectorBitSize() > PREFERRED.vectorBitSize()) {
      throw new IllegalStateException(
          "preferred vectors have " + PREFERRED.vectorBitSize() + " bits on this processor");
    }
  }

  @Benchmark
  @Fork(3)
  public float[] preferredVector(Flops work) {
    return run(work);
  }

  @Benchmark
  @Fork(value = 3, jvmArgsAppend = "-Dlongrun.bench.vectorBits=256")
  public float[] vector256(Flops work) {
    return run(work);
  }

  private float[] run(Flops work) {
    int lanes = SPECIES.length();
    FloatVector x = FloatVector.broadcast(SPECIES, factor);
    FloatVector y = FloatVector.broadcast(SPECIES, summand);
    FloatVector c0 = FloatVector.fromArray(SPECIES, chains, 0);
    FloatVector c1 = FloatVector.fromArray(SPECIES, chains, lanes);
    FloatVector c2 = FloatVector.fromArray(SPECIES, chains, 2 * lanes);
    FloatVector c3 = FloatVector.fromArray(SPECIES, chains, 3 * lanes);
    FloatVector c4 = FloatVector.fromArray(SPECIES, chains, 4 * lanes);
    FloatVector c5 = FloatVector.fromArray(SPECIES, chains, 5 * lanes);
    FloatVector c6 = FloatVector.fromArray(SPECIES, chains, 6 * lanes);
    FloatVector c7 = FloatVector.fromArray(SPECIES, chains, 7 * lanes);
    FloatVector c8 = FloatVector.fromArray(SPECIES, chains, 8 * lanes);
    FloatVector c9 = FloatVector.fromArray(SPECIES, chains, 9 * lanes);
    FloatVector c10 = FloatVector.fromArray(SPECIES, chains, 10 * lanes);
    FloatVector c11 = FloatVector.fromArray(SPECIES, chains, 11 * lanes);
    for (int round = 0; round < ROUNDS; round++) {
      c0 = c0.fma(x, y);
      c1 = c1.fma(x, y);
      c2 = c2.fma(x, y);
      c3 = c3.fma(x, y);
      c4 = c4.fma(x, y);
      c5 = c5.fma(x, y);
      c6 = c6.fma(x, y);
      c7 = c7.fma(x, y);
      c8 = c8.fma(x, y);
      c9 = c9.fma(x, y);
      c10 = c10.fma(x, y);
      c11 = c11.fma(x, y);
    }
    c0.intoArray(chains, 0);
    c1.intoArray(chains, lanes);
    c2.intoArray(chains, 2 * lanes);
    c3.intoArray(chains, 3 * lanes);
    c4.intoArray(chains, 4 * lanes);
    c5.intoArray(chains, 5 * lanes);
    c6.intoArray(chains, 6 * lanes);
    c7.intoArray(chains, 7 * lanes);
    c8.intoArray(chains, 8 * lanes);
    c9.intoArray(chains, 9 * lanes);
    c10.intoArray(chains, 10 * lanes);
    c11.intoArray(chains, 11 * lanes);
    work.flops += 2L * CHAINS * ROUNDS * lanes;
    return chains;
  }
}
