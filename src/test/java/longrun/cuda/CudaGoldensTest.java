package longrun.cuda;

import longrun.engine.Engine;
import longrun.testing.EngineGoldens;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class CudaGoldensTest extends EngineGoldens {
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
