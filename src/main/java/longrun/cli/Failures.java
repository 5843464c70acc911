package longrun.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import longrun.config.ConfigException;
import longrun.cuda.CudaFailure;
import longrun.cuda.CudaUnavailableException;
import longrun.engine.UnsupportedCohortException;
import longrun.store.StorageException;
import longrun.sweep.SlotsDoNotFitException;

/** The one place where failures become messages and exit codes. */
final class Failures {
  private Failures() {}

  /**
   * Says what went wrong, in words for a person.
   *
   * @param trace whether a failure that nobody foresaw shows its stack trace
   * @return the exit code
   */
  static int report(Throwable failure, PrintStream err, boolean trace) {
    err.println("longrun: " + message(failure));
    if (isUnforeseen(failure)) {
      if (trace) {
        failure.printStackTrace(err);
      } else {
        err.println("This is a fault of longrun, not yours. Please report it, with the output of");
        err.println(
            "the same command with --verbose (or LONGRUN_DEBUG=1) and of: "
                + Launcher.command()
                + " doctor");
      }
    }
    return exitCode(failure);
  }

  /** The exit code of a failure. */
  static int exitCode(Throwable failure) {
    return switch (failure) {
      case CommandFailure command -> command.exitCode();
      case ConfigException _, UnsupportedCohortException _ -> ExitCode.INVALID_CONFIGURATION;
      case CudaUnavailableException _, SlotsDoNotFitException _ -> ExitCode.DEVICE_UNAVAILABLE;
      case CudaFailure cuda ->
          cuda.isDeviceLost() || cuda.isOutOfMemory()
              ? ExitCode.DEVICE_UNAVAILABLE
              : ExitCode.FAILED;
      case StorageException _, IOException _, UncheckedIOException _ -> ExitCode.STORAGE;
      default -> ExitCode.FAILED;
    };
  }

  private static boolean isUnforeseen(Throwable failure) {
    return switch (failure) {
      case CommandFailure _,
          ConfigException _,
          UnsupportedCohortException _,
          StorageException _,
          SlotsDoNotFitException _,
          CudaUnavailableException _,
          CudaFailure _,
          IOException _,
          UncheckedIOException _,
          OutOfMemoryError _ ->
          false;
      default -> true;
    };
  }

  private static String message(Throwable failure) {
    return switch (failure) {
      case CommandFailure _,
          ConfigException _,
          UnsupportedCohortException _,
          StorageException _,
          SlotsDoNotFitException _ ->
          failure.getMessage();
      case CudaUnavailableException cuda -> "CUDA cannot be had here: " + cuda.getMessage();
      case CudaFailure cuda -> "CUDA: " + cuda.getMessage();
      case UncheckedIOException unchecked -> message(unchecked.getCause());
      case NoSuchFileException e -> e.getFile() + ": no such file or folder";
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      case FileAlreadyExistsException e -> e.getFile() + ": exists already";
      case FileSystemException e -> e.getMessage();
      case IOException e -> "input or output failed: " + e.getMessage();
      case OutOfMemoryError _ -> outOfMemory("");
      default -> "unexpected " + failure.getClass().getSimpleName() + ": " + failure.getMessage();
    };
  }

  /** What to say when the heap is full; {@code need} says what the run needs, if it is known. */
  static String outOfMemory(String need) {
    return "out of memory: the Java heap is limited to "
        + Doctor.bytes(Runtime.getRuntime().maxMemory())
        + ". "
        + need
        + "Raise the limit (LONGRUN_JAVA_OPTS=-Xmx8g), or make the model, the task or"
        + " the batch smaller";
  }
}
