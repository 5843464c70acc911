package longrun.verify;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import longrun.config.Precision;
import longrun.cpu.CpuEngine;
import longrun.cuda.CudaContext;
import longrun.cuda.CudaEngine;
import longrun.cuda.Emulator;
import longrun.engine.Engine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What `longrun verify` runs on engines, on those that every machine has. */
class EngineCasesTest {
  private static void assertPasses(EngineCase each, Engine engine) {
    Outcome outcome = each.run(engine);
    assertTrue(outcome.passed(), () -> each + ": " + outcome.fault().orElse("") + " " + outcome);
  }

  /** The cases themselves, on an engine whose own tests have judged it. */
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class OnTheCpuEngine {
    Stream<EngineCase> cases() {
      return EngineCases.all(Precision.FP32).stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void passes(EngineCase each) {
      assertPasses(each, new CpuEngine(1));
    }
  }

  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class OnTheCudaEngine {
    private CudaContext context;

    @BeforeAll
    void open() {
      context = Emulator.openContext(false);
    }

    @AfterAll
    void close() {
      if (context != null) {
        context.close();
      }
    }

    Stream<EngineCase> cases() {
      return Stream.concat(
          EngineCases.all(Precision.FP32).stream(), EngineCases.all(Precision.TF32).stream());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void passes(EngineCase each) {
      assertPasses(each, new CudaEngine(context));
    }
  }

  /** An engine that is wrong must not pass: another model's gradients, say. */
  @Test
  void anEngineThatForgetsItsLastStepMisses() {
    List<EngineCase> cases =
        EngineCases.all(Precision.FP32).stream()
            .filter(each -> each.group().startsWith("steps") || each.group().startsWith("resume"))
            .toList();
    Engine lazy = new LazyEngine(new CpuEngine(1));
    for (EngineCase each : cases) {
      assertTrue(!each.run(lazy).passed(), each::toString);
    }
  }
}
