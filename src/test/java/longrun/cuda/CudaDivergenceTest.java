package longrun.cuda;

import longrun.engine.Engine;
import longrun.testing.EngineDivergence;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class CudaDivergenceTest extends EngineDivergence {
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
}
