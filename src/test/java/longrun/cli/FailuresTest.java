package longrun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.OptionalInt;
import longrun.config.ConfigException;
import longrun.cuda.CudaUnavailableException;
import longrun.cuda.MissingPiece;
import longrun.engine.UnsupportedCohortException;
import longrun.store.StorageException;
import longrun.sweep.SlotChoice;
import longrun.sweep.SlotsDoNotFitException;
import org.junit.jupiter.api.Test;

class FailuresTest {
  @Test
  void everyForeseenFailureHasItsCodeAndItsOwnWords() {
    check(3, "a.yaml:3:5: task.modulus", new ConfigException("a.yaml:3:5: task.modulus"));
    check(3, "cannot do bf16", new UnsupportedCohortException("cannot do bf16"));
    check(5, "disk full", new StorageException("disk full"));
    check(4, "no CUDA", new CommandFailure(ExitCode.DEVICE_UNAVAILABLE, "no CUDA"));
    check(
        4,
        "device: none; plug one in",
        new CudaUnavailableException(
            new MissingPiece(MissingPiece.Piece.DEVICE, "none", "plug one in")));
    check(2, "odd option", new CommandFailure(ExitCode.USAGE, "odd option"));
    check(5, "x.csv: no such file or folder", new NoSuchFileException("x.csv"));
    check(5, "x.csv: permission denied", new AccessDeniedException("x.csv"));
    check(5, "broken pipe", new UncheckedIOException(new IOException("broken pipe")));
  }

  @Test
  void slotsThatDoNotFitAreAMatterOfTheDevice() {
    SlotsDoNotFitException failure =
        assertThrows(
            SlotsDoNotFitException.class,
            () -> SlotChoice.onCores(1000, 9, OptionalInt.of(9), 2, 5000));
    String said = check(4, "4 would fit: --slots 4", failure);
    assertFalse(said.contains("report it"), said);
  }

  @Test
  void outOfMemorySaysWhatToDo() {
    String said = check(1, "out of memory", new OutOfMemoryError("Java heap space"));
    assertTrue(said.contains("-Xmx"), said);
  }

  @Test
  void anUnforeseenFailureAsksForAReportAndShowsItsTraceOnDemandOnly() {
    RuntimeException failure = new IllegalStateException("slot=3");
    String said = report(failure, false);
    assertEquals(1, Failures.exitCode(failure));
    assertTrue(said.contains("unexpected IllegalStateException: slot=3"), said);
    assertTrue(said.contains("report it"), said);
    assertFalse(said.contains("\tat "), said);
    assertTrue(report(failure, true).contains("\tat longrun.cli.FailuresTest"));
  }

  private static String check(int exitCode, String words, Throwable failure) {
    String said = report(failure, true);
    assertEquals(exitCode, Failures.exitCode(failure), said);
    assertTrue(said.startsWith("longrun: "), said);
    assertTrue(said.contains(words), said);
    assertFalse(said.contains("\tat "), said);
    return said;
  }

  private static String report(Throwable failure, boolean trace) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Failures.report(failure, new PrintStream(bytes, true, StandardCharsets.UTF_8), trace);
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
