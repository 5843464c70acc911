package longrun.cpu;

import longrun.engine.Engine;
import longrun.testing.EngineDivergence;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** With one thread and with two. */
@ParameterizedClass
@ValueSource(ints = {1, 2})
class CpuDivergenceTest extends EngineDivergence {
  @Parameter int threads;

  @Override
  protected Engine engine() {
    return new CpuEngine(threads);
  }
}
