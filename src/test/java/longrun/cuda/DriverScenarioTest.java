package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On whatever device there is, real or emulated. */
class DriverScenarioTest {
  private static final int LAUNCHES = 200;

  @BeforeEach
  void device() {
    Emulator.requireDevice();
  }

  @Test
  void aLittleOfEverythingWorksMoreThanOnce() {
    DriverScenario.run();
    DriverScenario.run();
  }

  @Test
  void launchingAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (CudaContext context = CudaContext.open()) {
      CudaStream stream = context.createStream();
      DeviceMemory inactive = context.allocate(Integer.BYTES);
      inactive.fill(0, 0, 1);
      Struct parameters = KernelParameters.LOOKUP_SUM_PARAMETERS.create().set("jobs", 0);
      parameters.nested("slots").set("active", inactive.address()).set("stride", 0);
      ByteBuffer bytes = parameters.buffer();
      Launch launch = new Launch(context.kernel("lookup_sum"), 1, 1, 32, bytes);
      try (CudaGraph graph = stream.capture(() -> stream.launch(launch))) {
        launchAll(stream, launch, graph);
        long before = threads.getCurrentThreadAllocatedBytes();
        launchAll(stream, launch, graph);
        assertEquals(before, threads.getCurrentThreadAllocatedBytes(), "allocated bytes");
      }
    }
  }

  private static void launchAll(CudaStream stream, Launch launch, CudaGraph graph) {
    for (int i = 0; i < LAUNCHES; i++) {
      stream.launch(launch);
      stream.launch(graph);
    }
    stream.synchronize();
  }
}
