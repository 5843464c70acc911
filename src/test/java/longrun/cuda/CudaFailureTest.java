package longrun.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CudaFailureTest {
  @Test
  void theMessageSaysEverythingThatIsKnown() {
    CudaFailure failure =
        failure(700)
            .during(new CudaFailure.LaunchShape("matmul_nn_64", 12, 3, 128, 16896))
            .duringStep("runs/a", 41)
            .duringStep("somebody else", 99);
    assertEquals(
        "cuX failed: CUDA_ERROR_X (the driver's words), kernel=matmul_nn_64 grid=12x3 block=128"
            + " sharedBytes=16896, run=runs/a step=41; "
            + CudaError.remedy(700),
        failure.getMessage());
    assertFalse(failure.isDeviceLost());
    assertFalse(failure.isOutOfMemory());
  }

  @Test
  void outOfMemorySaysWhatWouldFit() {
    CudaFailure failure =
        failure(CudaError.OUT_OF_MEMORY)
            .needing(new CudaFailure.MemoryNeed(8_000_000, 1_500_000, 8, 1));
    assertTrue(failure.isOutOfMemory());
    assertTrue(
        failure
            .getMessage()
            .contains("8 slots need 8000000 bytes, 1500000 are free, 1 slot would fit"),
        failure.getMessage());
  }

  @Test
  void aDeviceThatIsGoneIsToldFromAKernelThatFailed() {
    assertTrue(failure(214).isDeviceLost());
    assertTrue(failure(999).isDeviceLost());
    assertFalse(failure(719).isDeviceLost());
  }

  @Test
  void theStackTraceIsWhereTheCallFailed() {
    CudaFailure failure = failure(700);
    assertEquals(failure.getStackTrace()[0], failure.duringStep("runs/a", 1).getStackTrace()[0]);
  }

  private static CudaFailure failure(int code) {
    return new CudaFailure(new CudaFailure.Call("cuX", code, "CUDA_ERROR_X", "the driver's words"));
  }
}
