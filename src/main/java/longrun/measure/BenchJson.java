package longrun.measure;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import longrun.plan.Peaks;
import longrun.store.DurableFiles;
import longrun.store.Machine;
import longrun.store.StorageException;

/**
 * {@link BenchResult} as JSON. What is absent is null. {@code nanos_per_step} and {@code rates}
 * follow from the samples: they are written for those who read the file with something else, and
 * not read.
 */
public final class BenchJson {
  /** The value of {@code format}: other programs' results may have it, too. */
  static final String FORMAT = "longrun bench 1";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private BenchJson() {}

  /**
   * Writes a file, or replaces it, in one instant.
   *
   * @throws StorageException if it cannot be written; what was there is as it was
   */
  public static void write(BenchResult result, Path file) {
    byte[] bytes = encode(result);
    try {
      DurableFiles.DISK.write(file, output -> output.write(ByteBuffer.wrap(bytes)));
    } catch (IOException e) {
      throw StorageException.writing(
          "results", file, "what was there before is as it was, and the table is all there is", e);
    }
  }

  /**
   * Reads a file.
   *
   * @throws StorageException if it cannot be read, or is no result, saying where
   */
  public static BenchResult read(Path file) {
    try {
      return result(JsonFields.of(file, JSON.readTree(Files.readAllBytes(file))));
    } catch (JacksonException e) {
      throw new StorageException(
          file
              + ":"
              + e.getLocation().getLineNr()
              + ": this is no result of longrun bench: not valid JSON from here on",
          e);
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
  }

  /** The bytes of a file. */
  public static byte[] encode(BenchResult result) {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT);
    Environment environment = result.environment();
    root.put("started_at", environment.startedAt().toString());
    root.put("version", environment.version());
    Machine machine = environment.machine();
    root.putObject("machine")
        .put("cpu", machine.cpu())
        .put("cores", machine.cores())
        .put("os", machine.os())
        .put("java", machine.java());
    environment
        .device()
        .ifPresentOrElse(
            device -> put(root.putObject("device"), device), () -> root.putNull("device"));
    put(root, "peak_resident_bytes", result.memory().residentBytes());
    put(root, "device_used_bytes", result.memory().deviceUsedBytes());
    root.put("seconds_per_measurement", result.seconds());
    ArrayNode configurations = root.putArray("configurations");
    for (Configuration configuration : result.configurations()) {
      configurations
          .addObject()
          .put("name", configuration.name())
          .put("yaml", configuration.yaml())
          .put("useful_flops_per_step", configuration.work().usefulFlops())
          .put("naive_flops_per_step", configuration.work().naiveFlops())
          .put("bytes_per_step", configuration.work().bytes());
    }
    ArrayNode peaks = root.putArray("peaks");
    for (EnginePeaks peak : result.peaks()) {
      ObjectNode node = peaks.addObject().put("engine", peak.engine());
      put(node, "threads", peak.threads());
      node.put("precision", Setting.text(peak.precision()))
          .put("name", peak.peaks().name())
          .put("flops_per_second", peak.peaks().flopsPerSecond())
          .put("bytes_per_second", peak.peaks().bytesPerSecond());
    }
    ArrayNode measurements = root.putArray("measurements");
    for (Measurement measurement : result.measurements()) {
      ObjectNode node = measurements.addObject();
      put(node, measurement);
      measurement.nanosPerStep().ifPresent(nanos -> put(node.putObject("nanos_per_step"), nanos));
      result.rates(measurement).ifPresent(rates -> put(node.putObject("rates"), rates));
    }
    try {
      return JSON.writeValueAsBytes(root);
    } catch (JacksonException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  private static void put(ObjectNode node, Environment.Device device) {
    node.put("name", device.name())
        .put("emulated", device.emulated())
        .put("compute_capability", device.computeCapability())
        .put("multiprocessors", device.multiprocessors())
        .put("memory_bytes", device.bytes())
        .put("clock_kilohertz", device.clockKilohertz())
        .put("memory_clock_kilohertz", device.memoryClockKilohertz())
        .put("cuda_version", device.cudaVersion())
        .put("driver_release", device.driverRelease().orElse(null));
  }

  private static void put(ObjectNode node, Measurement measurement) {
    Setting setting = measurement.setting();
    node.put("configuration", setting.configuration()).put("engine", setting.engine());
    put(node, "threads", setting.threads());
    node.put("slots", setting.slots())
        .put("precision", Setting.text(setting.precision()))
        .put("emulated", setting.emulated())
        .put("on", measurement.on());
    switch (measurement.outcome()) {
      case Outcome.Measured(Timing timing) -> {
        node.put("outcome", "measured")
            .put("warm_up_steps", timing.warmUp().steps())
            .put("warm_up_nanos", timing.warmUp().nanos())
            .put("settled", timing.warmUp().settled())
            .put("steps_per_block", timing.stepsPerBlock());
        ArrayNode samples = node.putArray("block_nanos");
        timing.blockNanos().forEach(samples::add);
        ArrayNode rounds = node.putArray("round_blocks");
        timing.roundBlocks().forEach(rounds::add);
      }
      case Outcome.OutOfMemory memory -> {
        node.put("outcome", "out_of_memory");
        put(node, "needed_bytes", memory.neededBytes());
        put(node, "free_bytes", memory.freeBytes());
        put(node, "fitting_slots", memory.fittingSlots());
      }
      case Outcome.Unsupported(String reason) ->
          node.put("outcome", "unsupported").put("reason", reason);
      case Outcome.Failed(String reason) -> node.put("outcome", "failed").put("reason", reason);
      case Outcome.Diverged(int runs) -> node.put("outcome", "diverged").put("diverged_runs", runs);
    }
  }

  private static void put(ObjectNode node, Statistics nanos) {
    node.put("median", nanos.median())
        .put("least", nanos.least())
        .put("lower_quartile", nanos.lowerQuartile())
        .put("upper_quartile", nanos.upperQuartile())
        .put("greatest", nanos.greatest());
  }

  private static void put(ObjectNode node, Rates rates) {
    node.put("run_steps_per_second", rates.runStepsPerSecond())
        .put("useful_flops_per_second", rates.usefulFlopsPerSecond())
        .put("naive_flops_per_second", rates.naiveFlopsPerSecond())
        .put("bytes_per_second", rates.bytesPerSecond());
    put(node, "share_of_peak_flops", rates.arithmeticShare());
    put(node, "share_of_peak_bytes", rates.bandwidthShare());
    put(node, "speed_up_over_cpu", rates.speedUp());
  }

  private static void put(ObjectNode node, String key, OptionalInt value) {
    put(node, key, value.isEmpty() ? OptionalLong.empty() : OptionalLong.of(value.getAsInt()));
  }

  private static void put(ObjectNode node, String key, OptionalLong value) {
    node.put(key, value.isPresent() ? (Long) value.getAsLong() : null);
  }

  private static void put(ObjectNode node, String key, OptionalDouble value) {
    node.put(key, value.isPresent() ? (Double) value.getAsDouble() : null);
  }

  private static BenchResult result(JsonFields root) {
    String format = root.text("format");
    if (!format.equals(FORMAT)) {
      throw root.wrong("format", "\"" + FORMAT + "\"");
    }
    JsonFields machine = root.object("machine");
    List<Configuration> configurations =
        root.objects("configurations").map(BenchJson::configuration).toList();
    return new BenchResult(
        new Environment(
            root.instant("started_at"),
            root.text("version"),
            new Machine(
                machine.text("cpu"),
                machine.positive("cores"),
                machine.text("os"),
                machine.text("java")),
            root.isNull("device") ? Optional.empty() : Optional.of(device(root.object("device")))),
        root.positiveNumber("seconds_per_measurement"),
        configurations,
        root.objects("peaks").map(BenchJson::peaks).toList(),
        root.objects("measurements").map(fields -> measurement(fields, configurations)).toList(),
        new PeakMemory(
            root.optionalNatural("peak_resident_bytes"),
            root.optionalNatural("device_used_bytes")));
  }

  private static Environment.Device device(JsonFields device) {
    return new Environment.Device(
        device.text("name"),
        device.text("compute_capability"),
        device.positive("multiprocessors"),
        device.natural("memory_bytes"),
        device.count("clock_kilohertz"),
        device.count("memory_clock_kilohertz"),
        device.text("cuda_version"),
        device.isNull("driver_release")
            ? Optional.empty()
            : Optional.of(device.text("driver_release")),
        device.flag("emulated"));
  }

  private static Configuration configuration(JsonFields fields) {
    return new Configuration(
        fields.text("name"),
        fields.text("yaml"),
        new Work(
            fields.positiveNumber("useful_flops_per_step"),
            fields.positiveNumber("naive_flops_per_step"),
            fields.positiveNumber("bytes_per_step")));
  }

  private static EnginePeaks peaks(JsonFields fields) {
    return new EnginePeaks(
        fields.text("engine"),
        fields.optionalPositive("threads"),
        fields.precision("precision"),
        new Peaks(
            fields.text("name"),
            fields.positiveNumber("flops_per_second"),
            fields.positiveNumber("bytes_per_second")));
  }

  private static Measurement measurement(JsonFields fields, List<Configuration> configurations) {
    String name = fields.text("configuration");
    if (configurations.stream().noneMatch(known -> known.name().equals(name))) {
      throw fields.wrong("configuration", "a name from configurations");
    }
    return new Measurement(
        new Setting(
            name,
            fields.text("engine"),
            fields.optionalPositive("threads"),
            fields.positive("slots"),
            fields.precision("precision"),
            fields.flag("emulated")),
        fields.text("on"),
        outcome(fields));
  }

  private static Outcome outcome(JsonFields fields) {
    return switch (fields.text("outcome")) {
      case "measured" -> new Outcome.Measured(timing(fields));
      case "out_of_memory" ->
          new Outcome.OutOfMemory(
              fields.optionalNatural("needed_bytes"),
              fields.optionalNatural("free_bytes"),
              fields.optionalCount("fitting_slots"));
      case "unsupported" -> new Outcome.Unsupported(fields.text("reason"));
      case "failed" -> new Outcome.Failed(fields.text("reason"));
      case "diverged" -> new Outcome.Diverged(fields.positive("diverged_runs"));
      default ->
          throw fields.wrong("outcome", "measured, out_of_memory, unsupported, failed or diverged");
    };
  }

  private static Timing timing(JsonFields fields) {
    List<Long> blocks = fields.samples("block_nanos");
    // Programs that measure one round need not say so.
    List<Long> rounds =
        fields.has("round_blocks") ? fields.samples("round_blocks") : List.of((long) blocks.size());
    if (rounds.stream().mapToLong(count -> count).sum() != blocks.size()) {
      throw fields.wrong("round_blocks", "counts that add up to the samples of block_nanos");
    }
    return new Timing(
        fields.positive("steps_per_block"),
        blocks,
        rounds.stream().map(Math::toIntExact).toList(),
        new Timing.WarmUp(
            fields.natural("warm_up_steps"),
            fields.natural("warm_up_nanos"),
            fields.flag("settled")));
  }
}
