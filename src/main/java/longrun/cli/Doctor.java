package longrun.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Examines what this machine can do, for {@code longrun doctor}. */
final class Doctor {
  /** Below this, checkpoints of the larger configurations do not fit. */
  private static final long LOW_DISK_BYTES = 256L << 20;

  /** Below this, not even the small configurations fit. */
  private static final long LOW_HEAP_BYTES = 128L << 20;

  private static final int NEEDED_JAVA = 25;

  private final MachineProbe machine;
  private final CudaFindings cuda;
  private final Path folder;
  private final Path temporary;

  /**
   * @param folder where runs would be kept
   * @param temporary where the Java runtime keeps short-lived files
   */
  Doctor(MachineProbe machine, CudaFindings cuda, Path folder, Path temporary) {
    this.machine = machine;
    this.cuda = cuda;
    this.folder = folder;
    this.temporary = temporary;
  }

  /** Every finding, in the order in which they are shown. */
  List<Finding> examine() {
    List<Finding> findings = new ArrayList<>();
    findings.add(Finding.ok("longrun", Version.line()));
    findings.add(java());
    findings.add(processor());
    findings.add(memory());
    findings.add(vectors());
    findings.addAll(engines());
    findings.addAll(cuda.findings());
    findings.add(space("current folder", folder));
    findings.add(space("temporary folder", temporary));
    return findings;
  }

  private static Finding java() {
    String value =
        Runtime.version()
            + ", "
            + System.getProperty("java.vendor")
            + ", "
            + System.getProperty("java.home");
    return Runtime.version().feature() >= NEEDED_JAVA
        ? Finding.ok("Java", value)
        : Finding.problem("Java", value, "install a JDK " + NEEDED_JAVA + " or newer");
  }

  private Finding processor() {
    int cores = Runtime.getRuntime().availableProcessors();
    List<String> extensions = machine.vectorExtensions();
    return Finding.ok(
        "processor",
        machine.processor().orElse(System.getProperty("os.arch"))
            + ", "
            + cores
            + (cores == 1 ? " core" : " cores")
            + (extensions.isEmpty() ? "" : " (" + String.join(" ", extensions) + ")"));
  }

  private static Finding memory() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    long heapBytes = Runtime.getRuntime().maxMemory();
    String value =
        bytes(system.getTotalMemorySize())
            + ", "
            + bytes(system.getFreeMemorySize())
            + " free; longrun may take "
            + bytes(heapBytes);
    return heapBytes >= LOW_HEAP_BYTES
        ? Finding.ok("memory", value)
        : Finding.problem("memory", value, "raise the heap's limit: LONGRUN_JAVA_OPTS=-Xmx2g");
  }

  private static Finding vectors() {
    return VectorModule.isLoaded()
        ? Finding.ok("Vector API", VectorModule.preferredSpecies())
        : Finding.problem(
            "Vector API",
            "module " + VectorModule.NAME + " is not loaded",
            "start longrun by its launcher, or java with --add-modules " + VectorModule.NAME);
  }

  private List<Finding> engines() {
    List<Finding> findings = new ArrayList<>();
    for (EngineChoice choice : EngineChoice.concrete()) {
      Optional<String> missing =
          switch (choice) {
            case AUTO, CPU -> Engines.missingForCpu();
            case REFERENCE -> Optional.empty();
            case CUDA -> Engines.missingForCuda(cuda.probe());
          };
      String subject = "engine " + choice;
      findings.add(
          missing.isEmpty()
              ? Finding.ok(subject, purpose(choice))
              : Finding.absent(subject, "not available", missing.get()));
    }
    return findings;
  }

  private String purpose(EngineChoice choice) {
    return choice == EngineChoice.CUDA && cuda.probe().isEmulated()
        ? choice.purpose() + "; here on the emulated driver, for tests"
        : choice.purpose();
  }

  private static Finding space(String subject, Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    try {
      Path probe = Files.createTempFile(absolute, ".longrun-doctor-", ".tmp");
      Files.delete(probe);
    } catch (IOException e) {
      return Finding.problem(
          subject,
          absolute + " cannot be written to",
          "change its permissions, or work in another folder");
    }
    try {
      long freeBytes = Files.getFileStore(absolute).getUsableSpace();
      String value = absolute + ", writable, " + bytes(freeBytes) + " free";
      return freeBytes >= LOW_DISK_BYTES
          ? Finding.ok(subject, value)
          : Finding.problem(subject, value, "make room: checkpoints will not fit");
    } catch (IOException e) {
      return Finding.ok(subject, absolute + ", writable");
    }
  }

  /** {@code "5.9 GiB"}. */
  static String bytes(long bytes) {
    double mebibytes = bytes / (double) (1 << 20);
    return mebibytes < 1024
        ? String.format(Locale.ROOT, "%.0f MiB", mebibytes)
        : String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024);
  }
}
