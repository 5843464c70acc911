package longrun.cpu;

import longrun.engine.Engine;
import longrun.testing.EngineGoldens;

class CpuGoldenTest extends EngineGoldens {
  @Override
  protected Engine engine() {
    return new CpuEngine(2);
  }
}
