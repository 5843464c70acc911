package longrun.cuda;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import longrun.bench.Needs;
import longrun.config.ConfigReader;
import longrun.config.RunConfig;
import longrun.engine.Evaluation;
import longrun.engine.RunState;
import longrun.model.Tensors;
import longrun.plan.Planner;
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
 * What does a whole training step on a GPU cost the host, and how long does it take until it is
 * done? Microseconds for a step of all slots, fp32.
 *
 * <ul>
 *   <li>{@code launches}: until the host can go on, where it launches every kernel of the step.
 *   <li>{@code replay}: the same where it replays the step's graph, as sessions do (with up to 50
 *       steps in a graph).
 *   <li>{@code stepToCompletion}: {@code advance(1)} of a session.
 *   <li>{@code blockToCompletion}: {@code advance(50)}, for each of the 50: what training sees.
 *       What a step of its own takes longer is the price of waiting for it.
 * </ul>
 *
 * <p>One fork: a device's time does not depend on how a JVM compiled, and what the host does for a
 * launch is {@link LaunchBenchmark}'s question. Two seconds of warm-up compile it and bring a GPU
 * to its clock.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
@Threads(1)
@State(Scope.Benchmark)
@Needs(Needs.Piece.DEVICE)
public class CudaStepBenchmark {
  /** Some hundred launches: far fewer than make a driver wait for the device. */
  private static final int PILE = 8;

  private static final int BLOCK = 50;

  @Param(BenchmarkDevice.NVIDIA)
  public String driver;

  /** A file in {@code configs}, then what is to be different, each after a space. */
  @Param({"nanda-2023", "power-2022"})
  public String config;

  @Param({"1", "64"})
  public int slots;

  private CudaContext context;
  private CudaSession session;
  private CudaStream stream;
  private List<Launch> launches;
  private CudaGraph graph;

  @Setup(Level.Trial)
  public void prepare() {
    context = BenchmarkDevice.open(driver);
    PreparedRun first = prepared(0);
    session = new CudaSession(context, Planner.plan(first.cohort()), slots);
    for (int slot = 0; slot < slots; slot++) {
      PreparedRun run = prepared(slot);
      Tensors zeros = Tensors.zeros(run.model().parameters());
      session.load(
          slot,
          run.run(),
          new RunState(
              0,
              run.model().initialize(run.config().training().seed()),
              zeros,
              zeros,
              Optional.empty()));
    }
    session.advance(1);
    stream = context.createStream();
    launches = new ArrayList<>();
    SessionMemory.Programs programs = session.memory().programs();
    programs.step().forEach(call -> launches.add(call.launch(context)));
    launches.add(programs.end().launch(context));
    graph = stream.capture(() -> launches.forEach(stream::launch));
  }

  private PreparedRun prepared(int slot) {
    List<String> words = List.of(config.split(" ", -1));
    List<String> overrides = new ArrayList<>(words.subList(1, words.size()));
    overrides.add("training.seed=" + slot);
    RunConfig read =
        ConfigReader.read(Path.of("configs", words.getFirst() + ".yaml"), List.copyOf(overrides));
    return PreparedRun.of(read, Optional.empty());
  }

  /** Not part of the measured time. */
  @TearDown(Level.Invocation)
  public void drain() {
    stream.synchronize();
  }

  /** A run that has diverged takes no steps, and so no time. */
  @TearDown(Level.Trial)
  public void check() {
    List<Evaluation> diverged = session.evaluate().stream().filter(Evaluation::diverged).toList();
    session.close();
    context.close();
    if (!diverged.isEmpty()) {
      throw new IllegalStateException("diverged while it was measured: " + diverged.getFirst());
    }
  }

  @Benchmark
  @OperationsPerInvocation(PILE)
  public void launches() {
    for (int i = 0; i < PILE; i++) {
      for (int launch = 0; launch < launches.size(); launch++) {
        stream.launch(launches.get(launch));
      }
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
  public void stepToCompletion() {
    session.advance(1);
  }

  @Benchmark
  @OperationsPerInvocation(BLOCK)
  public void blockToCompletion() {
    session.advance(BLOCK);
  }
}
