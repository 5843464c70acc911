package longrun.cpu;

import longrun.engine.Engine;
import longrun.engine.RunState;
import longrun.testing.EngineLaws;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With one thread, two and three; nor do bits depend on how many there are. */
@ParameterizedClass
@ValueSource(ints = {1, 2, 3})
class CpuLawsTest extends EngineLaws {
  @Parameter int threads;

  @Override
  protected Engine engine() {
    return new CpuEngine(threads);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7})
  void anyNumberOfThreadsGivesTheSameBits(int others) {
    RunState expected = alone(0);
    threads = others;
    assertSameState(others + " threads", expected, alone(0));
  }
}
