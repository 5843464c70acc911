package longrun.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.cpu.CpuEngine;
import longrun.engine.Run;
import longrun.engine.RunState;
import longrun.engine.Session;
import longrun.model.Tensors;
import longrun.train.PreparedRun;
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
 * A whole training step of the CPU engine on the published set-ups: forward, backward and update of
 * one run, without evaluations. Time per step in ms.
 *
 * <p>Sampled rather than averaged, so that medians can be quoted: machines are noisy. Warm-up: the
 * first five steps take more than a second, since C2 compiles meanwhile, and up to the fifteenth
 * they still become faster, by a tenth; four seconds hold a hundred steps. Three forks, as {@link
 * longrun.bench} says.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(3)
@Threads(1)
@State(Scope.Benchmark)
public class StepBenchmark {
  private static final int STEPS = 5;

  @Param({"nanda-2023", "power-2022"})
  public String config;

  @Param({"1", "2"})
  public int threads;

  private Session session;

  @Setup(Level.Trial)
  public void open() {
    RunConfig read = ConfigReader.read(Path.of("configs", config + ".yaml"), List.of());
    PreparedRun run = PreparedRun.of(read, Optional.empty());
    Tensors zeros = Tensors.zeros(run.model().parameters());
    session = new CpuEngine(threads).open(run.cohort(), 1);
    session.load(
        0,
        new Run(read, run.split(), run.labels()),
        new RunState(
            0, run.model().initialize(read.training().seed()), zeros, zeros, Optional.empty()));
  }

  @TearDown(Level.Trial)
  public void close() {
    session.close();
  }

  @Benchmark
  @OperationsPerInvocation(STEPS)
  public void steps() {
    session.advance(STEPS);
  }
}
