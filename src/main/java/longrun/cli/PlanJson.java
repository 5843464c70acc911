package longrun.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import longrun.cuda.DeviceProfile;
import longrun.cuda.LaunchLedger;
import longrun.plan.Cost;
import longrun.plan.Ledger;
import longrun.plan.Peaks;
import longrun.plan.PositionRows;

/** An {@link Explanation} for programs; what was not measured is null. */
final class PlanJson {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private PlanJson() {}

  static String text(Explanation explanation) {
    Ledger ledger = explanation.ledger();
    ObjectNode node = JSON.createObjectNode();
    node.put("task", explanation.run().dataset().name());
    node.put("model", RunHeader.describe(explanation.run().model().config()));
    node.put("parameters", explanation.run().model().elements());
    node.put("train_examples", explanation.run().split().train().length);
    node.put("validation_examples", explanation.run().split().validation().length);
    node.put("batch_examples", explanation.run().cohort().batchExamples());
    ArrayNode positions = node.putArray("positions");
    explanation.plan().boundaries().forEach(rows -> position(positions.addObject(), rows));
    ArrayNode operations = node.putArray("operations");
    ledger.entries().forEach(entry -> operation(operations.addObject(), entry));
    ObjectNode totals = node.putObject("totals");
    for (Ledger.Phase phase : Ledger.Phase.values()) {
      cost(totals.putObject(lowerCase(phase)), ledger.total(phase));
    }
    cost(totals.putObject("step"), ledger.total());
    node.put("planned_flops", ledger.plannedFlops());
    node.put("naive_flops", ledger.naiveFlops());
    Ledger.Arena arena = ledger.arena();
    node.putObject("bytes_per_slot")
        .put("buffers", arena.buffers())
        .put("parameters", arena.parameters())
        .put("gradients", arena.gradients())
        .put("moments", arena.moments())
        .put("gradient_ema", arena.gradientEma())
        .put("total", arena.bytes());
    if (explanation.peaks().isPresent()) {
      Peaks peaks = explanation.peaks().get();
      node.putObject("peaks")
          .put("name", peaks.name())
          .put("flops_per_second", peaks.flopsPerSecond())
          .put("bytes_per_second", peaks.bytesPerSecond());
      node.put("roofline_seconds_per_step", ledger.predictSeconds(peaks));
    } else {
      node.putNull("peaks");
      node.putNull("roofline_seconds_per_step");
    }
    explanation.launches().ifPresent(_ -> launches(node.putObject("cuda"), explanation));
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  private static void launches(ObjectNode node, Explanation explanation) {
    LaunchLedger ledger = explanation.launches().orElseThrow();
    node.put("launches_per_step", ledger.launches().size());
    ArrayNode kernels = node.putArray("kernels");
    for (LaunchLedger.KernelTotal total : ledger.totals()) {
      ObjectNode kernel = kernels.addObject();
      kernel.put("kernel", total.kernel());
      kernel.put("launches", total.launches());
      kernel.put("blocks", total.blocks());
      cost(kernel, total.cost());
    }
    node.put("slots", explanation.slots());
    ArrayNode predictions = node.putArray("predictions");
    for (DeviceProfile profile : explanation.gpus().profiles()) {
      double seconds = ledger.predictSeconds(profile, explanation.slots());
      predictions
          .addObject()
          .put("device", profile.key())
          .put("name", profile.name())
          .put("measured", profile.measured())
          .put("multiprocessors", profile.multiprocessors())
          .put("matrix_flops_per_second", ledger.matrixFlopsPerSecond(profile))
          .put("bytes_per_second", profile.bytesPerSecond())
          .put("seconds_per_step", seconds)
          .put("run_steps_per_second", explanation.slots() / seconds);
    }
    node.put("gpu_not_measured", explanation.gpus().notMeasured().orElse(null));
  }

  private static void position(ObjectNode node, PositionRows rows) {
    node.put("boundary", rows.boundary());
    node.put("position", rows.position());
    node.put("sharing", lowerCase(rows.sharing()));
    node.put("distinct_values", rows.distinctValues());
    node.put("rows", rows.rows());
  }

  private static void operation(ObjectNode node, Ledger.Entry entry) {
    node.put("phase", lowerCase(entry.phase()));
    node.put("kind", entry.kind());
    node.put("per_example", entry.perExample());
    ArrayNode writes = node.putArray("writes");
    entry.writes().forEach(writes::add);
    node.put("rows", entry.rows());
    node.put("width", entry.width());
    node.put("weight", entry.weight().orElse(null));
    cost(node, entry.cost());
  }

  private static void cost(ObjectNode node, Cost cost) {
    node.put("flops", cost.flops());
    node.put("bytes", cost.bytes());
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
