package longrun.scaling;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import longrun.measure.BenchJson;
import longrun.measure.BenchResult;
import longrun.measure.JsonFields;
import longrun.measure.Setting;
import longrun.measure.Statistics;
import longrun.store.DurableFiles;
import longrun.store.StorageException;

/**
 * {@link ScalingResult} as JSON: a result of {@code longrun bench}, which can be read as such, with
 * {@code scaling} added to it. Each point there says which measurement it is by the fields of its
 * setting; {@code nanos_per_step} is written for those who read the file with something else, and
 * not read.
 */
final class ScalingJson {
  static final String FILE_NAME = "scaling.json";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private ScalingJson() {}

  /**
   * Writes a file, or replaces it, in one instant.
   *
   * @throws StorageException if it cannot be written; what was there is as it was
   */
  static void write(ScalingResult result, Path file) {
    byte[] bytes = encode(result);
    try {
      DurableFiles.DISK.write(file, output -> output.write(ByteBuffer.wrap(bytes)));
    } catch (IOException e) {
      throw StorageException.writing("measurements", file, "what was there before is as it was", e);
    }
  }

  /**
   * Reads a file.
   *
   * @throws StorageException if it cannot be read, or is none of these, saying where
   */
  static ScalingResult read(Path file) {
    BenchResult bench = BenchJson.read(file);
    try {
      JsonFields scaling =
          JsonFields.of(file, JSON.readTree(Files.readAllBytes(file))).object("scaling");
      return new ScalingResult(
          bench, scaling.objects("points").map(fields -> point(fields, bench)).toList());
    } catch (IOException e) {
      throw StorageException.reading(file, e);
    }
  }

  static byte[] encode(ScalingResult result) {
    try {
      ObjectNode root = (ObjectNode) JSON.readTree(BenchJson.encode(result.bench()));
      ObjectNode scaling = root.putObject("scaling");
      ObjectNode predictions = scaling.putObject("predictions");
      engines(result).forEach(engine -> predictions.put(engine, Predictor.formula(engine)));
      ArrayNode points = scaling.putArray("points");
      result.points().forEach(point -> put(points.addObject(), point, result));
      return JSON.writeValueAsBytes(root);
    } catch (JacksonException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    } catch (IOException e) {
      throw new IllegalStateException("bytes in memory can be read", e);
    }
  }

  private static Stream<String> engines(ScalingResult result) {
    return result.points().stream()
        .filter(point -> point.prediction().isPresent())
        .map(point -> point.setting().engine())
        .distinct();
  }

  private static void put(ObjectNode node, Point point, ScalingResult result) {
    Setting setting = point.setting();
    OptionalInt threads = setting.threads();
    node.put("axis", point.axis().key())
        .put("value", point.value())
        .put("series", point.series())
        .put("configuration", setting.configuration())
        .put("engine", setting.engine())
        .put("threads", threads.isPresent() ? (Integer) threads.getAsInt() : null)
        .put("slots", setting.slots())
        .put("precision", Setting.text(setting.precision()))
        .put("emulated", setting.emulated());
    result.nanosPerStep(point).ifPresent(nanos -> put(node.putObject("nanos_per_step"), nanos));
    point
        .prediction()
        .ifPresentOrElse(
            prediction -> put(node.putObject("prediction"), prediction),
            () -> node.putNull("prediction"));
    node.put("skipped", point.skipped().orElse(null));
  }

  private static void put(ObjectNode node, Statistics nanos) {
    node.put("median", nanos.median())
        .put("lower_quartile", nanos.lowerQuartile())
        .put("upper_quartile", nanos.upperQuartile());
  }

  private static void put(ObjectNode node, Prediction prediction) {
    node.put("seconds_per_step", prediction.secondsPerStep())
        .put("terms", prediction.terms())
        .put("flops", prediction.flops())
        .put("bytes", prediction.bytes())
        .put("flops_per_second", prediction.flopsPerSecond())
        .put("bytes_per_second", prediction.bytesPerSecond());
  }

  private static Point point(JsonFields fields, BenchResult bench) {
    Setting setting =
        new Setting(
            fields.text("configuration"),
            fields.text("engine"),
            fields.optionalPositive("threads"),
            fields.positive("slots"),
            fields.precision("precision"),
            fields.flag("emulated"));
    Optional<String> skipped =
        fields.isNull("skipped") ? Optional.empty() : Optional.of(fields.text("skipped"));
    boolean measured =
        bench.measurements().stream().anyMatch(other -> other.setting().equals(setting));
    if (measured == skipped.isPresent()) {
      throw fields.wrong(
          "skipped",
          measured ? "null, for measurements has it" : "why measurements has nothing for it");
    }
    return new Point(
        Axis.of(fields.text("axis"))
            .orElseThrow(
                () -> fields.wrong("axis", "slots, d_model, modulus, sequence or threads")),
        fields.positive("value"),
        fields.text("series"),
        setting,
        fields.isNull("prediction")
            ? Optional.empty()
            : Optional.of(prediction(fields.object("prediction"))),
        skipped);
  }

  private static Prediction prediction(JsonFields fields) {
    return new Prediction(
        fields.positiveNumber("seconds_per_step"),
        fields.positive("terms"),
        fields.positiveNumber("flops"),
        fields.positiveNumber("bytes"),
        fields.positiveNumber("flops_per_second"),
        fields.positiveNumber("bytes_per_second"));
  }
}
