package longrun.store;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import longrun.bench.Bytes;
import longrun.config.ConfigReader;
import longrun.config.ConfigWriter;
import longrun.config.RunConfig;
import longrun.cpu.CpuEngine;
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
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a checkpoint cost, and how much of that is the disk? {@code bytes} are those of the
 * file, in ops/ns = GB/s; milliseconds are file size over that.
 *
 * <ul>
 *   <li>{@code write}: as a run does it, to a new file that survives a power failure, the oldest of
 *       three deleted. There is no way to write one without fsync.
 *   <li>{@code encode}: the same without a disk: digest, header, doubles to floats.
 *   <li>{@code sameBytesToDisk}: the same without encoding: temporary file, fsync, rename, fsync of
 *       the folder. What no format could be faster than.
 *   <li>{@code read}: with every check, out of the system's page cache.
 * </ul>
 *
 * <p>The disk is that of the folder, by default the checkout's; {@code -p folder=…} names another.
 *
 * <p>Iterations: what the processor does is within 7% of its final time after 0.4 s (measured as
 * {@link longrun.bench} says), and two forks differ by 2% where they write and by 20% where they
 * read. What a disk takes differs from one iteration to the next by more than from fork to fork, so
 * two forks have four iterations that count each.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(2)
@Threads(1)
@State(Scope.Benchmark)
public class CheckpointBenchmark {
  private static final int STEPS = 2;

  /** All that follow have as many digits, so all files have the same length. */
  private static final long FIRST_STEP = 1_000_000;

  private static final int KEPT = 3;

  /** What is fsynced there is nowhere but in memory. */
  private static final Set<String> NO_DISKS = Set.of("tmpfs", "ramfs");

  @Param({"nanda-2023", "power-2022"})
  public String config;

  @Param("bench/target")
  public String folder;

  private Path inside;
  private Checkpoints checkpoints;
  private Checkpoint checkpoint;
  private CheckpointExpectation expected;
  private Path file;
  private ByteBuffer encoded;

  @Setup(Level.Trial)
  public void prepare() throws IOException {
    inside = Files.createTempDirectory(Path.of(folder), "checkpoints-");
    String type = Files.getFileStore(inside).type();
    if (NO_DISKS.contains(type)) {
      Files.delete(inside);
      throw new IllegalStateException(
          folder + " is on " + type + ", no disk; name a folder on one: -p folder=FOLDER");
    }
    RunConfig read = ConfigReader.read(Path.of("configs", config + ".yaml"), List.of());
    PreparedRun run = PreparedRun.of(read, Optional.empty());
    String yaml = ConfigWriter.toYaml(read);
    checkpoint =
        new Checkpoint(
            trained(run),
            yaml,
            run.dataDigest(),
            32,
            Timing.ZERO,
            WrittenRows.NONE,
            Provenance.UNKNOWN.goesOnWith("cpu", 0));
    expected =
        new CheckpointExpectation(
            run.model().parameters(),
            run.cohort().gradientEma(),
            inside.resolve("config.yaml"),
            yaml,
            run.dataDigest());
    checkpoints = new Checkpoints(inside, DurableFiles.DISK);
    file = checkpoints.write(checkpoint);
    encoded = encoded();
    if (encoded.limit() != Files.size(file)) {
      throw new IllegalStateException("encoding gives other bytes than writing");
    }
  }

  /** A state as a run has it, moments included; of a later step. */
  private static RunState trained(PreparedRun run) {
    Tensors zeros = Tensors.zeros(run.model().parameters());
    try (Session session = new CpuEngine(1).open(run.cohort(), 1)) {
      session.load(
          0,
          run.run(),
          new RunState(
              0,
              run.model().initialize(run.config().training().seed()),
              zeros,
              zeros,
              Optional.empty()));
      session.advance(STEPS);
      return at(FIRST_STEP, session.save(0));
    }
  }

  private ByteBuffer encoded() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    WritableByteChannel channel = Channels.newChannel(bytes);
    Checkpoints.content(checkpoint).writeTo(channel::write);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.size());
    return direct.put(bytes.toByteArray()).flip();
  }

  @TearDown(Level.Trial)
  public void delete() throws IOException {
    try (Stream<Path> files = Files.list(inside)) {
      for (Path each : files.toList()) {
        Files.delete(each);
      }
    }
    Files.delete(inside);
  }

  @Benchmark
  public Path write(Bytes moved) {
    checkpoint = later(checkpoint);
    Path written = checkpoints.write(checkpoint);
    checkpoints.prune(KEPT);
    moved.bytes += encoded.limit();
    return written;
  }

  private static RunState at(long step, RunState state) {
    return new RunState(
        step, state.parameters(), state.firstMoment(), state.secondMoment(), state.gradientEma());
  }

  private static Checkpoint later(Checkpoint last) {
    return new Checkpoint(
        at(last.state().step() + 1, last.state()),
        last.configYaml(),
        last.dataDigest(),
        last.bits(),
        last.timing(),
        last.rows(),
        last.provenance());
  }

  @Benchmark
  public long encode(Bytes moved) throws IOException {
    long[] sum = new long[1];
    Checkpoints.content(checkpoint)
        .writeTo(
            bytes -> {
              sum[0] += bytes.remaining() + bytes.get(bytes.limit() - 1);
              bytes.position(bytes.limit());
            });
    moved.bytes += encoded.limit();
    return sum[0];
  }

  @Benchmark
  public void sameBytesToDisk(Bytes moved) throws IOException {
    checkpoint = later(checkpoint);
    DurableFiles.DISK.write(
        inside.resolve(Checkpoints.fileName(checkpoint.state().step())),
        output -> output.write(encoded.duplicate()));
    checkpoints.prune(KEPT);
    moved.bytes += encoded.limit();
  }

  @Benchmark
  public Checkpoint read(Bytes moved) {
    Checkpoint read = Checkpoints.read(file, expected);
    moved.bytes += encoded.limit();
    return read;
  }
}
