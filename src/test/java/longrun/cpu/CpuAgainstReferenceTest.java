package longrun.cpu;

import longrun.engine.Engine;
import longrun.testing.EngineAgainstReference;

class CpuAgainstReferenceTest extends EngineAgainstReference {
  @Override
  protected Engine engine() {
    return new CpuEngine(2);
  }
}
