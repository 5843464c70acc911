package longrun.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code longrun verify}. */
@Command(
    name = "verify",
    header = "Check that this machine's GPU computes what it should.",
    description = {
      "",
      "Runs every CUDA kernel over awkward shapes against double precision, single training steps"
          + " against the reference engine, whole runs against results computed elsewhere, and the"
          + " laws that results depend neither on neighbouring runs nor on interruptions; where"
          + " cuBLAS can be loaded, products of training's sizes against it. Exits 1"
          + " if anything is off by more than its tolerance."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  ${COMMAND-FULL-NAME}", "  ${COMMAND-FULL-NAME} --only matmul"})
final class VerifyCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Option(
      names = "--only",
      paramLabel = "TEXT",
      description = "Only groups whose names contain this: a kernel's name, or tf32.")
  private Optional<String> only = Optional.empty();

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    return new VerifyReport(main.output().out(), only, json).run();
  }
}
