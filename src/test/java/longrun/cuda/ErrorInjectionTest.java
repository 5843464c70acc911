package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import longrun.cuda.MissingPiece.Piece;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every call to the driver may fail: it is told, nothing crashes, and a new context works. */
class ErrorInjectionTest {
  private static final Path DRIVER = Path.of("src/main/java/longrun/cuda/Driver.java");
  private static final int ANY_CODE = 719;

  /** Called only once something has failed. */
  private static final String RESET = "cuDevicePrimaryCtxReset";

  @BeforeEach
  void emulator() {
    Emulator.require();
    Emulator.reset();
  }

  @AfterEach
  void nothingIsLeft() {
    if (DriverProbe.run().isEmulated()) {
      Emulator.reset();
      DriverScenario.run();
    }
  }

  @Test
  void theScenarioCallsEveryFunction() throws IOException {
    DriverScenario.run();
    Map<String, Long> calls = calls();
    List<String> missing =
        calls.entrySet().stream().filter(e -> e.getValue() == 0).map(Map.Entry::getKey).toList();
    assertEquals(List.of(RESET), missing);
    assertTrue(calls.size() > 30, calls::toString);
  }

  @TestFactory
  List<DynamicTest> everyCallThatFailsIsToldAndTheProcessGoesOn() throws IOException {
    DriverScenario.run();
    List<DynamicTest> tests = new ArrayList<>();
    calls()
        .forEach(
            (function, calls) -> {
              for (long nth = 1; nth <= calls; nth++) {
                long call = nth;
                tests.add(
                    DynamicTest.dynamicTest(
                        function + " " + call, () -> checkFailure(function, call)));
              }
            });
    return tests;
  }

  /** Of each function the first call, one in the middle and the last: there are thousands. */
  @TestFactory
  List<DynamicTest> callsOfATrainingSessionThatFailAreToldAndTheProcessGoesOn() throws IOException {
    TrainingScenario.run();
    List<DynamicTest> tests = new ArrayList<>();
    calls()
        .forEach(
            (function, calls) ->
                LongStream.of(1, (calls + 1) / 2, calls)
                    .filter(nth -> nth >= 1 && nth <= calls)
                    .distinct()
                    .forEach(
                        nth ->
                            tests.add(
                                DynamicTest.dynamicTest(
                                    function + " " + nth + " of " + calls,
                                    () -> checkSession(function, nth)))));
    return tests;
  }

  private static void checkSession(String function, long nth) {
    Emulator.reset();
    Emulator.failCall(function, nth, ANY_CODE);
    RuntimeException failure = assertThrows(RuntimeException.class, TrainingScenario::run);
    assertTrue(failure.getMessage().contains(function), failure::getMessage);
    assertTrue(
        failure instanceof CudaFailure || failure instanceof CudaUnavailableException,
        failure::toString);
    Emulator.reset();
    TrainingScenario.run();
  }

  private static void checkFailure(String function, long nth) {
    Emulator.reset();
    Emulator.failCall(function, nth, ANY_CODE);
    RuntimeException failure = assertThrows(RuntimeException.class, DriverScenario::run);
    switch (failure) {
      case CudaFailure cuda -> {
        assertTrue(cuda.call().function().startsWith(function), cuda::getMessage);
        assertEquals(ANY_CODE, cuda.call().code());
        assertEquals("CUDA_ERROR_LAUNCH_FAILED", cuda.call().errorName());
        assertFalse(cuda.call().errorText().isBlank());
        if (function.equals("cuLaunchKernel")) {
          assertTrue(
              cuda.getMessage().contains("kernel=lookup_sum grid=1x1 block=256 sharedBytes="),
              cuda::getMessage);
        }
      }
      case CudaUnavailableException unavailable -> {
        // The probe came upon it, before anything was opened.
        assertEquals(Piece.DRIVER, unavailable.missing().piece());
        assertTrue(unavailable.getMessage().contains(function), unavailable::getMessage);
        assertTrue(unavailable.getMessage().contains("" + ANY_CODE), unavailable::getMessage);
      }
      default -> throw failure;
    }
    Emulator.reset();
    DriverScenario.run();
  }

  /** Of each function that {@link Driver} calls, how often it was called since the last reset. */
  private static Map<String, Long> calls() throws IOException {
    Set<String> functions = new LinkedHashSet<>();
    Matcher call = Pattern.compile("check\\(\\s*\"(cu\\w+)").matcher(Files.readString(DRIVER));
    while (call.find()) {
      functions.add(call.group(1));
    }
    Map<String, Long> calls = new TreeMap<>();
    for (String function : functions) {
      calls.put(function, Emulator.calls(function));
    }
    return calls;
  }
}
