package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The emulated driver sees each fault that is planted in {@code kernels/emulator/tests/faults.cu},
 * and says in which kernel, block and thread.
 */
class EmulatedFaultsTest {
  private static final int THREADS = 64;
  private static final int SEEDS = 8;

  private EmulatedDevice device;

  @BeforeEach
  void open() {
    Emulator.require();
    Emulator.reset();
    device = new EmulatedDevice();
  }

  @AfterEach
  void close() {
    if (device != null) {
      device.close();
      Emulator.reset();
    }
  }

  /** The fault ends the launch, sticks to the context, and goes with it. */
  private void assertFault(int expected, int code, String... parts) {
    assertEquals(expected, code, () -> EmulatedDevice.message(code));
    String message = EmulatedDevice.message(code);
    for (String part : parts) {
      assertTrue(message.contains(part), () -> message + " does not contain: " + part);
    }
    assertEquals(message, Emulator.lastFault());
    assertEquals(expected, JCudaDriver.cuCtxSynchronize());
    assertEquals(expected, JCudaDriver.cuMemAlloc(new DevicePointer(), 16));
    device.close();
    device = new EmulatedDevice();
    long data = device.floats(THREADS);
    EmulatedDevice.ok(device.run("fault_none", 1, THREADS, data, THREADS, 1));
    assertEquals(THREADS, device.read(data, THREADS)[THREADS - 1]);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aKernelWithoutFaultRuns(boolean checks) {
    Emulator.setChecks(checks);
    int count = 1000;
    long data = device.floats(count);
    EmulatedDevice.ok(device.run("fault_none", 4, 256, data, count, 7));
    float[] result = device.read(data, count);
    IntStream.range(0, count).forEach(i -> assertEquals(i + 7, result[i], "data[" + i + "]"));
    assertEquals(1, Emulator.kernels());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatThreadsDoTogetherIsRight(boolean checks) {
    Emulator.setChecks(checks);
    for (int seed = 0; seed < SEEDS; seed++) {
      Emulator.setSeed(seed);
      long data = device.floats(THREADS);
      EmulatedDevice.ok(device.run("fault_collectives", 1, THREADS, data, THREADS, 0));
      assertArrayEquals(new float[THREADS], device.read(data, THREADS));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theProductOfMatricesIsRight(boolean checks) {
    Emulator.setChecks(checks);
    long data = device.floats(128);
    EmulatedDevice.ok(device.run("fault_matrix", 1, 32, data, 128, 0));
    float[] expected = new float[128];
    for (int i = 0; i < 16; i++) {
      for (int j = 0; j < 8; j++) {
        expected[i * 8 + j] = 1;
        for (int k = 0; k < 8; k++) {
          expected[i * 8 + j] += (float) ((i + k) * (k - j));
        }
      }
    }
    assertArrayEquals(expected, device.read(data, 128));
  }

  private Set<String> results(String kernel, int index) {
    Set<String> different = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      Emulator.setSeed(seed);
      long data = device.floats(THREADS);
      EmulatedDevice.ok(device.run(kernel, 1, THREADS, data, THREADS, index));
      different.add(Arrays.toString(device.read(data, THREADS)));
    }
    return different;
  }

  @ParameterizedTest
  @ValueSource(strings = {"fault_missing_barrier", "fault_missing_warp_barrier"})
  void aMissingBarrierMakesTheResultDependOnTheSeed(String kernel) {
    assertEquals(1, results(kernel, 0).size());
    assertTrue(results(kernel, 1).size() > 1, "every seed gives the same");
  }

  @Test
  void aSeedGivesTheSameOrderEachTime() {
    Set<String> different = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      Emulator.setSeed(5);
      long data = device.floats(THREADS);
      EmulatedDevice.ok(device.run("fault_missing_barrier", 1, THREADS, data, THREADS, 1));
      different.add(Arrays.toString(device.read(data, THREADS)));
    }
    assertEquals(1, different.size());
  }

  @Test
  void aReadBeyondTheEnd() {
    int code = device.run("fault_read", 1, 32, device.floats(100), 100, 100);
    assertFault(
        CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
        code,
        "kernel fault_read, block (0, 0, 0), thread (3, 0, 0): reads 4 bytes at 0x",
        "0 bytes beyond the end of the allocation of 400 bytes");
  }

  @Test
  void aReadBeforeTheStart() {
    int code = device.run("fault_read", 1, 32, device.floats(100), 100, -2);
    assertFault(
        CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, code, "8 bytes before the allocation of 400 bytes");
  }

  @Test
  void aReadFarAway() {
    int code = device.run("fault_read", 1, 32, device.floats(100), 100, 1 << 30);
    assertFault(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, code, "kernel fault_read", "reads 4 bytes");
  }

  @Test
  void aWriteBeyondTheEnd() {
    int code = device.run("fault_write", 3, 32, device.floats(100), 100, 103);
    assertFault(
        CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
        code,
        "kernel fault_write, block (1, 0, 0), thread (3, 0, 0): writes 4 bytes at 0x",
        "12 bytes beyond the end of the allocation of 400 bytes");
  }

  @Test
  void aReadOfTheHostsMemory() {
    long notPinned = 4096;
    int code = device.run("fault_read", 1, 32, notPinned, 100, 5000);
    assertFault(
        CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, code, "neither device memory nor pinned host memory");
  }

  @Test
  void aNullPointer() {
    int code = device.run("fault_read", 1, 32, 0, 100, 1);
    assertFault(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, code, "near the null pointer");
  }

  @Test
  void aUseAfterFree() {
    long data = device.floats(100);
    EmulatedDevice.ok(JCudaDriver.cuMemFree(new DevicePointer(data)));
    int code = device.run("fault_read", 1, 32, data, 100, 4);
    assertFault(
        CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
        code,
        "thread (3, 0, 0): reads 4 bytes",
        "the freed allocation of 400 bytes");
  }

  @Test
  void aVectorThatIsNotAligned() {
    int code = device.run("fault_misaligned", 1, 32, device.floats(100), 100, 1);
    assertFault(
        CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
        code,
        "kernel fault_misaligned, block (0, 0, 0), thread (2, 0, 0)",
        "float4",
        "not a multiple of 16");
    EmulatedDevice.ok(device.run("fault_misaligned", 1, 32, device.floats(100), 100, 4));
  }

  @Test
  void whatNobodyWroteIsNotANumber() {
    long data = device.allocate(400);
    EmulatedDevice.ok(device.run("fault_unwritten", 1, 32, data, 100, 37));
    float[] result = device.read(data, 100);
    for (int i = 0; i < 100; i++) {
      assertEquals(i == 37 ? Float.NaN : 1.0f, result[i], "data[" + i + "]");
    }
  }

  @Test
  void sharedMemoryThatNobodyWroteIsNotANumber() {
    long data = device.floats(THREADS);
    EmulatedDevice.ok(device.run("fault_unwritten_shared", 1, THREADS, data, THREADS, -1));
    assertEquals(THREADS * (THREADS - 1) / 2, device.read(data, 1)[0]);
    data = device.floats(THREADS);
    EmulatedDevice.ok(device.run("fault_unwritten_shared", 1, THREADS, data, THREADS, 9));
    assertEquals(Float.NaN, device.read(data, 1)[0]);
  }

  @Test
  void tooMuchSharedMemory() {
    long data = device.floats(THREADS);
    EmulatedDevice.ok(device.run("fault_shared_size", 1, THREADS, data, THREADS, 0));
    int code = device.run("fault_shared_size", 1, THREADS, data, THREADS, 1);
    assertFault(
        CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
        code,
        "kernel fault_shared_size, block (0, 0, 0), thread (",
        "61440 bytes",
        "'second'",
        "49152");
  }

  @Test
  void anIndexBeyondSharedMemory() {
    int code = device.run("fault_shared_bounds", 1, THREADS, device.floats(1), 1, 1);
    assertFault(
        CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
        code,
        "kernel fault_shared_bounds, block (0, 0, 0), thread (63, 0, 0): writes 4 bytes",
        "a shared variable of 256 bytes");
  }

  @Test
  void anIndexBeyondTheParameters() {
    int code = device.run("fault_parameters", 1, 32, device.floats(1), 1, 6);
    assertFault(
        CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, code, "0 bytes beyond the end of the parameter block");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aThreadThatReturnsBeforeTheBarrier(boolean checks) {
    Emulator.setChecks(checks);
    long data = device.floats(THREADS);
    EmulatedDevice.ok(device.run("fault_early_return", 1, THREADS, data, THREADS, THREADS));
    int code = device.run("fault_early_return", 1, THREADS, data, THREADS, 40);
    assertFault(
        CUresult.CUDA_ERROR_LAUNCH_FAILED,
        code,
        "kernel fault_early_return, block (0, 0, 0), thread (0, 0, 0): waits at __syncthreads (",
        "for thread (40, 0, 0), which has returned");
  }

  @Test
  void threadsAtDifferentBarriers() {
    long data = device.floats(THREADS);
    int code = device.run("fault_divergent_barrier", 1, THREADS, data, THREADS, 40);
    assertFault(
        CUresult.CUDA_ERROR_LAUNCH_FAILED,
        code,
        "kernel fault_divergent_barrier, block (0, 0, 0), thread (",
        "comes to __syncthreads (faults.cu:",
        "while other threads of the block wait at __syncthreads (faults.cu:");
  }

  @Test
  void aLaneThatSkipsAShuffle() {
    long data = device.floats(THREADS);
    int code = device.run("fault_divergent_shuffle", 1, THREADS, data, THREADS, 40);
    assertFault(
        CUresult.CUDA_ERROR_LAUNCH_FAILED,
        code,
        "kernel fault_divergent_shuffle, block (0, 0, 0), thread (",
        "waits at __shfl_xor_sync (device.cuh:",
        "for thread (40, 0, 0), which has returned");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDivisionByZero(boolean checks) {
    Emulator.setChecks(checks);
    long data = device.floats(THREADS);
    int code = device.run("fault_division", 1, THREADS, data, THREADS, 0);
    assertFault(
        CUresult.CUDA_ERROR_LAUNCH_FAILED, code, "kernel fault_division", "divides an integer");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aStackThatOverflows(boolean checks) {
    Emulator.setChecks(checks);
    long data = device.floats(THREADS);
    EmulatedDevice.ok(device.run("fault_stack", 1, THREADS, data, THREADS, 3));
    int code = device.run("fault_stack", 1, THREADS, data, THREADS, 100_000);
    assertFault(CUresult.CUDA_ERROR_LAUNCH_FAILED, code, "kernel fault_stack", "local memory");
  }

  /** No check sees it, but the machine does; the process lives on. */
  @Test
  void aWildAccessWithoutChecks() {
    Emulator.setChecks(false);
    int code = device.run("fault_read", 1, 32, device.floats(100), 100, 1 << 29);
    assertFault(CUresult.CUDA_ERROR_ILLEGAL_ADDRESS, code, "kernel fault_read", "thread (3, 0, 0)");
  }

  @Test
  void parametersOfAnotherSize() {
    long data = device.floats(THREADS);
    int code = device.launch("fault_none", 1, THREADS, null, data, THREADS, 0, 32);
    assertEquals(CUresult.CUDA_ERROR_INVALID_VALUE, code);
    assertEquals(
        "kernel fault_none: 32 bytes of parameters were given, it takes 24",
        EmulatedDevice.message(code));
    EmulatedDevice.ok(JCudaDriver.cuCtxSynchronize());
  }

  @Test
  void shapesThatNoDeviceTakes() {
    long data = device.floats(THREADS);
    int code = device.launch("fault_none", 0, 64, null, data, 1, 0);
    assertEquals(CUresult.CUDA_ERROR_INVALID_VALUE, code);
    assertTrue(EmulatedDevice.message(code).contains("a grid of (0, 1, 1) blocks"));
    code = device.launch("fault_read", 1, 1025, null, data, 1, 0);
    assertEquals(CUresult.CUDA_ERROR_INVALID_VALUE, code);
    assertTrue(EmulatedDevice.message(code).contains("a block of (1025, 1, 1) threads"));
    code = device.launch("fault_missing_barrier", 1, 65, null, data, 1, 0);
    assertEquals(CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, code);
    assertTrue(
        EmulatedDevice.message(code).contains("65 threads; its launch bounds allow 64"),
        () -> EmulatedDevice.message(CUresult.CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES));
    assertEquals(0, Emulator.kernels());
  }
}
