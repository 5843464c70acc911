package longrun.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaDevice;
import longrun.verify.Verification;

/**
 * What {@code longrun verify} does and says; apart from the command, so that help loads none of it.
 *
 * @param only the groups whose names contain this; empty: all
 * @param json whether to print a JSON object rather than a table
 */
record VerifyReport(PrintStream out, Optional<String> only, boolean json) {
  private static final String ROW = "%-32s  %6s  %13s  %11s  %s";

  /** Checks everything. Gives the exit code. */
  int run() {
    checkOnly();
    Engines.requireCuda();
    try (CudaContext context = CudaContext.open()) {
      if (!json) {
        out.println("device  " + context.device().description());
        out.println();
        out.println(row("checked", "cases", "largest error", "tolerance", ""));
      }
      Verification.Result result =
          Verification.run(
              context,
              this::wanted,
              group -> {
                if (!json) {
                  lines(group).forEach(out::println);
                }
              });
      List<Verification.Group> groups = result.groups();
      if (groups.isEmpty()) {
        throw new CommandFailure(
            ExitCode.DEVICE_UNAVAILABLE,
            "--only "
                + only.orElse("")
                + ": not compared with cuBLAS: "
                + result.withoutCublas().orElse("no group was run"));
      }
      List<Verification.Group> missed = groups.stream().filter(group -> !group.passed()).toList();
      if (json) {
        out.println(Texts.json(json(context.device(), result), out.charset()));
      } else {
        out.println();
        result.withoutCublas().ifPresent(why -> out.println("not compared with cuBLAS: " + why));
        out.println(
            missed.isEmpty()
                ? "all is as it should be"
                : missed.size() + " of " + groups.size() + " groups are off");
      }
      return missed.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }
  }

  private boolean wanted(String group) {
    return only.isEmpty() || group.contains(only.get());
  }

  private void checkOnly() {
    List<String> names = Verification.names();
    if (names.stream().noneMatch(this::wanted)) {
      throw new CommandFailure(
          ExitCode.USAGE,
          "--only "
              + only.orElse("")
              + ": no group has that in its name; groups are "
              + String.join(", ", names));
    }
  }

  private static List<String> lines(Verification.Group group) {
    List<String> lines = new ArrayList<>();
    lines.add(
        row(
            group.name(),
            Texts.count(group.cases()),
            group.worst().tolerance() == 0 && group.passed()
                ? "same bits"
                : String.format(Locale.ROOT, "%.2e", group.worst().largestError()),
            group.worst().tolerance() == 0
                ? "same bits"
                : String.format(Locale.ROOT, "%.2e", group.worst().tolerance()),
            group.passed() ? "ok" : group.misses().size() + " MISSED"));
    group.misses().stream().limit(3).forEach(miss -> lines.add("    " + miss));
    if (group.misses().size() > 3) {
      lines.add("    and " + (group.misses().size() - 3) + " more");
    }
    return lines;
  }

  private static String row(
      String name, String cases, String error, String tolerance, String verdict) {
    return String.format(Locale.ROOT, ROW, name, cases, error, tolerance, verdict).stripTrailing();
  }

  private static String json(CudaDevice device, Verification.Result result) {
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    ObjectNode node = mapper.createObjectNode();
    node.put("device", device.description());
    node.put("driver_version", device.driverVersion());
    node.put("emulated", device.emulated());
    node.put("not_compared_with_cublas", result.withoutCublas().orElse(null));
    ArrayNode list = node.putArray("groups");
    for (Verification.Group group : result.groups()) {
      ObjectNode one = list.addObject();
      one.put("name", group.name());
      one.put("cases", group.cases());
      one.put("largest_error", group.worst().largestError());
      one.put("tolerance", group.worst().tolerance());
      one.put("passed", group.passed());
      ArrayNode misses = one.putArray("misses");
      group.misses().forEach(misses::add);
    }
    try {
      return mapper.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }
}
