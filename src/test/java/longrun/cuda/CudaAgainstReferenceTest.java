package longrun.cuda;

import java.util.Optional;
import longrun.cpu.CpuEngine;
import longrun.engine.Engine;
import longrun.testing.EngineAgainstReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class CudaAgainstReferenceTest extends EngineAgainstReference {
  private static CudaContext context;

  @BeforeAll
  static void open() {
    context = Emulator.openContext(false);
  }

  @AfterAll
  static void close() {
    if (context != null) {
      context.close();
    }
  }

  @Override
  protected Engine engine() {
    return new CudaEngine(context);
  }

  @Override
  protected Optional<Engine> yardstick() {
    return Optional.of(new CpuEngine(1));
  }
}
