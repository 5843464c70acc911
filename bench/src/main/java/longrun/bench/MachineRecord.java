package longrun.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import longrun.cpu.CpuCaches;
import longrun.cuda.DriverProbe;
import longrun.cuda.DriverStatus;
import longrun.store.Machine;

/** What a class of benchmarks was measured on: {@code <Class>.machine.json}. */
final class MachineRecord {
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Pattern TOTAL = Pattern.compile("MemTotal: *(\\d+) kB");
  private static final ObjectMapper JSON = new ObjectMapper();

  private MachineRecord() {}

  /**
   * This machine, now.
   *
   * @param folders in which the class wrote, if it did
   */
  static String json(String commit, DriverProbe probe, Collection<Path> folders)
      throws IOException {
    Machine machine = Machine.current();
    ObjectNode node = JSON.createObjectNode();
    node.put("processor", machine.cpu());
    node.put("cores", machine.cores());
    put(node, "memory_kib", memoryKib());
    put(node, "last_level_cache_bytes", CpuCaches.lastLevelBytes());
    node.put("device", device(probe));
    node.put("file_system", fileSystem(folders));
    node.put("system", machine.os());
    node.put("commit", commit);
    node.put("measured", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
  }

  private static void put(ObjectNode node, String key, OptionalLong value) {
    if (value.isPresent()) {
      node.put(key, value.getAsLong());
    } else {
      node.putNull(key);
    }
  }

  private static OptionalLong memoryKib() throws IOException {
    if (!Files.isReadable(MEMORY)) {
      return OptionalLong.empty();
    }
    Matcher total = TOTAL.matcher(Files.readString(MEMORY));
    return total.find() ? OptionalLong.of(Long.parseLong(total.group(1))) : OptionalLong.empty();
  }

  /** Which GPU there is and of which CUDA its driver is, or "none". */
  private static String device(DriverProbe probe) {
    return probe.driver() instanceof DriverStatus.Working working
        ? working.devices().getFirst().name()
            + (working.emulated() ? " (emulated)" : "")
            + ", driver of CUDA "
            + DriverStatus.versionText(working.version())
        : "none";
  }

  /** {@code "ext4"}, or of several folders {@code "ext4 (bench/target), xfs (/data)"}. */
  private static String fileSystem(Collection<Path> folders) throws IOException {
    TreeMap<String, String> types = new TreeMap<>();
    for (Path folder : folders) {
      types.put(folder.toString(), Files.getFileStore(folder).type());
    }
    if (types.size() == 1) {
      return types.firstEntry().getValue();
    }
    StringBuilder text = new StringBuilder();
    types.forEach(
        (folder, type) ->
            text.append(text.isEmpty() ? "" : ", ")
                .append(type)
                .append(" (")
                .append(folder)
                .append(')'));
    return text.toString();
  }
}
