package longrun.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import longrun.cuda.CublasMatmul;
import longrun.cuda.DriverProbe;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code longrun doctor}. */
@Command(
    name = "doctor",
    header = "Say what this machine can do.",
    description = {
      "",
      "Looks at the processor, memory, Java, the vector unit, GPU and CUDA, and whether the current"
          + " folder can hold runs. Exits 0 unless something needed to train on the CPU is broken."
    })
final class DoctorCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Override
  public Integer call() {
    MachineProbe machine = MachineProbe.ofProcess();
    List<Finding> findings =
        new Doctor(
                machine,
                new CudaFindings(machine, DriverProbe.run(), CublasMatmul.missing()),
                Path.of(""),
                Path.of(System.getProperty("java.io.tmpdir")))
            .examine();
    int subjectWidth = findings.stream().mapToInt(f -> f.subject().length()).max().orElse(0);
    for (Finding finding : findings) {
      main.output()
          .out()
          .println(
              pad(finding.status().label(), Finding.Status.PROBLEM.label().length())
                  + "  "
                  + pad(finding.subject(), subjectWidth)
                  + "  "
                  + finding.value()
                  + finding.remedy().map(remedy -> "; " + remedy).orElse(""));
    }
    boolean broken = findings.stream().anyMatch(f -> f.status() == Finding.Status.PROBLEM);
    return broken ? ExitCode.FAILED : ExitCode.DONE;
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }
}
