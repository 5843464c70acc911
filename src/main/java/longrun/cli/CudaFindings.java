package longrun.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import longrun.cuda.DriverProbe;
import longrun.cuda.DriverProbe.ImageStatus;
import longrun.cuda.DriverStatus;
import longrun.cuda.MissingPiece;

/**
 * What {@code longrun doctor} says about CUDA. None of it is needed to train on the CPU.
 *
 * @param machine what the machine's files say
 * @param probe what the driver says
 * @param missingCublas why cuBLAS cannot be had; empty if it can
 */
record CudaFindings(MachineProbe machine, DriverProbe probe, Optional<MissingPiece> missingCublas) {

  List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    findings.add(gpu());
    findings.add(driver());
    findings.add(devices());
    probe.missingLibrary().map(CudaFindings::absent).ifPresent(findings::add);
    findings.add(
        switch (probe.image()) {
          case ImageStatus.Usable usable ->
              Finding.ok("kernel image", "for " + usable.architectures());
          case ImageStatus.Unusable unusable -> absent("kernel image", unusable.missing());
        });
    findings.add(compiler());
    findings.add(
        missingCublas
            .map(missing -> Finding.absent("JCublas", missing.what(), missing.remedy()))
            .orElseGet(() -> Finding.ok("JCublas", "usable, for comparisons")));
    return findings;
  }

  private Finding gpu() {
    List<String> gpus = machine.gpus();
    return gpus.isEmpty()
        ? Finding.absent("GPU", "no NVIDIA device", "nothing to do: training runs on the CPU")
        : Finding.ok("GPU", String.join(", ", gpus));
  }

  private Finding driver() {
    return switch (probe.driver()) {
      case DriverStatus.Absent absent ->
          Finding.absent(
              "CUDA driver",
              "libcuda.so.1 not found (" + absent.reason() + ")",
              machine.gpus().isEmpty()
                  ? "only a machine with an NVIDIA GPU needs it"
                  : "install NVIDIA's driver, or name its folder in LD_LIBRARY_PATH");
      case DriverStatus.Failing _ -> absent("CUDA driver", probe.missingDriver().orElseThrow());
      case DriverStatus.WithoutDevice without -> driver(without.version(), without.emulated());
      case DriverStatus.Working working -> driver(working.version(), working.emulated());
    };
  }

  private Finding driver(int version, boolean emulated) {
    return Finding.ok(
        "CUDA driver",
        (emulated ? "the emulated driver, a test double that auto never takes, as of" : "of")
            + " CUDA "
            + DriverStatus.versionText(version)
            + machine.cudaDriver().map(Path::toString).map(path -> ", " + path).orElse(""));
  }

  private Finding devices() {
    String subject = "CUDA device";
    return switch (probe.driver()) {
      case DriverStatus.Working working when probe.missingDriver().isEmpty() ->
          Finding.ok(
              subject,
              working.devices().stream()
                  .map(device -> device + (working.emulated() ? ", emulated" : ""))
                  .collect(Collectors.joining("; ")));
      case DriverStatus.Working _, DriverStatus.WithoutDevice _ ->
          absent(subject, probe.missingDriver().orElseThrow());
      case DriverStatus.Absent _, DriverStatus.Failing _ ->
          Finding.absent(subject, "none", "the driver comes first");
    };
  }

  private Finding compiler() {
    return machine
        .cudaCompiler()
        .map(path -> Finding.ok("CUDA compiler", path.toString()))
        .orElseGet(
            () ->
                Finding.absent(
                    "CUDA compiler",
                    "nvcc not found",
                    "only building kernels needs it; training does not"));
  }

  private static Finding absent(MissingPiece missing) {
    return absent(missing.piece().label(), missing);
  }

  private static Finding absent(String subject, MissingPiece missing) {
    return Finding.absent(subject, missing.what(), missing.remedy());
  }
}
